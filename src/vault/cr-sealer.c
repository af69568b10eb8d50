/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/cr-vault.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-id.h"

/* Sealed: a version byte, the nonce, the cipher text, the tag. The version is authenticated too. */
#define VERSION 1
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define OVERHEAD (1 + NONCE_BYTES + TAG_BYTES)

struct _CrSealer
{
  gatomicrefcount refs;
  guint8 key[32]; /* wiped when freed */
};

/**
 * cr_sealer_new:
 * @key: 32 random bytes; copied
 *
 * Source: NIST SP 800-38D (AES-256-GCM), random nonces of 96 bits
 */
CrSealer *
cr_sealer_new (const guint8 key[32])
{
  CrSealer *self = g_new0 (CrSealer, 1);

  g_atomic_ref_count_init (&self->refs);
  memcpy (self->key, key, sizeof self->key);
  return self;
}

CrSealer *
cr_sealer_ref (CrSealer *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
cr_sealer_unref (CrSealer *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  explicit_bzero (self, sizeof *self);
  g_free (self);
}

static gnutls_aead_cipher_hd_t
cipher_new (CrSealer *self)
{
  gnutls_aead_cipher_hd_t cipher;
  gnutls_datum_t key = { self->key, sizeof self->key };
  int code = gnutls_aead_cipher_init (&cipher, GNUTLS_CIPHER_AES_256_GCM, &key);

  if (code < 0)
    g_error ("AES-256-GCM is not available: %s", gnutls_strerror (code));

  return cipher;
}

static GByteArray *
associated_data (guint8 version, const char *bound_to)
{
  GByteArray *data = g_byte_array_new ();

  g_byte_array_append (data, &version, 1);
  g_byte_array_append (data, (const guint8 *) bound_to, (guint) strlen (bound_to));
  return data;
}

/**
 * cr_sealer_seal:
 * @bound_to: what it belongs to, such as a connection's id; it opens for the same only
 *
 * Returns: (transfer full): 29 bytes longer than @plain, different each time
 */
GBytes *
cr_sealer_seal (CrSealer *self, GBytes *plain, const char *bound_to)
{
  gnutls_aead_cipher_hd_t cipher = cipher_new (self);
  g_autoptr (GByteArray) about = associated_data (VERSION, bound_to);
  gsize n_plain;
  const void *data = g_bytes_get_data (plain, &n_plain);
  gsize n_cipher = n_plain + TAG_BYTES;
  guint8 *sealed = g_malloc (n_plain + OVERHEAD);
  int code;

  sealed[0] = VERSION;
  cr_random_bytes (sealed + 1, NONCE_BYTES);
  code = gnutls_aead_cipher_encrypt (cipher, sealed + 1, NONCE_BYTES, about->data, about->len,
                                     TAG_BYTES, data != NULL ? data : "", n_plain,
                                     sealed + 1 + NONCE_BYTES, &n_cipher);
  gnutls_aead_cipher_deinit (cipher);
  if (code < 0)
    g_error ("Sealing failed: %s", gnutls_strerror (code));

  return g_bytes_new_take (sealed, 1 + NONCE_BYTES + n_cipher);
}

typedef struct
{
  gsize n_bytes;
  guint8 data[];
} Plain;

static void
plain_free (gpointer data)
{
  Plain *plain = data;

  explicit_bzero (plain->data, plain->n_bytes);
  g_free (plain);
}

/**
 * cr_sealer_open:
 * @error: %CR_ERROR_CORRUPT when @sealed was changed, belongs to another thing than @bound_to, or
 *   was sealed with another key
 *
 * Returns: (transfer full): what was sealed; wiped when freed
 */
GBytes *
cr_sealer_open (CrSealer *self, GBytes *sealed, const char *bound_to, GError **error)
{
  g_autoptr (GByteArray) about = associated_data (VERSION, bound_to);
  gnutls_aead_cipher_hd_t cipher;
  gsize n_sealed;
  const guint8 *data = g_bytes_get_data (sealed, &n_sealed);
  Plain *plain;
  gsize n_plain;
  int code = -1;

  if (n_sealed < OVERHEAD || data[0] != VERSION)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                           "A sealed secret is damaged; connect or enter it again");
      return NULL;
    }

  n_plain = n_sealed - OVERHEAD;
  plain = g_malloc0 (sizeof *plain + n_plain + 1);
  plain->n_bytes = n_plain;
  cipher = cipher_new (self);
  code = gnutls_aead_cipher_decrypt (cipher, data + 1, NONCE_BYTES, about->data, about->len,
                                     TAG_BYTES, data + 1 + NONCE_BYTES, n_sealed - 1 - NONCE_BYTES,
                                     plain->data, &n_plain);
  gnutls_aead_cipher_deinit (cipher);
  if (code < 0)
    {
      plain_free (plain);
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                           "A sealed secret does not open with the key in the keyring;"
                           " connect or enter it again");
      return NULL;
    }

  return g_bytes_new_with_free_func (plain->data, n_plain, plain_free, plain);
}
