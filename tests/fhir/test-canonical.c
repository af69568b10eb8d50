/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "fhir/cr-canonical.h"

#include <string.h>

static char *
canonical_of (const char *text)
{
  g_auto (CrSpans) spans = { 0 };
  g_auto (CrCanonical) canonical = { 0 };

  cr_canonical_init (&canonical);
  g_assert_true (cr_spans_scan (&spans, text, strlen (text)));
  return g_strdup (cr_canonical_write (&canonical, &spans, 0)->str);
}

static const char *const equal[][2] = {
  { "{\"a\":1,\"b\":[1,{}]}", " {\n\t\"b\" : [ 1 , { } ] ,\r\n \"a\" : 1 } " },
  { "{\"b\":{\"d\":1,\"c\":2},\"a\":3}", "{\"a\":3,\"b\":{\"c\":2,\"d\":1}}" },
  { "{\"a\":\"\\u00dc\\/\\ud83d\\ude00\"}", "{\"a\":\"\xc3\x9c/\xf0\x9f\x98\x80\"}" },
  { "{\"a\":\"\\n\\t\\b\"}", "{\"a\":\"\\u000A\\u0009\\u0008\"}" },
  { "{\"\\u0061\":1,\"b\":2}", "{\"b\":2,\"a\":1}" },
  { "{\"id\":\"1\",\"meta\":{\"versionId\":\"1\",\"lastUpdated\":\"2025\"}}", "{\"id\":\"1\"}" },
  { "{\"id\":\"1\",\"meta\":{}}", "{\"id\":\"1\"}" },
  { "{\"meta\":{\"versionId\":\"1\",\"source\":\"s\"},\"id\":\"1\"}",
    "{\"id\":\"1\",\"meta\":{\"lastUpdated\":\"x\",\"source\":\"s\",\"versionId\":\"2\"}}" },
};

static const char *const different[][2] = {
  { "{\"a\":1.10}", "{\"a\":1.1}" },
  { "{\"a\":1}", "{\"a\":1.0}" },
  { "{\"a\":0.0}", "{\"a\":-0.0}" },
  { "{\"a\":100}", "{\"a\":1E+2}" },
  { "{\"a\":9007199254740993}", "{\"a\":9007199254740992}" },
  { "{\"a\":1}", "{\"a\":\"1\"}" },
  { "{\"a\":[1,2]}", "{\"a\":[2,1]}" },
  { "{\"a\":1}", "{\"a\":1,\"a\":1}" },
  { "{\"a\":1,\"a\":2}", "{\"a\":2,\"a\":1}" },
  { "{\"a\":null}", "{}" },
  { "{\"a\":\"\\ud83d\"}", "{\"a\":\"\\ud83c\"}" },
  { "{\"a\":\"\\ud83d\"}", "{\"a\":\"\xef\xbf\xbd\"}" },
  { "{\"meta\":{\"tag\":[]}}", "{}" },
  { "{\"meta\":{\"source\":\"a\"}}", "{\"meta\":{\"source\":\"b\"}}" },
  { "{\"a\":{\"meta\":{\"versionId\":\"1\"}}}", "{\"a\":{\"meta\":{\"versionId\":\"2\"}}}" },
  { "{\"contained\":[{\"meta\":{\"versionId\":\"1\"}}]}", "{\"contained\":[{\"meta\":{}}]}" },
  { "{\"versionId\":\"1\"}", "{}" },
};

static void
test_equal (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (equal); i++)
    {
      g_autofree char *a = canonical_of (equal[i][0]);
      g_autofree char *b = canonical_of (equal[i][1]);

      g_assert_cmpstr (a, ==, b);
    }
}

static void
test_different (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (different); i++)
    {
      g_autofree char *a = canonical_of (different[i][0]);
      g_autofree char *b = canonical_of (different[i][1]);

      g_assert_cmpstr (a, !=, b);
    }
}

/* More members than are sorted in place. */
static void
test_wide (void)
{
  g_autoptr (GString) up = g_string_new ("{");
  g_autoptr (GString) down = g_string_new ("{");
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  for (guint i = 0; i < 1000; i++)
    {
      g_string_append_printf (up, "%s\"k%03u\":%u", i > 0 ? "," : "", i, i);
      g_string_append_printf (down, "%s\"k%03u\":%u", i > 0 ? "," : "", 999 - i, 999 - i);
    }
  g_string_append_c (up, '}');
  g_string_append_c (down, '}');

  a = canonical_of (up->str);
  b = canonical_of (down->str);
  g_assert_cmpstr (a, ==, up->str);
  g_assert_cmpstr (b, ==, up->str);
}

static void
test_written_form (void)
{
  g_autofree char *text = canonical_of ("{ \"b\" : [ 1.10, -0, 1e-3 ], \"a\" : \"x\\/\\u0022\\n\", "
                                        "\"meta\" : { \"versionId\" : \"1\" } }");

  g_assert_cmpstr (text, ==, "{\"a\":\"x/\\\"\\u000a\",\"b\":[1.10,-0,1e-3]}");
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/canonical/equal", test_equal);
  g_test_add_func ("/fhir/canonical/different", test_different);
  g_test_add_func ("/fhir/canonical/wide", test_wide);
  g_test_add_func ("/fhir/canonical/written-form", test_written_form);
  return g_test_run ();
}
