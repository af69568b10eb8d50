/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fhir/cr-resource.h"

#include <string.h>

static void
test_to_line (void)
{
  static const struct
  {
    const char *before;
    const char *after;
  } rows[] = {
    { "{\n  \"a\": 1.10,\r\n  \"b\": \"x\\ny\"\n}\n", "{  \"a\": 1.10,  \"b\": \"x\\ny\"}" },
    { "\r{\t\"a\" : -0 }\r", "{\t\"a\" : -0 }" },
    { "{\"a\":\"\xe2\x80\xa8\"}", "{\"a\":\"\xe2\x80\xa8\"}" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (rows[i].before, strlen (rows[i].before));
      g_autoptr (GBytes) line = cr_resource_to_line (body);

      g_assert_cmpmem (g_bytes_get_data (line, NULL), g_bytes_get_size (line), rows[i].after,
                       strlen (rows[i].after));
      g_assert_cmpint (line == body, ==, strcmp (rows[i].before, rows[i].after) == 0);
    }
}

static void
test_pretty (void)
{
  static const char text[] =
      "{\"b\":[1.10,-0,1e-3,{}, [ ]],\n\"a\":{\"c\":\"\\u00dc\\/\",\"d\":null}}";
  g_autofree char *pretty = cr_resource_pretty (text, strlen (text));
  g_autofree char *damaged = cr_resource_pretty ("{\"a\":\"\xff\"}", 9);
  g_autofree char *no_json = cr_resource_pretty ("<a>\xff", 4);

  g_assert_cmpstr (pretty, ==,
                   "{\n  \"b\": [\n    1.10,\n    -0,\n    1e-3,\n    {},\n    []\n  ],\n"
                   "  \"a\": {\n    \"c\": \"\\u00dc\\/\",\n    \"d\": null\n  }\n}");
  g_assert_cmpstr (damaged, ==, "{\n  \"a\": \"\xef\xbf\xbd\"\n}");
  g_assert_cmpstr (no_json, ==, "<a>\xef\xbf\xbd");
}

static void
test_identity (void)
{
  static const char text[] = "{\"id\":\"a\\/b\",\"x\":{\"id\":\"no\"},\"resourceType\":\"Basic\"}";
  g_autofree char *type = NULL;
  g_autofree char *id = NULL;
  g_autofree char *no_id = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_resource_identity (text, strlen (text), &type, &id, NULL));
  g_assert_cmpstr (type, ==, "Basic");
  g_assert_cmpstr (id, ==, "a/b");
  g_assert_true (cr_resource_identity ("{\"resourceType\":\"Basic\"}", 24, NULL, &no_id, NULL));
  g_assert_null (no_id);
  g_assert_false (cr_resource_identity ("{\"id\":\"1\"}", 10, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
}

static void
test_outcome (void)
{
  static const struct
  {
    const char *issues;
    const char *severity;
    const char *code;
    const char *text;
  } rows[] = {
    { "[{\"severity\":\"error\",\"code\":\"required\",\"details\":{\"text\":\"No category\"},"
      "\"diagnostics\":\"add\\n one\"}]",
      "error", "required", "No category; add  one" },
    { "[{\"severity\":\"warning\",\"code\":\"a\",\"diagnostics\":\"w\"},{\"severity\":\"fatal\","
      "\"code\":\"b\","
      "\"diagnostics\":\"f\"},{\"severity\":\"information\",\"code\":\"c\"}]",
      "fatal", "b", "w; f; c" },
    { "[{\"severity\":\"information\",\"code\":\"x\",\"details\":{\"coding\":[{\"code\":\"MSG\","
      "\"display\":"
      "\"Shown\"}]}}]",
      "information", "x", "Shown" },
    { "[{\"severity\":\"error\",\"code\":\"x\",\"details\":{\"coding\":[{\"code\":\"MSG\"}]}}]",
      "error", "x", "MSG" },
    { "[{\"severity\":\"terrible\",\"code\":\"x\"}]", "error", "x", "x" },
    { "[]", "error", NULL, "No reason was given" },
    { "[1,{}]", "error", NULL, "No reason was given" },
    { "\"x\"", "error", NULL, "No reason was given" },
    { "[{\"severity\":\"error\",\"diagnostics\":\"same\"},{\"severity\":\"error\",\"diagnostics\":"
      "\"same\"}]",
      "error", NULL, "same" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *body =
          g_strdup_printf ("{\"resourceType\":\"OperationOutcome\",\"issue\":%s}", rows[i].issues);
      g_autofree char *severity = NULL;
      g_autofree char *code = NULL;
      g_autofree char *text = cr_outcome_text (body, strlen (body), &severity, &code);

      g_assert_cmpstr (text, ==, rows[i].text);
      g_assert_cmpstr (severity, ==, rows[i].severity);
      g_assert_cmpstr (code, ==, rows[i].code);
    }
}

static void
test_no_outcome (void)
{
  static const char *const rows[] = { "", "<html>", "{}", "{\"resourceType\":\"Patient\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_null (cr_outcome_text (rows[i], strlen (rows[i]), NULL, NULL));
}

/* A page of words would help nobody and fills the store. */
static void
test_long_outcome (void)
{
  g_autofree char *words = g_strnfill (5000, 'x');
  g_autofree char *body =
      g_strdup_printf ("{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":"
                       "\"error\",\"diagnostics\":\"\xc3\xa9%s\"}]}",
                       words);
  g_autofree char *text = cr_outcome_text (body, strlen (body), NULL, NULL);

  g_assert_cmpuint (strlen (text), <=, 1010);
  g_assert_true (g_str_has_suffix (text, "x…"));
}

static void
test_demographics (void)
{
  static const char text[] =
      "{\"resourceType\":\"Patient\",\"name\":[{\"use\":\"official\",\"family\":\"M\\u00fcller\","
      "\"given\":[\"Anna\","
      "\" Maria \"],\"prefix\":[\"Dr.\"],\"text\":\"ignored\"},{\"text\":\"Anni "
      "M\"},{},{\"family\":\"\"}],"
      "\"birthDate\":\"1970-01\",\"gender\":\"F\"}";
  g_autoptr (CrDemographics) read = cr_demographics_read (text, strlen (text), NULL);
  g_autoptr (CrDemographics) bare =
      cr_demographics_read ("{\"resourceType\":\"Patient\"}", 26, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_strv_length (read->names), ==, 2);
  g_assert_cmpstr (read->names[0], ==, "Dr. Anna Maria M\xc3\xbcller");
  g_assert_cmpstr (read->names[1], ==, "Anni M");
  g_assert_cmpstr (read->birth_date, ==, "1970-01");
  g_assert_cmpstr (read->sex, ==, "F");
  g_assert_cmpuint (g_strv_length (bare->names), ==, 0);
  g_assert_null (bare->birth_date);
  g_assert_null (cr_demographics_read ("{\"resourceType\":\"Basic\"}", 24, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/resource/to-line", test_to_line);
  g_test_add_func ("/fhir/resource/pretty", test_pretty);
  g_test_add_func ("/fhir/resource/identity", test_identity);
  g_test_add_func ("/fhir/resource/outcome", test_outcome);
  g_test_add_func ("/fhir/resource/no-outcome", test_no_outcome);
  g_test_add_func ("/fhir/resource/long-outcome", test_long_outcome);
  g_test_add_func ("/fhir/resource/demographics", test_demographics);
  return g_test_run ();
}
