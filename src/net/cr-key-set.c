/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-key-set.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "net/cr-jws-algorithm.h"

#define MAX_KEYS 100
#define MAX_JWS (256 * 1024)
#define MIN_RSA_BITS 2048
#define MAX_RSA_BITS 16384

struct _CrKeySet
{
  JsonObject *root; /* (owned) */
};

/**
 * cr_key_set_parse:
 * @error: %CR_ERROR_BAD_REPLY
 *
 * What is in it is looked at when it is needed: a set may hold keys of kinds nobody here knows.
 *
 * Source: RFC 7517 §5
 */
CrKeySet *
cr_key_set_parse (GBytes *body, GError **error)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);
  g_autoptr (JsonObject) root = NULL;
  CrKeySet *self;

  root = cr_json_parse (text != NULL ? text : "", (gssize) n_bytes, CR_SAID ("The set of keys"),
                        error);
  if (root == NULL)
    return NULL;
  if (cr_json_array (root, "keys") == NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY, "The set of keys has no keys");
      return NULL;
    }

  self = g_new0 (CrKeySet, 1);
  self->root = g_steal_pointer (&root);
  return self;
}

void
cr_key_set_free (CrKeySet *self)
{
  json_object_unref (self->root);
  g_free (self);
}

static gboolean
set_number (JsonObject *jwk, const char *name, gnutls_datum_t *number)
{
  const char *text = cr_json_string (jwk, name);
  gsize n_bytes = 0;

  number->data = text != NULL ? cr_base64url_decode (text, &n_bytes) : NULL;
  number->size = (unsigned int) n_bytes;
  return number->data != NULL && n_bytes > 0 && n_bytes <= MAX_RSA_BITS / 8 + 1;
}

/* Returns: whether @key is @jwk and strong enough */
static gboolean
import_numbers (gnutls_pubkey_t key, const CrJwsAlgorithm *algorithm, JsonObject *jwk)
{
  gboolean is_ec = algorithm->n_coordinate > 0;
  gnutls_datum_t a = { NULL, 0 };
  gnutls_datum_t b = { NULL, 0 };
  unsigned int bits = 0;
  gboolean ok = set_number (jwk, is_ec ? "x" : "n", &a) && set_number (jwk, is_ec ? "y" : "e", &b);

  if (ok && is_ec)
    ok = a.size <= algorithm->n_coordinate && b.size <= algorithm->n_coordinate &&
         gnutls_pubkey_import_ecc_raw (key, algorithm->ecc_curve, &a, &b) == 0;
  else if (ok)
    ok = gnutls_pubkey_import_rsa_raw (key, &a, &b) == 0 &&
         gnutls_pubkey_get_pk_algorithm (key, &bits) == GNUTLS_PK_RSA && bits >= MIN_RSA_BITS;
  g_free (a.data);
  g_free (b.data);
  return ok;
}

static gboolean
is_meant (JsonObject *jwk, const CrJwsAlgorithm *algorithm, const char *kid)
{
  const char *use = cr_json_string (jwk, "use");
  const char *alg = cr_json_string (jwk, "alg");
  const char *id = cr_json_string (jwk, "kid");

  return g_strcmp0 (cr_json_string (jwk, "kty"), algorithm->key_type) == 0 &&
         (algorithm->curve == NULL ||
          g_strcmp0 (cr_json_string (jwk, "crv"), algorithm->curve) == 0) &&
         (use == NULL || strcmp (use, "sig") == 0) &&
         (alg == NULL || strcmp (alg, algorithm->name) == 0) &&
         (kid == NULL || id == NULL || strcmp (kid, id) == 0);
}

static gboolean
fits (JsonObject *jwk,
      const CrJwsAlgorithm *algorithm,
      const gnutls_datum_t *text,
      GBytes *signature)
{
  gnutls_datum_t datum = { (unsigned char *) g_bytes_get_data (signature, NULL),
                           (unsigned int) g_bytes_get_size (signature) };
  gnutls_pubkey_t key;
  gboolean ok;

  gnutls_pubkey_init (&key);
  ok = import_numbers (key, algorithm, jwk) &&
       gnutls_pubkey_verify_data2 (key, algorithm->sign, 0, text, &datum) >= 0;
  gnutls_pubkey_deinit (key);
  return ok;
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "A signed answer is not good: %s", why);
  return FALSE;
}

