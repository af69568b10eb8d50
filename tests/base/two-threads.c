/* SPDX-License-Identifier: GPL-3.0-or-later */
/* two-threads soup|secret URL [bare]: two threads use GIO for the first time at the same moment,
 * which is what hangs without cr_first_of_all (); "bare" leaves that call out, to see that it does.
 */
#include <libsecret/secret.h>
#include <libsoup/soup.h>

#include "base/cr-first.h"

static const SecretSchema schema = {
  "io.github.chartroom.TwoThreads",
  SECRET_SCHEMA_DONT_MATCH_NAME,
  { { "nobody", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

static gpointer
fetch_in_thread (gpointer url)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, url);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) error = NULL;

  body = soup_session_send_and_read (session, message, NULL, &error);
  g_assert_no_error (error);
  return NULL;
}

/* Whether there is a keyring does not matter here. */
static gpointer
look_up_in_thread (gpointer unused)
{
  g_autofree char *secret = NULL;

  secret = secret_password_lookup_sync (&schema, NULL, NULL, "nobody", "nothing", NULL);
  return NULL;
}

static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) error = NULL;

  body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  g_assert_no_error (error);
  g_main_loop_quit (user_data);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GMainLoop) loop = NULL;
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (SoupMessage) message = NULL;
  GThread *thread;

  g_assert_cmpint (argc, >=, 3);
  if (argc == 3)
    cr_first_of_all ();

  thread = g_thread_new (
      "other", g_str_equal (argv[1], "secret") ? look_up_in_thread : fetch_in_thread, argv[2]);

  loop = g_main_loop_new (NULL, FALSE);
  session = soup_session_new ();
  message = soup_message_new (SOUP_METHOD_GET, argv[2]);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, fetched_cb, loop);
  g_main_loop_run (loop);

  g_thread_join (thread);
  return 0;
}
