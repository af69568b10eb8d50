/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-shared-key.h"

#include "base/cr-error.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

static const char *
find_header (const char *const *headers, const char *name)
{
  for (guint i = 0; headers[i] != NULL; i += 2)
    if (g_ascii_strcasecmp (headers[i], name) == 0)
      return headers[i + 1];

  return "";
}

static int
compare_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Those that start with `x-ms-`, one a line, by name. */
static void
add_headers (GString *text, const char *const *headers)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; headers[i] != NULL; i += 2)
    {
      g_autofree char *name = g_ascii_strdown (headers[i], -1);

      if (g_str_has_prefix (name, "x-ms-"))
        g_ptr_array_add (lines, g_strdup_printf ("%s:%s\n", name, headers[i + 1]));
    }
  g_ptr_array_sort (lines, compare_text);
  for (guint i = 0; i < lines->len; i++)
    g_string_append (text, g_ptr_array_index (lines, i));
}

/* The account, the path as it is sent, and the decoded parameters by name. */
static void
add_resource (GString *text, const char *account, const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  g_auto (GStrv) pairs = NULL;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  g_string_append_printf (text, "/%s%s", account, uri != NULL ? g_uri_get_path (uri) : "/");
  if (uri == NULL || g_uri_get_query (uri) == NULL)
    return;

  pairs = g_strsplit (g_uri_get_query (uri), "&", -1);
  for (guint i = 0; pairs[i] != NULL; i++)
    {
      g_auto (GStrv) halves = g_strsplit (pairs[i], "=", 2);
      g_autofree char *name = g_ascii_strdown (halves[0], -1);
      g_autofree char *value = g_uri_unescape_string (halves[1] != NULL ? halves[1] : "", NULL);

      g_ptr_array_add (lines, g_strdup_printf ("\n%s:%s", name, value != NULL ? value : ""));
    }
  g_ptr_array_sort (lines, compare_text);
  for (guint i = 0; i < lines->len; i++)
    g_string_append (text, g_ptr_array_index (lines, i));
}

/**
 * cr_shared_key_to_sign:
 * @url: with its path and query percent-encoded
 * @headers: every header that counts: name, value, …, %NULL
 * @n_bytes: of the body
 *
 * Source: Azure Storage, “Authorize with Shared Key”, for version 2015-02-21 and later: an empty
 *   body counts as no length
 */
char *
cr_shared_key_to_sign (const char *account,
                       const char *method,
                       const char *url,
                       const char *const *headers,
                       gsize n_bytes)
{
  static const char *const named[] = {
    "Content-MD5",   "Content-Type",        "Date",  "If-Modified-Since", "If-Match",
    "If-None-Match", "If-Unmodified-Since", "Range",
  };
  GString *text = g_string_new (method);

  g_string_append_printf (text, "\n%s\n%s\n", find_header (headers, "Content-Encoding"),
                          find_header (headers, "Content-Language"));
  if (n_bytes > 0)
    g_string_append_printf (text, "%" G_GSIZE_FORMAT, n_bytes);
  g_string_append_c (text, '\n');
  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    g_string_append_printf (text, "%s\n", find_header (headers, named[i]));
  add_headers (text, headers);
  add_resource (text, account, url);

  return g_string_free (text, FALSE);
}

/**
 * cr_shared_key_authorization:
 * @secret: the account key, in Base64 as the portal shows it
 *
 * Returns: (transfer full): the value of the `Authorization` header
 * Errors: CR_ERROR_SIGN_IN when the key cannot be one
 */
char *
cr_shared_key_authorization (const char *account,
                             const char *secret,
                             const char *to_sign,
                             GError **error)
{
  gsize n_key = 0;
  g_autofree guchar *key = g_base64_decode (secret, &n_key);
  guint8 digest[32];
  g_autofree char *signature = NULL;

  if (n_key == 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_SIGN_IN,
                           "The account key is not in Base64; copy it again from the portal");
      return NULL;
    }

  g_assert (gnutls_hmac_fast (GNUTLS_MAC_SHA256, key, n_key, to_sign, strlen (to_sign), digest) ==
            0);
  gnutls_memset (key, 0, n_key);
  signature = g_base64_encode (digest, sizeof digest);
  return g_strdup_printf ("SharedKey %s:%s", account, signature);
}
