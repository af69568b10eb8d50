/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fhir/cr-resource.h"

#include <string.h>

#define BASE "https://fhir.example.org/r4"

/* Every way a number may be written; none may change. */
#define NUMBERS                                                                                    \
  "[1.10, 0.0, -0, -0.00, 1e-3, 1E+2, 1e400, 9007199254740993, 18446744073709551616, "             \
  "123456789012345678901234567890123456789012345678901234567890, "                                 \
  "0.123456789012345678901234567890123456789012345678901234567890]"

static char *
map_to_new (const char *type, const char *id, gpointer data)
{
  if (strcmp (id, "keep") == 0)
    return NULL;

  return g_strdup_printf ("%s-new \"%s\"", type, id);
}

static char *
map_plain (const char *type, const char *id, gpointer data)
{
  return g_strconcat ("n", id, NULL);
}

static char *
rewrite (const char *text, CrIdMap map)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  GError *error = NULL;
  g_autoptr (GBytes) changed = cr_resource_rewrite_ids (body, BASE "/", map, NULL, &error);

  g_assert_no_error (error);
  return g_strndup (g_bytes_get_data (changed, NULL), g_bytes_get_size (changed));
}

static void
test_ids_and_references (void)
{
  static const struct
  {
    const char *before;
    const char *after;
  } rows[] = {
    { "{\"resourceType\":\"Basic\",\"id\":\"1\"}", "{\"resourceType\":\"Basic\",\"id\":\"n1\"}" },
    { "{ \"id\" : \"1\" ,\r\n \"resourceType\":\"Basic\" }",
      "{ \"id\" : \"n1\" ,\r\n \"resourceType\":\"Basic\" }" },
    { "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient/1\"}}",
      "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient/n1\"}}" },
    { "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient\\/1\"}}",
      "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient/n1\"}}" },
    { "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient/1#x\"}}",
      "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient/n1#x\"}}" },
    { "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient/1/_history/7\"}}",
      "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient/n1\"}}" },
    { "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"" BASE "/Patient/1/_history/7#x\"}}",
      "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient/n1#x\"}}" },
    { "{\"resourceType\":\"Basic\",\"a\":[{\"b\":{\"reference\":\"Patient/"
      "1\"}},{\"reference\":\"Group/2\"}]}",
      "{\"resourceType\":\"Basic\",\"a\":[{\"b\":{\"reference\":\"Patient/"
      "n1\"}},{\"reference\":\"Group/n2\"}]}" },
    { "{\"resourceType\":\"DocumentReference\",\"content\":[{\"attachment\":{\"url\":\"Binary/"
      "1\"}}]}",
      "{\"resourceType\":\"DocumentReference\",\"content\":[{\"attachment\":{\"url\":\"Binary/"
      "n1\"}}]}" },
    { "{\"resourceType\":\"Basic\",\"id\":\"1\",\"contained\":[{\"id\":\"1\",\"x\":{\"reference\":"
      "\"Patient/1\"}}]}",
      "{\"resourceType\":\"Basic\",\"id\":\"n1\",\"contained\":[{\"id\":\"1\",\"x\":{\"reference\":"
      "\"Patient/n1\"}}]}" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *after = rewrite (rows[i].before, map_plain);

      g_assert_cmpstr (after, ==, rows[i].after);
    }
}

static void
test_untouched (void)
{
  static const char *const rows[] = {
    "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"#1\"}}",
    "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"urn:uuid:1\"}}",
    "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"https://other.example.org/Patient/1\"}}",
    "{\"resourceType\":\"Basic\",\"a\":{\"reference\":\"Patient?identifier=1\"}}",
    "{\"resourceType\":\"Basic\",\"a\":{\"display\":\"Patient/1\"},\"b\":{\"url\":\"Patient/1\"}}",
    "{\"resourceType\":\"Basic\",\"a\":{\"id\":\"1\"},\"identifier\":[{\"value\":\"1\"}]}",
    "{\"resourceType\":\"Basic\",\"id\":\"keep\",\"a\":{\"reference\":\"" BASE
    "/Patient/keep/_history/2\"}}",
    "{\"resourceType\":\"Basic\",\"id\":7,\"reference\":{\"reference\":[\"Patient/1\"]}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (rows[i], strlen (rows[i]));
      g_autoptr (GBytes) same = cr_resource_rewrite_ids (body, BASE, map_to_new, NULL, NULL);

      g_test_message ("%s", rows[i]);
      g_assert_true (same == body);
    }
}

/* New ids are escaped; all else stays byte for byte. */
static void
test_bytes (void)
{
  static const char text[] =
      "{\t\"resourceType\": \"Basic\",\n\"id\":\"1\", \"x\" :" NUMBERS
      ",\"y\":\"\\u00dc\\/\\uD83D\xc3\x9c\", \"s\":{\"reference\":\"Patient/2\"} }\n";
  static const char expected[] =
      "{\t\"resourceType\": \"Basic\",\n\"id\":\"Basic-new \\\"1\\\"\", \"x\" :" NUMBERS
      ",\"y\":\"\\u00dc\\/\\uD83D\xc3\x9c\", \"s\":{\"reference\":\"Patient/Patient-new "
      "\\\"2\\\"\"} }\n";
  g_autofree char *after = rewrite (text, map_to_new);

  g_assert_cmpstr (after, ==, expected);
}

static void
test_refusals (void)
{
  static const char *const rows[] = { "", "[]", "{}", "{\"resourceType\":7}",
                                      "{\"resourceType\":\"Basic\"" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (rows[i], strlen (rows[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (cr_resource_rewrite_ids (body, BASE, map_plain, NULL, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
    }
}

static void
test_find (void)
{
  static const char text[] =
      "{\"a\":{\"reference\":\"Patient/1/_history/3\"},\"b\":{\"reference\":\"#x\"},"
      "\"c\":{\"reference\":\"" BASE "/Group/g\"}}";
  g_autoptr (GArray) found = cr_references_find (text, strlen (text), BASE, NULL);
  const CrReferenceSpan *spans = (const void *) found->data;

  g_assert_cmpuint (found->len, ==, 2);
  g_assert_cmpstr (spans[0].type, ==, "Patient");
  g_assert_cmpstr (spans[0].id, ==, "1");
  g_assert_cmpstr (spans[0].version, ==, "3");
  g_assert_cmpmem (text + spans[0].start, spans[0].length, "Patient/1/_history/3", 20);
  g_assert_cmpstr (spans[1].type, ==, "Group");
  g_assert_null (spans[1].version);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/rewrite/ids-and-references", test_ids_and_references);
  g_test_add_func ("/fhir/rewrite/untouched", test_untouched);
  g_test_add_func ("/fhir/rewrite/bytes", test_bytes);
  g_test_add_func ("/fhir/rewrite/refusals", test_refusals);
  g_test_add_func ("/fhir/rewrite/find", test_find);
  return g_test_run ();
}
