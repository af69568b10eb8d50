/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "catalog.h"
#include "fhir/cr-resource.h"

#include <string.h>

static CrSummary *
read_summary (const char *text)
{
  GError *error = NULL;
  CrSummary *summary = cr_summary_read (text, strlen (text), NULL, &error);

  g_assert_no_error (error);
  return summary;
}

static const char *
detail (CrSummary *summary, const char *label)
{
  for (guint i = 0; i < summary->details->len; i++)
    {
      const CrDetail *row = g_ptr_array_index (summary->details, i);

      if (strcmp (row->label, label) == 0)
        return row->value;
    }

  return NULL;
}

static void
test_titles (void)
{
  static const struct
  {
    const char *text;
    const char *title;
    const char *date;
    const char *status;
  } rows[] = {
    { "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"Hemoglobin\"},"
      "\"valueQuantity\":{\"value\":13.10,\"unit\":\"g/"
      "dL\",\"code\":\"x\"},\"effectiveDateTime\":\"2025-01\"}",
      "Hemoglobin 13.10 g/dL", "2025-01", "final" },
    { "{\"resourceType\":\"Observation\",\"code\":{\"text\":\"Temperature\"},"
      "\"valueQuantity\":{\"value\":37.0,\"unit\":\"Cel\"}}",
      "Temperature 37.0 °C", NULL, NULL },
    { "{\"resourceType\":\"Observation\",\"code\":{\"text\":\"Pain\"},"
      "\"valueQuantity\":{\"value\":3,\"code\":\"{score}\"}}",
      "Pain 3 score", NULL, NULL },
    { "{\"resourceType\":\"Observation\",\"code\":{\"text\":\"Rate\"},"
      "\"valueQuantity\":{\"value\":3,\"unit\":\"{beats}/min\"}}",
      "Rate 3 {beats}/min", NULL, NULL },
    { "{\"resourceType\":\"Observation\",\"code\":{\"text\":\"pH\"},"
      "\"valueQuantity\":{\"value\":7.4,\"code\":\"[pH]\"}}",
      "pH 7.4", NULL, NULL },
    { "{\"resourceType\":\"AllergyIntolerance\",\"code\":{\"coding\":[{\"code\":\"1\"},{"
      "\"display\":\"Penicillin\"}]},"
      "\"clinicalStatus\":{\"coding\":[{\"code\":\"active\"}]},\"onsetString\":\"as a child\"}",
      "Penicillin", "as a child", "active" },
    { "{\"resourceType\":\"Patient\",\"name\":[{\"given\":[\"Anna\",\"B.\"],\"family\":\"C\"},{"
      "\"family\":\"D\"}],"
      "\"birthDate\":\"1970\"}",
      "Anna B. C", "1970", NULL },
    { "{\"resourceType\":\"MedicationRequest\",\"status\":\"active\",\"medicationReference\":{"
      "\"reference\":\"#m\"},"
      "\"contained\":[{\"resourceType\":\"Medication\",\"id\":\"m\",\"code\":{\"text\":\"Aspirin\"}"
      "}],"
      "\"authoredOn\":\"2025-02-03\"}",
      "Aspirin", "2025-02-03", "active" },
    { "{\"resourceType\":\"MedicationDispense\",\"medicationCodeableConcept\":{\"coding\":[{"
      "\"code\":\"834061\"}]}}",
      "834061", NULL, NULL },
    { "{\"resourceType\":\"Encounter\",\"class\":{\"code\":\"AMB\",\"display\":\"ambulatory\"},"
      "\"period\":{\"start\":\"2024\",\"end\":\"2025\"}}",
      "ambulatory", "2024 – 2025", NULL },
    { "{\"resourceType\":\"Procedure\"}", "Procedure", NULL, NULL },
    { "{\"resourceType\":\"MedicationStatement\",\"medicationReference\":{\"display\":\"X\","
      "\"reference\":\"#y\"}}",
      "X", NULL, NULL },
    { "{\"resourceType\":\"Goal\",\"description\":{\"text\":\"Walk\\nmore\"}}", "Walk more", NULL,
      NULL },
    { "{\"resourceType\":\"Slot\",\"start\":\"2025\",\"status\":\"free\"}", "Slot", "2025",
      "free" },
    { "{\"resourceType\":\"SupplyDelivery\"}", "Supply delivery", NULL, NULL },
    { "{\"resourceType\":\"Flag\",\"code\":{\"text\":\"Fall risk\"}}", "Fall risk", NULL, NULL },
    { "{\"resourceType\":\"NotYetInvented\",\"name\":\"N\"}", "N", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrSummary) summary = read_summary (rows[i].text);

      g_assert_cmpstr (summary->title, ==, rows[i].title);
      g_assert_cmpstr (summary->date, ==, rows[i].date);
      g_assert_cmpstr (summary->status, ==, rows[i].status);
    }
}

