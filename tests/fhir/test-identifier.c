/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fhir/cr-resource.h"

#include <string.h>

#define NEW "{\"system\":\"urn:s\",\"value\":\"v\\\"1\"}"
#define TAG "{\"system\":\"urn:s\",\"code\":\"v\\\"1\"}"

typedef GBytes *(*Add) (GBytes *body, const char *system, const char *value, GError **error);

typedef struct
{
  const char *before;
  const char *after; /* NULL: nothing changes */
} Row;

static void
check_rows (Add add, const Row *rows, guint n_rows)
{
  for (guint i = 0; i < n_rows; i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (rows[i].before, strlen (rows[i].before));
      g_autoptr (GBytes) changed = add (body, "urn:s", "v\"1", NULL);
      g_autoptr (GBytes) again = NULL;
      g_autofree char *after = NULL;

      g_test_message ("%s", rows[i].before);
      g_assert_nonnull (changed);
      after = g_strndup (g_bytes_get_data (changed, NULL), g_bytes_get_size (changed));
      g_assert_cmpstr (after, ==, rows[i].after != NULL ? rows[i].after : rows[i].before);
      g_assert_cmpint (changed == body, ==, rows[i].after == NULL);
      again = add (changed, "urn:s", "v\"1", NULL);
      g_assert_true (again == changed);
    }
}

static void
test_identifier (void)
{
  static const Row rows[] = {
    { "{\"resourceType\":\"Patient\"}", "{\"resourceType\":\"Patient\",\"identifier\":[" NEW "]}" },
    { "{\"resourceType\":\"Patient\"\n}",
      "{\"resourceType\":\"Patient\",\"identifier\":[" NEW "]\n}" },
    { "{\"resourceType\":\"Patient\",\"identifier\":[]}",
      "{\"resourceType\":\"Patient\",\"identifier\":[" NEW "]}" },
    { "{\"resourceType\":\"Patient\",\"identifier\":[ \n ]}",
      "{\"resourceType\":\"Patient\",\"identifier\":[" NEW " \n ]}" },
    { "{\"resourceType\":\"Patient\",\"identifier\":[ {\"value\":\"x\"} ] }",
      "{\"resourceType\":\"Patient\",\"identifier\":[ {\"value\":\"x\"}," NEW " ] }" },
    { "{\"resourceType\":\"Patient\",\"identifier\":[7,null,\"a\",[{}]]}",
      "{\"resourceType\":\"Patient\",\"identifier\":[7,null,\"a\",[{}]," NEW "]}" },
    { "{\"resourceType\":\"Patient\",\"identifier\":{\"value\":\"x\"}}",
      "{\"resourceType\":\"Patient\",\"identifier\":[{\"value\":\"x\"}," NEW "]}" },
    { "{\"resourceType\":\"Patient\",\"identifier\":null,\"x\":1.10}",
      "{\"resourceType\":\"Patient\",\"identifier\":[" NEW "],\"x\":1.10}" },
    { "{\"resourceType\":\"Patient\",\"identifier\":\"x\"}",
      "{\"resourceType\":\"Patient\",\"identifier\":[\"x\"," NEW "]}" },
    { "{\"resourceType\":\"Patient\",\"contained\":[{\"identifier\":[" NEW "]}]}",
      "{\"resourceType\":\"Patient\",\"contained\":[{\"identifier\":[" NEW
      "]}],\"identifier\":[" NEW "]}" },
    { "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:s\",\"value\":\"v\"}]}",
      "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:s\",\"value\":\"v\"}," NEW
      "]}" },
    { "{\"resourceType\":\"Patient\",\"identifier\":[" NEW "]}", NULL },
    { "{\"resourceType\":\"Patient\",\"identifier\":[{\"use\":\"x\",\"value\":\"v\\u00221\","
      "\"system\":\"urn:\\u0073\"}]}",
      NULL },
  };

  check_rows (cr_resource_add_identifier, rows, G_N_ELEMENTS (rows));
}

