/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fhir/cr-span.h"

#include <string.h>

static const char *const good[] = {
  "{}",
  "[]",
  " \t\r\n{ } ",
  "\"\"",
  "0",
  "-0",
  "-0.0",
  "1e-3",
  "1E+2",
  "12345678901234567890123456789012345678901234567890.1234567890",
  "true",
  "false",
  "null",
  "[1,2,[3,{}]]",
  "{\"a\":{\"b\":[null,true]}}",
  "\"\\u00dc\\/\\\\\\\"\\b\\f\\n\\r\\t\"",
  "{\"\":1,\"\":2}",
  "\"\x7f\xff\"",
  "\xef\xbb\xbf{}",
};

static const struct
{
  const char *text;
  CrSpanFault fault;
  gsize at;
} bad[] = {
  { "", CR_SPAN_EMPTY, 0 },
  { " \n", CR_SPAN_EMPTY, 0 },
  { "\xef\xbb\xbf", CR_SPAN_EMPTY, 0 },
  { "{", CR_SPAN_CUT_SHORT, 1 },
  { "[1,", CR_SPAN_CUT_SHORT, 3 },
  { "{\"a\"", CR_SPAN_CUT_SHORT, 4 },
  { "{\"a\":", CR_SPAN_CUT_SHORT, 5 },
  { "{\"a\":\"b", CR_SPAN_CUT_SHORT, 7 },
  { "\"\\", CR_SPAN_CUT_SHORT, 2 },
  { "\"\\u12", CR_SPAN_CUT_SHORT, 5 },
  { "tru", CR_SPAN_CUT_SHORT, 3 },
  { "-", CR_SPAN_CUT_SHORT, 1 },
  { "1.", CR_SPAN_CUT_SHORT, 2 },
  { "1e+", CR_SPAN_CUT_SHORT, 3 },
  { "[1,]", CR_SPAN_BAD_CHARACTER, 3 },
  { "{\"a\":1,}", CR_SPAN_BAD_CHARACTER, 7 },
  { "[1 2]", CR_SPAN_BAD_CHARACTER, 3 },
  { "{\"a\" 1}", CR_SPAN_BAD_CHARACTER, 5 },
  { "{a:1}", CR_SPAN_BAD_CHARACTER, 1 },
  { "{1:1}", CR_SPAN_BAD_CHARACTER, 1 },
  { "[}", CR_SPAN_BAD_CHARACTER, 1 },
  { "{]", CR_SPAN_BAD_CHARACTER, 1 },
  { "nul]", CR_SPAN_BAD_CHARACTER, 3 },
  { "NaN", CR_SPAN_BAD_CHARACTER, 0 },
  { "'a'", CR_SPAN_BAD_CHARACTER, 0 },
  { "// x\n1", CR_SPAN_BAD_CHARACTER, 0 },
  { "+1", CR_SPAN_BAD_CHARACTER, 0 },
  { ".5", CR_SPAN_BAD_CHARACTER, 0 },
  { "01", CR_SPAN_TRAILING, 1 },
  { "1x", CR_SPAN_TRAILING, 1 },
  { "{} {}", CR_SPAN_TRAILING, 3 },
  { "[1.]", CR_SPAN_BAD_NUMBER, 3 },
  { "[-]", CR_SPAN_BAD_NUMBER, 2 },
  { "[1e]", CR_SPAN_BAD_NUMBER, 3 },
  { "[\"\\x\"]", CR_SPAN_BAD_STRING, 3 },
  { "[\"\\u12g4\"]", CR_SPAN_BAD_STRING, 6 },
  { "[\"a\nb\"]", CR_SPAN_BAD_STRING, 3 },
  { "[\"0123456789abcdef\tb\"]", CR_SPAN_BAD_STRING, 18 },
};

static void
test_good (void)
{
  g_auto (CrSpans) spans = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (cr_spans_scan (&spans, good[i], strlen (good[i])));
      g_assert_cmpint (spans.fault, ==, CR_SPAN_OK);
    }
}

static void
test_bad (void)
{
  g_auto (CrSpans) spans = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *copy = g_memdup2 (bad[i].text, strlen (bad[i].text) + 1);

      g_test_message ("%s", bad[i].text);
      g_assert_false (cr_spans_scan (&spans, copy, strlen (copy)));
      g_assert_cmpint (spans.fault, ==, bad[i].fault);
      if (bad[i].fault != CR_SPAN_EMPTY)
        g_assert_cmpuint (spans.fault_at, ==, bad[i].at);
    }
}

