/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "base/cr-secret.h"
#include "net/cr-key-set.h"
#include "net/cr-signing-key.h"

#define RFC7520_PAYLOAD                                                                            \
  "It\xe2\x80\x99s a dangerous business, Frodo, going out your door. You step onto the road, and " \
  "if you don't keep your feet, there\xe2\x80\x99s no knowing where you might be swept off to."
#define RFC7520_KEYS                                                                               \
  "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"bilbo.baggins@hobbiton.example\",\"use\":\"sig\","         \
  "\"crv\":\"P-521\",\"x\":\"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyek" \
  "WF-7ytDyRXYgCF5cj0Kt\",\"y\":\"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkA"  \
  "gDPrwQrJmbnX9cwlGfP-HqHZR1\"},{\"kty\":\"RSA\",\"kid\":\"bilbo.baggins@hobbiton.example\","     \
  "\"use\":\"sig\",\"n\":\"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJW" \
  "TDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6A" \
  "j-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-t" \
  "VTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw\",\"e\":"  \
  "\"AQAB\"}]}"
#define RFC7520_BODY                                                                               \
  "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250by" \
  "B0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUg" \
  "eW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4"
#define RFC7515_KEYS                                                                               \
  "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvR"  \
  "VEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}"

/* Published: RFC 7520 §4.1 to §4.3, RFC 7515 appendix A.3. */
static const struct
{
  const char *name;
  const char *keys;
  const char *jws;
  const char *payload;
} vectors[] = {
  { "rfc7520-4.1-rs256", RFC7520_KEYS,
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9." RFC7520_BODY
    ".MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xugl"
    "II7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8w"
    "W1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-"
    "ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
    RFC7520_PAYLOAD },
  { "rfc7520-4.2-ps384", RFC7520_KEYS,
    "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9." RFC7520_BODY
    ".cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TT"
    "B5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRX"
    "e8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64Q"
    "QSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
    RFC7520_PAYLOAD },
  { "rfc7520-4.3-es512", RFC7520_KEYS,
    "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9." RFC7520_BODY
    ".AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3"
    "mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
    RFC7520_PAYLOAD },
  { "rfc7515-a3-es256", RFC7515_KEYS,
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
    "bS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
    "KTUJqPP3-Kg6NU1Q",
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}" },
};

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

static void
test_vectors (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (CrKeySet) keys = parse_keys (vectors[i].keys);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) payload = cr_key_set_verify (keys, vectors[i].jws, &error);
      g_autofree char *text = NULL;
      g_autofree char *changed = g_strdup (vectors[i].jws);

      g_test_message ("%s", vectors[i].name);
      g_assert_no_error (error);
      text = g_strndup (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
      g_assert_cmpstr (text, ==, vectors[i].payload);

      changed[strlen (changed) / 2] ^= 1;
      g_assert_false (is_good (keys, changed));
    }
}

/* RFC 7638 §3.1 */
static void
test_thumbprint (void)
{
  static const char *const algorithms[] = { CR_SIGNING_ES384, CR_SIGNING_RS384 };

  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autoptr (CrSigningKey) key = cr_signing_key_generate (algorithms[i], NULL);
      g_autoptr (CrSigningKey) again = NULL;
      g_autoptr (JsonObject) jwk = cr_signing_key_to_jwk (key);
      char *text = cr_signing_key_to_text (key);
      g_autofree char *canonical = NULL;
      guint8 digest[32];
      gsize n_digest = sizeof digest;
      g_autoptr (GChecksum) sha = g_checksum_new (G_CHECKSUM_SHA256);
      g_autofree char *id = NULL;

      canonical =
          i == 0 ? g_strdup_printf ("{\"crv\":\"P-384\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
                                    cr_json_string (jwk, "x"), cr_json_string (jwk, "y"))
                 : g_strdup_printf ("{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"%s\"}",
                                    cr_json_string (jwk, "n"));
      g_checksum_update (sha, (const guchar *) canonical, (gssize) strlen (canonical));
      g_checksum_get_digest (sha, digest, &n_digest);
      id = cr_base64url_encode (digest, n_digest);
      g_assert_cmpstr (id, ==, cr_signing_key_get_id (key));
      g_assert_cmpstr (id, ==, cr_json_string (jwk, "kid"));
      g_assert_cmpstr (cr_json_string (jwk, "alg"), ==, algorithms[i]);
      g_assert_cmpstr (cr_json_string (jwk, "use"), ==, "sig");
      g_assert_false (json_object_has_member (jwk, "d"));

      again = cr_signing_key_from_text (algorithms[i], text, NULL);
      g_assert_cmpstr (cr_signing_key_get_id (again), ==, id);
      g_assert_null (cr_signing_key_from_text (algorithms[1 - i], text, NULL));
      cr_secret_free (text);
    }
  g_assert_null (cr_signing_key_from_text (CR_SIGNING_ES384, "bm90IGEga2V5", NULL));
  g_assert_null (cr_signing_key_generate ("HS256", NULL));
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

