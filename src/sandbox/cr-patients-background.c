/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

#define SNOMED "http://snomed.info/sct"

/* SNOMED CT, with the ICD-10-CM code beside it. */
static const CrCoding problems[] = {
  { "59621000", "Essential hypertension", "I10" },
  { "44054006", "Type 2 diabetes mellitus", "E11.9" },
  { "55822004", "Hyperlipidemia", "E78.5" },
  { "195967001", "Asthma", "J45.909" },
  { "40930008", "Hypothyroidism", "E03.9" },
  { "35489007", "Depressive disorder", "F32.A" },
  { "235595009", "Gastroesophageal reflux disease", "K21.9" },
  { "49436004", "Atrial fibrillation", "I48.91" },
  { "396275006", "Osteoarthritis", "M19.90" },
  { "37796009", "Migraine", "G43.909" },
  { "24700007", "Multiple sclerosis", "G35" },
  { "709044004", "Chronic kidney disease", "N18.9" },
};

static const CrCoding allergies[] = {
  { "7980", "penicillin G", "rx" },      { "1191", "aspirin", "rx" },
  { "10831", "sulfamethoxazole", "rx" }, { "256349002", "Peanut", "food" },
  { "44027008", "Shellfish", "food" },   { "111088007", "Latex", "env" },
};

/* CVX. */
static const CrCoding vaccines[] = {
  { "140", "Influenza, seasonal, injectable, preservative free", NULL },
  { "115", "Tdap", NULL },
  { "208", "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose", NULL },
  { "187", "zoster recombinant", NULL },
  { "33", "pneumococcal polysaccharide PPV23", NULL },
  { "43", "Hep B, adult", NULL },
  { "03", "MMR", NULL },
};

static const CrCoding devices[] = {
  { "14106009", "Cardiac pacemaker, device", "00819320201234" },
  { "304120007", "Total knee replacement prosthesis", "00643169001763" },
  { "337414009", "Blood glucose meter", "00301937314025" },
};

static const CrCoding relatives[] = { { "FTH", "father", "22298006" },
                                      { "MTH", "mother", "44054006" },
                                      { "BRO", "brother", "195967001" },
                                      { "GRMTH", "grandmother", "363346000" } };

const CrCoding *
cr_patients_problem (guint index)
{
  return &problems[index % G_N_ELEMENTS (problems)];
}

/* @category: "problem-list-item", "encounter-diagnosis" or "health-concern" */
char *
cr_patients_write_condition (CrPen *pen, const CrCoding *coding, const char *category)
{
  gboolean concern = g_str_equal (category, "health-concern");
  gboolean diagnosis = g_str_equal (category, "encounter-diagnosis");
  gboolean resolved = !concern && cr_random_percent (&pen->random, 20);
  GString *out = cr_pen_begin (pen, "Condition",
                               diagnosis ? "us-core-condition-encounter-diagnosis"
                                         : "us-core-condition-problems-health-concerns",
                               pen->when);

  cr_sandbox_text_add (
      out,
      ",%n,'clinicalStatus':{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/condition-clinical','code':%q}]},"
      "'verificationStatus':{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/condition-ver-status','code':'confirmed'}]}",
      coding->display, resolved ? "resolved" : "active");
  cr_sandbox_text_add (out, ",'category':[{'coding':[{'system':%q,'code':%q}]}]",
                       concern ? "http://hl7.org/fhir/us/core/CodeSystem/condition-category"
                               : "http://terminology.hl7.org/CodeSystem/condition-category",
                       category);
  cr_sandbox_text_add (out,
                       ",'code':{'coding':[{'system':'" SNOMED "','code':%q,'display':%q},"
                       "{'system':'http://hl7.org/fhir/sid/icd-10-cm','code':%q}],'text':%q}",
                       coding->code, coding->display, coding->extra, coding->display);
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'onsetDateTime':%D", pen->when);
  if (resolved)
    cr_sandbox_text_add (out, ",'abatementDateTime':%T", pen->when + 60 * CR_DAY_MS);
  cr_sandbox_text_add (out, ",'recordedDate':%T", pen->when);
  return cr_pen_end (pen, category, coding->code, resolved ? "resolved" : "active");
}

