/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-sigv4.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define SHA256_SIZE 32

static char *
to_hex (const guint8 *data, gsize n_bytes)
{
  static const char digits[] = "0123456789abcdef";
  char *hex = g_malloc (n_bytes * 2 + 1);

  for (gsize i = 0; i < n_bytes; i++)
    {
      hex[i * 2] = digits[data[i] >> 4];
      hex[i * 2 + 1] = digits[data[i] & 15];
    }
  hex[n_bytes * 2] = '\0';
  return hex;
}

/**
 * cr_sha256_hex:
 *
 * Returns: (transfer full): 64 lower-case digits
 */
char *
cr_sha256_hex (gconstpointer data, gsize n_bytes)
{
  guint8 digest[SHA256_SIZE];

  g_assert (gnutls_hash_fast (GNUTLS_DIG_SHA256, data, n_bytes, digest) == 0);
  return to_hex (digest, sizeof digest);
}

static void
hmac (const guint8 *key, gsize n_key, const char *text, guint8 digest[SHA256_SIZE])
{
  g_assert (gnutls_hmac_fast (GNUTLS_MAC_SHA256, key, n_key, text, strlen (text), digest) == 0);
}

/**
 * cr_sigv4_encode:
 * @keep_slashes: for a path
 *
 * Percent-encodes everything but A-Z a-z 0-9 - . _ ~ as the signature wants it.
 */
char *
cr_sigv4_encode (const char *text, gboolean keep_slashes)
{
  return g_uri_escape_string (text, keep_slashes ? "/" : NULL, FALSE);
}

static int
compare_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The canonical headers, and their names joined by `;`. */
static char *
canonical_headers (const char *const *headers, char **names)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  GString *text = g_string_new (NULL);
  GString *joined = g_string_new (NULL);

  for (guint i = 0; headers[i] != NULL; i += 2)
    {
      g_autofree char *name = g_ascii_strdown (headers[i], -1);
      g_autofree char *value = g_strstrip (g_strdup (headers[i + 1]));

      g_ptr_array_add (lines, g_strconcat (name, ":", value, "\n", NULL));
    }
  g_ptr_array_sort (lines, compare_text);

  for (guint i = 0; i < lines->len; i++)
    {
      const char *line = g_ptr_array_index (lines, i);

      g_string_append (text, line);
      if (i > 0)
        g_string_append_c (joined, ';');
      g_string_append_len (joined, line, strchr (line, ':') - line);
    }

  *names = g_string_free (joined, FALSE);
  return g_string_free (text, FALSE);
}

static char *
canonical_query (const char *query)
{
  g_auto (GStrv) pairs = g_strsplit (query != NULL ? query : "", "&", -1);

  for (guint i = 0; pairs[i] != NULL; i++)
    if (pairs[i][0] != '\0' && strchr (pairs[i], '=') == NULL)
      {
        char *pair = g_strconcat (pairs[i], "=", NULL);

        g_free (pairs[i]);
        pairs[i] = pair;
      }
  qsort (pairs, g_strv_length (pairs), sizeof *pairs, compare_text);

  return g_strjoinv ("&", pairs);
}

static void
derive_key (const CrSigV4Key *key, const char *date, guint8 derived[SHA256_SIZE])
{
  g_autofree char *seed = g_strconcat ("AWS4", key->secret, NULL);
  guint8 day[SHA256_SIZE], region[SHA256_SIZE], service[SHA256_SIZE];

  hmac ((const guint8 *) seed, strlen (seed), date, day);
  hmac (day, sizeof day, key->region, region);
  hmac (region, sizeof region, key->service, service);
  hmac (service, sizeof service, "aws4_request", derived);

  gnutls_memset (seed, 0, strlen (seed));
  gnutls_memset (day, 0, sizeof day);
  gnutls_memset (region, 0, sizeof region);
  gnutls_memset (service, 0, sizeof service);
}

static char *
format_stamp (gint64 now_ms)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (now_ms / 1000);

  return g_date_time_format (when, "%Y%m%dT%H%M%SZ");
}

