/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "net-test.h"
#include "net/cr-server.h"
#include "net/cr-socket.h"

typedef struct
{
  char *top;
  char *folder; /* longer than a socket's path may be */
  int fd;
  CrServer *server;
  CrExchange *held;
  guint n_handled;
  guint n_pieces;
  guint n_gone;
  GString *pieces;
} Fixture;

static void
run_cb (CrExchange *exchange, gpointer data)
{
  g_assert_true (cr_exchange_is_loopback (exchange));
  cr_exchange_reply (exchange, 202, "application/json", cr_exchange_get_body (exchange));
}

static void
follow_cb (CrExchange *exchange, gpointer data)
{
  Fixture *fixture = data;

  fixture->held = g_object_ref (exchange);
  fixture->n_handled++;
}

static const CrRoute routes[] = {
  { "POST", "/run", CR_ROUTE_API, run_cb },
  { "POST", "/follow", CR_ROUTE_API, follow_cb },
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = g_strnfill (150, 'x');
  g_autoptr (GError) error = NULL;

  memset (fixture, 0, sizeof *fixture);
  fixture->top = g_dir_make_tmp ("chartroom-XXXXXX", NULL);
  fixture->folder = g_build_filename (fixture->top, name, NULL);
  g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
  fixture->fd = open (fixture->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  fixture->pieces = g_string_new (NULL);
  fixture->server = cr_server_new_private ();
  cr_server_add_routes (fixture->server, routes, G_N_ELEMENTS (routes), fixture);
  g_assert_true (cr_server_listen_private (fixture->server, fixture->fd, "engine.sock", &error));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "engine.sock", NULL);

  cr_server_close (fixture->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&fixture->server));
  close (fixture->fd);
  g_unlink (path);
  g_rmdir (fixture->folder);
  g_rmdir (fixture->top);
  g_string_free (fixture->pieces, TRUE);
  g_free (fixture->folder);
  g_free (fixture->top);
}

static void
piece_cb (GBytes *piece, gpointer data)
{
  Fixture *fixture = data;

  g_string_append_len (fixture->pieces, g_bytes_get_data (piece, NULL),
                       (gssize) g_bytes_get_size (piece));
  fixture->n_pieces++;
}

static gboolean
post (Fixture *fixture, const char *name, const char *path, guint *status, GError **error)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("{\"a\":1}", 7);
  g_autoptr (GAsyncResult) result = NULL;

  cr_socket_post_async (fixture->fd, name, path, body, 0, piece_cb, fixture, NULL, keep_result,
                        &result);
  g_assert_null (result);
  return cr_socket_post_finish (wait_result (&result), status, error);
}