/* Every front of a good text is a bad one, and cut short where it ends. */
static void
test_each_cut (void)
{
  static const char text[] = "{\"a\":[1.5e3,\"\\u00dc\xc3\xbc\",true,null],\"b\":{\"c\":\"d\"}}";
  g_auto (CrSpans) spans = { 0 };

  for (gsize n = 1; n < strlen (text); n++)
    {
      g_autofree char *front = g_memdup2 (text, n);

      g_assert_false (cr_spans_scan (&spans, front, n));
      g_assert_cmpint (spans.fault, ==, CR_SPAN_CUT_SHORT);
      g_assert_cmpuint (spans.fault_at, ==, n);
    }
}

static void
test_depth (void)
{
  g_auto (CrSpans) spans = { 0 };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < CR_SPAN_MAX_DEPTH; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < CR_SPAN_MAX_DEPTH; i++)
    g_string_append_c (text, ']');
  g_assert_true (cr_spans_scan (&spans, text->str, text->len));

  g_string_truncate (text, 0);
  for (guint i = 0; i < 10000; i++)
    g_string_append (text, "{\"a\":");
  g_assert_false (cr_spans_scan_named (&spans, text->str, text->len, "The answer", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
  g_assert_cmpstr (error->message, ==, "The answer is nested deeper than 512 levels at byte 2560");
}

static void
test_find (void)
{
  static const char text[] = "{\"a\":[{\"b\":1.10},{\"b\":2}],\"c\":{\"d\\u0065\":\"x\\ny\"},"
                             "\"e\":[],\"f\":1,\"f\":\"last\"}";
  g_auto (CrSpans) spans = { 0 };
  g_autofree char *number = NULL;
  g_autofree char *string = NULL;
  g_autofree char *last = NULL;

  g_assert_true (cr_spans_scan (&spans, text, strlen (text)));
  number = cr_spans_dup (&spans, cr_spans_find (&spans, 0, "a.b"));
  g_assert_cmpstr (number, ==, "1.10");
  string = cr_spans_dup (&spans, cr_spans_find (&spans, 0, "c.de"));
  g_assert_cmpstr (string, ==, "x\ny");
  last = cr_spans_dup (&spans, cr_spans_find (&spans, 0, "f"));
  g_assert_cmpstr (last, ==, "last");
  g_assert_cmpuint (cr_spans_find (&spans, 0, "e.x"), ==, CR_SPAN_NONE);
  g_assert_cmpuint (cr_spans_find (&spans, 0, "c.de.x"), ==, CR_SPAN_NONE);
  g_assert_cmpuint (cr_spans_member_of_kind (&spans, 0, "c", CR_SPAN_KIND_ARRAY), ==, CR_SPAN_NONE);
}

static void
test_text (void)
{
  static const struct
  {
    const char *content;
    const char *text;
  } rows[] = {
    { "plain", "plain" },
    { "a\\/b\\\\c\\\"d", "a/b\\c\"d" },
    { "\\b\\f\\n\\r\\t", "\b\f\n\r\t" },
    { "\\u00dc", "\xc3\x9c" },
    { "\\ud83d\\ude00", "\xf0\x9f\x98\x80" },
    { "\\ud83dx", "\xef\xbf\xbdx" },
    { "\\ud83d\\u0041", "\xef\xbf\xbd"
                        "A" },
    { "\\ude00", "\xef\xbf\xbd" },
    { "a\\u0000b", "a\xef\xbf\xbd"
                   "b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GString) decoded = g_string_new (NULL);

      cr_span_decode (decoded, rows[i].content, strlen (rows[i].content));
      g_assert_cmpstr (decoded->str, ==, rows[i].text);
    }
}

static void
test_escape (void)
{
  g_autoptr (GString) escaped = g_string_new (NULL);
  g_autoptr (GString) back = g_string_new (NULL);
  static const char text[] = "a\"b\\c/d\n\x01\xc3\x9c";

  cr_span_escape (escaped, text, strlen (text));
  g_assert_cmpstr (escaped->str, ==, "a\\\"b\\\\c/d\\u000a\\u0001\xc3\x9c");
  cr_span_decode (back, escaped->str, escaped->len);
  g_assert_cmpstr (back->str, ==, text);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/span/good", test_good);
  g_test_add_func ("/fhir/span/bad", test_bad);
  g_test_add_func ("/fhir/span/each-cut", test_each_cut);
  g_test_add_func ("/fhir/span/depth", test_depth);
  g_test_add_func ("/fhir/span/find", test_find);
  g_test_add_func ("/fhir/span/text", test_text);
  g_test_add_func ("/fhir/span/escape", test_escape);
  return g_test_run ();
}
