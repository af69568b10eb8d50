/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-first.h"
#include "net-test.h"
#include "net/cr-server.h"

typedef struct
{
  CrServer *server;
  CrExchange *held;
  guint n_handled;
} Fixture;

static void
hello_cb (CrExchange *exchange, gpointer data)
{
  ((Fixture *) data)->n_handled++;
  cr_exchange_reply_text (exchange, 200, "text/plain", "hello");
}

static void
hold_cb (CrExchange *exchange, gpointer data)
{
  ((Fixture *) data)->n_handled++;
  g_set_object (&((Fixture *) data)->held, exchange);
}

static const CrRoute routes[] = {
  { "GET", "/hello", CR_ROUTE_PAGE, hello_cb },
  { "POST", "/hello", CR_ROUTE_PAGE, hello_cb },
  { "GET", "/hold", CR_ROUTE_PAGE, hold_cb },
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  memset (fixture, 0, sizeof *fixture);
  fixture->server = cr_server_new ();
  cr_server_add_routes (fixture->server, routes, G_N_ELEMENTS (routes), fixture);
  g_assert_true (cr_server_listen (fixture->server, "127.0.0.1:0", &error));
  g_assert_no_error (error);
}

static void
settle (void)
{
  for (guint i = 0; i < 50; i++)
    {
      g_usleep (1000);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->held);
  cr_server_close (fixture->server);
  settle ();
  g_assert_finalize_object (g_steal_pointer (&fixture->server));
}

static GSocketConnection *
connect_to (Fixture *fixture)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  connection = g_socket_client_connect_to_uri (client, cr_server_get_uri (fixture->server), 80,
                                               NULL, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&connection);
}

/* FALSE when the server has hung up. */
static gboolean
send_text (GSocketConnection *connection, const char *text, gsize length)
{
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  return g_output_stream_write_all (out, text, length, NULL, NULL, NULL);
}

static char *
request_text (Fixture *fixture, const char *line, const char *headers)
{
  return g_strdup_printf ("%s HTTP/1.1\r\nHost: %s\r\n%s\r\n", line,
                          cr_server_get_uri (fixture->server) + strlen ("http://"), headers);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  char **all = user_data;
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  gsize n = bytes != NULL ? g_bytes_get_size (bytes) : 0;

  *all = n > 0 ? g_strndup (g_bytes_get_data (bytes, NULL), n) : g_strdup ("");
}

/* What comes first; "" when the server hangs up. */
static char *
read_some (GSocketConnection *connection)
{
  char *all = NULL;

  g_input_stream_read_bytes_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), 4096, 0,
                                   NULL, ended_cb, &all);
  while (all == NULL)
    g_main_context_iteration (NULL, TRUE);
  return all;
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* What was closed at one end is seen at the other by and by. */
static void
assert_descriptors (guint wanted)
{
  gint64 end_us = g_get_monotonic_time () + 25 * G_USEC_PER_SEC;

  do
    settle ();
  while (count_descriptors () != wanted && g_get_monotonic_time () < end_us);
  g_assert_cmpuint (count_descriptors (), ==, wanted);
}

/* A visitor leaves in every way there is; what it had is free again. */
static void
test_descriptors (Fixture *fixture, gconstpointer data)
{
  g_autofree char *hello = request_text (fixture, "GET /hello", "");
  g_autofree char *hold = request_text (fixture, "GET /hold", "");
  guint before;

  settle ();
  before = count_descriptors ();
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GSocketConnection) connection = connect_to (fixture);
      g_autofree char *answer = NULL;
      guint n_handled = fixture->n_handled;

      switch (i % 6)
        {
        case 0: /* reads the answer, and closes */
          send_text (connection, hello, strlen (hello));
          answer = read_some (connection);
          g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
          break;
        case 1: /* does not wait for it */
          send_text (connection, hello, strlen (hello));
          break;
        case 2: /* leaves while it is being made */
          send_text (connection, hold, strlen (hold));
          wait_for (&fixture->n_handled, n_handled + 1);
          g_clear_object (&connection);
          settle ();
          cr_exchange_reply_text (fixture->held, 200, "text/plain", "too late");
          g_clear_object (&fixture->held);
          break;
        case 3: /* asks for nothing */
          break;
        case 4: /* breaks off */
          send_text (connection, hello, strlen (hello) / 2);
          break;
        default: /* sends what is no request */
          send_text (connection, "what\r\n\r\n", 8);
          answer = read_some (connection);
          break;
        }
    }
  assert_descriptors (before);
}

