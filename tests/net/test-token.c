/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-time.h"
#include "net-test.h"
#include "net/cr-token.h"

static const struct
{
  const char *url;
  const char *origin;
  gboolean is_allowed;
} urls[] = {
  { "https://fhir.example.org/r4", "https://fhir.example.org:443", TRUE },
  { "HTTPS://FHIR.Example.ORG/r4", "https://fhir.example.org:443", TRUE },
  { "https://fhir.example.org:8443", "https://fhir.example.org:8443", TRUE },
  { "https://fhir.example.org:443/a?b#c", "https://fhir.example.org:443", TRUE },
  { "https://[2001:db8::1]/r4", "https://[2001:db8::1]:443", TRUE },
  { "http://127.0.0.1:8080/r4", "http://127.0.0.1:8080", TRUE },
  { "http://127.9.9.9", "http://127.9.9.9:80", TRUE },
  { "http://localhost/", "http://localhost:80", TRUE },
  { "http://[::1]:80/", "http://[::1]:80", TRUE },
  { "http://fhir.example.org/r4", "http://fhir.example.org:80", FALSE },
  { "http://192.168.1.10/r4", "http://192.168.1.10:80", FALSE },
  { "http://localhost.example.org/", "http://localhost.example.org:80", FALSE },
  { "http://127.0.0.1.example.org/", "http://127.0.0.1.example.org:80", FALSE },
  { "http://127.0.0.1@example.org/", "http://example.org:80", FALSE },
  { "https://ada:secret@example.org/", "https://example.org:443", FALSE },
  { "ftp://example.org/", NULL, FALSE },
  { "file:///etc/passwd", NULL, FALSE },
  { "https://", NULL, FALSE },
  { "https:///r4", NULL, FALSE },
  { "//example.org/r4", NULL, FALSE },
  { "Patient/1", NULL, FALSE },
  { "", NULL, FALSE },
  { NULL, NULL, FALSE },
};

static void
test_urls (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autofree char *origin = cr_origin_of (urls[i].url);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", urls[i].url);
      g_assert_cmpstr (origin, ==, urls[i].origin);
      g_assert_cmpint (cr_url_is_allowed (urls[i].url, &error), ==, urls[i].is_allowed);
      if (urls[i].is_allowed)
        g_assert_no_error (error);
      else
        g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
      if (error != NULL)
        g_assert_null (strstr (error->message, "secret"));
    }
}

static void
test_fixed (void)
{
  CrToken *token = cr_fixed_token_new ("https://Example.org/fhir", "Bearer abc");
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *value = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (cr_token_get_origin (token), ==, "https://example.org:443");
  cr_token_get_async (token, FALSE, NULL, keep_result, &result);
  g_assert_null (result);
  value = cr_token_get_finish (token, wait_result (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (value, ==, "Bearer abc");

  g_clear_object (&result);
  g_assert_finalize_object (token);
}

static void
test_fixed_cancelled (void)
{
  g_autoptr (CrToken) token = cr_fixed_token_new ("https://example.org", "Bearer abc");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  cr_token_get_async (token, FALSE, cancellable, keep_result, &result);
  g_assert_null (cr_token_get_finish (token, wait_result (&result), &error));
  g_assert_true (cr_error_is_cancelled (error));
}

/* A page that shows the request it could not serve does not bring the token back to where answers
 * are kept; a good answer stays as it came. */
static void
test_repeated (void)
{
  static const char said[] = "{\"HTTP_AUTHORIZATION\":\"Bearer longsecret\"}";
  static const char hidden[] = "{\"HTTP_AUTHORIZATION\":\"Bearer …\"}";
  static const guint statuses[] = { 200, 403, 401 };
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 4);
  g_autoptr (CrToken) token = NULL;
  g_autofree char *url = NULL;
  Fake fake;

  fake_start (&fake, NULL);
  url = fake_url (&fake, "/");
  token = cr_fixed_token_new (fake.uri, "Bearer longsecret");
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      CrRequest request = { .url = url, .token = token };
      const char *expected = statuses[i] == 200 ? said : hidden;
      g_autoptr (GError) error = NULL;
      g_autoptr (CrReply) reply = NULL;
      gsize n_bytes;
      const char *body;

      fake_forget (&fake);
      fake_answer (&fake, statuses[i], NULL, said);
      reply = send_request (client, &request, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (reply->status, ==, statuses[i]);
      body = g_bytes_get_data (reply->body, &n_bytes);
      g_assert_cmpmem (body, n_bytes, expected, strlen (expected));
    }
  fake_stop (&fake);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/token/urls", test_urls);
  g_test_add_func ("/net/token/fixed", test_fixed);
  g_test_add_func ("/net/token/fixed-cancelled", test_fixed_cancelled);
  g_test_add_func ("/net/token/repeated", test_repeated);
  return g_test_run ();
}