/* Every way to change one, and to sign with what must not be accepted. */
static void
test_tampered (void)
{
  g_autoptr (CrSigningKey) key = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_autoptr (CrSigningKey) other = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_autoptr (CrKeySet) keys = set_of (key);
  g_autofree char *jws = sign (key, 1);
  g_autofree char *foreign = sign (other, 1);
  g_auto (GStrv) parts = g_strsplit (jws, ".", 3);
  static const char *const headers[] = {
    "{\"alg\":\"none\"}",
    "{\"alg\":\"HS256\"}",
    "{\"alg\":\"HS384\"}",
    "{\"alg\":\"es384\"}",
    "{\"alg\":\"RS384\"}",
    "{\"alg\":\"ES256\"}",
    "{\"alg\":null}",
    "{}",
    "[]",
    "",
    "{\"alg\":\"ES384\",\"crit\":[\"b64\"],\"b64\":false}",
  };
  const char *tails[] = { "", parts[2], "AAAA" };

  g_assert_true (is_good (keys, jws));
  g_assert_false (is_good (keys, foreign));
  for (gsize i = 0; jws[i] != '\0'; i++)
    {
      g_autofree char *changed = g_strdup (jws);

      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      /* the last characters of a part may hold bits that stand for nothing */
      if (jws[i] != '.' && (jws[i + 1] == '.' || jws[i + 1] == '\0'))
        continue;
      g_assert_false (is_good (keys, changed));
    }

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    for (guint j = 0; j < G_N_ELEMENTS (tails); j++)
      {
        g_autofree char *header =
            cr_base64url_encode ((const guint8 *) headers[i], strlen (headers[i]));
        g_autofree char *made = g_strjoin (".", header, parts[1], tails[j], NULL);

        g_assert_false (is_good (keys, made));
      }

  g_assert_false (is_good (keys, ""));
  g_assert_false (is_good (keys, ".."));
  g_assert_false (is_good (keys, "a.b"));
  g_assert_false (is_good (keys, "a.b.c.d"));
}

/* r and s of zero sign anything in a verifier that does not look. */
static void
test_zero (void)
{
  g_autoptr (CrSigningKey) key = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_autoptr (CrKeySet) keys = set_of (key);
  g_autofree char *jws = sign (key, 1);
  guint8 zeros[96] = { 0 };
  g_autofree char *tail = cr_base64url_encode (zeros, sizeof zeros);
  g_autofree char *made = NULL;

  *strrchr (jws, '.') = '\0';
  made = g_strjoin (".", jws, tail, NULL);
  g_assert_false (is_good (keys, made));
}

