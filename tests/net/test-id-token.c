/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "net/cr-id-token.h"
#include "net/cr-signing-key.h"

#define NOW_S 1792567680
#define GOOD                                                                                       \
  "\"iss\":\"https://ehr.example\",\"aud\":\"app\",\"sub\":\"u1\",\"iat\":1792567670,"             \
  "\"exp\":1792568280,\"nonce\":\"n1\",\"fhirUser\":\"Patient/p1\""

/* A later member takes the place of an earlier one of the same name. */
static const struct
{
  const char *name;
  const char *change;
  const char *nonce;
  const char *words; /* NULL: it is believed */
} rows[] = {
  { "good", "\"x\":1", "n1", NULL },
  { "no-nonce-sent", "\"nonce\":\"other\"", NULL, NULL },
  { "several-audiences", "\"aud\":[\"api\",\"app\"]", "n1", NULL },
  { "authorized-party", "\"aud\":[\"api\",\"app\"],\"azp\":\"app\"", "n1", NULL },
  { "fractions", "\"iat\":1792567670.5,\"exp\":1792568280.25", "n1", NULL },
  { "a-little-late", "\"exp\":1792567600", "n1", NULL },
  { "a-little-early", "\"iat\":1792567760", "n1", NULL },
  { "wrong-issuer", "\"iss\":\"https://evil.example\"", "n1", "another server" },
  { "longer-issuer", "\"iss\":\"https://ehr.example/\"", "n1", "another server" },
  { "no-issuer", "\"iss\":null", "n1", "another server" },
  { "wrong-audience", "\"aud\":\"other\"", "n1", "another app" },
  { "no-audience", "\"aud\":[]", "n1", "another app" },
  { "other-party", "\"aud\":[\"api\",\"app\"],\"azp\":\"api\"", "n1", "another app" },
  { "expired", "\"exp\":1792567500", "n1", "expired" },
  { "no-expiry", "\"exp\":null", "n1", "expired" },
  { "text-expiry", "\"exp\":\"1792568280\"", "n1", "expired" },
  { "from-the-future", "\"iat\":1792568000", "n1", "future" },
  { "no-issue-time", "\"iat\":null", "n1", "future" },
  { "not-yet", "\"nbf\":1792568000", "n1", "not valid yet" },
  { "wrong-nonce", "\"nonce\":\"n2\"", "n1", "this sign-in" },
  { "no-nonce", "\"nonce\":null", "n1", "this sign-in" },
  { "no-subject", "\"sub\":null", "n1", "who signed in" },
};

static CrSigningKey *key;
static CrKeySet *keys;

static char *
sign (const char *change)
{
  g_autofree char *text = g_strdup_printf ("{%s,%s}", GOOD, change);
  g_autoptr (JsonObject) claims = cr_json_parse (text, -1, "It", NULL);

  g_assert_nonnull (claims);
  return cr_signing_key_sign (key, claims, NULL);
}

static CrIdToken *
check (const char *id_token, const char *nonce, GError **error)
{
  CrIdTokenRules rules = { "https://ehr.example", "app", nonce, NOW_S * G_GINT64_CONSTANT (1000) };

  return cr_id_token_check (id_token, keys, &rules, error);
}

static void
test_row (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree char *id_token = sign (rows[i].change);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrIdToken) checked = check (id_token, rows[i].nonce, &error);

  if (rows[i].words == NULL)
    {
      g_assert_no_error (error);
      g_assert_cmpstr (checked->fhir_user, ==, "Patient/p1");
      g_assert_cmpstr (checked->subject, ==, "u1");
      return;
    }
  g_assert_null (checked);
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
  g_assert_nonnull (strstr (error->message, rows[i].words));
  g_assert_null (strstr (error->message, "p1"));
}

static void
test_no_patient (void)
{
  g_autofree char *id_token = sign ("\"fhirUser\":null");
  g_autoptr (CrIdToken) checked = check (id_token, "n1", NULL);

  g_assert_nonnull (checked);
  g_assert_null (checked->fhir_user);
}

static void
assert_refused (const char *id_token)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (check (id_token, "n1", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
}

static void
test_bad_signature (void)
{
  g_autoptr (CrSigningKey) other = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  g_autoptr (JsonObject) claims = cr_json_parse ("{" GOOD "}", -1, "It", NULL);
  g_autofree char *foreign = cr_signing_key_sign (other, claims, NULL);
  g_autofree char *good = cr_signing_key_sign (key, claims, NULL);

  assert_refused (foreign);
  good[strlen (good) - 20] ^= 1;
  assert_refused (good);
  assert_refused ("");
  assert_refused ("abc");
}

static void
test_alg_none (void)
{
  g_autofree char *body = cr_base64url_encode ((const guint8 *) "{" GOOD "}", strlen (GOOD) + 2);
  g_autofree char *head = cr_base64url_encode ((const guint8 *) "{\"alg\":\"none\"}", 14);
  g_autofree char *unsigned_one = g_strconcat (head, ".", body, ".", NULL);

  assert_refused (unsigned_one);
}

int
main (int argc, char **argv)
{
  g_autoptr (JsonObject) jwk = NULL;
  g_autofree char *text = NULL;
  g_autofree char *set = NULL;
  g_autoptr (GBytes) body = NULL;
  int result;

  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  key = cr_signing_key_generate (CR_SIGNING_ES384, NULL);
  jwk = cr_signing_key_to_jwk (key);
  text = cr_json_object_to_text (jwk, FALSE);
  set = g_strdup_printf ("{\"keys\":[%s]}", text);
  body = g_bytes_new (set, strlen (set));
  keys = cr_key_set_parse (body, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/net/id-token/", rows[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_row);
    }
  g_test_add_func ("/net/id-token/no-patient", test_no_patient);
  g_test_add_func ("/net/id-token/bad-signature", test_bad_signature);
  g_test_add_func ("/net/id-token/alg-none", test_alg_none);
  result = g_test_run ();
  cr_key_set_free (keys);
  cr_signing_key_unref (key);
  return result;
}
