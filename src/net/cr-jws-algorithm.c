/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-jws-algorithm.h"

#include <gnutls/crypto.h>
#include <string.h>

#define NO_CURVE GNUTLS_ECC_CURVE_INVALID

static const CrJwsAlgorithm algorithms[] = {
  { "RS256", "RSA", NULL, GNUTLS_SIGN_RSA_SHA256, NO_CURVE, 0 },
  { "RS384", "RSA", NULL, GNUTLS_SIGN_RSA_SHA384, NO_CURVE, 0 },
  { "RS512", "RSA", NULL, GNUTLS_SIGN_RSA_SHA512, NO_CURVE, 0 },
  { "PS256", "RSA", NULL, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, NO_CURVE, 0 },
  { "PS384", "RSA", NULL, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, NO_CURVE, 0 },
  { "ES256", "EC", "P-256", GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_ECC_CURVE_SECP256R1, 32 },
  { "ES384", "EC", "P-384", GNUTLS_SIGN_ECDSA_SHA384, GNUTLS_ECC_CURVE_SECP384R1, 48 },
  { "ES512", "EC", "P-521", GNUTLS_SIGN_ECDSA_SHA512, GNUTLS_ECC_CURVE_SECP521R1, 66 },
};

const CrJwsAlgorithm *
cr_jws_algorithm_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (g_strcmp0 (algorithms[i].name, name) == 0)
      return &algorithms[i];

  return NULL;
}

/* DER's integers come shorter, or with a zero in front that keeps them positive. */
static gboolean
put_integer (guint8 *field, gsize n_field, const gnutls_datum_t *integer)
{
  const guint8 *data = integer->data;
  gsize n = integer->size;

  for (; n > 0 && data[0] == 0; n--)
    data++;
  if (n > n_field)
    return FALSE;

  memset (field, 0, n_field - n);
  memcpy (field + n_field - n, data, n);
  return TRUE;
}

/* Source: RFC 7518 §3.4 */
GBytes *
cr_jws_algorithm_pack (const CrJwsAlgorithm *self, const gnutls_datum_t *der)
{
  gnutls_datum_t r = { NULL, 0 };
  gnutls_datum_t s = { NULL, 0 };
  gsize n = self->n_coordinate;
  guint8 *raw;
  gboolean ok;

  if (n == 0)
    return g_bytes_new (der->data, der->size);

  raw = g_malloc (2 * n);
  ok = gnutls_decode_rs_value (der, &r, &s) == 0 && put_integer (raw, n, &r) &&
       put_integer (raw + n, n, &s);
  gnutls_free (r.data);
  gnutls_free (s.data);
  if (ok)
    return g_bytes_new_take (raw, 2 * n);

  g_free (raw);
  return NULL;
}

static gnutls_datum_t
without_zeros (const guint8 *data, gsize n)
{
  for (; n > 1 && data[0] == 0; n--)
    data++;

  return (gnutls_datum_t){ (unsigned char *) data, (unsigned int) n };
}

/* Source: RFC 7518 §3.4 */
GBytes *
cr_jws_algorithm_unpack (const CrJwsAlgorithm *self, const guint8 *data, gsize n_bytes)
{
  gnutls_datum_t der = { NULL, 0 };
  gnutls_datum_t r, s;
  GBytes *bytes = NULL;
  gsize n = self->n_coordinate;

  if (n == 0)
    return g_bytes_new (data, n_bytes);
  if (n_bytes != 2 * n)
    return NULL;

  r = without_zeros (data, n);
  s = without_zeros (data + n, n);
  if (gnutls_encode_rs_value (&der, &r, &s) == 0)
    bytes = g_bytes_new (der.data, der.size);
  gnutls_free (der.data);
  return bytes;
}
