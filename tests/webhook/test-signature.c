/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-secret.h"
#include "webhook/cr-signature.h"
#include "webhook/cr-webhook-request.h"

#include <string.h>

/* The example that the Standard Webhooks libraries are tested with. */
static void
test_published_vector (void)
{
  const char *const secrets[] = { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", NULL };
  g_autoptr (GBytes) body = g_bytes_new_static ("{\"test\": 2432232314}", 20);
  g_autofree char *value =
      cr_signature_standard (secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body);

  g_assert_cmpstr (value, ==, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

/* Made with `printf '1614265330.{}' | openssl dgst -sha256 -hmac whsec_abc`. */
static void
test_of_contract (void)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  g_autofree char *value = cr_signature_of_contract ("whsec_abc", 1614265330, body);

  g_assert_cmpstr (
      value, ==,
      "t=1614265330,v1=f4092982f4514cf93a4bc7c6ff6b8007ae43fc49b96b1acb3a964f5d0abc3d1f");
}

static void
test_old_secret_signs_second (void)
{
  const char *const both[] = { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAABBBBCCCCDDDD",
                               NULL };
  const char *const old[] = { both[1], NULL };
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  g_autofree char *value = cr_signature_standard (both, "evt_1", 1, body);
  g_autofree char *second = cr_signature_standard (old, "evt_1", 1, body);
  g_auto (GStrv) parts = g_strsplit (value, " ", -1);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_assert_cmpstr (parts[0], !=, parts[1]);
  g_assert_cmpstr (parts[1], ==, second);
}

static void
test_secrets_differ (void)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, cr_secret_free, NULL);
  guint letters[128] = { 0 };

  for (guint i = 0; i < 1000; i++)
    {
      char *secret = cr_signature_secret_new ();

      g_assert_cmpuint (strlen (secret), ==, 46);
      g_assert_true (g_str_has_prefix (secret, "whsec_"));
      for (const char *at = secret + 6; *at != '\0'; at++)
        {
          g_assert_true (g_ascii_isalnum (*at));
          letters[(guint) *at]++;
        }
      g_assert_true (g_hash_table_add (seen, secret));
    }

  /* 40,000 of 62 letters: 645 each, 25 the deviation */
  for (guint c = 0; c < 128; c++)
    if (g_ascii_isalnum ((char) c))
      g_assert_cmpuint (letters[c], >, 400);
}

/* The bytes that are signed are the same at every attempt. */
static void
test_body (void)
{
  g_autoptr (CrDelivery) delivery = cr_delivery_new ("evt_1");
  g_autoptr (GBytes) body = NULL;

  delivery->type = g_strdup ("records.sync.completed");
  delivery->data = g_strdup ("{\"total\":1.10}");
  delivery->api_version = g_strdup ("2026-04-25");
  delivery->created_ms = 1614265330123;
  body = cr_webhook_body (delivery);
  g_assert_cmpmem (
      g_bytes_get_data (body, NULL), g_bytes_get_size (body),
      "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"records.sync.completed\","
      "\"api_version\":\"2026-04-25\",\"created_at\":\"2021-02-25T15:02:10.123Z\","
      "\"data\":{\"object\":{\"total\":1.10}}}",
      strlen ("{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"records.sync.completed\","
              "\"api_version\":\"2026-04-25\","
              "\"created_at\":\"2021-02-25T15:02:10.123Z\","
              "\"data\":{\"object\":{\"total\":1.10}}}"));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/webhook/signature/published-vector", test_published_vector);
  g_test_add_func ("/webhook/signature/of-contract", test_of_contract);
  g_test_add_func ("/webhook/signature/old-secret-second", test_old_secret_signs_second);
  g_test_add_func ("/webhook/signature/secrets-differ", test_secrets_differ);
  g_test_add_func ("/webhook/signature/body", test_body);
  return g_test_run ();
}
