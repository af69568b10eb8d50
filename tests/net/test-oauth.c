/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-id.h"
#include "base/cr-time.h"
#include "net-test.h"
#include "net/cr-oauth.h"

typedef struct
{
  Fake fake;
  CrClient *client;
  char *endpoint;
} Fixture;

static gint64 now_ms;

static gint64
test_clock (void)
{
  return now_ms;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  now_ms = G_GINT64_CONSTANT (1792567680000);
  fake_start (&fixture->fake, NULL);
  fixture->client = cr_client_new (test_clock, 4);
  fixture->endpoint = fake_url (&fixture->fake, "/oauth/token");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fake_stop (&fixture->fake);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&fixture->client));
  g_free (fixture->endpoint);
}

static CrOAuthGrant *
ask (Fixture *fixture, CrOAuthRequest request, char **oauth_error, GError **error)
{
  static const char *const parameters[] = { "grant_type", "refresh_token", "refresh_token",
                                            "old secret/+&=", NULL };
  g_autoptr (GAsyncResult) result = NULL;

  request.token_endpoint = fixture->endpoint;
  if (request.parameters == NULL)
    request.parameters = parameters;
  cr_oauth_token_async (fixture->client, &request, NULL, keep_result, &result);
  g_assert_null (result);
  return cr_oauth_token_finish (fixture->client, wait_result (&result), oauth_error, error);
}