/**
 * cr_sigv4_authorization:
 * @path: already percent-encoded, starts with `/`
 * @query: (nullable): already percent-encoded
 * @headers: every header that is signed: name, value, …, %NULL; `host` among them
 * @body_sha256: hex of the body's SHA-256
 * @now_ms: the moment of the `x-amz-date` among @headers
 *
 * Returns: (transfer full): the value of the `Authorization` header
 * Source: AWS, “Signature Calculations for the Authorization Header: Transferring Payload in a
 *   Single Chunk (AWS Signature Version 4)”
 */
char *
cr_sigv4_authorization (const CrSigV4Key *key,
                        const char *method,
                        const char *path,
                        const char *query,
                        const char *const *headers,
                        const char *body_sha256,
                        gint64 now_ms)
{
  g_autofree char *names = NULL;
  g_autofree char *header_text = canonical_headers (headers, &names);
  g_autofree char *query_text = canonical_query (query);
  g_autofree char *canonical =
      g_strjoin ("\n", method, path, query_text, header_text, names, body_sha256, NULL);
  g_autofree char *hash = cr_sha256_hex (canonical, strlen (canonical));
  g_autofree char *stamp = format_stamp (now_ms);
  g_autofree char *date = g_strndup (stamp, 8);
  g_autofree char *scope = g_strjoin ("/", date, key->region, key->service, "aws4_request", NULL);
  g_autofree char *to_sign = g_strjoin ("\n", "AWS4-HMAC-SHA256", stamp, scope, hash, NULL);
  g_autofree char *signature = NULL;
  guint8 derived[SHA256_SIZE], digest[SHA256_SIZE];

  derive_key (key, date, derived);
  hmac (derived, sizeof derived, to_sign, digest);
  gnutls_memset (derived, 0, sizeof derived);
  signature = to_hex (digest, sizeof digest);

  return g_strdup_printf ("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                          key->access_key, scope, names, signature);
}

/* As the request line's Host header says it: the port only when it is not the scheme's own. */
static char *
host_header (GUri *uri)
{
  const char *host = g_uri_get_host (uri);
  gboolean is_v6 = strchr (host, ':') != NULL;
  int port = g_uri_get_port (uri);
  int usual = g_str_equal (g_uri_get_scheme (uri), "https") ? 443 : 80;
  g_autofree char *name = is_v6 ? g_strdup_printf ("[%s]", host) : g_strdup (host);

  return port == -1 || port == usual ? g_steal_pointer (&name)
                                     : g_strdup_printf ("%s:%d", name, port);
}

/**
 * cr_sigv4_headers:
 * @url: with its path and query percent-encoded
 * @extra: (nullable): more headers to sign and send: name, value, …, %NULL
 *
 * Returns: (transfer full) (nullable): what to send beside the usual headers: name, value, …,
 * %NULL; %NULL when @url is none
 * Source: AWS, “Using temporary credentials with AWS resources”: `x-amz-security-token` is signed
 */
char **
cr_sigv4_headers (const CrSigV4Key *key,
                  const char *method,
                  const char *url,
                  const char *body_sha256,
                  const char *const *extra,
                  gint64 now_ms)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) headers = NULL;
  g_autofree char *stamp = format_stamp (now_ms);
  g_autofree char *host = NULL;
  g_autofree char *authorization = NULL;
  const char *path;
  guint n;

  if (uri == NULL || g_uri_get_host (uri) == NULL)
    return NULL;

  host = host_header (uri);
  path = g_uri_get_path (uri)[0] != '\0' ? g_uri_get_path (uri) : "/";
  g_strv_builder_add_many (builder, "x-amz-content-sha256", body_sha256, "x-amz-date", stamp, NULL);
  if (key->token != NULL && key->token[0] != '\0')
    g_strv_builder_add_many (builder, "x-amz-security-token", key->token, NULL);
  if (extra != NULL)
    g_strv_builder_addv (builder, (const char **) extra);
  g_strv_builder_add_many (builder, "host", host, NULL);
  headers = g_strv_builder_end (builder);
  authorization = cr_sigv4_authorization (key, method, path, g_uri_get_query (uri),
                                          (const char *const *) headers, body_sha256, now_ms);

  /* Host is sent by itself; its place is taken. */
  n = g_strv_length (headers);
  g_free (headers[n - 2]);
  g_free (headers[n - 1]);
  headers[n - 2] = g_strdup ("Authorization");
  headers[n - 1] = g_steal_pointer (&authorization);
  return g_steal_pointer (&headers);
}
