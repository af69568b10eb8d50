/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "fhir/cr-measure.h"

#include <string.h>

static CrMeasure *
parse (const char *body)
{
  return cr_measure_read (body, strlen (body));
}

#define OBSERVATION(more)                                                                          \
  "{\"resourceType\":\"Observation\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\","      \
  "\"code\":\"29463-7\"}],\"text\":\"Weight\"}," more "}"
#define QUANTITY(value) "\"valueQuantity\":{\"value\":" value ",\"unit\":\"kg\",\"code\":\"kg\"}"

static void
test_whole (void)
{
  g_autoptr (CrMeasure) measure =
      parse (OBSERVATION ("\"effectiveDateTime\":\"2021-12-05T06:20:00+01:00\"," QUANTITY (
          "109.10") ",\"referenceRange\":[{\"text\":\"children\"},"
                    "{\"low\":{\"value\":50.5},\"high\":{\"value\":90}}]"));

  g_assert_nonnull (measure);
  g_assert_cmpfloat (measure->value, ==, 109.10);
  g_assert_cmpstr (measure->text, ==, "109.10 kg"); /* as written */
  g_assert_cmpstr (measure->unit, ==, "kg");
  g_assert_cmpstr (measure->date, ==, "2021-12-05T06:20:00+01:00");
  g_assert_cmpint (measure->at_s, ==, 1638681600);
  g_assert_cmpuint (measure->codes->len, ==, 1);
  g_assert_cmpstr (measure->codes->pdata[0], ==, "http://loinc.org|29463-7");
  g_assert_true (measure->has_low && measure->has_high);
  g_assert_cmpfloat (measure->low, ==, 50.5);
  g_assert_cmpfloat (measure->high, ==, 90);
}

/* What has no number, no day or no code cannot be drawn, and “less than 5” is no 5. */
static void
test_none (void)
{
  static const char *const bodies[] = {
    "",
    "[]",
    "{\"resourceType\":\"Observation\"}",
    OBSERVATION ("\"effectiveDateTime\":\"2021\",\"valueString\":\"5\""),
    OBSERVATION (QUANTITY ("5")),
    OBSERVATION ("\"effectiveDateTime\":\"someday\"," QUANTITY ("5")),
    OBSERVATION ("\"effectiveDateTime\":\"2021\",\"valueQuantity\":{\"value\":5,"
                 "\"comparator\":\"<\"}"),
    "{\"resourceType\":\"Observation\",\"effectiveDateTime\":\"2021\"," QUANTITY ("5") "}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_test_message ("%s", bodies[i]);
      g_assert_null (parse (bodies[i]));
    }
}

static void
test_dates (void)
{
  static const struct
  {
    const char *date;
    gint64 at_s;
  } rows[] = { { "2021", 1609459200 }, { "2021-02", 1612137600 }, { "2021-02-03", 1612310400 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *body = g_strdup_printf (
          "{\"code\":{\"text\":\"Weight\"},\"effectiveDateTime\":\"%s\"," QUANTITY ("5") "}",
          rows[i].date);
      g_autoptr (CrMeasure) measure = parse (body);

      g_assert_nonnull (measure);
      g_assert_cmpint (measure->at_s, ==, rows[i].at_s);
    }
}

static void
test_kinds (void)
{
  g_autoptr (CrMeasure) a = parse (OBSERVATION ("\"issued\":\"2021\"," QUANTITY ("5")));
  g_autoptr (CrMeasure) b = parse (OBSERVATION ("\"issued\":\"2022\"," QUANTITY ("6")));
  g_autoptr (CrMeasure) pounds = parse (
      OBSERVATION ("\"issued\":\"2022\",\"valueQuantity\":{\"value\":11,\"code\":\"[lb_av]\"}"));
  g_autoptr (CrMeasure) other =
      parse ("{\"code\":{\"text\":\"Height\"},\"issued\":\"2021\"," QUANTITY ("5") "}");

  g_assert_true (cr_measure_is_of_one_kind (a, b));
  g_assert_false (cr_measure_is_of_one_kind (a, pounds)); /* nothing is converted */
  g_assert_false (cr_measure_is_of_one_kind (a, other));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fhir/measure/whole", test_whole);
  g_test_add_func ("/fhir/measure/none", test_none);
  g_test_add_func ("/fhir/measure/dates", test_dates);
  g_test_add_func ("/fhir/measure/kinds", test_kinds);

  return g_test_run ();
}