/* The header's algorithm, and the id of its key, or an error. What the header wants understood
 * (`crit`) is nothing we know. */
static const CrJwsAlgorithm *
read_header (const char *encoded, char **kid, GError **error)
{
  gsize n_bytes = 0;
  g_autofree guint8 *text = cr_base64url_decode (encoded, &n_bytes);
  g_autoptr (JsonObject) header = NULL;
  const CrJwsAlgorithm *algorithm;

  if (text != NULL && n_bytes > 0)
    header = cr_json_parse ((const char *) text, (gssize) n_bytes, CR_SAID ("The header"), NULL);
  if (header == NULL || json_object_has_member (header, "crit"))
    {
      refuse (error, CR_SAID ("its header cannot be read"));
      return NULL;
    }

  algorithm = cr_jws_algorithm_find (cr_json_string (header, "alg"));
  if (algorithm == NULL)
    refuse (error, CR_SAID ("it is signed in a way that is not accepted, or not at all"));
  else
    *kid = g_strdup (cr_json_string (header, "kid"));
  return algorithm;
}

static gboolean
verify (CrKeySet *self, const char *jws, char **parts, GError **error)
{
  JsonArray *keys = cr_json_array (self->root, "keys");
  guint n_keys = MIN (json_array_get_length (keys), MAX_KEYS);
  gnutls_datum_t text = { (unsigned char *) jws,
                          (unsigned int) (strlen (parts[0]) + 1 + strlen (parts[1])) };
  gsize n_bytes = 0;
  g_autofree guint8 *raw = cr_base64url_decode (parts[2], &n_bytes);
  g_autofree char *kid = NULL;
  const CrJwsAlgorithm *algorithm = read_header (parts[0], &kid, error);
  g_autoptr (GBytes) signature = NULL;
  guint n_tried = 0;

  if (algorithm == NULL)
    return FALSE;
  if (raw != NULL && n_bytes > 0)
    signature = cr_jws_algorithm_unpack (algorithm, raw, n_bytes);
  if (signature == NULL)
    return refuse (error, CR_SAID ("its signature has the wrong form"));

  for (guint i = 0; i < n_keys; i++)
    {
      JsonObject *jwk = cr_json_array_object (keys, i);

      if (jwk == NULL || !is_meant (jwk, algorithm, kid))
        continue;
      n_tried++;
      if (fits (jwk, algorithm, &text, signature))
        return TRUE;
    }

  return refuse (error, n_tried > 0
                            ? CR_SAID ("its signature does not fit")
                            : CR_SAID ("it is signed with a key that is not in the set of keys"));
}

/**
 * cr_key_set_verify:
 * @jws: in compact form
 * @error: %CR_ERROR_BAD_REPLY: not signed by a key of the set, whatever the reason
 *
 * Accepts RS256, RS384, RS512, PS256, PS384, ES256, ES384 and ES512; the key must be of the kind
 * the algorithm is for, and RSA of 2048 bits at least. `none` and shared secrets are refused.
 *
 * Returns: (transfer full): the payload
 * Source: RFC 7515 §5.2; RFC 8725 §3
 */
GBytes *
cr_key_set_verify (CrKeySet *self, const char *jws, GError **error)
{
  g_auto (GStrv) parts = NULL;
  guint8 *payload = NULL;
  gsize n_bytes = 0;

  g_return_val_if_fail (self != NULL && jws != NULL, NULL);

  parts = strlen (jws) <= MAX_JWS ? g_strsplit (jws, ".", 4) : NULL;
  if (parts == NULL || g_strv_length (parts) != 3)
    {
      refuse (error, CR_SAID ("it does not have three parts"));
      return NULL;
    }
  if (!verify (self, jws, parts, error))
    return NULL;

  payload = cr_base64url_decode (parts[1], &n_bytes);
  if (payload == NULL)
    {
      refuse (error, CR_SAID ("its content cannot be read"));
      return NULL;
    }

  return g_bytes_new_take (payload, n_bytes);
}
