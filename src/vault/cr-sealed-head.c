/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/cr-sealed-head.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-id.h"

#define MAGIC "CHRTBKUP"
#define VERSION 1
/* OWASP's “Password Storage Cheat Sheet” asks for 210,000 with SHA-512. */
#define ITERATIONS 600000u
#define MOST_ITERATIONS 20000000u
#define PIECE (64u * 1024)
#define MOST_PIECE (16u * 1024 * 1024)
#define NONCE_BYTES 12
#define KEY_BYTES 32

enum
{
  AT_VERSION = 8,
  AT_KDF = 9,
  AT_CIPHER = 10,
  AT_ITERATIONS = 12,
  AT_PIECE = 16,
  AT_SALT = 20,
  AT_CHECK = 52,
  AT_SUM = 68,
};

#define SALT_BYTES (AT_CHECK - AT_SALT)
#define CHECK_BYTES (AT_SUM - AT_CHECK)
#define SUM_BYTES (CR_SEALED_HEAD_BYTES - AT_SUM)

static void
put_number (guint8 *at, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);

  memcpy (at, &big, sizeof big);
}

static guint32
get_number (const guint8 *at)
{
  guint32 big;

  memcpy (&big, at, sizeof big);
  return GUINT32_FROM_BE (big);
}

static void
hash (const guint8 *bytes, gsize n, guint8 *out, gsize n_out)
{
  guint8 sum[32];

  gnutls_hash_fast (GNUTLS_DIG_SHA256, bytes, n, sum);
  memcpy (out, sum, n_out);
}

/* Two keys, one to seal with and one that only shows whether the passphrase is right. */
static gboolean
make_key (const guint8 *head, const char *passphrase, guint8 key[2 * KEY_BYTES], GError **error)
{
  gnutls_datum_t secret = { (guint8 *) passphrase, (guint) strlen (passphrase) };
  gnutls_datum_t salt = { (guint8 *) head + AT_SALT, SALT_BYTES };
  int code = gnutls_pbkdf2 (GNUTLS_MAC_SHA512, &secret, &salt, get_number (head + AT_ITERATIONS),
                            key, 2 * KEY_BYTES);

  if (code >= 0)
    return TRUE;
  g_set_error (error, CR_ERROR, CR_ERROR_INTERNAL, "No key could be made: %s.",
               gnutls_strerror (code));
  return FALSE;
}

/* Takes the key's bytes: they are wiped. */
static CrSealedHead *
head_new (const guint8 *bytes, guint8 key[2 * KEY_BYTES])
{
  CrSealedHead *self = g_new0 (CrSealedHead, 1);
  gnutls_datum_t datum = { key, KEY_BYTES };
  int code = gnutls_aead_cipher_init (&self->cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);

  if (code < 0)
    g_error ("AES-256-GCM is not available: %s", gnutls_strerror (code));
  explicit_bzero (key, 2 * KEY_BYTES);
  memcpy (self->bytes, bytes, CR_SEALED_HEAD_BYTES);
  self->n_piece = get_number (bytes + AT_PIECE);
  return self;
}

CrSealedHead *
cr_sealed_head_new (const char *passphrase, GError **error)
{
  guint8 bytes[CR_SEALED_HEAD_BYTES] = { 0 };
  guint8 key[2 * KEY_BYTES];

  memcpy (bytes, MAGIC, strlen (MAGIC));
  bytes[AT_VERSION] = VERSION;
  bytes[AT_KDF] = 1;
  bytes[AT_CIPHER] = 1;
  put_number (bytes + AT_ITERATIONS, ITERATIONS);
  put_number (bytes + AT_PIECE, PIECE);
  cr_random_bytes (bytes + AT_SALT, SALT_BYTES);
  if (!make_key (bytes, passphrase, key, error))
    return NULL;

  hash (key + KEY_BYTES, KEY_BYTES, bytes + AT_CHECK, CHECK_BYTES);
  hash (bytes, AT_SUM, bytes + AT_SUM, SUM_BYTES);
  return head_new (bytes, key);
}

