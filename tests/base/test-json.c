/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-json-raw.h"
#include "base/cr-json.h"

#include <string.h>

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object = cr_json_parse (text, -1, "The sample", &error);

  g_assert_no_error (error);
  return object;
}

static void
test_parse_refuses (void)
{
  const char *bad[] = { "",         "{",      "[]",
                        "null",     "1",      "\"x\"",
                        "{\"a\":}", "<html>", "{\"a\":\"\377\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (cr_json_parse (bad[i], -1, "The answer of portal.example", &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
      g_assert_true (g_str_has_prefix (error->message, "The answer of portal.example is not "));
      g_assert_null (strstr (error->message, "html"));
    }
}

static void
test_parse_takes_length (void)
{
  g_autoptr (JsonObject) object = NULL;
  g_autoptr (GError) error = NULL;

  object = cr_json_parse ("{\"a\":\"b\"}rest", 9, "The sample", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_string (object, "a"), ==, "b");
}

static JsonObject *
parse_nested (guint depth, const char *before, GError **error)
{
  g_autofree char *open = g_strnfill (depth - 1, '[');
  g_autofree char *close = g_strnfill (depth - 1, ']');
  g_autofree char *text = g_strconcat (before, "{\"a\":", open, close, "}", NULL);

  return cr_json_parse (text, -1, "The answer", error);
}