static void
test_tag (void)
{
  static const Row rows[] = {
    { "{\"resourceType\":\"Binary\"}",
      "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[" TAG "]}}" },
    { "{\"resourceType\":\"Binary\",\"meta\":{}}",
      "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[" TAG "]}}" },
    { "{\"resourceType\":\"Binary\",\"meta\":{ },\"x\":1E+2}",
      "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[" TAG "] },\"x\":1E+2}" },
    { "{\"resourceType\":\"Binary\",\"meta\":null}",
      "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[" TAG "]}}" },
    { "{\"resourceType\":\"Binary\",\"meta\":{\"versionId\":\"1\"}}",
      "{\"resourceType\":\"Binary\",\"meta\":{\"versionId\":\"1\",\"tag\":[" TAG "]}}" },
    { "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[]}}",
      "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[" TAG "]}}" },
    { "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":null}}",
      "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[" TAG "]}}" },
    { "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[\n{\"code\":\"x\"}\n]}}",
      "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[\n{\"code\":\"x\"}," TAG "\n]}}" },
    { "{\"resourceType\":\"Binary\",\"meta\":{\"tag\":[" TAG "]}}", NULL },
  };

  check_rows (cr_resource_add_tag, rows, G_N_ELEMENTS (rows));
}

static void
test_types (void)
{
  static const char *const without[] = {
    "Binary",       "Bundle",     "Composition", "QuestionnaireResponse",
    "Provenance",   "Parameters", "AuditEvent",  "OperationOutcome",
    "AdverseEvent", "",           "patient",     "Unknown"
  };
  static const char *const with[] = { "Account", "Patient", "Observation", "Medication",
                                      "VisionPrescription" };

  for (guint i = 0; i < G_N_ELEMENTS (with); i++)
    g_assert_true (cr_resource_type_has_identifier (with[i]));
  for (guint i = 0; i < G_N_ELEMENTS (without); i++)
    g_assert_false (cr_resource_type_has_identifier (without[i]));
}

static void
test_refusals (void)
{
  static const char text[] =
      "{\"resourceType\":\"QuestionnaireResponse\",\"identifier\":{\"value\":\"x\"}}";
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr (GBytes) no_resource = g_bytes_new_static ("{}", 2);
  g_autoptr (GError) wrong_type = NULL;
  g_autoptr (GError) no_type = NULL;

  g_assert_null (cr_resource_add_identifier (body, "urn:s", "v", &wrong_type));
  g_assert_error (wrong_type, CR_ERROR, CR_ERROR_BAD_INPUT);
  g_assert_null (cr_resource_add_tag (no_resource, "urn:s", "v", &no_type));
  g_assert_error (no_type, CR_ERROR, CR_ERROR_BAD_REPLY);
}

static void
test_without_id (void)
{
  static const Row rows[] = {
    { "{\"resourceType\":\"Patient\"}", NULL },
    { "{\"resourceType\":\"Patient\",\"contained\":[{\"id\":\"c\"}]}", NULL },
    { "{\"resourceType\":\"Patient\",\"id\":\"x\"}", "{\"resourceType\":\"Patient\"}" },
    { "{\"id\":\"x\",\"resourceType\":\"Patient\"}", "{\"resourceType\":\"Patient\"}" },
    { "{\"resourceType\":\"Patient\", \"id\" : \"x\" ,\n \"n\":1.10}",
      "{\"resourceType\":\"Patient\", \"n\":1.10}" },
    { "{\"resourceType\":\"Patient\",\n\"id\":\"x\"\n}", "{\"resourceType\":\"Patient\"\n}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (rows[i].before, strlen (rows[i].before));
      g_autoptr (GBytes) changed = cr_resource_without_id (body, NULL);
      g_autofree char *after =
          g_strndup (g_bytes_get_data (changed, NULL), g_bytes_get_size (changed));

      g_assert_cmpstr (after, ==, rows[i].after != NULL ? rows[i].after : rows[i].before);
      g_assert_cmpint (changed == body, ==, rows[i].after == NULL);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/identifier/identifier", test_identifier);
  g_test_add_func ("/fhir/identifier/tag", test_tag);
  g_test_add_func ("/fhir/identifier/types", test_types);
  g_test_add_func ("/fhir/identifier/without-id", test_without_id);
  g_test_add_func ("/fhir/identifier/refusals", test_refusals);
  return g_test_run ();
}
