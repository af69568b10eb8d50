/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-time.h"
#include "net-test.h"
#include "net/cr-place.h"
#include "net/cr-server.h"

/* A throw-away authority, made by openssl. */
static const char script[] =
    "set -e; cd \"$1\"\n"
    "new () { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key"
    " -out $1.pem -subj /CN=$1 -days 30 -addext subjectAltName=DNS:localhost,IP:127.0.0.1; }\n"
    "new good; new other\n"
    "openssl pkey -in good.key -aes256 -passout pass:word -out locked.key\n"
    "printf 'nothing\\n' > text.pem\n";

static char *folder;

static char *
in_folder (const char *name)
{
  return name != NULL ? g_build_filename (folder, name, NULL) : NULL;
}

static const struct
{
  const char *listen, *public_url, *cert, *key;
  const char *words; /* (nullable): NULL: is taken */
} places[] = {
  { "127.0.0.1:8484", NULL, NULL, NULL, NULL },
  { "localhost:0", NULL, NULL, NULL, NULL },
  { "[::1]:8484", NULL, NULL, NULL, NULL },
  { "127.0.0.1:8484", "https://records.example.org", NULL, NULL, NULL },
  { "127.0.0.1:8484", "http://localhost:8484", NULL, NULL, NULL },
  { "192.0.2.1:8484", NULL, "a", "b", NULL },
  { "0.0.0.0:8484", "https://records.example.org", "a", "b", NULL },
  { "nonsense", NULL, NULL, NULL, "not an address to listen at" },
  { "192.0.2.1:8484", NULL, NULL, NULL, "anybody on the way could read what patients send" },
  { "192.0.2.1:8484", "https://records.example.org", NULL, NULL, "Give tls-cert and tls-key" },
  { "[2001:db8::1]:8484", NULL, NULL, NULL, "anybody on the way" },
  { "0.0.0.0:8484", NULL, "a", "b", "say in public-url" },
  { "127.0.0.1:8484", "http://records.example.org", NULL, NULL, "begins with http://" },
  { "127.0.0.1:8484", "records.example.org", NULL, NULL, "not a web address" },
  { "127.0.0.1:8484", "https://u@records.example.org", NULL, NULL, "not a web address" },
  { "127.0.0.1:8484", "https://records.example.org/?a=b", NULL, NULL, "not a web address" },
  { "127.0.0.1:8484", NULL, "a", NULL, "go together" },
  { "127.0.0.1:8484", NULL, NULL, "b", "go together" },
  { "127.0.0.1:8484", "http://127.0.0.1:8484", "a", "b", "must begin with https://" },
};

static void
test_places (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      CrPlace place = { places[i].listen, places[i].public_url, places[i].cert, places[i].key };
      g_autoptr (GError) error = NULL;
      gboolean ok = cr_place_check (&place, &error);

      g_test_message ("%s %s: %s", place.listen, place.public_url, ok ? "ok" : error->message);
      g_assert_cmpint (ok, ==, places[i].words == NULL);
      if (!ok)
        {
          g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
          g_assert_nonnull (strstr (error->message, places[i].words));
        }
    }
}

static const struct
{
  const char *cert, *key;
  gint64 after_days;
  const char *words;
} pairs[] = {
  { "none.pem", "good.key", 0, "cannot be read: No such file" },
  { "good.pem", "none.key", 0, "cannot be read: No such file" },
  { "text.pem", "good.key", 0, "holds no certificate" },
  { "good.pem", "text.pem", 0, "holds no key" },
  { "good.pem", "other.key", 0, "belongs to another certificate" },
  { "good.pem", "locked.key", 0, "locked with a passphrase" },
  { "good.pem", "good.key", 31, "has expired on" },
  { "good.pem", "good.key", -2, "is not valid before" },
};

static GTlsCertificate *
read_pair (const char *cert, const char *key, gint64 after_days, GError **error)
{
  g_autofree char *cert_path = in_folder (cert);
  g_autofree char *key_path = in_folder (key);
  CrPlace place = { "127.0.0.1:0", NULL, cert_path, key_path };

  return cr_place_read_certificate (&place, cr_time_now_ms () + after_days * 86400 * 1000, error);
}

static void
test_certificates (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) good = read_pair ("good.pem", "good.key", 0, &error);

  g_assert_no_error (error);
  g_assert_nonnull (good);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (GError) refusal = NULL;

      g_assert_null (read_pair (pairs[i].cert, pairs[i].key, pairs[i].after_days, &refusal));
      g_test_message ("%s", refusal->message);
      g_assert_error (refusal, CR_ERROR, CR_ERROR_BAD_INPUT);
      g_assert_nonnull (strstr (refusal->message, pairs[i].words));
      g_assert_null (strstr (refusal->message, "PRIVATE"));
    }
}

static void
hello_cb (CrExchange *exchange, gpointer data)
{
  cr_exchange_reply_text (exchange, 200, "text/plain", "hello");
}

static CrServer *
start_server (void)
{
  static const CrRoute routes[] = { { "GET", "/hello", CR_ROUTE_PAGE, hello_cb } };
  g_autoptr (GTlsCertificate) certificate = read_pair ("good.pem", "good.key", 0, NULL);
  CrServer *server = cr_server_new ();
  g_autoptr (GError) error = NULL;

  cr_server_add_routes (server, routes, 1, NULL);
  cr_server_set_certificate (server, certificate);
  g_assert_true (cr_server_listen (server, "127.0.0.1:0", &error));
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (cr_server_get_uri (server), "https://127.0.0.1:"));
  return server;
}

static void
curl_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  char **out = user_data;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, out, NULL, NULL);
  if (*out == NULL)
    *out = g_strdup ("");
}

