/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-sigv4.h"

#include <gnutls/crypto.h>
#include <string.h>

#define HASH_SIZE 32

static char *
to_hex (const guint8 *bytes, gsize n)
{
  GString *text = g_string_sized_new (n * 2);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", bytes[i]);

  return g_string_free (text, FALSE);
}

/* Returns: (transfer full): SHA-256 in lower-case hexadecimal */
char *
cr_sandbox_sigv4_hash (const void *data, gsize length)
{
  guint8 digest[HASH_SIZE];

  gnutls_hash_fast (GNUTLS_DIG_SHA256, data != NULL ? data : "", length, digest);
  return to_hex (digest, sizeof digest);
}

/* Percent-encodes everything but A-Z a-z 0-9 - . _ ~ */
char *
cr_sandbox_sigv4_encode (const char *text, gboolean keep_slash)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_isalnum (*p) || strchr ("-._~", *p) != NULL || (keep_slash && *p == '/'))
      g_string_append_c (out, *p);
    else
      g_string_append_printf (out, "%%%02X", (guchar) *p);

  return g_string_free (out, FALSE);
}

static char *
recode (const char *text, gssize length)
{
  g_autofree char *part = length < 0 ? g_strdup (text) : g_strndup (text, (gsize) length);
  g_autofree char *plain = g_uri_unescape_string (part, NULL);

  return cr_sandbox_sigv4_encode (plain != NULL ? plain : part, FALSE);
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char *
canonical_query (const char *query)
{
  g_auto (GStrv) parts = g_strsplit (query != NULL ? query : "", "&", -1);
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func (g_free);
  GString *out = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *equals = strchr (parts[i], '=');
      g_autofree char *name = NULL, *value = NULL;

      if (parts[i][0] == '\0')
        continue;
      name = recode (parts[i], equals != NULL ? equals - parts[i] : -1);
      value = recode (equals != NULL ? equals + 1 : "", -1);
      g_ptr_array_add (pairs, g_strdup_printf ("%s=%s", name, value));
    }
  g_ptr_array_sort (pairs, compare_strings);
  for (guint i = 0; i < pairs->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? "&" : "",
                            (const char *) g_ptr_array_index (pairs, i));

  return g_string_free (out, FALSE);
}

/* Trims, and makes one space of many. */
static void
add_header_value (GString *out, const char *value)
{
  gboolean space = FALSE;

  for (const char *p = value; *p != '\0'; p++)
    {
      if (*p == ' ')
        {
          space = TRUE;
          continue;
        }
      if (space && p > value && out->str[out->len - 1] != ':')
        g_string_append_c (out, ' ');
      space = FALSE;
      g_string_append_c (out, *p);
    }
}

/**
 * cr_sandbox_sigv4_canonical_request:
 *
 * Source: AWS, "Authenticating Requests: Using the Authorization Header (Signature Version 4)"
 */
char *
cr_sandbox_sigv4_canonical_request (const CrSandboxSigv4Request *request)
{
  g_autofree char *path = cr_sandbox_sigv4_encode (request->path, TRUE);
  g_autofree char *query = canonical_query (request->query);
  g_auto (GStrv) names = g_strsplit (request->signed_headers, ";", -1);
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "%s\n%s\n%s\n", request->method, path, query);
  for (guint i = 0; names[i] != NULL; i++)
    {
      const char *value = request->get_header (request->user_data, names[i]);

      g_string_append_printf (out, "%s:", names[i]);
      add_header_value (out, value != NULL ? value : "");
      g_string_append_c (out, '\n');
    }
  g_string_append_printf (out, "\n%s\n%s", request->signed_headers, request->payload_hash);
  return g_string_free (out, FALSE);
}

static void
hmac (guint8 key[HASH_SIZE], const char *text)
{
  guint8 next[HASH_SIZE];

  gnutls_hmac_fast (GNUTLS_MAC_SHA256, key, HASH_SIZE, text, strlen (text), next);
  memcpy (key, next, HASH_SIZE);
}

/* Returns: (transfer full): the signature in lower-case hexadecimal */
char *
cr_sandbox_sigv4_sign (const CrSandboxSigv4Request *request)
{
  g_autofree char *canonical = cr_sandbox_sigv4_canonical_request (request);
  g_autofree char *hash = cr_sandbox_sigv4_hash (canonical, strlen (canonical));
  g_autofree char *day = g_strndup (request->amz_date, 8);
  g_autofree char *first = g_strconcat ("AWS4", request->secret_key, NULL);
  g_autofree char *to_sign =
      g_strdup_printf ("AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s", request->amz_date, day,
                       request->region, request->service, hash);
  guint8 key[HASH_SIZE];

  gnutls_hmac_fast (GNUTLS_MAC_SHA256, first, strlen (first), day, strlen (day), key);
  hmac (key, request->region);
  hmac (key, request->service);
  hmac (key, "aws4_request");
  hmac (key, to_sign);
  return to_hex (key, sizeof key);
}
