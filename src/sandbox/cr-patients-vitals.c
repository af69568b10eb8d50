/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

#define CATEGORY "http://terminology.hl7.org/CodeSystem/observation-category"

typedef struct
{
  const char *code;
  const char *display;
  const char *unit;
  int low, high, decimals;
  const char *profile;
} Vital;

static const Vital vitals[] = {
  { "8867-4", "Heart rate", "/min", 54, 104, 0, "us-core-heart-rate" },
  { "9279-1", "Respiratory rate", "/min", 11, 21, 0, "us-core-respiratory-rate" },
  { "8310-5", "Body temperature", "Cel", 362, 385, 1, "us-core-body-temperature" },
  { "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%", 940, 1000, 1,
    "us-core-pulse-oximetry" },
};

static const Vital weight = { "29463-7", "Body weight", "kg", 0, 0, 2, "us-core-body-weight" };
static const Vital height = { "8302-2", "Body height", "cm", 0, 0, 1, "us-core-body-height" };
static const Vital bmi = { "39156-5",    "Body mass index (BMI) [Ratio]", "kg/m2", 0, 0, 2,
                           "us-core-bmi" };

/**
 * cr_patients_begin_observation:
 * @category: (nullable): of the HL7 category system
 * @coding: LOINC
 *
 * Returns: (transfer none): where the value goes
 */
GString *
cr_patients_begin_observation (CrPen *pen,
                               const char *profile,
                               const char *category,
                               const CrCoding *coding)
{
  GString *out = cr_pen_begin (pen, "Observation", profile, pen->when);

  cr_sandbox_text_add (
      out, ",'status':'final','category':[{'coding':[{'system':'" CATEGORY "','code':%q}]}]",
      category);
  cr_pen_add_coding (out, "code", "http://loinc.org", coding);
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'effectiveDateTime':%T,'issued':%I", pen->when, pen->when + 600000);
  return out;
}

static void
write_pressure (CrPen *pen)
{
  static const CrCoding panel = { "85354-9", "Blood pressure panel with all children optional",
                                  NULL };
  g_autofree char *systolic = cr_pen_decimal (pen, 98, 168, 0);
  g_autofree char *diastolic = cr_pen_decimal (pen, 58, 99, 0);
  g_autofree char *name = NULL;
  GString *out =
      cr_patients_begin_observation (pen, "us-core-blood-pressure", "vital-signs", &panel);

  g_string_append (out, ",\"component\":[{\"code\":{\"coding\":[{\"system\":\"http://loinc.org\","
                        "\"code\":\"8480-6\",\"display\":\"Systolic blood pressure\"}]}");
  cr_pen_add_quantity (out, "valueQuantity", systolic, "mm[Hg]");
  g_string_append (out, "},{\"code\":{\"coding\":[{\"system\":\"http://loinc.org\","
                        "\"code\":\"8462-4\",\"display\":\"Diastolic blood pressure\"}]}");
  cr_pen_add_quantity (out, "valueQuantity", diastolic, "mm[Hg]");
  g_string_append (out, "}]");
  name = cr_pen_end (pen, "vital-signs", "85354-9", "final");
}

/* @low and @high: in units of the last decimal */
static void
write_vital (CrPen *pen, const Vital *vital, int low, int high)
{
  CrCoding coding = { vital->code, vital->display, NULL };
  g_autofree char *value = cr_pen_decimal (pen, low, high, vital->decimals);
  g_autofree char *name = NULL;
  GString *out = cr_patients_begin_observation (pen, vital->profile, "vital-signs", &coding);

  cr_pen_add_quantity (out, "valueQuantity", value, vital->unit);
  name = cr_pen_end (pen, "vital-signs", vital->code, "final");
}

/* A person's height stays, their weight hardly changes, and the index follows from both. */
static void
write_build (CrPen *pen)
{
  CrRandom random = { cr_random_mix (cr_people_seed (pen->people) ^ 0x6275696c64,
                                     pen->person->index) };
  int tall_mm = 1520 + (int) cr_random_below (&random, 380);
  int index = 1950 + (int) cr_random_below (&random, 1400);
  int usual = (int) ((gint64) index * tall_mm * tall_mm / 1000000);
  int heavy = usual + (int) cr_random_below (&pen->random, 400) - 200;
  int real_index = (int) ((gint64) heavy * 1000000 / ((gint64) tall_mm * tall_mm));

  write_vital (pen, &weight, heavy, heavy);
  if (pen->visit % 4 == 0)
    {
      write_vital (pen, &height, tall_mm, tall_mm);
      write_vital (pen, &bmi, real_index, real_index);
    }
}

void
cr_patients_write_vitals (CrPen *pen)
{
  guint n = pen->visit % 4 == 0 ? G_N_ELEMENTS (vitals) : 3;

  write_pressure (pen);
  for (guint i = 0; i < n; i++)
    write_vital (pen, &vitals[i], vitals[i].low, vitals[i].high);
  write_build (pen);
}

static void
write_spelling (CrPen *pen, const char *value)
{
  static const CrCoding score = { "75859-9", "Score in the spelling of the instrument", NULL };
  g_autofree char *name = NULL;
  GString *out = cr_patients_begin_observation (pen, "us-core-simple-observation", "exam", &score);

  cr_sandbox_text_add (out, ",'valueQuantity':{'value':%s,'unit':'{score}'}", value);
  cr_sandbox_text_add (out, ",'note':[{'text':%e}]",
                       "Gerät A/B: \"roh\" 😀\tsiehe \\\\lab\\files, naïve Schätzung für 張伟");
  name = cr_pen_end (pen, "exam", "75859-9", "final");
}

/* Numbers and strings in every spelling JSON allows, which must arrive as they are. */
void
cr_patients_write_oddities (CrPen *pen)
{
  static const char *const spellings[] = { "1.10",
                                           "0.0",
                                           "7.0e0",
                                           "120.50",
                                           "1E+2",
                                           "-0.0",
                                           "1e-7",
                                           "12345678901234567890.123",
                                           "0.12345678901234567890" };

  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++)
    write_spelling (pen, spellings[i]);
}