static void
write_allergy (CrPen *pen, const CrCoding *coding)
{
  gboolean drug = g_str_equal (coding->extra, "rx");
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "AllergyIntolerance", "us-core-allergyintolerance", pen->when);

  g_string_append (out,
                   ",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/"
                   "CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]}"
                   ",\"verificationStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/"
                   "CodeSystem/allergyintolerance-verification\",\"code\":\"confirmed\"}]}");
  cr_sandbox_text_add (out, ",'type':'allergy','category':[%q],'criticality':%q",
                       drug                                  ? "medication"
                       : g_str_equal (coding->extra, "food") ? "food"
                                                             : "environment",
                       cr_random_percent (&pen->random, 30) ? "high" : "low");
  cr_pen_add_coding (out, "code", drug ? "http://www.nlm.nih.gov/research/umls/rxnorm" : SNOMED,
                     coding);
  cr_pen_add_subject (pen, "patient");
  cr_sandbox_text_add (
      out,
      ",'recordedDate':%T,'reaction':[{'manifestation':[{'coding':[{'system':'" SNOMED
      "','code':'247472004','display':'Hives'}]}],'severity':'moderate'}]",
      pen->when);
  name = cr_pen_end (pen, NULL, coding->code, "active");
}

static void
write_relative (CrPen *pen, const CrCoding *coding)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "FamilyMemberHistory", NULL, pen->when);

  g_string_append (out, ",\"status\":\"completed\"");
  cr_pen_add_subject (pen, "patient");
  cr_sandbox_text_add (
      out,
      ",'date':%D,'relationship':{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/v3-RoleCode','code':%q,'display':%q}]}",
      pen->when, coding->code, coding->display);
  cr_sandbox_text_add (out,
                       ",'condition':[{'code':{'coding':[{'system':'" SNOMED "','code':%q}]},"
                       "'onsetAge':{'value':%d.0,'unit':'a','system':'http://unitsofmeasure.org',"
                       "'code':'a'}}]",
                       coding->extra, 40 + (int) cr_random_below (&pen->random, 35));
  name = cr_pen_end (pen, NULL, NULL, "completed");
}

void
cr_patients_write_immunization (CrPen *pen)
{
  const CrCoding *coding = &vaccines[cr_random_below (&pen->random, G_N_ELEMENTS (vaccines))];
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "Immunization", "us-core-immunization", pen->when);

  g_string_append (out, ",\"status\":\"completed\"");
  cr_pen_add_coding (out, "vaccineCode", "http://hl7.org/fhir/sid/cvx", coding);
  cr_pen_add_subject (pen, "patient");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'occurrenceDateTime':%T,'primarySource':true", pen->when);
  cr_pen_add_ref (pen, "location", "Location", 0);
  cr_sandbox_text_add (out, ",'lotNumber':'EL%d'",
                       1000 + (int) cr_random_below (&pen->random, 8999));
  cr_pen_add_quantity (out, "doseQuantity", "0.50", "mL");
  g_string_append (out, ",\"performer\":[{\"actor\":");
  cr_pen_add_ref (pen, NULL, "Practitioner", pen->practitioner);
  g_string_append (out, "}]");
  name = cr_pen_end (pen, NULL, coding->code, "completed");
}

static void
write_device (CrPen *pen, const CrCoding *coding)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "Device", "us-core-implantable-device", pen->when);

  cr_sandbox_text_add (
      out, ",'udiCarrier':[{'deviceIdentifier':%q,'carrierHRF':'(01)%s(17)270101(21)SN%d'}]",
      coding->extra, coding->extra, 10000 + (int) cr_random_below (&pen->random, 89999));
  cr_sandbox_text_add (out,
                       ",'status':'active','distinctIdentifier':'%s-X','manufactureDate':%T,"
                       "'lotNumber':'L-%d','serialNumber':'SN%d'",
                       coding->code, pen->when - 200 * CR_DAY_MS, 100 + (int) pen->person->index,
                       (int) cr_random_below (&pen->random, 99999));
  cr_pen_add_coding (out, "type", SNOMED, coding);
  cr_pen_add_subject (pen, "patient");
  name = cr_pen_end (pen, NULL, coding->code, "active");
}

/* What was known before the first visit on record. */
void
cr_patients_write_background (CrPen *pen)
{
  guint n_problems = 2 + cr_random_below (&pen->random, 5);
  guint n_allergies = 1 + cr_random_below (&pen->random, 3);
  guint first = cr_random_below (&pen->random, 12);

  for (guint i = 0; i < n_problems; i++)
    {
      g_free (pen->problem);
      pen->problem =
          cr_patients_write_condition (pen, cr_patients_problem (first + i), "problem-list-item");
    }
  for (guint i = 0; i < n_allergies; i++)
    write_allergy (pen, &allergies[(first + i) % G_N_ELEMENTS (allergies)]);
  for (guint i = 0; i < 1 + pen->person->index % 4; i++)
    write_relative (pen, &relatives[i]);
  for (guint i = 0; i < 4; i++)
    cr_patients_write_immunization (pen);
  for (guint i = 0; i < 1 + pen->person->index % 2; i++)
    write_device (pen, &devices[(first + i) % G_N_ELEMENTS (devices)]);
}
