/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-signing-key.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "net/cr-jws-algorithm.h"

#define RSA_BITS 3072
/* SMART allows five minutes; the rest is for clocks that differ. */
#define ASSERTION_LIFE_S 240

struct _CrSigningKey
{
  gatomicrefcount refs;
  const CrJwsAlgorithm *algorithm;
  gnutls_privkey_t key;
  char *id;     /* (owned) */
  char *first;  /* (owned): modulus or x, base64url */
  char *second; /* (owned): exponent or y */
};

static void
set_failed (GError **error, const char *what, int code)
{
  g_set_error (error, CR_ERROR, CR_ERROR_INTERNAL, "A signing key could not be %s (%s)", what,
               gnutls_strerror (code));
}

/* @n: its full size, or 0 for a number whose zeros in front are left out */
static char *
encode_number (const gnutls_datum_t *number, gsize n)
{
  g_autofree guint8 *full = g_malloc0 (n + number->size);
  gsize lead = number->size < n ? n - number->size : 0;

  memcpy (full + lead, number->data, number->size);
  return cr_base64url_encode (full, lead + number->size);
}

static int
read_public_half (CrSigningKey *self)
{
  gnutls_datum_t a = { NULL, 0 };
  gnutls_datum_t b = { NULL, 0 };
  gnutls_ecc_curve_t curve = self->algorithm->ecc_curve;
  gboolean is_ec = self->algorithm->n_coordinate > 0;
  int code = is_ec ? gnutls_privkey_export_ecc_raw2 (self->key, &curve, &a, &b, NULL,
                                                     GNUTLS_EXPORT_FLAG_NO_LZ)
                   : gnutls_privkey_export_rsa_raw2 (self->key, &a, &b, NULL, NULL, NULL, NULL,
                                                     NULL, NULL, GNUTLS_EXPORT_FLAG_NO_LZ);

  if (code == 0 && curve != self->algorithm->ecc_curve)
    code = GNUTLS_E_ECC_UNSUPPORTED_CURVE;
  if (code == 0)
    {
      self->first = encode_number (&a, self->algorithm->n_coordinate);
      self->second = encode_number (&b, self->algorithm->n_coordinate);
    }
  gnutls_free (a.data);
  gnutls_free (b.data);
  return code;
}

/* The members in the order of their names, without spaces (RFC 7638 §3). */
static char *
thumbprint (CrSigningKey *self)
{
  g_autofree char *text =
      self->algorithm->n_coordinate > 0
          ? g_strdup_printf ("{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
                             self->algorithm->curve, self->first, self->second)
          : g_strdup_printf ("{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", self->second,
                             self->first);
  guint8 digest[32];

  gnutls_hash_fast (GNUTLS_DIG_SHA256, text, strlen (text), digest);
  return cr_base64url_encode (digest, sizeof digest);
}

/* Takes @key. */
static CrSigningKey *
signing_key_new (const CrJwsAlgorithm *algorithm, gnutls_privkey_t key, GError **error)
{
  g_autoptr (CrSigningKey) self = g_new0 (CrSigningKey, 1);
  int code;

  g_atomic_ref_count_init (&self->refs);
  self->algorithm = algorithm;
  self->key = key;
  code = read_public_half (self);
  if (code != 0)
    {
      set_failed (error, "read", code);
      return NULL;
    }

  self->id = thumbprint (self);
  return g_steal_pointer (&self);
}

static const CrJwsAlgorithm *
find_ours (const char *name, GError **error)
{
  if (g_strcmp0 (name, CR_SIGNING_ES384) == 0 || g_strcmp0 (name, CR_SIGNING_RS384) == 0)
    return cr_jws_algorithm_find (name);

  g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "There are keys for ES384 and RS384 only");
  return NULL;
}

CrSigningKey *
cr_signing_key_generate (const char *algorithm, GError **error)
{
  const CrJwsAlgorithm *ours = find_ours (algorithm, error);
  gnutls_privkey_t key;
  int code;

  if (ours == NULL)
    return NULL;

  gnutls_privkey_init (&key);
  code = ours->n_coordinate > 0
           ? gnutls_privkey_generate (key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP384R1), 0)
           : gnutls_privkey_generate (key, GNUTLS_PK_RSA, RSA_BITS, 0);
  if (code != 0)
    {
      gnutls_privkey_deinit (key);
      set_failed (error, "made", code);
      return NULL;
    }

  return signing_key_new (ours, key, error);
}

/**
 * cr_signing_key_from_text:
 * @error: %CR_ERROR_CORRUPT when @text is no key for @algorithm
 */
CrSigningKey *
cr_signing_key_from_text (const char *algorithm, const char *text, GError **error)
{
  const CrJwsAlgorithm *ours = find_ours (algorithm, NULL);
  CrSigningKey *self = NULL;
  gnutls_privkey_t key;
  gsize n_der = 0;
  guint8 *der = g_base64_decode (text, &n_der);
  gnutls_datum_t datum = { der, (unsigned int) n_der };

  gnutls_privkey_init (&key);
  if (ours != NULL &&
      gnutls_privkey_import_x509_raw (key, &datum, GNUTLS_X509_FMT_DER, NULL, 0) == 0)
    self = signing_key_new (ours, key, NULL);
  else
    gnutls_privkey_deinit (key);
  if (der != NULL)
    explicit_bzero (der, n_der);
  g_free (der);
  if (self == NULL)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                         "A signing key in the keyring is damaged; restore the keyring, or make "
                         "new keys and register them with the portals");

  return self;
}

