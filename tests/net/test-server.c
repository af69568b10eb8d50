/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "net-test.h"
#include "net/cr-server.h"

typedef struct
{
  CrServer *server;
  SoupSession *session;
  CrExchange *held;
  guint n_handled;
  guint n_gone;
} Fixture;

static void
hello_cb (CrExchange *exchange, gpointer data)
{
  ((Fixture *) data)->n_handled++;
  cr_exchange_reply_text (exchange, 200, "text/plain", "hello");
}

static void
echo_cb (CrExchange *exchange, gpointer data)
{
  g_autofree char *text = g_strdup_printf (
      "%s|%s|%s|%s", cr_exchange_get_parameter (exchange, "key"),
      cr_exchange_get_parameter (exchange, "rest"), cr_exchange_get_query (exchange, "q"),
      cr_exchange_get_form (exchange, "name"));

  ((Fixture *) data)->n_handled++;
  cr_exchange_reply_text (exchange, 200, "text/plain", text);
}

static void
drop_cb (CrExchange *exchange, gpointer data)
{
}

static void
hold_cb (CrExchange *exchange, gpointer data)
{
  ((Fixture *) data)->held = g_object_ref (exchange);
  ((Fixture *) data)->n_handled++;
}

static void
styled_cb (CrExchange *exchange, gpointer data)
{
  cr_exchange_set_header (exchange, "Content-Security-Policy", "default-src 'self'");
  cr_exchange_redirect (exchange, "https://portal.example.org/authorize?state=x");
}

static const CrRoute routes[] = {
  { "GET", "/hello", CR_ROUTE_PAGE, hello_cb },
  { "POST", "/hello", CR_ROUTE_PAGE, hello_cb },
  { "GET", "/c/{key}", CR_ROUTE_PAGE, echo_cb },
  { "POST", "/c/{key}", CR_ROUTE_PAGE, echo_cb },
  { "GET", "/files/{key}/{rest*}", CR_ROUTE_PAGE, echo_cb },
  { "GET", "/drop", CR_ROUTE_PAGE, drop_cb },
  { "GET", "/hold", CR_ROUTE_PAGE, hold_cb },
  { "GET", "/styled", CR_ROUTE_PAGE, styled_cb },
  { "GET", "/api/things", CR_ROUTE_API, hello_cb },
  { "DELETE", "/api/things", CR_ROUTE_API, hello_cb },
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  memset (fixture, 0, sizeof *fixture);
  fixture->server = cr_server_new ();
  cr_server_add_routes (fixture->server, routes, G_N_ELEMENTS (routes), fixture);
  g_assert_null (cr_server_get_uri (fixture->server));
  g_assert_true (cr_server_listen (fixture->server, "127.0.0.1:0", &error));
  g_assert_no_error (error);
  fixture->session = soup_session_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  soup_session_abort (fixture->session);
  g_clear_object (&fixture->session);
  cr_server_close (fixture->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&fixture->server));
}

typedef struct
{
  guint status;
  char *body;
  SoupMessage *message;
} Seen;

static void
seen_clear (Seen *seen)
{
  g_clear_pointer (&seen->body, g_free);
  g_clear_object (&seen->message);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seen, seen_clear)

static const char *
seen_header (Seen *seen, const char *name)
{
  return soup_message_headers_get_one (soup_message_get_response_headers (seen->message), name);
}