/* A server that sends nothing but brackets does not end the program. */
static void
test_parse_deep (void)
{
  static const char *const before[] = { "", "/* \" */", "// \"\n", "# \"\n", "'\"'", "\\\"" };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) deep = parse_nested (128, "", &error);
  g_autoptr (JsonObject) brackets = NULL;
  g_autofree char *many = g_strnfill (500, '[');
  g_autofree char *text = g_strconcat ("{\"a\\\"[\":\"", many, "\"}", NULL);

  g_assert_no_error (error);
  g_assert_nonnull (deep);
  brackets = cr_json_parse (text, -1, "The answer", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_string (brackets, "a\"["), ==, many);
  g_assert_null (parse_nested (129, "", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (before); i++)
    {
      g_assert_null (parse_nested (1000000, before[i], &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
      g_clear_error (&error);
    }
}

static void
test_readers (void)
{
  g_autoptr (JsonObject) object = parse ("{\"s\":\"x\",\"i\":7,\"d\":1.5,\"b\":true,\"n\":null,"
                                         "\"o\":{\"s\":\"y\"},\"a\":[1,\"z\",{}]}");
  gint64 number = 42;

  g_assert_cmpstr (cr_json_string (object, "s"), ==, "x");
  g_assert_true (cr_json_int (object, "i", &number));
  g_assert_cmpint (number, ==, 7);
  g_assert_true (cr_json_bool (object, "b", FALSE));
  g_assert_cmpstr (cr_json_string (cr_json_object (object, "o"), "s"), ==, "y");
  g_assert_nonnull (cr_json_array (object, "a"));
}

static void
test_readers_answer_nothing (void)
{
  g_autoptr (JsonObject) object =
      parse ("{\"s\":\"x\",\"i\":7,\"d\":1.5,\"n\":null,\"o\":{},\"a\":[]}");
  const char *not_strings[] = { "i", "n", "o", "a", "absent" };
  gint64 number = 42;

  for (guint i = 0; i < G_N_ELEMENTS (not_strings); i++)
    g_assert_null (cr_json_string (object, not_strings[i]));
  g_assert_null (cr_json_string (NULL, "s"));
  g_assert_null (cr_json_object (object, "a"));
  g_assert_null (cr_json_array (object, "o"));
  g_assert_false (cr_json_int (object, "d", &number));
  g_assert_false (cr_json_int (object, "s", &number));
  g_assert_cmpint (number, ==, 42);
  g_assert_true (cr_json_bool (object, "i", TRUE));
  g_assert_false (cr_json_bool (object, "absent", FALSE));
}

static void
test_arrays (void)
{
  g_autoptr (JsonObject) object = parse ("{\"a\":[\"x\",1,{\"s\":\"y\"},\"z\"],\"s\":\"x\"}");
  JsonArray *array = cr_json_array (object, "a");
  g_auto (GStrv) strings = cr_json_strv (object, "a");

  g_assert_cmpstr (cr_json_array_string (array, 0), ==, "x");
  g_assert_null (cr_json_array_string (array, 1));
  g_assert_null (cr_json_array_object (array, 0));
  g_assert_cmpstr (cr_json_string (cr_json_array_object (array, 2), "s"), ==, "y");
  g_assert_true (cr_json_array_has (array, "z"));
  g_assert_false (cr_json_array_has (array, "y"));
  g_assert_false (cr_json_array_has (NULL, "y"));
  g_assert_cmpuint (g_strv_length (strings), ==, 2);
  g_assert_cmpstr (strings[1], ==, "z");
  g_assert_null (cr_json_strv (object, "s"));
}

static void
test_writers (void)
{
  const char *const names[] = { "x", "y", NULL };
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *text = NULL;

  cr_json_set_string (object, "s", "a\"b");
  cr_json_set_string (object, "none", NULL);
  cr_json_set_time (object, "at", 1792567680000);
  cr_json_set_time (object, "never", 0);
  cr_json_set_strv (object, "names", names);
  cr_json_set_strv (object, "nobody", NULL);

  text = cr_json_object_to_text (object, FALSE);
  g_assert_cmpstr (
      text, ==,
      "{\"s\":\"a\\\"b\",\"none\":null,\"at\":\"2026-10-21T07:28:00.000Z\",\"never\":null,"
      "\"names\":[\"x\",\"y\"],\"nobody\":null}");
}

/* RFC 8259 section 7: no control character stands in a string as it is. */
static void
test_control_characters (void)
{
  for (char c = 1; c < 0x20; c++)
    {
      const char name[] = { 'a', c, 'b', '\0' };
      g_autoptr (JsonObject) object = json_object_new (), again = NULL;
      g_autofree char *text = NULL;

      json_object_set_string_member (object, name, name);
      text = cr_json_object_to_text (object, FALSE);
      for (const char *p = text; *p != '\0'; p++)
        g_assert_cmpint ((guchar) *p, >=, 0x20);
      again = parse (text);
      g_assert_cmpstr (cr_json_string (again, name), ==, name);
    }
}

/* To the digit, on one line, wherever it stands; what is no object becomes an empty one. */
static void
test_raw (void)
{
  static const char *const texts[][2] = {
    { "{ \"a\" : 1.10,\n \"b\":[1E+2, -0 ] }", "{\"a\":1.10,\"b\":[1E+2,-0]}" },
    { "{\"a b\":\"c \\\" d\\\\\", \"e\" :\t\"\"}", "{\"a b\":\"c \\\" d\\\\\",\"e\":\"\"}" },
    { "{}", "{}" },
    { NULL, "{}" },
    { "[1]", "{}" },
    { "{\"a\":", "{}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (JsonObject) object = json_object_new ();
      JsonObject *inner = json_object_new ();
      g_autofree char *wanted =
          g_strdup_printf ("{\"x\":%s,\"in\":{\"y\":%s,\"z\":\"w\"}}", texts[i][1], texts[i][1]);
      g_autofree char *text = NULL;

      cr_json_set_raw (object, "x", texts[i][0]);
      cr_json_set_raw (inner, "y", texts[i][0]);
      json_object_set_string_member (inner, "z", "w");
      json_object_set_object_member (object, "in", inner);
      text = cr_json_object_to_text (object, FALSE);
      g_assert_cmpstr (text, ==, wanted);
    }
}

int
main (int argc, char *argv[])
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/json/parse-refuses", test_parse_refuses);
  g_test_add_func ("/base/json/parse-takes-length", test_parse_takes_length);
  g_test_add_func ("/base/json/parse-deep", test_parse_deep);
  g_test_add_func ("/base/json/readers", test_readers);
  g_test_add_func ("/base/json/readers-answer-nothing", test_readers_answer_nothing);
  g_test_add_func ("/base/json/arrays", test_arrays);
  g_test_add_func ("/base/json/writers", test_writers);
  g_test_add_func ("/base/json/control-characters", test_control_characters);
  g_test_add_func ("/base/json/raw", test_raw);
  return g_test_run ();
}
