/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

#define RXNORM "http://www.nlm.nih.gov/research/umls/rxnorm"

/* Medicine is given by reference, by code, or as a contained resource, as portals do. */
static void
add_medicine (CrPen *pen, GString *out, guint medication, guint way)
{
  if (way == 0)
    cr_sandbox_text_add (out, ",'medicationReference':{'reference':'#med'}");
  else if (way == 1)
    cr_pen_add_coding (out, "medicationCodeableConcept", RXNORM,
                       cr_patients_medication (medication));
  else
    cr_pen_add_ref (pen, "medicationReference", "Medication", medication);
}

static char *
write_request (CrPen *pen, guint medication, guint way)
{
  gboolean stopped = cr_random_percent (&pen->random, 40);
  GString *out = cr_pen_begin (pen, "MedicationRequest", "us-core-medicationrequest", pen->when);

  if (way == 0)
    {
      g_string_append (out, ",\"contained\":[{\"resourceType\":\"Medication\",\"id\":\"med\"");
      cr_pen_add_coding (out, "code", RXNORM, cr_patients_medication (medication));
      g_string_append (out, "}]");
    }
  cr_sandbox_text_add (out,
                       ",'status':%q,'intent':'order','category':[{'coding':[{'system':"
                       "'http://terminology.hl7.org/CodeSystem/medicationrequest-category','code':"
                       "'community'}]}],'reportedBoolean':false",
                       stopped ? "stopped" : "active");
  add_medicine (pen, out, medication, way);
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'authoredOn':%T", pen->when);
  cr_pen_add_ref (pen, "requester", "Practitioner", pen->practitioner);
  cr_sandbox_text_add (out, ",'reasonReference':[{'reference':%q}]", pen->problem);
  cr_sandbox_text_add (
      out,
      ",'dosageInstruction':[{'text':%q,'timing':{'repeat':{'frequency':1,'period':1.0,"
      "'periodUnit':'d'}},'doseAndRate':[{'doseQuantity':{'value':%s,'unit':'tablet'}}]}]",
      "Take one tablet by mouth once a day", "1.0");
  g_string_append (
      out, ",\"dispenseRequest\":{\"numberOfRepeatsAllowed\":3,\"quantity\":{\"value\":30}}");
  return cr_pen_end (pen, "community", cr_patients_medication (medication)->code,
                     stopped ? "stopped" : "active");
}

static void
write_dispense (CrPen *pen, const char *request, guint medication, guint way)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "MedicationDispense", "us-core-medicationdispense", pen->when);

  g_string_append (out, ",\"status\":\"completed\"");
  add_medicine (pen, out, medication, MAX (way, 1));
  cr_pen_add_subject (pen, "subject");
  g_string_append (out, ",\"performer\":[{\"actor\":");
  cr_pen_add_ref (pen, NULL, "Organization", 1);
  cr_sandbox_text_add (
      out,
      "}],'authorizingPrescription':[{'reference':%q}],'type':{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/v3-ActCode','code':'FF'}]},'quantity':"
      "{'value':%s},'daysSupply':{'value':%s,'unit':'d'},'whenHandedOver':%T",
      request, "30.000", "3E1", pen->when + CR_DAY_MS);
  name = cr_pen_end (pen, NULL, cr_patients_medication (medication)->code, "completed");
}

void
cr_patients_write_medication (CrPen *pen)
{
  guint medication = cr_random_below (&pen->random, CR_N_MEDICATIONS);
  guint way = cr_random_below (&pen->random, 4);
  g_autofree char *request = write_request (pen, medication, way);

  if (cr_random_percent (&pen->random, 70) || pen->visit == 1)
    write_dispense (pen, request, medication, way);
}

static char *
note_text (CrPen *pen, const char *title)
{
  return g_strdup_printf (
      "%s\n\nPatient: %s %s (made up)\nSeen by: %s\nReason: %s\n\n"
      "History: reports feeling well apart from the reason above.\n"
      "Assessment: stable — continue as before.\nPlan: follow up in 3 months.\n",
      title, pen->person->portal_given, pen->person->portal_family,
      cr_patients_practitioner_name (pen->practitioner), pen->reason->display);
}