/* Values of every type, as given. */
static void
test_values (void)
{
  static const struct
  {
    const char *member;
    const char *value;
  } rows[] = {
    { "\"valueQuantity\":{\"value\":1.10,\"unit\":\"mg\"}", "1.10 mg" },
    { "\"valueQuantity\":{\"value\":1E+2,\"code\":\"mg\"}", "1E+2 mg" },
    { "\"valueQuantity\":{\"comparator\":\"<\",\"value\":0.0,\"unit\":\"mg\"}", "< 0.0 mg" },
    { "\"valueQuantity\":{\"value\":123456789012345678901234567890.10}",
      "123456789012345678901234567890.10" },
    { "\"valueRange\":{\"low\":{\"value\":1.0,\"unit\":\"x\"},\"high\":{\"value\":2}}",
      "1.0 x – 2" },
    { "\"valueRange\":{\"high\":{\"value\":2}}", "up to 2" },
    { "\"valueRatio\":{\"numerator\":{\"value\":1},\"denominator\":{\"value\":128}}", "1 / 128" },
    { "\"valueString\":\"1/2 tab\"", "1/2 tab" },
    { "\"valueInteger\":-0", "-0" },
    { "\"valueBoolean\":false", "no" },
    { "\"valueDateTime\":\"2025-01-02T03:04:05+01:00\"", "2025-01-02T03:04:05+01:00" },
    { "\"valueTime\":\"08:00:00\"", "08:00:00" },
    { "\"valuePeriod\":{\"start\":\"2025\"}", "since 2025" },
    { "\"valueCodeableConcept\":{\"coding\":[{\"code\":\"c\",\"display\":\"d\"}],\"text\":\"t\"}",
      "t" },
    { "\"valueCodeableConcept\":{\"coding\":[{\"code\":\"c\"},{\"code\":\"e\",\"display\":\"d\"}]}",
      "d" },
    { "\"valueCodeableConcept\":{\"coding\":[{\"code\":\"c\",\"system\":\"urn:local\"}]}", "c" },
    { "\"valueQuantity\":{\"unit\":\"mg\"}", NULL },
    { "\"valueQuantity\":null", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{\"resourceType\":\"Observation\",\"code\":{\"text\":\"c\"},%s}", rows[i].member);
      g_autoptr (CrSummary) summary = read_summary (text);

      g_test_message ("%s", rows[i].member);
      g_assert_cmpstr (detail (summary, "Value"), ==, rows[i].value);
    }
}

static void
test_category (void)
{
  g_autoptr (CrSummary) summary = read_summary (
      "{\"resourceType\":\"Observation\",\"code\":{\"text\":\"x\"},\"category\":[{\"coding\":[{"
      "\"code\":\"vital-signs\"}]},{\"coding\":[{\"code\":\"other\"}]},{\"coding\":[{\"code\":"
      "\"exam\",\"display\":\"Seen\"}]}]}");

  g_assert_cmpstr (detail (summary, "Category"), ==, "Vital signs, other, Seen");
}

static void
test_observation (void)
{
  g_autoptr (CrSummary) summary = read_summary (
      "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"Blood "
      "pressure\"},"
      "\"component\":[{\"code\":{\"text\":\"Systolic\"},\"valueQuantity\":{\"value\":120.0,"
      "\"unit\":\"mmHg\"}},"
      "{\"code\":{\"coding\":[{\"display\":\"Diastolic\"}]},\"dataAbsentReason\":{\"coding\":[{"
      "\"code\":\"unknown\"}]}}],"
      "\"referenceRange\":[{\"low\":{\"value\":90},\"high\":{\"value\":140.0,\"unit\":\"mmHg\"}},{"
      "\"text\":\"see note\"}],"
      "\"interpretation\":[{\"text\":\"High\"},{\"coding\":[{\"code\":\"HH\"}]}],"
      "\"dataAbsentReason\":{\"text\":\"not measured\"},\"note\":[{\"text\":\"sitting\"}],"
      "\"performer\":[{\"reference\":\"Practitioner/1\",\"display\":\"Dr. "
      "X\"},{\"reference\":\"Organization/2\"}]}");

  g_assert_cmpstr (summary->title, ==, "Blood pressure");
  g_assert_cmpstr (detail (summary, "Systolic"), ==, "120.0 mmHg");
  g_assert_cmpstr (detail (summary, "Diastolic"), ==, "no value: unknown");
  g_assert_cmpstr (detail (summary, "Reference range"), ==, "90 – 140.0 mmHg, see note");
  g_assert_cmpstr (detail (summary, "Interpretation"), ==, "High, HH");
  g_assert_cmpstr (detail (summary, "No value because"), ==, "not measured");
  g_assert_cmpstr (detail (summary, "Note"), ==, "sitting");
  g_assert_cmpstr (detail (summary, "Performer"), ==, "Dr. X, Organization/2");
}

static void
test_medication (void)
{
  g_autoptr (CrSummary) summary = read_summary (
      "{\"resourceType\":\"MedicationRequest\",\"medicationCodeableConcept\":{\"text\":\"Aspirin\"}"
      ",\"dosageInstruction\":["
      "{\"text\":\"one "
      "daily\"},{\"timing\":{\"repeat\":{\"frequency\":2,\"period\":1.0,\"periodUnit\":\"d\"}},"
      "\"asNeededBoolean\":true,\"doseAndRate\":[{\"doseQuantity\":{\"value\":0.50,\"unit\":\"mL\"}"
      "}]}],"
      "\"dispenseRequest\":{\"numberOfRepeatsAllowed\":3}}");

  g_assert_cmpstr (detail (summary, "Dosage"), ==, "one daily, 0.50 mL, 2 times in 1.0 d, yes");
  g_assert_cmpstr (detail (summary, "Refills"), ==, "3");
}

static void
test_questionnaire (void)
{
  g_autoptr (CrSummary) summary = read_summary (
      "{\"resourceType\":\"QuestionnaireResponse\",\"questionnaire\":\"http://"
      "q\",\"item\":[{\"linkId\":\"1\","
      "\"text\":\"Group\",\"item\":[{\"linkId\":\"1.1\",\"text\":\"Smoker?\",\"answer\":[{"
      "\"valueBoolean\":true,"
      "\"item\":[{\"linkId\":\"1.1.1\",\"answer\":[{\"valueDecimal\":1.50}]}]}]}]}]}");

  g_assert_cmpstr (summary->title, ==, "http://q");
  g_assert_cmpstr (detail (summary, "Smoker?"), ==, "yes");
  g_assert_cmpstr (detail (summary, "1.1.1"), ==, "1.50");
}

static void
test_unknown_type (void)
{
  g_autoptr (CrSummary) summary =
      read_summary ("{\"resourceType\":\"NutritionOrder\",\"id\":\"1\",\"meta\":{},\"text\":{"
                    "\"div\":\"<div/>\"},\"dateTime\":\"2025\","
                    "\"oralDiet\":{\"x\":1},\"orderer\":{\"display\":\"Dr. "
                    "X\"},\"_dateTime\":{\"id\":\"x\"},\"x\":[1.10,2]}");

  g_assert_cmpuint (summary->details->len, ==, 3);
  g_assert_cmpstr (detail (summary, "Date time"), ==, "2025");
  g_assert_cmpstr (detail (summary, "Orderer"), ==, "Dr. X");
  g_assert_cmpstr (detail (summary, "X"), ==, "1.10, 2");
}

/* What a contained resource holds may point back at it. */
static void
test_circles (void)
{
  g_autoptr (CrSummary) summary = read_summary (
      "{\"resourceType\":\"MedicationRequest\",\"medicationReference\":{\"reference\":\"#m\"},"
      "\"contained\":["
      "{\"id\":\"m\",\"code\":{\"low\":{\"reference\":\"#m\"},\"high\":{\"reference\":\"#m\"}}}]}");

  g_assert_cmpstr (summary->title, ==, "#m");
}

static void
test_damaged (void)
{
  g_autoptr (CrSummary) summary =
      read_summary ("{\"resourceType\":\"Condition\",\"code\":{\"text\":\"M\xfc\\u0000\\ud83d\"}}");
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (summary->title, ==, "M\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  g_assert_null (cr_summary_read ("{}", 2, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
}

static void
test_long_title (void)
{
  g_autofree char *words = g_strnfill (5000, 'x');
  g_autofree char *text =
      g_strdup_printf ("{\"resourceType\":\"Condition\",\"code\":{\"text\":\"%s\"}}", words);
  g_autoptr (CrSummary) summary = read_summary (text);

  g_assert_cmpint (g_utf8_strlen (summary->title, -1), ==, 201);
}

/* What stands between values is in the window's language; what the record says never changes. */
static void
test_language (void)
{
  static const CatalogWords german[] = {
    { "", "Language: de\n" },
    { "record\004%s times in %s %s", "%s-mal in %s %s" },
    { "record\004from %s", "ab %s" },
    { "record\004no", "nein" },
    { "record\004no value: %s", "kein Wert: %s" },
    { "record\004since %s", "seit %s" },
    { "record\004until %s", "bis %s" },
    { "record\004up to %s", "bis zu %s" },
    { "record\004yes", "ja" },
  };
  static const struct
  {
    const char *value;
    const char *german;
    const char *plain;
  } rows[] = {
    { "{\"start\":\"2024\"}", "seit 2024", "since 2024" },
    { "{\"end\":\"2024\"}", "bis 2024", "until 2024" },
    { "{\"start\":\"2023\",\"end\":\"2024\"}", "2023 – 2024", "2023 – 2024" },
    { "{\"low\":{\"value\":1.50}}", "ab 1.50", "from 1.50" },
    { "{\"high\":{\"value\":1.50}}", "bis zu 1.50", "up to 1.50" },
    { "{\"numerator\":{\"value\":1},\"denominator\":{\"value\":2}}", "1 / 2", "1 / 2" },
    { "{\"denominator\":{\"value\":2}}", "/ 2", "/ 2" },
    { "{\"repeat\":{\"frequency\":2,\"period\":1,\"periodUnit\":\"d\"}}", "2-mal in 1 d",
      "2 times in 1 d" },
    { "true", "ja", "yes" },
    { "false", "nein", "no" },
    { "\"since childhood\"", "since childhood", "since childhood" },
    { "\"yes\"", "yes", "yes" },
  };
  g_autoptr (CrLanguage) language = catalog_new (german, G_N_ELEMENTS (german));

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{\"resourceType\":\"Thing\",\"value\":%s}", rows[i].value);
      g_autoptr (CrSummary) said = cr_summary_read (text, strlen (text), language, NULL);
      g_autoptr (CrSummary) plain = read_summary (text);

      g_assert_cmpstr (detail (said, "Value"), ==, rows[i].german);
      g_assert_cmpstr (detail (plain, "Value"), ==, rows[i].plain);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fhir/summary/titles", test_titles);
  g_test_add_func ("/fhir/summary/values", test_values);
  g_test_add_func ("/fhir/summary/observation", test_observation);
  g_test_add_func ("/fhir/summary/category", test_category);
  g_test_add_func ("/fhir/summary/medication", test_medication);
  g_test_add_func ("/fhir/summary/questionnaire", test_questionnaire);
  g_test_add_func ("/fhir/summary/unknown-type", test_unknown_type);
  g_test_add_func ("/fhir/summary/circles", test_circles);
  g_test_add_func ("/fhir/summary/damaged", test_damaged);
  g_test_add_func ("/fhir/summary/long-title", test_long_title);
  g_test_add_func ("/fhir/summary/language", test_language);
  return g_test_run ();
}
