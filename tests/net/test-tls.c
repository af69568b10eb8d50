/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-time.h"
#include "net-test.h"

/* A throw-away authority and its certificates, made by openssl. */
static const char script[] =
    "set -e; cd \"$1\"\n"
    "ca () { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key"
    " -out $1.pem -subj /CN=$1 -days 30 -addext basicConstraints=critical,CA:TRUE; }\n"
    "leaf () {\n"
    "  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key"
    " -out $1.csr -subj /CN=$1\n"
    "  printf \"subjectAltName=$3\\nbasicConstraints=CA:FALSE\\n\" > $1.ext\n"
    "  touch $1.db; echo 01 > $1.serial\n"
    "  printf \"[ca]\\ndefault_ca=d\\n[d]\\ndatabase=$1.db\\nserial=$1.serial\\nnew_certs_dir=.\\n"
    "policy=p\\ndefault_md=sha256\\n[p]\\ncommonName=supplied\\n\" > $1.cnf\n"
    "  openssl ca -batch -config $1.cnf -cert $2.pem -keyfile $2.key -in $1.csr -out $1.crt"
    " -extfile $1.ext -startdate $4 -enddate $5 -notext\n"
    "  cat $1.crt $1.key > $1.both; }\n"
    "ca known; ca unknown\n"
    "leaf good known DNS:localhost,IP:127.0.0.1 20240101000000Z 20480101000000Z\n"
    "leaf elsewhere known DNS:elsewhere.example.org 20240101000000Z 20480101000000Z\n"
    "leaf expired known DNS:localhost,IP:127.0.0.1 20200101000000Z 20200201000000Z\n"
    "leaf early known DNS:localhost,IP:127.0.0.1 20470101000000Z 20480101000000Z\n"
    "leaf stranger unknown DNS:localhost,IP:127.0.0.1 20240101000000Z 20480101000000Z\n";

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static const struct
{
  const char *name, *words;
} certificates[] = {
  { "elsewhere.both", "is for another host name" },
  { "expired.both", "has expired on 1 February 2020" },
  { "early.both", "is not valid before 1 January 2047" },
  { "stranger.both", "is signed by an unknown authority" },
};

static void
test_certificates (void)
{
  g_autofree char *ca_path = in_folder ("known.pem");
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (ca_path, NULL);
  CrClient *client = cr_client_new (cr_time_now_ms, 4);

  for (guint i = 0; i < G_N_ELEMENTS (certificates); i++)
    {
      g_autofree char *path = in_folder (certificates[i].name);
      g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, NULL);
      g_autoptr (CrToken) token = NULL;
      g_autoptr (GError) error = NULL;
      CrRequest request = { .tls_database = database };
      Fake fake;

      fake_start (&fake, certificate);
      fake_answer (&fake, 200, NULL, "{}");
      token = cr_fixed_token_new (fake.uri, "Bearer secret");
      request.url = fake.uri;
      request.token = token;
      g_assert_null (send_request (client, &request, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, CR_ERROR, CR_ERROR_CERTIFICATE);
      g_assert_nonnull (strstr (error->message, certificates[i].words));
      g_assert_cmpuint (fake.asked->len, ==, 0);
      fake_stop (&fake);
    }
  g_assert_finalize_object (client);
}

/* What is trusted for one request is not for the next one. */
static void
test_good (void)
{
  g_autofree char *ca_path = in_folder ("known.pem");
  g_autofree char *path = in_folder ("good.both");
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (ca_path, NULL);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, NULL);
  CrClient *client = cr_client_new (cr_time_now_ms, 4);
  Fake fake;

  fake_start (&fake, certificate);
  fake_answer (&fake, 200, NULL, "{}");
  for (guint i = 0; i < 4; i++)
    {
      CrRequest request = { .url = fake.uri, .tls_database = i % 2 == 0 ? database : NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (CrReply) reply = send_request (client, &request, &error);

      if (i % 2 == 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, CR_ERROR, CR_ERROR_CERTIFICATE);
    }
  g_assert_cmpuint (fake.asked->len, ==, 2);
  fake_stop (&fake);
  g_assert_finalize_object (client);
}

