/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fhir/cr-capability.h"

#include <string.h>

#define OAUTH "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

static CrCapability *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return cr_capability_parse (body, error);
}

static void
test_statement (void)
{
  g_autoptr (CrCapability) self = parse (
      "\xef\xbb\xbf{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"4.0.1\","
      "\"software\":{\"name\":\"S\"},"
      "\"rest\":[{\"mode\":\"client\",\"resource\":[{\"type\":\"Claim\"}]},{\"mode\":\"server\","
      "\"security\":{\"extension\":[{\"url\":\"x\"},{\"url\":\"" OAUTH "\",\"extension\":["
      "{\"url\":\"token\",\"valueUri\":\"https://a.example/t\"},"
      "{\"url\":\"authorize\",\"valueUri\":\"https://a.example/a\"}]}]},\"resource\":["
      "{\"type\":\"Patient\",\"interaction\":[{\"code\":\"read\"}],\"updateCreate\":true},"
      "{\"type\":\"Observation\",\"searchParam\":[{\"name\":\"patient\"},{\"name\":\"category\"}],"
      "\"searchRevInclude\":[\"Provenance:target\"]},7,{}]}]}",
      NULL);
  g_autoptr (CrSmartConfig) config = NULL;

  g_assert_nonnull (self);
  g_assert_cmpstr (cr_capability_get_fhir_version (self), ==, "4.0.1");
  g_assert_cmpstr (cr_capability_get_software (self), ==, "S");
  g_assert_true (cr_capability_lists_types (self));
  g_assert_true (cr_capability_has_type (self, "Patient"));
  g_assert_false (cr_capability_has_type (self, "Claim"));
  g_assert_true (cr_capability_has_search (self, "Observation", "category"));
  g_assert_false (cr_capability_has_search (self, "Observation", "subject"));
  g_assert_true (cr_capability_has_search (self, "Patient", "anything"));
  g_assert_false (cr_capability_has_search (self, "Claim", "patient"));
  g_assert_true (cr_capability_has_interaction (self, "Patient", "read"));
  g_assert_false (cr_capability_has_interaction (self, "Patient", "update"));
  g_assert_true (cr_capability_has_interaction (self, "Observation", "update"));
  g_assert_true (cr_capability_has_revinclude (self, "Observation", "Provenance:target"));
  g_assert_false (cr_capability_has_revinclude (self, "Patient", "Provenance:target"));
  g_assert_true (cr_capability_updates_as_create (self, "Patient"));
  g_assert_false (cr_capability_updates_as_create (self, "Observation"));

  config = cr_smart_config_from_capability (self, NULL);
  g_assert_cmpstr (config->authorization_endpoint, ==, "https://a.example/a");
  g_assert_cmpstr (config->token_endpoint, ==, "https://a.example/t");
  g_assert_false (cr_smart_config_can (config, "permission-v2"));
}