static void
test_sets (void)
{
  static const char *const bad[] = { "", "[]", "{}", "{\"keys\":{}}", "keys" };
  static const char *const useless[] = {
    "{\"keys\":[]}",
    "{\"keys\":[1,null,\"x\",{},{\"kty\":\"EC\"},{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"\","
    "\"y\":\"AA\"},{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AQ\",\"y\":\"AQ\"}]}",
  };
  g_autoptr (CrSigningKey) key = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_autofree char *jws = sign (key, 1);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new (bad[i], strlen (bad[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (cr_key_set_parse (body, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
    }
  for (guint i = 0; i < G_N_ELEMENTS (useless); i++)
    {
      g_autoptr (CrKeySet) keys = parse_keys (useless[i]);

      g_assert_false (is_good (keys, jws));
    }
}

/* A key that is for another use or algorithm, or has another id, is not tried. */
static void
test_meant (void)
{
  static const struct
  {
    const char *name;
    const char *value;
    gboolean is_good;
  } rows[] = {
    { "use", NULL, TRUE },     { "use", "enc", FALSE }, { "alg", NULL, TRUE },
    { "alg", "ES256", FALSE }, { "kid", NULL, TRUE },   { "kid", "other", FALSE },
    { "crv", "P-256", FALSE }, { "kty", "RSA", FALSE },
  };
  g_autoptr (CrSigningKey) key = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_autofree char *jws = sign (key, 1);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (JsonObject) jwk = cr_signing_key_to_jwk (key);
      g_autofree char *text = NULL;
      g_autofree char *set = NULL;
      g_autoptr (CrKeySet) keys = NULL;

      if (rows[i].value == NULL)
        json_object_remove_member (jwk, rows[i].name);
      else
        json_object_set_string_member (jwk, rows[i].name, rows[i].value);
      text = cr_json_object_to_text (jwk, FALSE);
      set = g_strdup_printf ("{\"keys\":[{\"kty\":\"oct\"},%s]}", text);
      keys = parse_keys (set);
      g_assert_cmpint (is_good (keys, jws), ==, rows[i].is_good);
    }
}

static void
test_assertion (void)
{
  g_autoptr (CrSigningKey) key = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_autoptr (CrKeySet) keys = set_of (key);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *jws =
          cr_client_assertion_new (key, "the client", "https://ehr.example/token", 5000999, &error);
      g_autoptr (GBytes) payload = cr_key_set_verify (keys, jws, &error);
      g_auto (GStrv) parts = g_strsplit (jws, ".", 3);
      g_autofree guint8 *header = NULL;
      gsize n_header = 0;
      g_autoptr (JsonObject) head = NULL;
      g_autoptr (JsonObject) claims = NULL;
      gint64 at = 0;

      g_assert_no_error (error);
      claims = cr_json_parse (g_bytes_get_data (payload, NULL), (gssize) g_bytes_get_size (payload),
                              "It", &error);
      g_assert_no_error (error);
      g_assert_cmpstr (cr_json_string (claims, "iss"), ==, "the client");
      g_assert_cmpstr (cr_json_string (claims, "sub"), ==, "the client");
      g_assert_cmpstr (cr_json_string (claims, "aud"), ==, "https://ehr.example/token");
      g_assert_true (cr_json_int (claims, "exp", &at));
      g_assert_cmpint (at, >, 5000);
      g_assert_cmpint (at, <=, 5000 + 300);
      g_assert_cmpuint (strlen (cr_json_string (claims, "jti")), >=, 22);
      g_assert_true (g_hash_table_add (seen, g_strdup (cr_json_string (claims, "jti"))));

      header = cr_base64url_decode (parts[0], &n_header);
      head = cr_json_parse ((char *) header, (gssize) n_header, "It", &error);
      g_assert_no_error (error);
      g_assert_cmpstr (cr_json_string (head, "alg"), ==, "ES384");
      g_assert_cmpstr (cr_json_string (head, "typ"), ==, "JWT");
      g_assert_cmpstr (cr_json_string (head, "kid"), ==, cr_signing_key_get_id (key));
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/jws/vectors", test_vectors);
  g_test_add_func ("/net/jws/thumbprint", test_thumbprint);
  g_test_add_func ("/net/jws/tampered", test_tampered);
  g_test_add_func ("/net/jws/zero", test_zero);
  g_test_add_func ("/net/jws/sets", test_sets);
  g_test_add_func ("/net/jws/meant", test_meant);
  g_test_add_func ("/net/jws/assertion", test_assertion);
  return g_test_run ();
}