/* @headers: lines. */
static Seen
visit (Fixture *fixture,
       const char *method,
       const char *path,
       const char *headers,
       const char *type,
       GBytes *body)
{
  g_autofree char *url = g_strconcat (cr_server_get_uri (fixture->server), path, NULL);
  g_auto (GStrv) lines = g_strsplit (headers != NULL ? headers : "", "\n", -1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;
  Seen seen = { 0 };

  seen.message = soup_message_new (method, url);
  soup_message_set_flags (seen.message, SOUP_MESSAGE_NO_REDIRECT);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (lines[i], ": ", 2);

      if (pair[0] != NULL && pair[1] != NULL)
        soup_message_headers_append (soup_message_get_request_headers (seen.message), pair[0],
                                     pair[1]);
    }
  if (body != NULL)
    soup_message_set_request_body_from_bytes (seen.message, type, body);
  soup_session_send_and_read_async (fixture->session, seen.message, 0, NULL, keep_result, &result);
  answer = soup_session_send_and_read_finish (fixture->session, wait_result (&result), &error);
  g_assert_no_error (error);
  seen.status = soup_message_get_status (seen.message);
  seen.body = g_bytes_get_size (answer) > 0
                ? g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer))
                : g_strdup ("");
  return seen;
}

static void
test_routes (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *method, *path;
    guint status;
    const char *body;
  } table[] = {
    { "GET", "/hello", 200, "hello" },
    { "HEAD", "/hello", 200, "" },
    { "GET", "/hello/", 404, NULL },
    { "GET", "/hello?x", 200, "hello" },
    { "GET", "//hello", 404, NULL },
    { "GET", "/h%65llo", 200, "hello" },
    { "GET", "/Hello", 404, NULL },
    { "GET", "/", 404, NULL },
    { "GET", "/c/abc?q=1%202", 200, "abc|(null)|1 2|(null)" },
    { "GET", "/c/a%2Fb", 200, "a/b|(null)|(null)|(null)" },
    { "GET", "/c/..", 404, NULL },
    { "GET", "/c/%2e%2e", 404, NULL },
    { "GET", "/c/", 404, NULL },
    { "GET", "/c/a/b", 404, NULL },
    { "GET", "/c/a%00b", 404, NULL },
    { "GET", "/c/%ff", 404, NULL },
    { "GET", "/c/a?q=%ff", 200, "a|(null)|(null)|(null)" },
    { "GET", "/files/a/b/c.ndjson", 200, "a|b/c.ndjson|(null)|(null)" },
    { "GET", "/api/things", 200, "hello" },
    { "PUT", "/hello", 405, NULL },
    { "OPTIONS", "/hello", 405, NULL },
    { "GET", "/drop", 500, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (Seen) seen = visit (fixture, table[i].method, table[i].path, NULL, NULL, NULL);

      g_test_message ("%s %s: %u", table[i].method, table[i].path, seen.status);
      g_assert_cmpuint (seen.status, ==, table[i].status);
      if (table[i].body != NULL)
        g_assert_cmpstr (seen.body, ==, table[i].body);
      if (seen.status == 405)
        g_assert_cmpstr (seen_header (&seen, "Allow"), ==, "GET, HEAD, POST");
      g_assert_true (g_uuid_string_is_valid (seen_header (&seen, "X-Request-Id")));
      g_assert_cmpstr (seen_header (&seen, "X-Content-Type-Options"), ==, "nosniff");
      g_assert_cmpstr (seen_header (&seen, "Referrer-Policy"), ==, "no-referrer");
      g_assert_cmpstr (seen_header (&seen, "Cache-Control"), ==, "no-store");
      g_assert_nonnull (
          strstr (seen_header (&seen, "Content-Security-Policy"), "frame-ancestors 'none'"));
    }
}

static void
test_own_headers (Fixture *fixture, gconstpointer data)
{
  g_auto (Seen) seen = visit (fixture, "GET", "/styled", NULL, NULL, NULL);

  g_assert_cmpuint (seen.status, ==, 303);
  g_assert_cmpstr (seen_header (&seen, "Location"), ==,
                   "https://portal.example.org/authorize?state=x");
  g_assert_cmpstr (seen_header (&seen, "Content-Security-Policy"), ==, "default-src 'self'");
  g_assert_cmpstr (seen_header (&seen, "Referrer-Policy"), ==, "no-referrer");
}