/* A statement is a hint; one that says nothing forbids nothing. */
static void
test_silent_statement (void)
{
  g_autoptr (CrCapability) self = parse ("{\"resourceType\":\"CapabilityStatement\"}", NULL);
  g_autoptr (CrSmartConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (cr_capability_get_fhir_version (self), ==, "");
  g_assert_false (cr_capability_lists_types (self));
  g_assert_true (cr_capability_has_search (self, "Patient", "x"));
  g_assert_true (cr_capability_has_interaction (self, "Patient", "update"));
  config = cr_smart_config_from_capability (self, &error);
  g_assert_null (config);
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
}

static void
test_statement_refusals (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } rows[] = {
    { "{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"3.0.2\"}",
      "The portal speaks FHIR 3.0.2; Chartroom needs R4 (4.0.x)" },
    { "{\"resourceType\":\"Conformance\",\"fhirVersion\":\"1.0.2\"}",
      "The portal speaks FHIR 1.0.2; Chartroom needs R4 (4.0.x)" },
    { "{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"5.0.0\"}",
      "The portal speaks FHIR 5.0.0; Chartroom needs R4 (4.0.x)" },
    { "{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"4.3.0\"}",
      "The portal speaks FHIR 4.3.0; Chartroom needs R4 (4.0.x)" },
    { "<!doctype html>", "The portal's description of itself is a web page, not FHIR in JSON" },
    { "<CapabilityStatement/>", "The portal's description of itself is XML, not FHIR in JSON" },
    { "{\"resourceType\":\"Patient\"}",
      "The portal's description of itself is no FHIR CapabilityStatement; check the address of its "
      "FHIR server" },
    { "[]", "The portal's description of itself is not a JSON object" },
    { "{\"resourceType\":", "The portal's description of itself is cut short at byte 16" },
    { "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":"
      "\"login\"}]}",
      "The portal's description of itself is an error message: login" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (rows[i].text, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
      g_assert_cmpstr (error->message, ==, rows[i].message);
    }
}

static CrSmartConfig *
parse_config (const char *text, GError **error)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return cr_smart_config_parse (body, "https://fhir.example.org/r4", error);
}

static void
test_config (void)
{
  g_autoptr (CrSmartConfig) self = parse_config (
      "{\"issuer\":\"https://i.example\",\"authorization_endpoint\":\"https://a.example/a?x=%20y\","
      "\"token_endpoint\":\"/t\",\"jwks_uri\":\"http://a.example/"
      "j\",\"revocation_endpoint\":\"https://a.example/r\","
      "\"capabilities\":[\"launch-standalone\",\"permission-v2\",7],\"code_challenge_methods_"
      "supported\":[\"S256\"],"
      "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]}",
      NULL);

  g_assert_nonnull (self);
  g_assert_cmpstr (self->issuer, ==, "https://i.example");
  g_assert_cmpstr (self->authorization_endpoint, ==, "https://a.example/a?x=%20y");
  g_assert_cmpstr (self->token_endpoint, ==, "https://fhir.example.org/t");
  g_assert_cmpstr (self->revocation_endpoint, ==, "https://a.example/r");
  g_assert_null (self->jwks_uri);
  g_assert_true (cr_smart_config_can (self, "permission-v2"));
  g_assert_false (cr_smart_config_can (self, "permission-v1"));
  g_assert_cmpstr (self->code_challenge_methods[0], ==, "S256");
  g_assert_cmpstr (self->auth_methods[0], ==, "private_key_jwt");
  g_assert_null (self->scopes_supported);
}

static void
test_config_endpoints (void)
{
  static const struct
  {
    const char *endpoint;
    const char *message; /* NULL: fine */
  } rows[] = {
    { "\"https://a.example/t\"", NULL },
    { "\"http://127.0.0.1:8080/t\"", NULL },
    { "\"http://localhost/t\"", NULL },
    { "\"http://[::1]/t\"", NULL },
    { "\"http://a.example/t\"", "The portal's SMART configuration has a token endpoint at "
                                "a.example that is not protected by https" },
    { "\"http://localhost.a.example/t\"", "The portal's SMART configuration has a token endpoint "
                                          "at localhost.a.example that is not protected by https" },
    { "\"ftp://a.example/t\"", "The portal's SMART configuration has a token endpoint at a.example "
                               "that is not protected by https" },
    { "\"javascript:x\"",
      "The portal's SMART configuration has a token endpoint that is no web address" },
    { "\"\"", "The portal's SMART configuration names no token endpoint" },
    { "7", "The portal's SMART configuration names no token endpoint" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{\"authorization_endpoint\":\"https://a.example/a\",\"token_endpoint\":%s}",
          rows[i].endpoint);
      g_autoptr (GError) error = NULL;
      g_autoptr (CrSmartConfig) self = parse_config (text, &error);

      g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].message);
      g_assert_cmpint (self != NULL, ==, rows[i].message == NULL);
    }
}

static void
test_config_refusals (void)
{
  static const char *const rows[] = { "",
                                      "<html>",
                                      "[]",
                                      "{}",
                                      "{\"token_endpoint\":\"https://a.example/t\"}",
                                      "{\"authorization_endpoint\":\"https://a.example/t\"" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse_config (rows[i], &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/capability/statement", test_statement);
  g_test_add_func ("/fhir/capability/silent-statement", test_silent_statement);
  g_test_add_func ("/fhir/capability/statement-refusals", test_statement_refusals);
  g_test_add_func ("/fhir/capability/config", test_config);
  g_test_add_func ("/fhir/capability/config-endpoints", test_config_endpoints);
  g_test_add_func ("/fhir/capability/config-refusals", test_config_refusals);
  return g_test_run ();
}
