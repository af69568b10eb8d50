/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

#define SNOMED "http://snomed.info/sct"

static const CrCoding reasons[] = {
  { "185349003", "Encounter for check up", "Z00.00" },
  { "444814009", "Viral sinusitis", "J01.90" },
  { "195662009", "Acute viral pharyngitis", "J02.9" },
  { "161891005", "Backache", "M54.9" },
  { "25064002", "Headache", "R51.9" },
  { "62106007", "Concussion with no loss of consciousness", "S06.0X0A" },
  { "38341003", "Hypertensive disorder follow-up", "I10" },
  { "49727002", "Cough", "R05.9" },
  { "68962001", "Muscle pain", "M79.10" },
};

static const CrCoding procedures[] = {
  { "430193006", "Medication reconciliation", "99495" },
  { "73761001", "Colonoscopy", "45378" },
  { "29303009", "Electrocardiographic procedure", "93000" },
  { "399208008", "Plain X-ray of chest", "71046" },
  { "710824005", "Assessment of health and social care needs", "96160" },
  { "171207006", "Depression screening", "96127" },
};

/* Class of visit by v3-ActCode. */
static const CrCoding classes[] = { { "AMB", "ambulatory", "99213" },
                                    { "AMB", "ambulatory", "99214" },
                                    { "VR", "virtual", "99421" },
                                    { "EMER", "emergency", "99284" },
                                    { "IMP", "inpatient encounter", "99223" } };

static void
write_encounter (CrPen *pen)
{
  guint kind = cr_random_percent (&pen->random, 80) ? cr_random_below (&pen->random, 3)
                                                    : 3 + cr_random_below (&pen->random, 2);
  const CrCoding *class = &classes[kind];
  gint64 end = pen->when + (kind == 4 ? 3 * CR_DAY_MS : 1800000);
  GString *out = cr_pen_begin (pen, "Encounter", "us-core-encounter", pen->when);

  cr_sandbox_text_add (
      out, ",'identifier':[{'use':'official','system':'urn:sandbox:encounter','value':%q}]",
      pen->open->id);
  cr_sandbox_text_add (out,
                       ",'status':'finished','class':{'system':"
                       "'http://terminology.hl7.org/CodeSystem/v3-ActCode','code':%q,'display':%q},"
                       "'type':[{'coding':[{'system':'http://www.ama-assn.org/go/cpt','code':%q}],"
                       "'text':%q}]",
                       class->code, class->display, class->extra, pen->reason->display);
  cr_pen_add_subject (pen, "subject");
  g_string_append (
      out, ",\"participant\":[{\"type\":[{\"coding\":[{\"system\":\"http://terminology."
           "hl7.org/CodeSystem/v3-ParticipationType\",\"code\":\"PPRF\"}]}],\"individual\":");
  cr_pen_add_ref (pen, NULL, "Practitioner", pen->practitioner);
  cr_sandbox_text_add (out, "}],'period':{'start':%T,'end':%T},'reasonCode':[", pen->when, end);
  cr_pen_add_coding (out, NULL, SNOMED, pen->reason);
  g_string_append (out, "],\"location\":[{\"location\":");
  cr_pen_add_ref (pen, NULL, "Location", kind == 3 ? 1 : kind == 4 ? 2 : kind == 2 ? 4 : 0);
  g_string_append (out, "}]");
  if (kind == 4)
    g_string_append (out, ",\"hospitalization\":{\"dischargeDisposition\":{\"coding\":[{\"system\":"
                          "\"http://terminology.hl7.org/CodeSystem/discharge-disposition\","
                          "\"code\":\"home\",\"display\":\"Home\"}]}}");
  cr_pen_add_ref (pen, "serviceProvider", "Organization", kind > 2 ? 0 : 1);
  pen->encounter = cr_pen_end (pen, NULL, class->code, "finished");
}

