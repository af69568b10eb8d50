/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

typedef struct
{
  const char *code;
  const char *display;
  const char *unit;
  int low, high, decimals;
} Analyte;

typedef struct
{
  CrCoding order;
  CrCoding specimen; /* SNOMED CT */
  guint first, n;    /* in analytes */
} Panel;

static const Analyte analytes[] = {
  { "2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 70, 99, 0 },
  { "3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "mg/dL", 7, 20, 0 },
  { "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 60, 130, 2 },
  { "2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 1350, 1450, 1 },
  { "2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 350, 510, 2 },
  { "2075-0", "Chloride [Moles/volume] in Serum or Plasma", "mmol/L", 980, 1070, 1 },
  { "2028-9", "Carbon dioxide, total [Moles/volume] in Serum or Plasma", "mmol/L", 230, 290, 1 },
  { "17861-6", "Calcium [Mass/volume] in Serum or Plasma", "mg/dL", 850, 1020, 2 },

  { "6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL", 450, 1100, 2 },
  { "789-8", "Erythrocytes [#/volume] in Blood by Automated count", "10*6/uL", 390, 570, 2 },
  { "718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 120, 175, 1 },
  { "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 360, 500, 1 },
  { "777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", 150, 400, 0 },

  { "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL", 120, 200, 0 },
  { "2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "mg/dL", 60, 150, 0 },
  { "2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma", "mg/dL", 40, 80, 0 },
  { "13457-7", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation", "mg/dL", 60,
    130, 0 },

  { "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 480, 640, 2 },
  { "3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "m[IU]/L", 400, 4500, 3 },
};

static const Panel panels[] = {
  { { "51990-0", "Basic metabolic panel - Blood", NULL },
    { "119364003", "Serum specimen", NULL },
    0,
    8 },
  { { "58410-2", "CBC panel - Blood by Automated count", NULL },
    { "119297000", "Blood specimen", NULL },
    8,
    5 },
  { { "24331-1", "Lipid 1996 panel - Serum or Plasma", NULL },
    { "119364003", "Serum specimen", NULL },
    13,
    4 },
  { { "55399-0", "Diabetes tracking panel", NULL },
    { "119297000", "Blood specimen", NULL },
    17,
    2 },
};

static char *
write_specimen (CrPen *pen, const Panel *panel)
{
  GString *out = cr_pen_begin (pen, "Specimen", "us-core-specimen", pen->when);

  cr_sandbox_text_add (out,
                       ",'accessionIdentifier':{'system':'urn:sandbox:accession','value':'A%d'},"
                       "'status':'available'",
                       100000 + (int) cr_random_below (&pen->random, 899999));
  cr_pen_add_coding (out, "type", "http://snomed.info/sct", &panel->specimen);
  cr_pen_add_subject (pen, "subject");
  cr_sandbox_text_add (
      out,
      ",'receivedTime':%T,'collection':{'collectedDateTime':%T,'quantity':{'value':%s,"
      "'unit':'mL','system':'http://unitsofmeasure.org','code':'mL'}}",
      pen->when + 7200000, pen->when, "4.50");
  return cr_pen_end (pen, NULL, panel->specimen.code, "available");
}

static char *
write_order (CrPen *pen, const Panel *panel, const char *specimen)
{
  GString *out = cr_pen_begin (pen, "ServiceRequest", "us-core-servicerequest", pen->when);

  g_string_append (out,
                   ",\"status\":\"completed\",\"intent\":\"order\",\"category\":[{\"coding\":[{"
                   "\"system\":\"http://snomed.info/sct\",\"code\":\"108252007\",\"display\":"
                   "\"Laboratory procedure\"}]}]");
  cr_pen_add_coding (out, "code", "http://loinc.org", &panel->order);
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'authoredOn':%T", pen->when);
  cr_pen_add_ref (pen, "requester", "Practitioner", pen->practitioner);
  cr_sandbox_text_add (out, ",'specimen':[{'reference':%q}]", specimen);
  return cr_pen_end (pen, "108252007", panel->order.code, "completed");
}

static char *
write_result (CrPen *pen, const Analyte *analyte, const char *specimen)
{
  int spread = (analyte->high - analyte->low) / 3;
  CrCoding coding = { analyte->code, analyte->display, NULL };
  g_autofree char *value = cr_pen_decimal (pen, MAX (analyte->low - spread, 0),
                                           analyte->high + spread, analyte->decimals);
  g_autofree char *low = cr_pen_decimal (pen, analyte->low, analyte->low, analyte->decimals);
  g_autofree char *high = cr_pen_decimal (pen, analyte->high, analyte->high, analyte->decimals);
  GString *out =
      cr_patients_begin_observation (pen, "us-core-observation-lab", "laboratory", &coding);

  g_string_append (out, ",\"performer\":[");
  cr_pen_add_ref (pen, NULL, "Organization", 2);
  g_string_append_c (out, ']');
  if (cr_random_percent (&pen->random, 4))
    cr_sandbox_text_add (out, ",'valueQuantity':{'value':%s,'comparator':'<','unit':%q}", low,
                         analyte->unit);
  else
    cr_pen_add_quantity (out, "valueQuantity", value, analyte->unit);
  cr_sandbox_text_add (
      out,
      ",'specimen':{'reference':%q},'referenceRange':[{'low':{'value':%s,'unit':%q},"
      "'high':{'value':%s,'unit':%q}}]",
      specimen, low, analyte->unit, high, analyte->unit);
  return cr_pen_end (pen, "laboratory", analyte->code, "final");
}

static void
write_report (CrPen *pen,
              const Panel *panel,
              const char *order,
              const char *specimen,
              GString *results)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "DiagnosticReport", "us-core-diagnosticreport-lab", pen->when);

  cr_sandbox_text_add (
      out,
      ",'basedOn':[{'reference':%q}],'status':'final','category':[{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/v2-0074','code':'LAB','display':"
      "'Laboratory'}]}]",
      order);
  cr_pen_add_coding (out, "code", "http://loinc.org", &panel->order);
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'effectiveDateTime':%T,'issued':%I,'performer':[", pen->when,
                       pen->when + 7200000);
  cr_pen_add_ref (pen, NULL, "Organization", 2);
  cr_sandbox_text_add (out, "],'specimen':[{'reference':%q}],'result':[%s]", specimen,
                       results->str);
  name = cr_pen_end (pen, "LAB", panel->order.code, "final");
}

/* One order, one tube, its results and their report. */
void
cr_patients_write_labs (CrPen *pen)
{
  const Panel *panel = &panels[cr_random_below (&pen->random, G_N_ELEMENTS (panels))];
  g_autofree char *specimen = write_specimen (pen, panel);
  g_autofree char *order = write_order (pen, panel, specimen);
  g_autoptr (GString) results = g_string_new (NULL);

  for (guint i = 0; i < panel->n; i++)
    {
      g_autofree char *result = write_result (pen, &analytes[panel->first + i], specimen);

      cr_sandbox_text_add (results, "%s{'reference':%q}", i > 0 ? "," : "", result);
    }
  write_report (pen, panel, order, specimen, results);
}
