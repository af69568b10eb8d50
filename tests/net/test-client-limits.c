/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-time.h"
#include "net-test.h"

/* Less than what holds where no limit is set, and more than a machine that is at work elsewhere
 * takes. */
#define SOON_US (12 * G_USEC_PER_SEC)

typedef struct
{
  Fake fake;
  CrClient *client;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fake_start (&fixture->fake, NULL);
  fixture->client = cr_client_new (cr_time_now_ms, 4);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fake_stop (&fixture->fake);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&fixture->client));
}

/* A server that knows sockets only: writes what it is told to whoever connects, then closes, stays
 * or goes on with one byte each 50 ms. */
typedef enum
{
  RAW_CLOSE,
  RAW_STAY,
  RAW_DRIBBLE,
} RawEnd;

typedef struct
{
  GSocketService *service;
  char *url;
  const char *text;
  RawEnd end;
  guint n_connected;
  GPtrArray *connections;
  guint dribble;
} Raw;

static gboolean
dribble_cb (gpointer data)
{
  Raw *raw = data;

  for (guint i = 0; i < raw->connections->len; i++)
    {
      GIOStream *connection = g_ptr_array_index (raw->connections, i);

      g_pollable_output_stream_write_nonblocking (
          G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (connection)), " ", 1, NULL,
          NULL);
    }

  return G_SOURCE_CONTINUE;
}

static gboolean
connected_cb (GSocketService *service,
              GSocketConnection *connection,
              GObject *source,
              gpointer data)
{
  Raw *raw = data;
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  raw->n_connected++;
  g_output_stream_write_all (out, raw->text, strlen (raw->text), NULL, NULL, NULL);
  if (raw->end == RAW_CLOSE)
    {
      /* What is in our buffer unread would turn the close into a reset. */
      g_socket_shutdown (g_socket_connection_get_socket (connection), FALSE, TRUE, NULL);
    }
  g_ptr_array_add (raw->connections, g_object_ref (connection));
  return TRUE;
}

static void
raw_start (Raw *raw, const char *text, RawEnd end)
{
  g_autoptr (GError) error = NULL;
  guint16 port;

  memset (raw, 0, sizeof *raw);
  raw->text = text;
  raw->end = end;
  raw->connections = g_ptr_array_new_with_free_func (g_object_unref);
  raw->service = g_socket_service_new ();
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (raw->service), NULL, &error);
  g_assert_no_error (error);
  raw->url = g_strdup_printf ("http://127.0.0.1:%u/Patient/p-4711", port);
  g_signal_connect (raw->service, "incoming", G_CALLBACK (connected_cb), raw);
  g_socket_service_start (raw->service);
  if (end == RAW_DRIBBLE)
    raw->dribble = g_timeout_add (50, dribble_cb, raw);
}

static void
raw_stop (Raw *raw)
{
  g_clear_handle_id (&raw->dribble, g_source_remove);
  g_socket_service_stop (raw->service);
  g_socket_listener_close (G_SOCKET_LISTENER (raw->service));
  g_clear_object (&raw->service);
  g_clear_pointer (&raw->connections, g_ptr_array_unref);
  g_clear_pointer (&raw->url, g_free);
}