static char *
write_order (CrPen *pen, const CrCoding *coding)
{
  GString *out = cr_pen_begin (pen, "ServiceRequest", "us-core-servicerequest", pen->when);

  g_string_append (out,
                   ",\"status\":\"completed\",\"intent\":\"order\",\"category\":[{\"coding\":[{"
                   "\"system\":\"http://snomed.info/sct\",\"code\":\"103693007\",\"display\":"
                   "\"Diagnostic procedure\"}]}]");
  cr_pen_add_coding (out, "code", SNOMED, coding);
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'occurrenceDateTime':%T,'authoredOn':%T", pen->when, pen->when);
  cr_pen_add_ref (pen, "requester", "Practitioner", pen->practitioner);
  return cr_pen_end (pen, "103693007", coding->code, "completed");
}

static void
write_procedure (CrPen *pen)
{
  const CrCoding *coding = &procedures[cr_random_below (&pen->random, G_N_ELEMENTS (procedures))];
  g_autofree char *order = write_order (pen, coding);
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "Procedure", "us-core-procedure", pen->when);

  cr_sandbox_text_add (out, ",'basedOn':[{'reference':%q}],'status':'completed'", order);
  cr_sandbox_text_add (out,
                       ",'code':{'coding':[{'system':'" SNOMED
                       "','code':%q,'display':%q},{'system':"
                       "'http://www.ama-assn.org/go/cpt','code':%q}],'text':%q}",
                       coding->code, coding->display, coding->extra, coding->display);
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'performedPeriod':{'start':%T,'end':%T}", pen->when,
                       pen->when + 1200000);
  g_string_append (out, ",\"performer\":[{\"actor\":");
  cr_pen_add_ref (pen, NULL, "Practitioner", (pen->practitioner + 1) % CR_N_PRACTITIONERS);
  cr_sandbox_text_add (out, "}],'reasonReference':[{'reference':%q}]", pen->problem);
  name = cr_pen_end (pen, NULL, coding->code, "completed");
}

static void
write_provenance (CrPen *pen, const char *target)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "Provenance", "us-core-provenance", pen->when);

  cr_sandbox_text_add (out, ",'target':[{'reference':%q}],'recorded':%I", target, pen->when);
  g_string_append (out,
                   ",\"agent\":[{\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/"
                   "CodeSystem/provenance-participant-type\",\"code\":\"author\"}]},\"who\":");
  cr_pen_add_ref (pen, NULL, "Practitioner", pen->practitioner);
  cr_pen_add_ref (pen, "onBehalfOf", "Organization", 0);
  g_string_append (out,
                   "},{\"type\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/us/core/CodeSystem/"
                   "us-core-provenance-participant-type\",\"code\":\"transmitter\"}]},\"who\":");
  cr_pen_add_ref (pen, NULL, "Organization", 0);
  g_string_append (out, "}]");
  name = cr_pen_end (pen, NULL, NULL, NULL);
}

/* One visit and what came of it. */
void
cr_patients_write_visit (CrPen *pen)
{
  g_autofree char *diagnosis = NULL;

  g_clear_pointer (&pen->encounter, g_free);
  pen->practitioner = cr_random_below (&pen->random, CR_N_PRACTITIONERS);
  pen->reason = &reasons[cr_random_below (&pen->random, G_N_ELEMENTS (reasons))];
  write_encounter (pen);
  diagnosis = cr_patients_write_condition (pen, pen->reason, "encounter-diagnosis");
  cr_patients_write_vitals (pen);

  if (cr_random_percent (&pen->random, 50) || pen->visit == 0)
    cr_patients_write_labs (pen);
  if (cr_random_percent (&pen->random, 50) || pen->visit == 1)
    cr_patients_write_medication (pen);
  if (cr_random_percent (&pen->random, 55) || pen->visit < 2)
    cr_patients_write_document (pen);
  if (cr_random_percent (&pen->random, 12) || pen->visit == 1)
    cr_patients_write_note_report (pen);
  if (cr_random_percent (&pen->random, 20))
    cr_patients_write_immunization (pen);
  if (cr_random_percent (&pen->random, 30) || pen->visit == 2)
    write_procedure (pen);
  if (cr_random_percent (&pen->random, 12) || pen->visit == 0)
    cr_patients_write_questionnaire (pen);
  if (cr_random_percent (&pen->random, 15) || pen->visit == 1)
    cr_patients_write_social (pen);
  if (cr_random_percent (&pen->random, 40) || pen->visit == 0)
    write_provenance (pen, pen->encounter);
}