static void
test_form (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("name=Zo%C3%AB+M&x=1", 19);
  g_auto (Seen) form =
      visit (fixture, "POST", "/c/k", NULL, "application/x-www-form-urlencoded", body);
  g_auto (Seen) json = visit (fixture, "POST", "/c/k", NULL, "application/json", body);

  g_assert_cmpstr (form.body, ==, "k|(null)|(null)|Zoë M");
  g_assert_cmpstr (json.body, ==, "k|(null)|(null)|(null)");
}

/* Who may ask for what: @ stands for our port. */
static const struct
{
  const char *method, *path, *headers;
  guint status;
} doors[] = {
  { "GET", "/hello", "Host: localhost:@", 200 },
  { "GET", "/hello", "Host: LOCALHOST:@", 200 },
  { "GET", "/hello", "Host: [::1]:@", 200 },
  { "GET", "/hello", "Host: clinic.example.org", 200 },
  { "GET", "/hello", "Host: clinic.example.org:@", 200 },
  { "GET", "/hello", "Host: clinic.example.org:1", 421 },
  { "GET", "/hello", "Host: evil.example.org", 421 },
  { "GET", "/hello", "Host: evil.example.org:@", 421 },
  { "GET", "/hello", "Host: localhost", 421 },
  { "GET", "/hello", "Host: 127.0.0.1", 421 },
  { "GET", "/hello", "Host: 127.0.0.1:1", 421 },
  { "GET", "/hello", "Host: 127.0.0.1.evil.example.org:@", 421 },
  { "GET", "/hello", "Host: localhost:@, evil.example.org", 400 },
  { "GET", "/hello", "Host: localhost:@\nHost: evil.example.org", 421 },
  { "GET", "/hello", "Host: evil@localhost:@", 421 },
  /* a proxy on this machine speaks for others: no API */
  { "GET", "/api/things", "Host: localhost:@", 200 },
  { "GET", "/api/things", "Host: clinic.example.org", 404 },
  { "GET", "/api/things", "Host: localhost:@\nX-Forwarded-For: 203.0.113.9", 404 },
  { "DELETE", "/api/things", "Host: localhost:@", 200 },
  { "PATCH", "/api/things", "Host: localhost:@", 405 },
  { "PATCH", "/api/things", "Host: clinic.example.org", 404 },
  { "POST", "/hello", "Origin: http://127.0.0.1:@", 200 },
  { "POST", "/hello", "Origin: http://localhost:@", 200 },
  { "POST", "/hello", "Origin: https://clinic.example.org", 200 },
  { "POST", "/hello", "Origin: null", 403 },
  { "POST", "/hello", "Origin: https://evil.example.org", 403 },
  { "POST", "/hello", "Origin: http://127.0.0.1:1", 403 },
  { "POST", "/hello", "Origin: https://clinic.example.org.evil.org", 403 },
  { "POST", "/hello", "Origin: http://localhost:@\nOrigin: https://evil.example.org", 403 },
  { "DELETE", "/api/things", "Origin: https://evil.example.org", 403 },
  { "GET", "/hello", "Origin: https://evil.example.org", 200 },
};

static void
test_doors (Fixture *fixture, gconstpointer data)
{
  const char *port = strrchr (cr_server_get_uri (fixture->server), ':') + 1;

  cr_server_allow_host (fixture->server, "clinic.example.org");
  for (guint i = 0; i < G_N_ELEMENTS (doors); i++)
    {
      g_auto (GStrv) parts = g_strsplit (doors[i].headers, ":@", -1);
      g_autofree char *with_port = g_strdup_printf (":%s", port);
      g_autofree char *headers = g_strjoinv (with_port, parts);
      guint n_handled = fixture->n_handled;
      g_auto (Seen) seen = visit (fixture, doors[i].method, doors[i].path, headers, NULL, NULL);

      g_test_message ("%s %s %s: %u", doors[i].method, doors[i].path, headers, seen.status);
      g_assert_cmpuint (seen.status, ==, doors[i].status);
      g_assert_cmpuint (fixture->n_handled, ==, n_handled + (seen.status == 200 ? 1 : 0));
    }
}

