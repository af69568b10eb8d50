/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/cr-pass-hash.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "base/cr-id.h"

#define NAME "pbkdf2-sha512"
#define ITERATIONS 210000u
#define MOST_ITERATIONS 20000000u
#define SALT_BYTES 16
#define HASH_BYTES 32

static gboolean
derive (const char *pass, const guint8 *salt, gsize n_salt, guint iterations, guint8 *out)
{
  gnutls_datum_t key = { (guint8 *) pass, (guint) strlen (pass) };
  gnutls_datum_t datum = { (guint8 *) salt, (guint) n_salt };

  return gnutls_pbkdf2 (GNUTLS_MAC_SHA512, &key, &datum, iterations, out, HASH_BYTES) >= 0;
}

char *
cr_pass_hash_new (const char *pass)
{
  guint8 salt[SALT_BYTES];
  guint8 hash[HASH_BYTES];
  g_autofree char *salt_text = NULL;
  g_autofree char *hash_text = NULL;

  cr_random_bytes (salt, sizeof salt);
  if (!derive (pass, salt, sizeof salt, ITERATIONS, hash))
    g_error ("PBKDF2 is not available");
  salt_text = g_base64_encode (salt, sizeof salt);
  hash_text = g_base64_encode (hash, sizeof hash);
  return g_strdup_printf (NAME "$%u$%s$%s", ITERATIONS, salt_text, hash_text);
}

gboolean
cr_pass_hash_matches (const char *hash, const char *pass)
{
  g_auto (GStrv) parts = g_strsplit (hash, "$", -1);
  g_autofree guint8 *salt = NULL;
  g_autofree guint8 *wanted = NULL;
  guint8 found[HASH_BYTES];
  gsize n_salt = 0, n_wanted = 0;
  guint64 iterations;

  if (g_strv_length (parts) != 4 || !g_str_equal (parts[0], NAME) ||
      !g_ascii_string_to_unsigned (parts[1], 10, 1, MOST_ITERATIONS, &iterations, NULL))
    return FALSE;
  salt = g_base64_decode (parts[2], &n_salt);
  wanted = g_base64_decode (parts[3], &n_wanted);
  return n_wanted == HASH_BYTES && derive (pass, salt, n_salt, (guint) iterations, found) &&
         gnutls_memcmp (found, wanted, HASH_BYTES) == 0;
}
