/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "net/cr-key-set.h"
#include "net/cr-signing-key.h"

static CrKeySet *
parse_keys (const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  CrKeySet *keys = cr_key_set_parse (body, &error);

  g_assert_no_error (error);
  return keys;
}

static gboolean
is_good (CrKeySet *keys, const char *jws)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) payload = cr_key_set_verify (keys, jws, &error);

  if (payload == NULL)
    g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
  return payload != NULL;
}

static CrKeySet *
set_of (CrSigningKey *key)
{
  g_autoptr (JsonObject) jwk = cr_signing_key_to_jwk (key);
  g_autofree char *text = cr_json_object_to_text (jwk, FALSE);
  g_autofree char *keys = g_strdup_printf ("{\"keys\":[%s]}", text);

  return parse_keys (keys);
}

static char *
sign (CrSigningKey *key, guint n)
{
  g_autoptr (JsonObject) claims = json_object_new ();
  g_autoptr (GError) error = NULL;
  char *jws;

  json_object_set_int_member (claims, "n", n);
  jws = cr_signing_key_sign (key, claims, &error);
  g_assert_no_error (error);
  return jws;
}

/* openssl, a program of others, and files to talk with it. */
typedef struct
{
  char *folder;
  char *program;
} Openssl;

static gboolean
openssl_init (Openssl *self)
{
  self->program = g_find_program_in_path ("openssl");
  if (self->program == NULL)
    {
      g_test_skip ("openssl is not installed");
      return FALSE;
    }

  self->folder = g_dir_make_tmp ("chartroom-jws-XXXXXX", NULL);
  g_assert_no_errno (g_chdir (self->folder));
  return TRUE;
}

static void
openssl_clear (Openssl *self)
{
  static const char *const files[] = { "key", "pub", "data", "sig", NULL };

  for (guint i = 0; files[i] != NULL; i++)
    g_unlink (files[i]);
  g_assert_no_errno (g_chdir ("/"));
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->program);
}

static gboolean
openssl (Openssl *self, const char *words)
{
  g_autofree char *line = g_strconcat (self->program, " ", words, NULL);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      (const char *const *) argv,
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);

  g_assert_no_error (error);
  g_subprocess_wait (process, NULL, &error);
  g_assert_no_error (error);
  return g_subprocess_get_successful (process);
}

static void
write_file (const char *name, gconstpointer data, gsize n_bytes)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (name, data, (gssize) n_bytes, &error);
  g_assert_no_error (error);
}

/* DER by hand, so that the code under test is not its own judge. */
static void
put_der_integer (GByteArray *out, const guint8 *data, gsize n)
{
  guint8 head[3] = { 2, 0, 0 };

  for (; n > 1 && data[0] == 0; n--)
    data++;
  head[1] = (guint8) (n + (data[0] >= 0x80 ? 1 : 0));
  g_byte_array_append (out, head, data[0] >= 0x80 ? 3 : 2);
  g_byte_array_append (out, data, (guint) n);
}

static void
write_signature (const guint8 *raw, gsize n)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autoptr (GByteArray) der = g_byte_array_new ();
  guint8 head[2] = { 0x30, 0 };

  put_der_integer (body, raw, n / 2);
  put_der_integer (body, raw + n / 2, n / 2);
  g_assert_cmpuint (body->len, <, 0x80);
  head[1] = (guint8) body->len;
  g_byte_array_append (der, head, 2);
  g_byte_array_append (der, body->data, body->len);
  write_file ("sig", der->data, der->len);
}

