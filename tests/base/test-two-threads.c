/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libsoup/soup.h>

#include "base/cr-first.h"

#define STARTS 300u
#define DEADLINE_SECONDS 90

typedef struct
{
  GMainLoop *loop;    /* (owned) */
  GSubprocess *child; /* (nullable) (unowned) */
  guint deadline;
  gboolean hung;
} Start;

static const char *program; /* (unowned): the two-threads program */
static char *url;           /* (owned) */

static void
answer (SoupServer *server,
        SoupServerMessage *message,
        const char *path,
        GHashTable *query,
        gpointer user_data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "ok", 2);
}

static gboolean
deadline_cb (gpointer user_data)
{
  Start *start = user_data;

  start->hung = TRUE;
  start->deadline = 0;
  g_subprocess_force_exit (start->child);
  return G_SOURCE_REMOVE;
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Start *start = user_data;
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_check_finish (G_SUBPROCESS (source), result, &error);
  if (!start->hung)
    g_assert_no_error (error);
  g_clear_handle_id (&start->deadline, g_source_remove);
  g_main_loop_quit (start->loop);
}

static gboolean
start_once (const char *pair)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GError) error = NULL;
  Start start = { loop, NULL, 0, FALSE };

  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE, &error, program, pair, url,
                            g_getenv ("CHARTROOM_TEST_BARE"), NULL);
  g_assert_no_error (error);

  start.child = child;
  start.deadline = g_timeout_add_seconds (DEADLINE_SECONDS, deadline_cb, &start);
  g_subprocess_wait_check_async (child, NULL, ended_cb, &start);
  g_main_loop_run (loop);
  return !start.hung;
}

static void
test_pair (gconstpointer pair)
{
  for (guint i = 0; i < STARTS; i++)
    if (!start_once (pair))
      {
        g_test_message ("start %u of %u hung", i + 1, STARTS);
        g_test_fail ();
        return;
      }
}

int
main (int argc, char *argv[])
{
  g_autoptr (SoupServer) server = NULL;
  g_autoptr (GError) error = NULL;
  GSList *uris;
  int status;

  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];

  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  g_test_add_data_func ("/base/two-threads/soup", "soup", test_pair);
  g_test_add_data_func ("/base/two-threads/secret", "secret", test_pair);
  status = g_test_run ();
  g_free (url);
  return status;
}