char *
cr_signing_key_to_text (CrSigningKey *self)
{
  gnutls_x509_privkey_t x509 = NULL;
  gnutls_datum_t der = { NULL, 0 };
  char *text;
  int code = gnutls_privkey_export_x509 (self->key, &x509);

  if (code == 0)
    code = gnutls_x509_privkey_export2_pkcs8 (x509, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN,
                                              &der);
  if (code != 0)
    g_error ("A signing key cannot be written: %s", gnutls_strerror (code));

  text = g_base64_encode (der.data, der.size);
  explicit_bzero (der.data, der.size);
  gnutls_free (der.data);
  gnutls_x509_privkey_deinit (x509);
  return text;
}

CrSigningKey *
cr_signing_key_ref (CrSigningKey *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
cr_signing_key_unref (CrSigningKey *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  gnutls_privkey_deinit (self->key);
  g_free (self->id);
  g_free (self->first);
  g_free (self->second);
  g_free (self);
}

const char *
cr_signing_key_get_algorithm (CrSigningKey *self)
{
  return self->algorithm->name;
}

const char *
cr_signing_key_get_id (CrSigningKey *self)
{
  return self->id;
}

/**
 * cr_signing_key_to_jwk:
 *
 * Returns: (transfer full)
 * Source: RFC 7517; RFC 7518 §6; SMART App Launch 2.2, client-confidential-asymmetric.html
 */
JsonObject *
cr_signing_key_to_jwk (CrSigningKey *self)
{
  JsonObject *jwk = json_object_new ();
  gboolean is_ec = self->algorithm->n_coordinate > 0;

  json_object_set_string_member (jwk, "kty", self->algorithm->key_type);
  json_object_set_string_member (jwk, "kid", self->id);
  json_object_set_string_member (jwk, "use", "sig");
  json_object_set_string_member (jwk, "alg", self->algorithm->name);
  if (is_ec)
    json_object_set_string_member (jwk, "crv", self->algorithm->curve);
  json_object_set_string_member (jwk, is_ec ? "x" : "n", self->first);
  json_object_set_string_member (jwk, is_ec ? "y" : "e", self->second);
  return jwk;
}

/**
 * cr_signing_key_sign:
 *
 * Source: RFC 7515 §5.1, §7.1
 */
char *
cr_signing_key_sign (CrSigningKey *self, JsonObject *claims, GError **error)
{
  g_autofree char *header = g_strdup_printf ("{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
                                             self->algorithm->name, self->id);
  g_autofree char *payload = cr_json_object_to_text (claims, FALSE);
  g_autofree char *first = cr_base64url_encode ((const guint8 *) header, strlen (header));
  g_autofree char *second = cr_base64url_encode ((const guint8 *) payload, strlen (payload));
  g_autofree char *both = g_strconcat (first, ".", second, NULL);
  g_autofree char *third = NULL;
  g_autoptr (GBytes) signature = NULL;
  gnutls_datum_t text = { (unsigned char *) both, (unsigned int) strlen (both) };
  gnutls_datum_t der = { NULL, 0 };
  int code = gnutls_privkey_sign_data2 (self->key, self->algorithm->sign, 0, &text, &der);

  if (code == 0)
    signature = cr_jws_algorithm_pack (self->algorithm, &der);
  gnutls_free (der.data);
  if (signature == NULL)
    {
      set_failed (error, "used", code);
      return NULL;
    }

  third = cr_base64url_encode (g_bytes_get_data (signature, NULL), g_bytes_get_size (signature));
  return g_strconcat (both, ".", third, NULL);
}

/**
 * cr_client_assertion_new:
 * @token_endpoint: its URL exactly as the portal says it, the audience
 *
 * Says who the client is, once: for `private_key_jwt`. There is no `iat`, because a portal whose
 * clock is behind ours would refuse it.
 *
 * Returns: (transfer full): good for one request
 * Source: SMART App Launch 2.2, client-confidential-asymmetric.html; RFC 7523 §3
 */
char *
cr_client_assertion_new (CrSigningKey *key,
                         const char *client_id,
                         const char *token_endpoint,
                         gint64 now_ms,
                         GError **error)
{
  g_autoptr (JsonObject) claims = json_object_new ();
  g_autofree char *jti = cr_random_base64url (24);

  json_object_set_string_member (claims, "iss", client_id);
  json_object_set_string_member (claims, "sub", client_id);
  json_object_set_string_member (claims, "aud", token_endpoint);
  json_object_set_int_member (claims, "exp", now_ms / 1000 + ASSERTION_LIFE_S);
  json_object_set_string_member (claims, "jti", jti);
  return cr_signing_key_sign (key, claims, error);
}