static void
write_public_key (CrSigningKey *key)
{
  g_autoptr (JsonObject) jwk = cr_signing_key_to_jwk (key);
  gboolean is_ec = json_object_has_member (jwk, "x");
  gsize n_a = 0, n_b = 0;
  g_autofree guint8 *a = cr_base64url_decode (cr_json_string (jwk, is_ec ? "x" : "n"), &n_a);
  g_autofree guint8 *b = cr_base64url_decode (cr_json_string (jwk, is_ec ? "y" : "e"), &n_b);
  gnutls_datum_t first = { a, (unsigned int) n_a };
  gnutls_datum_t second = { b, (unsigned int) n_b };
  gnutls_datum_t pem = { NULL, 0 };
  gnutls_pubkey_t public;

  gnutls_pubkey_init (&public);
  if (is_ec)
    {
      g_assert_cmpuint (n_a, ==, 48);
      g_assert_cmpuint (n_b, ==, 48);
      g_assert_cmpint (
          gnutls_pubkey_import_ecc_raw (public, GNUTLS_ECC_CURVE_SECP384R1, &first, &second), ==,
          0);
    }
  else
    {
      g_assert_cmpuint (n_a, ==, 384);
      g_assert_cmpint (gnutls_pubkey_import_rsa_raw (public, &first, &second), ==, 0);
    }
  g_assert_cmpint (gnutls_pubkey_export2 (public, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  write_file ("pub", pem.data, pem.size);
  gnutls_free (pem.data);
  gnutls_pubkey_deinit (public);
}

static gboolean
openssl_accepts (Openssl *self, const char *jws, gboolean is_ec)
{
  const char *dot = strrchr (jws, '.');
  gsize n = 0;
  g_autofree guint8 *raw = cr_base64url_decode (dot + 1, &n);

  write_file ("data", jws, (gsize) (dot - jws));
  if (is_ec)
    {
      g_assert_cmpuint (n, ==, 96);
      write_signature (raw, n);
    }
  else
    write_file ("sig", raw, n);
  return openssl (self, "dgst -sha384 -verify pub -signature sig data");
}

static gboolean
has_leading_zero (const char *jws)
{
  gsize n = 0;
  g_autofree guint8 *raw = cr_base64url_decode (strrchr (jws, '.') + 1, &n);

  return raw[0] == 0 || raw[n / 2] == 0;
}

/* What we sign, openssl accepts; many, with some whose numbers begin with zero. */
static void
test_to_openssl (gconstpointer data)
{
  const char *algorithm = data;
  gboolean is_ec = g_str_equal (algorithm, CR_SIGNING_ES384);
  g_autoptr (CrSigningKey) key = cr_signing_key_generate (algorithm, NULL);
  g_autoptr (CrKeySet) keys = set_of (key);
  guint n_zeros = 0, n_asked = 0;
  Openssl program = { NULL, NULL };

  if (!openssl_init (&program))
    return;

  write_public_key (key);
  for (guint i = 0; i < (is_ec ? 2000 : 40); i++)
    {
      g_autofree char *jws = sign (key, i);
      gboolean is_short = is_ec && has_leading_zero (jws);

      g_assert_true (i % 10 != 0 || is_good (keys, jws));
      n_zeros += is_short ? 1 : 0;
      if (!is_short && i >= 40)
        continue;
      g_assert_true (is_good (keys, jws));
      g_assert_true (openssl_accepts (&program, jws, is_ec));
      n_asked++;
    }
  g_test_message ("%u signatures accepted, %u with a zero in front", n_asked, n_zeros);
  g_assert_true (!is_ec || n_zeros > 0);
  {
    g_autofree char *jws = sign (key, 0);

    jws[30] ^= 1;
    g_assert_false (openssl_accepts (&program, jws, is_ec));
  }
  openssl_clear (&program);
}

typedef struct
{
  const char *algorithm;
  const char *make;
  const char *sign;
  gsize n; /* of a coordinate; 0: RSA */
  const char *curve;
} Foreign;

static const Foreign foreigns[] = {
  { "RS256", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key",
    "dgst -sha256 -sign key -out sig data", 0, NULL },
  { "RS384", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key",
    "dgst -sha384 -sign key -out sig data", 0, NULL },
  { "RS512", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key",
    "dgst -sha512 -sign key -out sig data", 0, NULL },
  { "PS256", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key",
    "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sign key -out sig "
    "data",
    0, NULL },
  { "ES256", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key",
    "dgst -sha256 -sign key -out sig data", 32, "P-256" },
  { "ES384", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key",
    "dgst -sha384 -sign key -out sig data", 48, "P-384" },
  { "ES512", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out key",
    "dgst -sha512 -sign key -out sig data", 66, "P-521" },
};

static char *
encode_datum (const gnutls_datum_t *datum, gsize n)
{
  g_autofree guint8 *full = g_malloc0 (n + datum->size);
  gsize lead = datum->size < n ? n - datum->size : 0;

  memcpy (full + lead, datum->data, datum->size);
  return cr_base64url_encode (full, lead + datum->size);
}

static CrKeySet *
read_public_key (const Foreign *foreign)
{
  g_autofree char *pem = NULL;
  gsize n_pem = 0;
  gnutls_datum_t text, a, b;
  gnutls_pubkey_t public;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *keys = NULL;

  g_assert_true (g_file_get_contents ("pub", &pem, &n_pem, NULL));
  text.data = (unsigned char *) pem;
  text.size = (unsigned int) n_pem;
  gnutls_pubkey_init (&public);
  g_assert_cmpint (gnutls_pubkey_import (public, &text, GNUTLS_X509_FMT_PEM), ==, 0);
  g_assert_cmpint (
      foreign->n > 0
          ? gnutls_pubkey_export_ecc_raw2 (public, NULL, &a, &b, GNUTLS_EXPORT_FLAG_NO_LZ)
          : gnutls_pubkey_export_rsa_raw2 (public, &a, &b, GNUTLS_EXPORT_FLAG_NO_LZ),
      ==, 0);
  first = encode_datum (&a, foreign->n);
  second = encode_datum (&b, foreign->n);
  gnutls_free (a.data);
  gnutls_free (b.data);
  gnutls_pubkey_deinit (public);
  keys = foreign->n > 0
           ? g_strdup_printf (
                 "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}]}",
                 foreign->curve, first, second)
           : g_strdup_printf ("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}]}", first,
                              second);
  return parse_keys (keys);
}

/* Copies DER's next integer into a field of @n bytes. */
static const guint8 *
take_der_integer (const guint8 *at, guint8 *field, gsize n)
{
  gsize length = at[1];

  g_assert_cmpint (at[0], ==, 2);
  g_assert_cmpuint (length, <=, n + 1);
  memset (field, 0, n);
  if (length > n)
    memcpy (field, at + 3, n);
  else
    memcpy (field + n - length, at + 2, length);
  return at + 2 + length;
}

static char *
read_signature (const Foreign *foreign)
{
  g_autofree char *sig = NULL;
  gsize n_sig = 0;
  guint8 raw[132];
  const guint8 *at;

  g_assert_true (g_file_get_contents ("sig", &sig, &n_sig, NULL));
  if (foreign->n == 0)
    return cr_base64url_encode ((const guint8 *) sig, n_sig);

  at = (const guint8 *) sig;
  at = take_der_integer (at + (at[1] == 0x81 ? 3 : 2), raw, foreign->n);
  take_der_integer (at, raw + foreign->n, foreign->n);
  return cr_base64url_encode (raw, 2 * foreign->n);
}

/* What openssl signs, we accept, and nothing that was changed. */
static void
test_from_openssl (gconstpointer data)
{
  const Foreign *foreign = data;
  g_autofree char *header = g_strdup_printf ("{\"alg\":\"%s\"}", foreign->algorithm);
  g_autofree char *head = cr_base64url_encode ((const guint8 *) header, strlen (header));
  g_autoptr (CrKeySet) keys = NULL;
  Openssl program = { NULL, NULL };

  if (!openssl_init (&program))
    return;

  g_assert_true (openssl (&program, foreign->make));
  g_assert_true (openssl (&program, "pkey -in key -pubout -out pub"));
  keys = read_public_key (foreign);
  for (guint i = 0; i < 25; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"n\":%u}", i);
      g_autofree char *body = cr_base64url_encode ((const guint8 *) text, strlen (text));
      g_autofree char *both = g_strjoin (".", head, body, NULL);
      g_autofree char *tail = NULL;
      g_autofree char *jws = NULL;

      write_file ("data", both, strlen (both));
      g_assert_true (openssl (&program, foreign->sign));
      tail = read_signature (foreign);
      jws = g_strjoin (".", both, tail, NULL);
      g_assert_true (is_good (keys, jws));
      jws[strlen (both) + 5] = jws[strlen (both) + 5] == 'A' ? 'B' : 'A';
      g_assert_false (is_good (keys, jws));
    }
  openssl_clear (&program);
}

/* Anybody can take such a key apart. */
static void
test_weak (void)
{
  static const Foreign weak = { "RS256",
                                "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key",
                                "dgst -sha256 -sign key -out sig data", 0, NULL };
  g_autofree char *head = cr_base64url_encode ((const guint8 *) "{\"alg\":\"RS256\"}", 15);
  g_autofree char *both = g_strjoin (".", head, "e30", NULL);
  g_autofree char *tail = NULL;
  g_autofree char *jws = NULL;
  g_autoptr (CrKeySet) keys = NULL;
  Openssl program = { NULL, NULL };

  if (!openssl_init (&program))
    return;

  g_assert_true (openssl (&program, weak.make));
  g_assert_true (openssl (&program, "pkey -in key -pubout -out pub"));
  keys = read_public_key (&weak);
  write_file ("data", both, strlen (both));
  g_assert_true (openssl (&program, weak.sign));
  tail = read_signature (&weak);
  jws = g_strjoin (".", both, tail, NULL);
  g_assert_false (is_good (keys, jws));
  openssl_clear (&program);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/net/jws/to-openssl/ES384", CR_SIGNING_ES384, test_to_openssl);
  g_test_add_data_func ("/net/jws/to-openssl/RS384", CR_SIGNING_RS384, test_to_openssl);
  for (guint i = 0; i < G_N_ELEMENTS (foreigns); i++)
    {
      g_autofree char *path = g_strconcat ("/net/jws/from-openssl/", foreigns[i].algorithm, NULL);

      g_test_add_data_func (path, &foreigns[i], test_from_openssl);
    }
  g_test_add_func ("/net/jws/weak", test_weak);
  return g_test_run ();
}
