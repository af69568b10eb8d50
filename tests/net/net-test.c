/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net-test.h"

#include <string.h>

typedef struct
{
  guint status;
  char *headers;
  GBytes *body;
} Answer;

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->headers);
  g_clear_pointer (&answer->body, g_bytes_unref);
  g_free (answer);
}

static void
asked_free (gpointer data)
{
  Asked *asked = data;

  g_free (asked->method);
  g_free (asked->path);
  g_free (asked->query);
  g_free (asked->body);
  g_hash_table_unref (asked->headers);
  g_free (asked);
}

static void
keep_header (const char *name, const char *value, gpointer user_data)
{
  g_hash_table_replace (user_data, g_ascii_strdown (name, -1), g_strdup (value));
}

static void
keep_asked (Fake *fake, SoupServerMessage *message)
{
  Asked *asked = g_new0 (Asked, 1);
  GUri *uri = soup_server_message_get_uri (message);
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));

  asked->method = g_strdup (soup_server_message_get_method (message));
  asked->path = g_strdup (g_uri_get_path (uri));
  asked->query = g_strdup (g_uri_get_query (uri));
  asked->body = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  asked->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  soup_message_headers_foreach (soup_server_message_get_request_headers (message), keep_header,
                                asked->headers);
  g_ptr_array_add (fake->asked, asked);
}

static void
put_headers (SoupServerMessage *message, const char *lines)
{
  g_auto (GStrv) all = g_strsplit (lines != NULL ? lines : "", "\n", -1);

  for (guint i = 0; all[i] != NULL; i++)
    {
      char *colon = strchr (all[i], ':');

      if (colon == NULL)
        continue;
      *colon = '\0';
      soup_message_headers_append (soup_server_message_get_response_headers (message), all[i],
                                   g_strstrip (colon + 1));
    }
}

typedef struct
{
  Fake *fake;
  SoupServerMessage *message;
  gboolean is_over;
} Later;

static void
over_cb (SoupServerMessage *message, gpointer data)
{
  ((Later *) data)->is_over = TRUE;
}

static gboolean
later_cb (gpointer data)
{
  Later *later = data;

  later->fake->open_now--;
  g_signal_handlers_disconnect_by_data (later->message, later);
  if (!later->is_over)
    soup_server_message_unpause (later->message);
  g_object_unref (later->message);
  g_free (later);
  return G_SOURCE_REMOVE;
}

static void
asked_cb (SoupServer *soup,
          SoupServerMessage *message,
          const char *path,
          GHashTable *query,
          gpointer data)
{
  Fake *fake = data;
  Answer *answer = g_queue_peek_head (&fake->answers);

  keep_asked (fake, message);
  g_assert_nonnull (answer);
  soup_server_message_set_status (message, answer->status, NULL);
  put_headers (message, answer->headers);
  if (answer->body != NULL && g_bytes_get_size (answer->body) > 0)
    soup_message_body_append_bytes (soup_server_message_get_response_body (message), answer->body);
  soup_message_body_complete (soup_server_message_get_response_body (message));
  if (fake->answers.length > 1)
    answer_free (g_queue_pop_head (&fake->answers));

  fake->open_now++;
  fake->most_open = MAX (fake->most_open, fake->open_now);
  if (fake->delay_ms == 0)
    fake->open_now--;
  else
    {
      Later *later = g_new0 (Later, 1);

      later->fake = fake;
      later->message = g_object_ref (message);
      g_signal_connect (message, "finished", G_CALLBACK (over_cb), later);
      g_signal_connect (message, "disconnected", G_CALLBACK (over_cb), later);
      soup_server_message_pause (message);
      g_timeout_add (fake->delay_ms, later_cb, later);
    }
}

/* See cr-server-handshakes.c: a client that refuses a certificate leaves the server in the middle.
 */
static void
started_cb (SoupServer *soup, SoupServerMessage *message, gpointer held)
{
  g_ptr_array_add (held, g_object_ref (message));
}

void
fake_start (Fake *fake, GTlsCertificate *certificate)
{
  GSList *uris;
  GError *error = NULL;

  memset (fake, 0, sizeof *fake);
  g_queue_init (&fake->answers);
  fake->asked = g_ptr_array_new_with_free_func (asked_free);
  fake->soup = soup_server_new ("tls-certificate", certificate, "raw-paths", TRUE, NULL);
  soup_server_add_handler (fake->soup, NULL, asked_cb, fake, NULL);
  if (certificate != NULL)
    {
      fake->held = g_ptr_array_new_with_free_func (g_object_unref);
      g_signal_connect (fake->soup, "request-started", G_CALLBACK (started_cb), fake->held);
    }
  soup_server_listen_local (
      fake->soup, 0,
      SOUP_SERVER_LISTEN_IPV4_ONLY | (certificate != NULL ? SOUP_SERVER_LISTEN_HTTPS : 0), &error);
  g_assert_no_error (error);

  uris = soup_server_get_uris (fake->soup);
  fake->uri = g_strdup_printf ("%s://127.0.0.1:%d", certificate != NULL ? "https" : "http",
                               g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

void
fake_stop (Fake *fake)
{
  soup_server_disconnect (fake->soup);
  while (fake->open_now > 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < 50 && fake->held != NULL; i++)
    {
      g_usleep (1000);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_clear_pointer (&fake->held, g_ptr_array_unref);
  g_clear_object (&fake->soup);
  g_queue_clear_full (&fake->answers, answer_free);
  g_clear_pointer (&fake->asked, g_ptr_array_unref);
  g_clear_pointer (&fake->uri, g_free);
}

void
fake_answer_bytes (Fake *fake, guint status, const char *headers, GBytes *body)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->status = status;
  answer->headers = g_strdup (headers);
  answer->body = body != NULL ? g_bytes_ref (body) : NULL;
  g_queue_push_tail (&fake->answers, answer);
}

void
fake_answer (Fake *fake, guint status, const char *headers, const char *body)
{
  g_autoptr (GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;

  fake_answer_bytes (fake, status, headers, bytes);
}

void
fake_forget (Fake *fake)
{
  g_queue_clear_full (&fake->answers, answer_free);
}

const Asked *
fake_asked (Fake *fake, guint index)
{
  g_assert_cmpuint (index, <, fake->asked->len);
  return g_ptr_array_index (fake->asked, index);
}

const char *
asked_header (const Asked *asked, const char *name)
{
  return g_hash_table_lookup (asked->headers, name);
}

char *
fake_url (Fake *fake, const char *path)
{
  return g_strconcat (fake->uri, path, NULL);
}

void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  g_assert_null (*kept);
  *kept = g_object_ref (result);
}

GAsyncResult *
wait_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

void
wait_for (const guint *count, guint wanted)
{
  while (*count < wanted)
    g_main_context_iteration (NULL, TRUE);
}

CrReply *
send_request (CrClient *client, const CrRequest *request, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_client_send_async (client, request, NULL, keep_result, &result);
  return cr_client_send_finish (client, wait_result (&result), error);
}