static void
test_large_body (Fixture *fixture, gconstpointer data)
{
  static const gsize sizes[] = { 1024 * 1024, 1024 * 1024 + 1, 4 * 1024 * 1024 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_take (g_malloc0 (sizes[i]), sizes[i]);
      g_auto (Seen) said = visit (fixture, "POST", "/hello", NULL, "text/plain", body);
      g_auto (Seen) chunked =
          visit (fixture, "POST", "/hello", "Transfer-Encoding: chunked", "text/plain", body);

      g_assert_cmpuint (said.status, ==, i == 0 ? 200 : 413);
      g_assert_cmpuint (chunked.status, ==, i == 0 ? 200 : 413);
    }
}

static void
test_rate (Fixture *fixture, gconstpointer data)
{
  guint n_refused = 0;

  cr_server_allow_host (fixture->server, "clinic.example.org");
  for (guint i = 0; i < 200; i++)
    {
      g_auto (Seen) seen =
          visit (fixture, "GET", "/hello", "Host: clinic.example.org\nX-Forwarded-For: 203.0.113.9",
                 NULL, NULL);

      if (seen.status == 429)
        g_assert_cmpstr (seen_header (&seen, "Retry-After"), ==, "2");
      n_refused += seen.status == 429 ? 1 : 0;
    }
  g_assert_cmpuint (n_refused, >, 40);
  g_assert_cmpuint (n_refused, <=, 80);

  {
    g_auto (Seen) another =
        visit (fixture, "GET", "/hello", "Host: clinic.example.org\nX-Forwarded-For: 203.0.113.10",
               NULL, NULL);

    g_assert_cmpuint (another.status, ==, 200);
  }
}

static void
test_listen (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrServer) second = cr_server_new ();
  g_autoptr (GError) error = NULL;
  static const char *const bad[] = {
    "", "8484", "127.0.0.1", "127.0.0.1:99999", "example.org:80", "203.0.113.7:8484", "127.0.0.1:-1"
  };

  g_assert_false (
      cr_server_listen (second, cr_server_get_uri (fixture->server) + strlen ("http://"), &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_IN_USE);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_clear_error (&error);
      g_assert_false (cr_server_listen (second, bad[i], &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
    }

  g_clear_error (&error);
  g_assert_true (cr_server_listen (second, "localhost:0", &error));
  g_assert_true (g_str_has_prefix (cr_server_get_uri (second), "http://127.0.0.1:"));
}

/* The same port can be taken again at once. */
static void
test_listen_again (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = g_strdup (cr_server_get_uri (fixture->server) + strlen ("http://"));
  g_autoptr (GError) error = NULL;
  g_auto (Seen) seen = visit (fixture, "GET", "/hello", NULL, NULL, NULL);

  cr_server_close (fixture->server);
  g_assert_true (cr_server_listen (fixture->server, address, &error));
  g_assert_no_error (error);
}

static void
gone_cb (GCancellable *cancellable, gpointer data)
{
  ((Fixture *) data)->n_gone++;
}

/* A connection of our own making, to be able to leave. */
static GSocketConnection *
connect_raw (Fixture *fixture, const char *request)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GAsyncResult) result = NULL;
  GSocketConnection *connection;

  g_socket_client_connect_to_host_async (client,
                                         cr_server_get_uri (fixture->server) + strlen ("http://"),
                                         80, NULL, keep_result, &result);
  connection = g_socket_client_connect_to_host_finish (client, wait_result (&result), NULL);
  g_assert_nonnull (connection);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                             strlen (request), NULL, NULL, NULL);
  return connection;
}

static char *
hold_request (Fixture *fixture)
{
  return g_strdup_printf ("GET /hold HTTP/1.1\r\nHost: %s\r\n\r\n",
                          cr_server_get_uri (fixture->server) + strlen ("http://"));
}