typedef struct
{
  GSocketConnection *connection;
  const char *text;
  guint n_sent;
  guint timer;
} Drip;

static gboolean
drip_cb (gpointer user_data)
{
  Drip *drip = user_data;

  if (drip->text[drip->n_sent] != '\0' &&
      send_text (drip->connection, drip->text + drip->n_sent, 1))
    drip->n_sent++;
  return G_SOURCE_CONTINUE;
}

/* One byte now and then keeps nothing open. */
static void
assert_hung_up (Fixture *fixture, const char *text)
{
  g_autoptr (GSocketConnection) connection = connect_to (fixture);
  Drip drip = { connection, text, 0, 0 };
  gint64 begin_us = g_get_monotonic_time ();
  g_autofree char *answer = NULL;
  gint64 took_ms;

  drip.timer = g_timeout_add (20, drip_cb, &drip);
  answer = read_some (connection);
  took_ms = (g_get_monotonic_time () - begin_us) / 1000;
  g_source_remove (drip.timer);
  g_assert_false (g_str_has_prefix (answer, "HTTP/1.1 200"));
  g_assert_cmpint (took_ms, >=, 300);
  g_assert_cmpint (took_ms, <, 25000);
  g_assert_cmpuint (drip.n_sent, <, strlen (text) + (*text == '\0'));
}

static void
test_slow (Fixture *fixture, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (4000, 'x');
  g_autofree char *headers = g_strdup_printf ("X-Filler: %s\r\n", filler);
  g_autofree char *slow_headers = request_text (fixture, "GET /hello", headers);
  g_autofree char *head = request_text (fixture, "POST /hello", "Content-Length: 4000\r\n");
  g_autofree char *slow_body = g_strconcat (head, filler, NULL);
  guint before;

  cr_server_set_read_deadline (fixture->server, 400);
  settle ();
  before = count_descriptors ();
  assert_hung_up (fixture, "");
  assert_hung_up (fixture, slow_headers);
  assert_hung_up (fixture, slow_body);
  assert_descriptors (before);
  g_assert_cmpuint (fixture->n_handled, ==, 0);
}

/* The deadline is for asking; the answer may take its time. */
static void
test_slow_answer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *hold = request_text (fixture, "GET /hold", "");
  g_autoptr (GSocketConnection) connection = connect_to (fixture);
  g_autofree char *answer = NULL;
  gint64 begin_us = g_get_monotonic_time ();

  cr_server_set_read_deadline (fixture->server, 1000);
  send_text (connection, hold, strlen (hold));
  wait_for (&fixture->n_handled, 1);
  while (g_get_monotonic_time () - begin_us < 2000 * 1000)
    settle ();
  cr_exchange_reply_text (fixture->held, 200, "text/plain", "hello");
  answer = read_some (connection);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
}

/* Who takes all connections takes them from newcomers, not from the rest of the program. */
static void
test_crowd (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) crowd = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *hello = request_text (fixture, "GET /hello", "");
  guint before = count_descriptors ();

  for (guint i = 0; i < 300; i++)
    {
      g_ptr_array_add (crowd, connect_to (fixture));
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  assert_descriptors (before + 300 + 256);

  g_ptr_array_set_size (crowd, 0);
  assert_descriptors (before);
  {
    g_autoptr (GSocketConnection) connection = connect_to (fixture);
    g_autofree char *answer = NULL;

    send_text (connection, hello, strlen (hello));
    answer = read_some (connection);
    g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200"));
  }
}

/* A length that cannot be is answered here: libsoup takes "-10" for a number of bytes. */
static void
test_length_below_zero (Fixture *fixture, gconstpointer data)
{
  static const char *const lengths[] = { "-10", "-2", "99999999999999999999",
                                         "9223372036854775808" };
  guint before = count_descriptors ();

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *header = g_strdup_printf ("Content-Length: %s\r\n", lengths[i]);
      g_autofree char *post = request_text (fixture, "POST /hello", header);
      g_autoptr (GSocketConnection) connection = connect_to (fixture);
      g_autofree char *answer = NULL;

      send_text (connection, post, strlen (post));
      answer = read_some (connection);
      g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 400"));
    }
  assert_descriptors (before);
  g_assert_cmpuint (fixture->n_handled, ==, 0);
}

#define ADD(path, func) g_test_add ("/net/server/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  ADD ("descriptors", test_descriptors);
  ADD ("slow", test_slow);
  ADD ("slow-answer", test_slow_answer);
  ADD ("crowd", test_crowd);
  ADD ("length-below-zero", test_length_below_zero);
  return g_test_run ();
}