/* A body of many records of TLS, more than the socket takes at once. */
static void
test_put_large (void)
{
  const gsize n_bytes = 6u << 20;
  g_autofree char *ca_path = in_folder ("known.pem");
  g_autofree char *path = in_folder ("good.both");
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (ca_path, NULL);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, NULL);
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 4);
  g_autofree char *text = g_malloc (n_bytes + 1);
  g_autoptr (GBytes) body = NULL;
  Fake fake;

  for (gsize i = 0; i < n_bytes; i++)
    text[i] = (char) ('0' + i % 71 + i / 71 % 3);
  text[n_bytes] = '\0';
  body = g_bytes_new (text, n_bytes);
  fake_start (&fake, certificate);
  fake_answer (&fake, 200, NULL, "{}");
  for (guint i = 0; i < 2; i++)
    {
      CrRequest request = {
        .method = "PUT", .url = fake.uri, .body = body, .tls_database = database
      };
      g_autoptr (GError) error = NULL;
      g_autoptr (CrReply) reply = send_request (client, &request, &error);

      g_assert_no_error (error);
      g_assert_true (strcmp (fake_asked (&fake, i)->body, text) == 0);
    }
  fake_stop (&fake);
}

typedef struct
{
  const char *server;
  const char *ca_file; /* (nullable) */
  gboolean is_fine;
} Trusted;

/* The computer trusts the authority that is elsewhere called unknown. */
static const Trusted trusted[] = {
  { "stranger.both", NULL, TRUE },        { "good.both", NULL, FALSE },
  { "good.both", "known.pem", TRUE },     { "stranger.both", "known.pem", TRUE },
  { "good.both", NULL, FALSE },           { "good.both", "unknown.pem", FALSE },
  { "expired.both", "known.pem", FALSE }, { "elsewhere.both", "known.pem", FALSE },
};

/* A CA file counts besides what the computer trusts, for those requests alone. */
static void
test_besides (void)
{
  GTlsBackend *backend = g_tls_backend_get_default ();
  g_autofree char *system = in_folder ("unknown.pem");
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (system, NULL);
  CrClient *client;

  g_tls_backend_set_default_database (backend, database);
  client = cr_client_new (cr_time_now_ms, 4);
  for (guint i = 0; i < G_N_ELEMENTS (trusted); i++)
    {
      g_autofree char *path = in_folder (trusted[i].server);
      g_autofree char *ca_file = trusted[i].ca_file != NULL ? in_folder (trusted[i].ca_file) : NULL;
      g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, NULL);
      g_autoptr (CrClient) trusting = cr_client_trusting (client, ca_file);
      Fake fake;

      fake_start (&fake, certificate);
      fake_answer (&fake, 200, NULL, "{}");
      for (guint again = 0; again < 2; again++)
        {
          CrRequest request = { .url = fake.uri };
          g_autoptr (GError) error = NULL;
          g_autoptr (CrReply) reply = send_request (trusting, &request, &error);

          if (trusted[i].is_fine)
            g_assert_no_error (error);
          else
            g_assert_error (error, CR_ERROR, CR_ERROR_CERTIFICATE);
        }
      g_assert_cmpuint (fake.asked->len, ==, trusted[i].is_fine ? 2 : 0);
      fake_stop (&fake);
    }
  g_assert_finalize_object (client);
  g_tls_backend_set_default_database (backend, NULL);
}

/* The file is looked at for each request's client, so that a new one is heeded without a restart.
 */