static void
test_ways (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    CrOAuthAuth auth;
    const char *id, *secret, *authorization, *body;
  } ways[] = {
    { CR_OAUTH_AUTH_NONE, "app", NULL, NULL, "&client_id=app" },
    { CR_OAUTH_AUTH_POST, "app", "s&cret", NULL, "&client_id=app&client_secret=s%26cret" },
    /* "a:b" and "p%w d", form-encoded before they are joined */
    { CR_OAUTH_AUTH_BASIC, "a:b", "p%w d", "Basic YSUzQWI6cCUyNXcrZA==", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      CrOAuthRequest request = { .auth = ways[i].auth,
                                 .client_id = ways[i].id,
                                 .client_secret = ways[i].secret };
      g_autoptr (CrOAuthGrant) grant = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *body = g_strconcat (
          "grant_type=refresh_token&refresh_token=old+secret%2F%2B%26%3D", ways[i].body, NULL);
      const Asked *asked;

      fake_forget (&fixture->fake);
      fake_answer (
          &fixture->fake, 200, NULL,
          "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"refresh_"
          "token\":\"rt\",\"id_token\":\"it\",\"scope\":\"a b\",\"patient\":\"p1\"}");
      grant = ask (fixture, request, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (grant->access_token, ==, "at");
      g_assert_cmpstr (grant->refresh_token, ==, "rt");
      g_assert_cmpstr (grant->id_token, ==, "it");
      g_assert_cmpstr (grant->scope, ==, "a b");
      g_assert_cmpstr (grant->patient, ==, "p1");
      g_assert_cmpint (grant->expires_in_s, ==, 3600);

      asked = fake_asked (&fixture->fake, i);
      g_assert_cmpstr (asked->method, ==, "POST");
      g_assert_null (asked->query);
      g_assert_cmpstr (asked->body, ==, body);
      g_assert_cmpstr (asked_header (asked, "content-type"), ==,
                       "application/x-www-form-urlencoded");
      g_assert_cmpstr (asked_header (asked, "accept"), ==, "application/json");
      g_assert_cmpstr (asked_header (asked, "authorization"), ==, ways[i].authorization);
    }
}

static void
test_grants (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *answer;
    gint64 expires_in_s;
  } table[] = {
    { "{\"access_token\":\"at\"}", 0 },
    { "{\"access_token\":\"at\",\"token_type\":\"BEARER\",\"expires_in\":\"3599\"}", 3599 },
    { "{\"access_token\":\"at\",\"expires_in\":-1}", 0 },
    { "{\"access_token\":\"at\",\"expires_in\":0}", 0 },
    { "{\"access_token\":\"at\",\"expires_in\":\"soon\"}", 0 },
    { "{\"access_token\":\"at\",\"expires_in\":\"\"}", 0 },
    { "{\"access_token\":\"at\",\"expires_in\":3600.7}", 3600 },
    { "{\"access_token\":\"at\",\"expires_in\":true}", 0 },
    { "{\"access_token\":\"at\",\"expires_in\":null}", 0 },
    { "{\"access_token\":\"at\",\"expires_in\":{}}", 0 },
    { "{\"access_token\":\"at\",\"expires_in\":1e300}", 316224000 },
    { "{\"access_token\":\"at\",\"refresh_token\":\"\",\"patient\":null,\"scope\":[]}", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (CrOAuthGrant) grant = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", table[i].answer);
      fake_forget (&fixture->fake);
      fake_answer (&fixture->fake, 200, NULL, table[i].answer);
      grant = ask (fixture, (CrOAuthRequest){ 0 }, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (grant->access_token, ==, "at");
      g_assert_null (grant->refresh_token);
      g_assert_null (grant->patient);
      g_assert_cmpint (grant->expires_in_s, ==, table[i].expires_in_s);
    }
}

static void
test_refusals (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *answer;
    CrErrorCode code;
    const char *oauth_error;
  } table[] = {
    { 400, "{\"error\":\"invalid_grant\",\"error_description\":\"token secret expired\"}",
      CR_ERROR_SIGN_IN, "invalid_grant" },
    { 401, "{\"error\":\"invalid_client\"}", CR_ERROR_SIGN_IN, "invalid_client" },
    { 400, "{\"error\":\"unauthorized_client\"}", CR_ERROR_SIGN_IN, "unauthorized_client" },
    { 400, "{\"error\":\"invalid_scope\"}", CR_ERROR_SIGN_IN, "invalid_scope" },
    { 403, "{\"error\":\"access_denied\"}", CR_ERROR_SIGN_IN, "access_denied" },
    { 200, "{\"error\":\"invalid_grant\"}", CR_ERROR_SIGN_IN, "invalid_grant" },
    { 400, "{\"error\":\"temporarily_unavailable\"}", CR_ERROR_BUSY, NULL },
    { 400, "{\"error\":\"server_error\"}", CR_ERROR_BUSY, NULL },
    { 503, "{\"error\":\"invalid_grant\"}", CR_ERROR_BUSY, NULL },
    { 500, "<html>Oops</html>", CR_ERROR_BUSY, NULL },
    { 429, "{}", CR_ERROR_BUSY, NULL },
    { 408, "", CR_ERROR_BUSY, NULL },
    { 400, "<html>Bad request</html>", CR_ERROR_BAD_REPLY, NULL },
    { 401, "<html>proxy sign-in</html>", CR_ERROR_BAD_REPLY, NULL },
    { 403, "<html>blocked by firewall</html>", CR_ERROR_REFUSED, NULL },
    { 404, "", CR_ERROR_NOT_FOUND, NULL },
    { 400, "{\"error\":\"in valid\\u0000\"}", CR_ERROR_BAD_REPLY, NULL },
    { 400, "{\"error\":{\"code\":\"x\"}}", CR_ERROR_BAD_REPLY, NULL },
    { 200, "<html>Maintenance</html>", CR_ERROR_BAD_REPLY, NULL },
    { 200, "", CR_ERROR_BAD_REPLY, NULL },
    { 200, "[]", CR_ERROR_BAD_REPLY, NULL },
    { 200, "{}", CR_ERROR_BAD_REPLY, NULL },
    { 200, "{\"access_token\":\"\"}", CR_ERROR_BAD_REPLY, NULL },
    { 200, "{\"access_token\":7}", CR_ERROR_BAD_REPLY, NULL },
    { 200, "{\"access_token\":\"a\\r\\nX-Evil: 1\"}", CR_ERROR_BAD_REPLY, NULL },
    { 200, "{\"access_token\":\"at\",\"token_type\":\"mac\"}", CR_ERROR_BAD_REPLY, NULL },
    { 302, "", CR_ERROR_BAD_REPLY, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (CrOAuthGrant) grant = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *oauth_error = NULL;

      fake_forget (&fixture->fake);
      fake_answer (&fixture->fake, table[i].status, "Location: /elsewhere", table[i].answer);
      grant = ask (fixture,
                   (CrOAuthRequest){
                       .auth = CR_OAUTH_AUTH_POST, .client_id = "a", .client_secret = "secret" },
                   &oauth_error, &error);
      g_test_message ("%u %s: %s", table[i].status, table[i].answer, error->message);
      g_assert_null (grant);
      g_assert_error (error, CR_ERROR, (int) table[i].code);
      g_assert_cmpstr (oauth_error, ==, table[i].oauth_error);
      g_assert_null (strstr (error->message, "secret"));
      g_assert_null (strstr (error->message, "/oauth"));
      /* one use is all a refresh token may have */
      g_assert_cmpuint (fixture->fake.asked->len, ==, i + 1);
    }
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  for (guint during = 0; during < 2; during++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      CrOAuthRequest request = { .token_endpoint = fixture->endpoint };

      fixture->fake.delay_ms = 300;
      fake_answer (&fixture->fake, 200, NULL, "{}");
      if (!during)
        g_cancellable_cancel (cancellable);
      cr_oauth_token_async (fixture->client, &request, cancellable, keep_result, &result);
      if (during)
        wait_for (&fixture->fake.open_now, 1);
      g_cancellable_cancel (cancellable);
      g_assert_null (cr_oauth_token_finish (fixture->client, wait_result (&result), NULL, &error));
      g_assert_true (cr_error_is_cancelled (error));
    }
}

static void
test_pkce (void)
{
  /* RFC 7636 appendix B */
  g_autofree char *challenge = cr_pkce_challenge ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  g_autofree char *verifier = cr_pkce_verifier_new ();
  g_autofree char *another = cr_pkce_verifier_new ();

  g_assert_cmpstr (challenge, ==, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  g_assert_cmpuint (strlen (verifier), ==, 43);
  g_assert_cmpstr (verifier, !=, another);
}

static char *
token_value (CrToken *token, gboolean renew, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_token_get_async (token, renew, NULL, keep_result, &result);
  g_assert_null (result);
  return cr_token_get_finish (token, wait_result (&result), error);
}

static void
test_credentials (Fixture *fixture, gconstpointer data)
{
  CrOAuthRequest request = { .token_endpoint = fixture->endpoint,
                             .auth = CR_OAUTH_AUTH_POST,
                             .client_id = "app",
                             .client_secret = "secret" };
  CrToken *token = cr_client_credentials_token_new (fixture->client, &request, "system/*.write",
                                                    "https://fhir.example.org/r4", test_clock);
  GAsyncResult *results[3] = { NULL };
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (cr_token_get_origin (token), ==, "https://fhir.example.org:443");
  fixture->fake.delay_ms = 20;
  fake_answer (&fixture->fake, 200, NULL, "{\"access_token\":\"one\",\"expires_in\":600}");
  fake_answer (&fixture->fake, 200, NULL, "{\"access_token\":\"two\",\"expires_in\":600}");
  fake_answer (&fixture->fake, 200, NULL, "{\"access_token\":\"three\",\"expires_in\":600}");
  fake_answer (&fixture->fake, 401, NULL, "{\"error\":\"invalid_client\"}");

  /* three who ask at once share one request */
  for (guint i = 0; i < 3; i++)
    cr_token_get_async (token, FALSE, NULL, keep_result, &results[i]);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *value = cr_token_get_finish (token, wait_result (&results[i]), &error);

      g_assert_no_error (error);
      g_assert_cmpstr (value, ==, "Bearer one");
      g_object_unref (results[i]);
    }
  g_assert_cmpuint (fixture->fake.asked->len, ==, 1);
  g_assert_cmpstr (
      fake_asked (&fixture->fake, 0)->body, ==,
      "grant_type=client_credentials&scope=system%2F*.write&client_id=app&client_secret=secret");

  now_ms += 530 * 1000;
  g_free (token_value (token, FALSE, &error));
  g_assert_cmpuint (fixture->fake.asked->len, ==, 1);
  now_ms += 20 * 1000;
  g_free (token_value (token, FALSE, &error));
  g_assert_cmpuint (fixture->fake.asked->len, ==, 2);
  g_free (token_value (token, TRUE, &error));
  g_assert_cmpuint (fixture->fake.asked->len, ==, 3);
  g_assert_no_error (error);
  g_assert_null (token_value (token, TRUE, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
  g_assert_finalize_object (token);
}

#define ADD(path, func) g_test_add ("/net/oauth/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  ADD ("ways", test_ways);
  ADD ("grants", test_grants);
  ADD ("refusals", test_refusals);
  ADD ("cancel", test_cancel);
  g_test_add_func ("/net/oauth/pkce", test_pkce);
  ADD ("credentials", test_credentials);
  return g_test_run ();
}