static void
test_held (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = hold_request (fixture);
  g_autoptr (GSocketConnection) connection = connect_raw (fixture, request);
  g_autoptr (GAsyncResult) result = NULL;
  char buffer[2048] = "";

  wait_for (&fixture->n_handled, 1);
  cr_exchange_reply_text (fixture->held, 200, "text/plain", "at last");
  g_assert_finalize_object (g_steal_pointer (&fixture->held));
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer,
                             sizeof buffer - 1, 0, NULL, keep_result, &result);
  g_input_stream_read_finish (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                              wait_result (&result), NULL);
  g_assert_true (g_str_has_prefix (buffer, "HTTP/1.1 200"));
  g_assert_true (g_str_has_suffix (buffer, "at last"));
}

static void
test_let_nobody_in (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = hold_request (fixture);
  g_autoptr (GSocketConnection) connection = connect_raw (fixture, request);
  g_autoptr (GAsyncResult) result = NULL;
  char buffer[2048] = "";

  wait_for (&fixture->n_handled, 1);
  cr_server_let_nobody_in (fixture->server);
  {
    g_auto (Seen) seen = visit (fixture, "GET", "/hello", NULL, NULL, NULL);

    g_assert_cmpuint (seen.status, ==, 503);
  }
  g_assert_cmpuint (fixture->n_handled, ==, 1);
  cr_exchange_reply_text (fixture->held, 200, "text/plain", "at last");
  g_assert_finalize_object (g_steal_pointer (&fixture->held));
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer,
                             sizeof buffer - 1, 0, NULL, keep_result, &result);
  g_input_stream_read_finish (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                              wait_result (&result), NULL);
  g_assert_true (g_str_has_prefix (buffer, "HTTP/1.1 200"));
}

/* What the handler does once the visitor has left: 0 replies, 1 drops, 2 answers in pieces. */
static void
test_visitor_leaves (Fixture *fixture, gconstpointer data)
{
  for (guint what = 0; what < 3; what++)
    {
      g_autofree char *request = hold_request (fixture);
      GSocketConnection *connection = connect_raw (fixture, request);
      g_autoptr (GBytes) piece = g_bytes_new_static ("piece", 5);

      fixture->n_handled = fixture->n_gone = 0;
      wait_for (&fixture->n_handled, 1);
      g_signal_connect (cr_exchange_get_cancellable (fixture->held), "cancelled",
                        G_CALLBACK (gone_cb), fixture);
      g_object_unref (connection);
      wait_for (&fixture->n_gone, 1);
      if (what == 0)
        cr_exchange_reply_text (fixture->held, 200, "text/plain", "too late");
      if (what == 2)
        {
          cr_exchange_begin (fixture->held, 200, "text/plain");
          cr_exchange_write (fixture->held, piece);
        }
      for (guint i = 0; i < 20; i++)
        g_main_context_iteration (NULL, FALSE);
      g_assert_finalize_object (g_steal_pointer (&fixture->held));
      for (guint i = 0; i < 20; i++)
        g_main_context_iteration (NULL, FALSE);
    }
}

/* Nobody asked to be told. */
static void
test_visitor_leaves_unseen (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = hold_request (fixture);
  GSocketConnection *connection = connect_raw (fixture, request);
  g_auto (Seen) seen = { 0 };

  wait_for (&fixture->n_handled, 1);
  g_object_unref (connection);
  seen = visit (fixture, "GET", "/hello", NULL, NULL, NULL);
  cr_exchange_reply_text (fixture->held, 200, "text/plain", "too late");
  g_assert_finalize_object (g_steal_pointer (&fixture->held));
}