/* The smallest file that PDF readers open: one page, one line (ISO 32000-1, 7.5). */
static char *
note_pdf (CrPen *pen, gsize *length)
{
  GString *pdf = g_string_new ("%PDF-1.4\n");
  gsize at[6];
  g_autofree char *stream = g_strdup_printf (
      "BT /F1 14 Tf 60 740 Td (Made-up document %u of the sandbox) Tj ET", pen->visit + 1);
  gsize xref;

  at[1] = pdf->len;
  g_string_append (pdf, "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
  at[2] = pdf->len;
  g_string_append (pdf, "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n");
  at[3] = pdf->len;
  g_string_append (pdf, "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
                        "/Resources<</Font<</F1 5 0 R>>>>>>\nendobj\n");
  at[4] = pdf->len;
  g_string_append_printf (
      pdf, "4 0 obj\n<</Length %" G_GSIZE_FORMAT ">>\nstream\n%s\nendstream\nendobj\n",
      strlen (stream), stream);
  at[5] = pdf->len;
  g_string_append (pdf, "5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n");
  xref = pdf->len;
  g_string_append (pdf, "xref\n0 6\n0000000000 65535 f \n");
  for (guint i = 1; i < 6; i++)
    g_string_append_printf (pdf, "%010" G_GSIZE_FORMAT " 00000 n \n", at[i]);
  g_string_append_printf (
      pdf, "trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%" G_GSIZE_FORMAT "\n%%%%EOF\n", xref);

  *length = pdf->len;
  return g_string_free (pdf, FALSE);
}

/* Returns: (transfer full): "Binary/…" */
static char *
write_binary (CrPen *pen, const char *type, const char *data, gsize length)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) data, length);
  GString *out = cr_pen_begin (pen, "Binary", NULL, pen->when);

  cr_sandbox_text_add (out, ",'contentType':%q,'data':%q", type, base64);
  return cr_pen_end (pen, NULL, NULL, NULL);
}

static void
add_attachment (GString *out, const char *binary, const char *text)
{
  if (binary != NULL)
    cr_sandbox_text_add (out, "{'contentType':'application/pdf','url':%q,'title':'Document.pdf'}",
                         binary);
  else
    {
      g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));

      cr_sandbox_text_add (
          out, "{'contentType':'text/plain; charset=utf-8','data':%q,'title':'Note'}", base64);
    }
}

void
cr_patients_write_document (CrPen *pen)
{
  static const CrCoding kinds[] = { { "11506-3", "Progress note", NULL },
                                    { "34117-2", "History and physical note", NULL },
                                    { "18842-5", "Discharge summary", NULL },
                                    { "11488-4", "Consult note", NULL } };
  const CrCoding *kind = &kinds[cr_random_below (&pen->random, G_N_ELEMENTS (kinds))];
  gboolean linked = pen->visit == 1 || (pen->visit > 1 && cr_random_percent (&pen->random, 40));
  g_autofree char *text = note_text (pen, kind->display);
  g_autofree char *binary = NULL, *pdf = NULL, *name = NULL;
  gsize length;
  GString *out;

  if (linked)
    {
      pdf = note_pdf (pen, &length);
      binary = write_binary (pen, "application/pdf", pdf, length);
    }

  out = cr_pen_begin (pen, "DocumentReference", "us-core-documentreference", pen->when);
  cr_sandbox_text_add (
      out, ",'identifier':[{'system':'urn:sandbox:document','value':%q}],'status':'current'",
      pen->open->id);
  cr_pen_add_coding (out, "type", "http://loinc.org", kind);
  g_string_append (
      out, ",\"category\":[{\"coding\":[{\"system\":\"http://hl7.org/fhir/us/core/CodeSystem/"
           "us-core-documentreference-category\",\"code\":\"clinical-note\"}]}]");
  cr_pen_add_subject (pen, "subject");
  cr_sandbox_text_add (out, ",'date':%I,'author':[", pen->when);
  cr_pen_add_ref (pen, NULL, "Practitioner", pen->practitioner);
  g_string_append (out, "],\"content\":[{\"attachment\":");
  add_attachment (out, binary, text);
  cr_sandbox_text_add (out, "}],'context':{'encounter':[{'reference':%q}],'period':{'start':%T}}",
                       pen->encounter, pen->when);
  name = cr_pen_end (pen, "clinical-note", kind->code, "current");
}

/* A report that is a document: imaging and the like. */
void
cr_patients_write_note_report (CrPen *pen)
{
  static const CrCoding kinds[] = { { "24627-2", "CT Chest", NULL },
                                    { "36643-5", "XR Chest 2 Views", NULL },
                                    { "34552-0", "2D echocardiogram panel", NULL } };
  const CrCoding *kind = &kinds[cr_random_below (&pen->random, G_N_ELEMENTS (kinds))];
  g_autofree char *text = note_text (pen, kind->display);
  g_autofree char *binary = write_binary (pen, "text/plain; charset=utf-8", text, strlen (text));
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "DiagnosticReport", "us-core-diagnosticreport-note", pen->when);

  g_string_append (out,
                   ",\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":"
                   "\"http://loinc.org\",\"code\":\"LP29684-5\",\"display\":\"Radiology\"}]}]");
  cr_pen_add_coding (out, "code", "http://loinc.org", kind);
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'effectiveDateTime':%T,'issued':%I,'performer':[", pen->when,
                       pen->when + 3600000);
  cr_pen_add_ref (pen, NULL, "Practitioner", 13);
  cr_sandbox_text_add (
      out,
      "],'conclusion':%e,'presentedForm':[{'contentType':'text/plain; charset=utf-8',"
      "'url':%q,'title':'Report'}]",
      "No acute finding; heart size normal / lungs clear.", binary);
  name = cr_pen_end (pen, "LP29684-5", kind->code, "final");
}