static void
test_post (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "engine.sock", NULL);
  g_autoptr (GError) error = NULL;
  GStatBuf info;
  guint status = 0;

  g_assert_cmpuint (strlen (path), >, 135);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_true (S_ISSOCK (info.st_mode));
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);

  g_assert_true (post (fixture, "engine.sock", "/run", &status, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (status, ==, 202);
  g_assert_cmpstr (fixture->pieces->str, ==, "{\"a\":1}");
  g_assert_true (post (fixture, "engine.sock", "/elsewhere", &status, &error));
  g_assert_cmpuint (status, ==, 404);
}

static void
test_nobody (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint status = 0;

  g_assert_false (post (fixture, "other.sock", "/run", &status, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);

  /* what a killed engine leaves behind */
  cr_server_close (fixture->server);
  g_clear_error (&error);
  g_assert_false (post (fixture, "engine.sock", "/run", &status, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (cr_server_listen_private (fixture->server, fixture->fd, "engine.sock", &error));
  g_assert_true (post (fixture, "engine.sock", "/run", &status, &error));
  g_assert_no_error (error);
}

static void
gone_cb (GCancellable *cancellable, gpointer data)
{
  ((Fixture *) data)->n_gone++;
}

static void
test_follow (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_socket_post_async (fixture->fd, "engine.sock", "/follow", NULL, 0, piece_cb, fixture,
                        cancellable, keep_result, &result);
  wait_for (&fixture->n_handled, 1);
  g_signal_connect (cr_exchange_get_cancellable (fixture->held), "cancelled", G_CALLBACK (gone_cb),
                    fixture);
  cr_exchange_begin (fixture->held, 200, "application/x-ndjson");
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"n\":%u}\n", i);
      g_autoptr (GBytes) piece = g_bytes_new (text, strlen (text));

      cr_exchange_write (fixture->held, piece);
      wait_for (&fixture->n_pieces, i + 1);
      g_assert_true (g_str_has_suffix (fixture->pieces->str, text));
    }

  g_cancellable_cancel (cancellable);
  g_assert_false (cr_socket_post_finish (wait_result (&result), NULL, &error));
  g_assert_true (cr_error_is_cancelled (error));
  wait_for (&fixture->n_gone, 1);
  cr_exchange_end (fixture->held);
  g_assert_finalize_object (g_steal_pointer (&fixture->held));
}

static void
test_follow_to_the_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) piece = g_bytes_new_static ("x", 1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint status = 0;

  cr_socket_post_async (fixture->fd, "engine.sock", "/follow", NULL, 0, piece_cb, fixture, NULL,
                        keep_result, &result);
  wait_for (&fixture->n_handled, 1);
  cr_exchange_begin (fixture->held, 200, "text/plain");
  cr_exchange_write (fixture->held, piece);
  cr_exchange_end (fixture->held);
  g_assert_true (cr_socket_post_finish (wait_result (&result), &status, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (status, ==, 200);
  g_assert_cmpstr (fixture->pieces->str, ==, "x");
  g_assert_finalize_object (g_steal_pointer (&fixture->held));
}

static void
test_engine_stops (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_socket_post_async (fixture->fd, "engine.sock", "/follow", NULL, 0, piece_cb, fixture, NULL,
                        keep_result, &result);
  wait_for (&fixture->n_handled, 1);
  cr_server_close (fixture->server);
  g_assert_false (cr_socket_post_finish (wait_result (&result), NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_OFFLINE);
  cr_exchange_reply_text (fixture->held, 200, "text/plain", "too late");
  g_assert_finalize_object (g_steal_pointer (&fixture->held));
}

static gboolean
count_cb (gpointer n)
{
  (*(guint *) n)++;
  return G_SOURCE_REMOVE;
}

/* Who takes the request and does not answer is not waited for; who has begun is. */
static void
test_late (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) piece = g_bytes_new_static ("x", 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) late = NULL;
  g_autoptr (GAsyncResult) begun = NULL;
  g_autoptr (GError) error = NULL;
  guint n_passed = 0;

  cr_socket_post_async (fixture->fd, "engine.sock", "/follow", NULL, 100, piece_cb, fixture,
                        cancellable, keep_result, &late);
  g_assert_false (cr_socket_post_finish (wait_result (&late), NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BUSY);
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  wait_for (&fixture->n_handled, 1);
  g_clear_object (&fixture->held);

  cr_socket_post_async (fixture->fd, "engine.sock", "/follow", NULL, 2000, piece_cb, fixture, NULL,
                        keep_result, &begun);
  wait_for (&fixture->n_handled, 2);
  cr_exchange_begin (fixture->held, 200, "text/plain");
  g_timeout_add (3000, count_cb, &n_passed);
  wait_for (&n_passed, 1);
  cr_exchange_write (fixture->held, piece);
  cr_exchange_end (fixture->held);
  g_assert_true (cr_socket_post_finish (wait_result (&begun), NULL, NULL));
  g_assert_cmpstr (fixture->pieces->str, ==, "x");
  g_assert_finalize_object (g_steal_pointer (&fixture->held));
}

static void
test_cancelled_before (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  cr_socket_post_async (fixture->fd, "engine.sock", "/follow", NULL, 0, NULL, NULL, cancellable,
                        keep_result, &result);
  g_assert_false (cr_socket_post_finish (wait_result (&result), NULL, &error));
  g_assert_true (cr_error_is_cancelled (error));
  g_assert_cmpuint (fixture->n_handled, ==, 0);
}

#define ADD(path, func) g_test_add ("/net/socket/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  ADD ("post", test_post);
  ADD ("nobody", test_nobody);
  ADD ("follow", test_follow);
  ADD ("follow-to-the-end", test_follow_to_the_end);
  ADD ("engine-stops", test_engine_stops);
  ADD ("late", test_late);
  ADD ("cancelled-before", test_cancelled_before);
  return g_test_run ();
}