static void
test_pieces (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = hold_request (fixture);
  g_autoptr (GSocketConnection) connection = connect_raw (fixture, request);
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (GString) all = g_string_new (NULL);

  wait_for (&fixture->n_handled, 1);
  cr_exchange_begin (fixture->held, 200, "application/x-ndjson");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autofree char *text = g_strdup_printf ("piece %u\n", i);
      g_autoptr (GBytes) piece = g_bytes_new (text, strlen (text));
      char buffer[2048] = "";

      cr_exchange_write (fixture->held, piece);
      /* each is there before the next is written */
      while (strstr (all->str, text) == NULL)
        {
          g_clear_object (&result);
          memset (buffer, 0, sizeof buffer);
          g_input_stream_read_async (in, buffer, sizeof buffer - 1, 0, NULL, keep_result, &result);
          g_assert_cmpint (g_input_stream_read_finish (in, wait_result (&result), NULL), >, 0);
          g_string_append (all, buffer);
        }
    }
  g_signal_connect (cr_exchange_get_cancellable (fixture->held), "cancelled", G_CALLBACK (gone_cb),
                    fixture);
  g_clear_object (&connection);
  wait_for (&fixture->n_gone, 1);
  cr_exchange_end (fixture->held);
  g_assert_finalize_object (g_steal_pointer (&fixture->held));
}

/* Requests that no browser sends; the server goes on answering. */
static void
test_hostile (Fixture *fixture, gconstpointer data)
{
  static const char *const parts[] = { "GET",
                                       "POST",
                                       "HEAD",
                                       " ",
                                       "/hello",
                                       "/c/",
                                       "%",
                                       "%00",
                                       "%ff",
                                       "{key}",
                                       "*",
                                       "http://",
                                       "[::1",
                                       "?q=",
                                       "&",
                                       "=",
                                       "#",
                                       " HTTP/1.1",
                                       " HTTP/9.9",
                                       "\r\n",
                                       "\n",
                                       "\r",
                                       "Host: ",
                                       "127.0.0.1",
                                       ":",
                                       ",",
                                       "Origin: null",
                                       "Content-Length: ",
                                       "-1",
                                       "99999999999999999999",
                                       "Transfer-Encoding: chunked",
                                       "0\r\n\r\n",
                                       "ffffffff\r\n",
                                       "Content-Type: application/x-www-form-urlencoded",
                                       "\xff\xfe",
                                       "\t",
                                       "Expect: 100-continue",
                                       "Connection: close",
                                       "Upgrade: websocket" };
  guint n = g_test_slow () ? 20000 : 3000;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GString) request = g_string_new (NULL);
      g_autoptr (GSocketConnection) connection = NULL;
      guint n_parts = (guint) g_test_rand_int_range (1, 30);

      if (i % 2 == 0)
        g_string_printf (request, "GET /hello HTTP/1.1\r\nHost: %s\r\n",
                         cr_server_get_uri (fixture->server) + strlen ("http://"));
      for (guint k = 0; k < n_parts; k++)
        g_string_append (request, parts[g_test_rand_int_range (0, G_N_ELEMENTS (parts))]);
      g_string_append (request, "\r\n\r\n");
      connection = connect_raw (fixture, request->str);
      for (guint k = 0; k < 3; k++)
        g_main_context_iteration (NULL, FALSE);
    }

  {
    g_auto (Seen) seen = visit (fixture, "GET", "/hello", NULL, NULL, NULL);

    g_assert_true (seen.status == 200 || seen.status == 429);
  }
}

#define ADD(path, func) g_test_add ("/net/server/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  ADD ("routes", test_routes);
  ADD ("own-headers", test_own_headers);
  ADD ("form", test_form);
  ADD ("doors", test_doors);
  ADD ("large-body", test_large_body);
  ADD ("rate", test_rate);
  ADD ("listen", test_listen);
  ADD ("listen-again", test_listen_again);
  ADD ("held", test_held);
  ADD ("let-nobody-in", test_let_nobody_in);
  ADD ("visitor-leaves", test_visitor_leaves);
  ADD ("visitor-leaves-unseen", test_visitor_leaves_unseen);
  ADD ("pieces", test_pieces);
  ADD ("hostile", test_hostile);
  return g_test_run ();
}