static gboolean
check_head (const guint8 *bytes, GError **error)
{
  guint8 sum[SUM_BYTES];
  guint32 iterations = get_number (bytes + AT_ITERATIONS);
  guint32 piece = get_number (bytes + AT_PIECE);

  if (memcmp (bytes, MAGIC, strlen (MAGIC)) != 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "This file is not a backup that Chartroom made.");
      return FALSE;
    }
  hash (bytes, AT_SUM, sum, SUM_BYTES);
  if (memcmp (sum, bytes + AT_SUM, SUM_BYTES) != 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                           "The beginning of this backup is damaged. Use another copy of it.");
      return FALSE;
    }
  if (bytes[AT_VERSION] == VERSION && bytes[AT_KDF] == 1 && bytes[AT_CIPHER] == 1 &&
      iterations > 0 && iterations <= MOST_ITERATIONS && piece > 0 && piece <= MOST_PIECE)
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_TOO_NEW,
                       "A newer Chartroom made this backup. Install that version or a later one.");
  return FALSE;
}

CrSealedHead *
cr_sealed_head_read (const guint8 bytes[CR_SEALED_HEAD_BYTES],
                     const char *passphrase,
                     GError **error)
{
  guint8 key[2 * KEY_BYTES];
  guint8 check[CHECK_BYTES];

  if (!check_head (bytes, error) || !make_key (bytes, passphrase, key, error))
    return NULL;

  hash (key + KEY_BYTES, KEY_BYTES, check, CHECK_BYTES);
  if (gnutls_memcmp (check, bytes + AT_CHECK, CHECK_BYTES) == 0)
    return head_new (bytes, key);

  explicit_bzero (key, sizeof key);
  g_set_error_literal (error, CR_ERROR, CR_ERROR_SIGN_IN,
                       "The passphrase is not the one this backup was made with.");
  return NULL;
}

void
cr_sealed_head_free (CrSealedHead *self)
{
  gnutls_aead_cipher_deinit (self->cipher);
  g_free (self);
}

static void
make_nonce (CrSealedHead *self, gboolean is_last, guint8 nonce[NONCE_BYTES])
{
  guint64 big = GUINT64_TO_BE (self->number);

  memset (nonce, 0, NONCE_BYTES);
  memcpy (nonce + 3, &big, sizeof big);
  nonce[NONCE_BYTES - 1] = is_last ? 1 : 0;
}

void
cr_sealed_head_seal (CrSealedHead *self,
                     gboolean is_last,
                     const guint8 *plain,
                     gsize n,
                     guint8 *out)
{
  guint8 nonce[NONCE_BYTES];
  gsize n_out = n + CR_SEALED_TAG_BYTES;
  int code;

  make_nonce (self, is_last, nonce);
  code =
      gnutls_aead_cipher_encrypt (self->cipher, nonce, NONCE_BYTES, self->bytes,
                                  CR_SEALED_HEAD_BYTES, CR_SEALED_TAG_BYTES, plain, n, out, &n_out);
  if (code < 0)
    g_error ("Sealing failed: %s", gnutls_strerror (code));
  self->number++;
}

gboolean
cr_sealed_head_open (CrSealedHead *self,
                     gboolean is_last,
                     const guint8 *sealed,
                     gsize n,
                     guint8 *plain)
{
  guint8 nonce[NONCE_BYTES];
  gsize n_plain = n - CR_SEALED_TAG_BYTES;
  int code;

  make_nonce (self, is_last, nonce);
  code = gnutls_aead_cipher_decrypt (self->cipher, nonce, NONCE_BYTES, self->bytes,
                                     CR_SEALED_HEAD_BYTES, CR_SEALED_TAG_BYTES, sealed, n, plain,
                                     &n_plain);
  self->number++;
  return code >= 0;
}