static void
expect_error (Fixture *fixture, const CrRequest *request, CrErrorCode code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (send_request (fixture->client, request, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, CR_ERROR, (int) code);
  g_assert_null (strstr (error->message, "p-4711"));
}

static void
test_total (Fixture *fixture, gconstpointer data)
{
  Raw raw;
  gint64 start_us = g_get_monotonic_time ();

  raw_start (&raw, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{", RAW_DRIBBLE);
  expect_error (fixture, &(CrRequest){ .url = raw.url, .total_s = 1 }, CR_ERROR_OFFLINE);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, SOON_US);
  g_assert_cmpuint (raw.n_connected, ==, 1);
  raw_stop (&raw);
}

static void
test_total_in_headers (Fixture *fixture, gconstpointer data)
{
  Raw raw;
  gint64 start_us = g_get_monotonic_time ();

  raw_start (&raw, "HTTP/1.1 200 OK\r\nX-Slow: ", RAW_DRIBBLE);
  expect_error (fixture, &(CrRequest){ .url = raw.url, .total_s = 1 }, CR_ERROR_OFFLINE);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, SOON_US);
  raw_stop (&raw);
}

static void
test_idle (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { "", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      Raw raw;
      gint64 start_us = g_get_monotonic_time ();

      raw_start (&raw, texts[i], RAW_STAY);
      expect_error (fixture, &(CrRequest){ .url = raw.url, .idle_s = 1, .max_attempts = 1 },
                    CR_ERROR_OFFLINE);
      g_assert_cmpint (g_get_monotonic_time () - start_us, >, 900000);
      g_assert_cmpint (g_get_monotonic_time () - start_us, <, SOON_US);
      raw_stop (&raw);
    }
}

/* A dribble is not idle. */
static void
test_idle_is_not_slow (Fixture *fixture, gconstpointer data)
{
  Raw raw;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;
  CrRequest request = { .idle_s = 2 };

  raw_start (&raw, "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{", RAW_DRIBBLE);
  request.url = raw.url;
  reply = send_request (fixture->client, &request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (reply->body), ==, 60);
  raw_stop (&raw);
}

static void
test_connect (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GPtrArray) fillers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *url = NULL;
  gint64 start_us;

  g_socket_set_listen_backlog (socket, 0);
  g_assert_true (g_socket_bind (socket, address, TRUE, NULL));
  g_assert_true (g_socket_listen (socket, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  for (guint i = 0; i < 8; i++)
    {
      GSocket *filler = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_DEFAULT, NULL);

      g_socket_set_blocking (filler, FALSE);
      g_socket_connect (filler, bound, NULL, NULL);
      g_ptr_array_add (fillers, filler);
    }

  url = g_strdup_printf ("http://127.0.0.1:%u/Patient/p-4711",
                         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  start_us = g_get_monotonic_time ();
  expect_error (fixture, &(CrRequest){ .url = url, .connect_s = 1, .max_attempts = 1 },
                CR_ERROR_OFFLINE);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >, 900000);
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, SOON_US);
}

static void
test_nobody_there (Fixture *fixture, gconstpointer data)
{
  Raw raw;
  g_autofree char *url = NULL;

  raw_start (&raw, "", RAW_CLOSE);
  url = g_strdup (raw.url);
  raw_stop (&raw);
  expect_error (fixture, &(CrRequest){ .url = url, .max_attempts = 1 }, CR_ERROR_OFFLINE);
  /* nobody received it, so a POST may be repeated too */
  expect_error (fixture, &(CrRequest){ .url = url, .method = "POST" }, CR_ERROR_OFFLINE);
  expect_error (fixture,
                &(CrRequest){ .url = "https://nobody.invalid/Patient/p-4711", .max_attempts = 1 },
                CR_ERROR_OFFLINE);
}