/* What openssl, which is somebody else's, makes of the server with this version. */
static char *
ask (CrServer *server, const char *version, const char *path)
{
  g_autofree char *ca = in_folder ("good.pem");
  const char *host = cr_server_get_uri (server) + strlen ("https://");
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);
  g_autoptr (GSubprocess) process = NULL;
  char *out = NULL;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                  G_SUBPROCESS_FLAGS_STDERR_MERGE,
                              NULL, "openssl", "s_client", "-connect", host, "-CAfile", ca,
                              "-verify_return_error", "-ign_eof", "-cipher", "ALL:@SECLEVEL=0",
                              version, NULL);
  g_subprocess_communicate_utf8_async (process, request, NULL, curl_cb, &out);
  while (out == NULL)
    g_main_context_iteration (NULL, TRUE);
  return out;
}

static void
end_server (CrServer *server)
{
  cr_server_close (server);
  /* A handshake has a thread of its own, which may be late. */
  for (guint i = 0; i < 50 || (i < 20000 && G_OBJECT (server)->ref_count > 1); i++)
    {
      g_usleep (1000);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_assert_finalize_object (server);
}

static void
test_versions (void)
{
  CrServer *server = start_server ();
  g_autofree char *old = ask (server, "-tls1_1", "/hello");
  g_autofree char *good = ask (server, "-tls1_2", "/hello");
  g_autofree char *best = ask (server, "-tls1_3", "/hello");

  g_assert_null (strstr (old, "hello"));
  g_assert_nonnull (strstr (old, "Cipher is (NONE)"));
  g_assert_nonnull (strstr (good, "\r\n\r\nhello"));
  g_assert_nonnull (strstr (best, "\r\n\r\nhello"));
  end_server (server);
}

/* What has dots leads where it says without them, and no further: pages stay pages. */
static void
test_dots (void)
{
  static const char *const paths[] = { "/x/../hello", "/%2e%2e/hello", "/./hello" };
  CrServer *server = start_server ();

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *answer = ask (server, "-tls1_3", paths[i]);

      g_assert_nonnull (strstr (answer, "\r\n\r\nhello"));
    }
  {
    g_autofree char *other = ask (server, "-tls1_3", "/hello/../other");

    g_assert_nonnull (strstr (other, "HTTP/1.1 404 "));
  }
  end_server (server);
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

/* Who connects and never begins to speak TLS, or speaks something else, keeps nothing open. */
static void
test_silent (void)
{
  CrServer *server = start_server ();
  g_autoptr (GPtrArray) crowd = g_ptr_array_new_with_free_func (g_object_unref);
  const char *host = cr_server_get_uri (server) + strlen ("https://");
  guint before = count_descriptors ();
  guint with_crowd = before + 20; /* their own ends */
  gint64 end_us = g_get_monotonic_time () + 25 * G_USEC_PER_SEC;

  cr_server_set_read_deadline (server, 300);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GSocketClient) client = g_socket_client_new ();
      GSocketConnection *connection = g_socket_client_connect_to_host (client, host, 0, NULL, NULL);

      g_assert_nonnull (connection);
      if (i % 2 == 0)
        g_output_stream_write (g_io_stream_get_output_stream (G_IO_STREAM (connection)), "\x16\x03",
                               2, NULL, NULL);
      g_ptr_array_add (crowd, connection);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  while (count_descriptors () > with_crowd && g_get_monotonic_time () < end_us)
    {
      g_usleep (2000);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_assert_cmpuint (count_descriptors (), ==, with_crowd);
  g_ptr_array_set_size (crowd, 0);
  end_server (server);
}

/* A server that is closed while somebody is in the middle of a handshake, or has just begun one,
 * neither waits for them nor reads what it has freed. */
static void
test_closed (void)
{
  for (guint i = 0; i < 20; i++)
    {
      CrServer *server = start_server ();
      g_autofree char *host = g_strdup (cr_server_get_uri (server) + strlen ("https://"));
      g_autoptr (GSocketClient) client = g_socket_client_new ();
      g_autoptr (GSocketConnection) connection =
          g_socket_client_connect_to_host (client, host, 0, NULL, NULL);
      gint64 begun_us = g_get_monotonic_time ();

      g_assert_nonnull (connection);
      g_output_stream_write (g_io_stream_get_output_stream (G_IO_STREAM (connection)), "\x16\x03",
                             2, NULL, NULL);
      for (guint j = 0; j < i; j++)
        {
          g_usleep (500);
          g_main_context_iteration (NULL, FALSE);
        }
      end_server (server);
      g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 25 * G_USEC_PER_SEC);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *openssl = g_find_program_in_path ("openssl");
  const char *line[] = { "sh", "-c", script, "sh", NULL, NULL };
  int status, result;

  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  if (openssl == NULL)
    {
      g_print ("skipped: openssl is not installed\n");
      return 77;
    }

  folder = g_dir_make_tmp ("chartroom-tls-XXXXXX", &error);
  line[4] = folder;
  g_assert_true (
      g_spawn_sync (NULL, (char **) line, NULL,
                    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                    NULL, NULL, NULL, NULL, &status, &error));
  g_assert_true (g_spawn_check_wait_status (status, &error));

  g_test_add_func ("/net/place/rules", test_places);
  g_test_add_func ("/net/place/certificates", test_certificates);
  g_test_add_func ("/net/server/tls/versions", test_versions);
  g_test_add_func ("/net/server/tls/dots", test_dots);
  g_test_add_func ("/net/server/tls/silent", test_silent);
  g_test_add_func ("/net/server/tls/closed", test_closed);
  result = g_test_run ();
  {
    g_autofree char *remove = g_strdup_printf ("rm -r '%s'", folder);

    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
  }
  return result;
}