static void
test_file_changes (void)
{
  static const char *const steps[] = { "unknown.pem", "known.pem", "known.key", NULL, "known.pem" };
  g_autofree char *path = in_folder ("good.both");
  g_autofree char *own = in_folder ("own.pem");
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, NULL);
  CrClient *client = cr_client_new (cr_time_now_ms, 4);
  Fake fake;

  fake_start (&fake, certificate);
  fake_answer (&fake, 200, NULL, "{}");
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *from = steps[i] != NULL ? in_folder (steps[i]) : NULL;
      g_autofree char *text = NULL;
      g_autoptr (CrClient) trusting = NULL;
      g_autoptr (CrReply) reply = NULL;
      g_autoptr (GError) error = NULL;
      CrRequest request = { .url = fake.uri };
      gsize n;

      g_unlink (own);
      if (from != NULL)
        {
          g_assert_true (g_file_get_contents (from, &text, &n, NULL));
          g_assert_true (g_file_set_contents (own, text, (gssize) n, NULL));
        }
      trusting = cr_client_trusting (client, own);
      reply = send_request (trusting, &request, &error);
      g_test_message ("%s", error != NULL ? error->message : "fine");
      if (g_strcmp0 (steps[i], "known.pem") == 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, CR_ERROR, CR_ERROR_CERTIFICATE);
      g_assert_true (cr_client_get_skew (trusting) == cr_client_get_skew (client));
    }
  g_assert_cmpuint (fake.asked->len, ==, 2);
  fake_stop (&fake);
  g_assert_finalize_object (client);
}

/* → where it listens, once it does; the port is one that it has taken, not one that was free before
 */
static char *
read_address (GDataInputStream *lines)
{
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);

      g_assert_nonnull (line);
      if (g_str_has_prefix (line, "ACCEPT "))
        return g_strdup_printf ("https://%s/", line + strlen ("ACCEPT "));
    }
}

/* The server of GLib too can be told to speak old TLS only, by the priority of this process; the
 * client shares it, so openssl serves. */
static void
test_old_tls (void)
{
  g_autofree char *ca_path = in_folder ("known.pem");
  g_autofree char *path = in_folder ("good.both");
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new (ca_path, NULL);
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 4);
  g_autoptr (GSubprocess) server = NULL;
  g_autoptr (GDataInputStream) seen = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  g_autofree char *text = g_malloc0 (65536);
  CrRequest request = { .tls_database = database, .max_attempts = 1 };

  server = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                 G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                             &error, "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", path,
                             "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", NULL);
  g_assert_no_error (error);
  seen = g_data_input_stream_new (g_subprocess_get_stdout_pipe (server));
  url = read_address (seen);
  request.url = url;

  g_assert_null (send_request (client, &request, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "TLS 1.2"));

  /* the connection that was made is not used after all */
  g_clear_error (&error);
  g_assert_null (send_request (client, &request, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  g_subprocess_force_exit (server);
  g_input_stream_read_all (G_INPUT_STREAM (seen), text, 65535, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (text, "GET"));
}

/* Plain HTTP where TLS was expected. */
static void
test_not_tls (void)
{
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 4);
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  CrRequest request = { .max_attempts = 1, .idle_s = 1, .connect_s = 1 };
  Fake fake;

  fake_start (&fake, NULL);
  fake_answer (&fake, 200, NULL, "{}");
  url = g_strdup_printf ("https%s", fake.uri + strlen ("http"));
  request.url = url;
  g_assert_null (send_request (client, &request, &error));
  g_test_message ("%s", error->message);
  g_assert_cmpuint (error->domain, ==, CR_ERROR);
  g_assert_cmpuint (fake.asked->len, ==, 0);
  fake_stop (&fake);
}

int
main (int argc, char **argv)
{
  const char *make[] = { "sh", "-c", script, "sh", NULL, NULL };
  const char *clean[] = { "rm", "-rf", NULL, NULL };
  int wait_status = 0, status = 77;

  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("chartroom-XXXXXX", NULL);
  make[4] = folder;
  clean[2] = folder;

  if (!g_spawn_sync (NULL, (char **) make, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, &wait_status, NULL) ||
      wait_status != 0)
    g_print ("1..0 # SKIP openssl is not there to make certificates\n");
  else
    {
      g_test_add_func ("/net/tls/certificates", test_certificates);
      g_test_add_func ("/net/tls/good", test_good);
      g_test_add_func ("/net/tls/put-large", test_put_large);
      g_test_add_func ("/net/tls/besides", test_besides);
      g_test_add_func ("/net/tls/file-changes", test_file_changes);
      g_test_add_func ("/net/tls/old-tls", test_old_tls);
      g_test_add_func ("/net/tls/not-tls", test_not_tls);
      status = g_test_run ();
    }

  g_spawn_sync (NULL, (char **) clean, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  g_free (folder);
  return status;
}