static const struct
{
  const char *text;
  CrErrorCode code;
  guint n_connected;
} broken[] = {
  { "SSH-2.0-OpenSSH_9.2p1 Debian\r\n", CR_ERROR_BAD_REPLY, 1 },
  { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", CR_ERROR_OFFLINE, 4 },
  { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", CR_ERROR_OFFLINE, 4 },
};

static void
test_broken (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      Raw raw;

      g_test_message ("%s", broken[i].text);
      raw_start (&raw, broken[i].text, RAW_CLOSE);
      expect_error (fixture, &(CrRequest){ .url = raw.url }, broken[i].code);
      g_assert_cmpuint (raw.n_connected, ==, broken[i].n_connected);
      raw_stop (&raw);
    }
}

static void
test_broken_post (Fixture *fixture, gconstpointer data)
{
  Raw raw;

  raw_start (&raw, "", RAW_CLOSE);
  expect_error (fixture, &(CrRequest){ .url = raw.url, .method = "POST", .new_connection = TRUE },
                CR_ERROR_OFFLINE);
  g_assert_cmpuint (raw.n_connected, ==, 1);
  raw_stop (&raw);
}

static GBytes *
zeros (gsize n_bytes)
{
  return g_bytes_new_take (g_malloc0 (n_bytes), n_bytes);
}

static GBytes *
zip (GBytes *plain)
{
  g_autoptr (GConverter) compressor =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) out = g_converter_output_stream_new (memory, compressor);

  g_assert_true (g_output_stream_write_all (out, g_bytes_get_data (plain, NULL),
                                            g_bytes_get_size (plain), NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (out, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
test_too_large (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) plain = zeros (3 * 1024 * 1024);
  g_autoptr (GBytes) bomb = zip (plain);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;
  CrRequest request = { .max_bytes = 1024 * 1024 };
  g_autofree char *url = fake_url (&fixture->fake, "/Patient/p-4711");

  request.url = url;
  g_assert_cmpuint (g_bytes_get_size (bomb), <, 10000);
  fake_answer_bytes (&fixture->fake, 200, NULL, plain);
  expect_error (fixture, &request, CR_ERROR_TOO_LARGE);
  fake_forget (&fixture->fake);
  fake_answer_bytes (&fixture->fake, 200, "Transfer-Encoding: chunked", plain);
  expect_error (fixture, &request, CR_ERROR_TOO_LARGE);
  fake_forget (&fixture->fake);
  fake_answer_bytes (&fixture->fake, 200, "Content-Encoding: gzip", bomb);
  expect_error (fixture, &request, CR_ERROR_TOO_LARGE);
  g_assert_cmpuint (fixture->fake.asked->len, ==, 3);

  request.max_bytes = 3 * 1024 * 1024;
  reply = send_request (fixture->client, &request, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (reply->body, plain));
}

static void
test_bad_gzip (Fixture *fixture, gconstpointer data)
{
  g_autofree guint8 *noise = g_malloc (400000);
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GBytes) zipped = NULL;
  g_autoptr (GBytes) bad = NULL;
  g_autofree char *url = fake_url (&fixture->fake, "/Patient/p-4711");
  guint8 *bytes;

  for (guint i = 0; i < 400000; i++)
    noise[i] = (guint8) (g_test_rand_int_range (0, 6) + 'a');
  plain = g_bytes_new (noise, 400000);
  zipped = zip (plain);
  bytes = g_memdup2 (g_bytes_get_data (zipped, NULL), g_bytes_get_size (zipped));
  for (gsize i = 70000; i < 70100; i++)
    bytes[i] = 0xff;
  bad = g_bytes_new_take (bytes, g_bytes_get_size (zipped));
  fake_answer_bytes (&fixture->fake, 200, "Content-Encoding: gzip", bad);
  expect_error (fixture, &(CrRequest){ .url = url }, CR_ERROR_BAD_REPLY);
}

static void
test_sizes (Fixture *fixture, gconstpointer data)
{
  static const gsize sizes[] = {
    0, 1, 32767, 32768, 65536, 131071, 131072, 131073, 470000, 5000001
  };
  g_autofree char *url = fake_url (&fixture->fake, "/");
  CrRequest request = { .url = url };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint chunked = 0; chunked < 2; chunked++)
      {
        g_autoptr (GBytes) body = NULL;
        g_autoptr (GError) error = NULL;
        g_autoptr (CrReply) reply = NULL;
        guint8 *bytes = g_malloc (sizes[i] + 1);

        for (gsize k = 0; k < sizes[i]; k++)
          bytes[k] = (guint8) (k * 31 + k / 257);
        body = g_bytes_new_take (bytes, sizes[i]);
        fake_forget (&fixture->fake);
        fake_answer_bytes (&fixture->fake, 200, chunked ? "Transfer-Encoding: chunked" : NULL,
                           body);
        reply = send_request (fixture->client, &request, &error);
        g_assert_no_error (error);
        g_assert_true (g_bytes_equal (reply->body, body));
      }
}

static gboolean
cancel_cb (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

/* Cancelled a little after @count has come to what is @wanted, or before it begins. */
static void
expect_cancelled (Fixture *fixture, const CrRequest *request, const guint *count, guint wanted)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 start_us = g_get_monotonic_time ();

  if (count == NULL)
    g_cancellable_cancel (cancellable);

  cr_client_send_async (fixture->client, request, cancellable, keep_result, &result);
  g_assert_null (result);
  if (count != NULL)
    {
      wait_for (count, wanted);
      g_timeout_add (100, cancel_cb, cancellable);
    }
  g_assert_null (cr_client_send_finish (fixture->client, wait_result (&result), &error));
  g_assert_true (cr_error_is_cancelled (error));
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, SOON_US);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  Raw silent, dribbling;
  g_autofree char *url = fake_url (&fixture->fake, "/");

  raw_start (&silent, "", RAW_STAY);
  raw_start (&dribbling, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{", RAW_DRIBBLE);
  expect_cancelled (fixture, &(CrRequest){ .url = silent.url }, NULL, 0);
  g_assert_cmpuint (silent.n_connected, ==, 0);
  expect_cancelled (fixture, &(CrRequest){ .url = silent.url }, &silent.n_connected, 1);
  expect_cancelled (fixture, &(CrRequest){ .url = dribbling.url }, &dribbling.n_connected, 1);

  /* while it waits before the next attempt */
  fake_answer (&fixture->fake, 503, "Retry-After: 4", "");
  expect_cancelled (fixture, &(CrRequest){ .url = url }, &fixture->fake.asked->len, 1);
  g_assert_cmpuint (fixture->fake.asked->len, ==, 1);
  raw_stop (&silent);
  raw_stop (&dribbling);
}

static void
test_speed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) page = zeros (470 * 1024);
  g_autofree char *url = fake_url (&fixture->fake, "/");
  CrRequest request = { .url = url };
  guint n_pages = g_test_perf () ? 2000 : 64;
  GAsyncResult *results[8] = { NULL };
  gint64 start_us = g_get_monotonic_time ();
  double seconds;

  fake_answer_bytes (&fixture->fake, 200, NULL, page);
  for (guint i = 0; i < n_pages + G_N_ELEMENTS (results); i++)
    {
      GAsyncResult **slot = &results[i % G_N_ELEMENTS (results)];

      if (i >= G_N_ELEMENTS (results))
        {
          g_autoptr (CrReply) reply =
              cr_client_send_finish (fixture->client, wait_result (slot), NULL);

          g_assert_nonnull (reply);
          g_assert_cmpuint (g_bytes_get_size (reply->body), ==, g_bytes_get_size (page));
          g_clear_object (slot);
        }
      if (i < n_pages)
        cr_client_send_async (fixture->client, &request, NULL, keep_result, slot);
    }
  seconds = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
  g_test_maximized_result (n_pages * 0.47 / seconds, "%.0f MB/s, server in the same loop",
                           n_pages * 0.47 / seconds);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/net/client-limits/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  ADD ("total", test_total);
  ADD ("total-in-headers", test_total_in_headers);
  ADD ("idle", test_idle);
  ADD ("idle-is-not-slow", test_idle_is_not_slow);
  ADD ("connect", test_connect);
  ADD ("nobody-there", test_nobody_there);
  ADD ("broken", test_broken);
  ADD ("broken-post", test_broken_post);
  ADD ("too-large", test_too_large);
  ADD ("bad-gzip", test_bad_gzip);
  ADD ("sizes", test_sizes);
  ADD ("cancel", test_cancel);
  ADD ("speed", test_speed);
  return g_test_run ();
}
