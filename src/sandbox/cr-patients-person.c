/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

static const CrCoding races[] = { { "2054-5", "Black or African American", NULL },
                                  { "2106-3", "White", NULL },
                                  { "2028-9", "Asian", NULL },
                                  { "2076-8", "Native Hawaiian or Other Pacific Islander", NULL },
                                  { "1002-5", "American Indian or Alaska Native", NULL } };
static const char *const streets[] = { "Maple Street", "Calle Álvarez", "Old Mill Road",
                                       "5th Avenue",   "Kūhiō Avenue",  "Larkspur Lane" };
static const char *const cities[] = { "Springfield", "Peoria", "Champaign", "Decatur",
                                      "Naperville" };

static void
add_demographics (CrPen *pen, GString *out)
{
  const CrPerson *person = pen->person;
  const CrCoding *race = &races[cr_random_below (&pen->random, G_N_ELEMENTS (races))];
  gboolean hispanic = cr_random_percent (&pen->random, 25);

  cr_sandbox_text_add (out,
                       ",'extension':[{'extension':[{'url':'ombCategory','valueCoding':{'system':"
                       "'urn:oid:2.16.840.1.113883.6.238','code':%q,'display':%q}},"
                       "{'url':'text','valueString':%q}],'url':"
                       "'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race'}",
                       race->code, race->display, race->display);
  cr_sandbox_text_add (out,
                       ",{'extension':[{'url':'ombCategory','valueCoding':{'system':"
                       "'urn:oid:2.16.840.1.113883.6.238','code':%q,'display':%q}},"
                       "{'url':'text','valueString':%q}],'url':"
                       "'http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity'}",
                       hispanic ? "2135-2" : "2186-5",
                       hispanic ? "Hispanic or Latino" : "Not Hispanic or Latino",
                       hispanic ? "Hispanic or Latino" : "Not Hispanic or Latino");
  cr_sandbox_text_add (out,
                       ",{'url':'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex',"
                       "'valueCode':%q}",
                       person->sex[0] == 'f'   ? "F"
                       : person->sex[0] == 'm' ? "M"
                                               : "UNK");
  cr_sandbox_text_add (out,
                       ",{'url':'urn:sandbox:risk-score','valueDecimal':%s},"
                       "{'url':'urn:sandbox:row','valueDecimal':%s}]",
                       "0.0", "9007199254740993");
}

static void
write_patient (CrPen *pen)
{
  const CrPerson *person = pen->person;
  g_autofree char *name = NULL;
  g_autofree char *full = g_strdup_printf ("%s %s", person->portal_given, person->portal_family);
  GString *out = cr_pen_begin (pen, "Patient", "us-core-patient", pen->when);

  cr_sandbox_text_add (out, ",%n", full);
  add_demographics (pen, out);
  cr_sandbox_text_add (
      out,
      ",'identifier':[{'use':'usual','type':{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/v2-0203','code':'MR'}],'text':"
      "'Medical record number'},'system':'urn:oid:2.16.840.1.113883.19.5','value':'%d'}]",
      1000200 + (int) person->index * 37);
  cr_sandbox_text_add (
      out, ",'active':true,'name':[{'use':'official','text':%q,'family':%e,'given':[%e]}]", full,
      person->portal_family, person->portal_given);
  cr_sandbox_text_add (out,
                       ",'telecom':[{'system':'phone','value':'(555) 010-%d','use':'mobile'},"
                       "{'system':'email','value':%q}]",
                       1000 + (int) person->index, person->email);
  cr_sandbox_text_add (out, ",'gender':%q,'birthDate':%D,'deceasedBoolean':false", person->sex,
                       person->portal_birth_ms + G_GINT64_CONSTANT (43200000));
  cr_sandbox_text_add (out,
                       ",'address':[{'use':'home','line':['%d %s'],'city':%q,'state':'IL',"
                       "'postalCode':'6%d','country':'US'}]",
                       100 + (int) cr_random_below (&pen->random, 8900),
                       streets[cr_random_below (&pen->random, G_N_ELEMENTS (streets))],
                       cities[cr_random_below (&pen->random, G_N_ELEMENTS (cities))],
                       1000 + (int) cr_random_below (&pen->random, 1999));
  g_string_append (out, ",\"communication\":[{\"language\":{\"coding\":[{\"system\":"
                        "\"urn:ietf:bcp:47\",\"code\":\"en\",\"display\":\"English\"}]}}]");
  cr_pen_add_ref (pen, "managingOrganization", "Organization", 0);
  g_string_append (out, ",\"generalPractitioner\":[");
  cr_pen_add_ref (pen, NULL, "Practitioner", person->index % 3);
  g_string_append_c (out, ']');
  name = cr_pen_end (pen, NULL, NULL, NULL);
}

static char *
write_related (CrPen *pen, const char *code, const char *display, const char *given)
{
  GString *out = cr_pen_begin (pen, "RelatedPerson", "us-core-relatedperson", pen->when);

  g_string_append (out, ",\"active\":true");
  cr_pen_add_subject (pen, "patient");
  cr_sandbox_text_add (
      out,
      ",'relationship':[{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/v3-RoleCode','code':%q,'display':%q}]}]",
      code, display);
  cr_sandbox_text_add (out,
                       ",'name':[{'family':%q,'given':[%q]}],'telecom':[{'system':'phone',"
                       "'value':'(555) 011-%d'}]",
                       pen->person->portal_family, given,
                       1000 + (int) cr_random_below (&pen->random, 8999));
  return cr_pen_end (pen, NULL, NULL, NULL);
}

static char *
write_coverage (CrPen *pen, gboolean current)
{
  gint64 start = pen->when + (current ? 4 * CR_YEAR_MS : 0);
  GString *out = cr_pen_begin (pen, "Coverage", "us-core-coverage", start);

  cr_sandbox_text_add (out,
                       ",'identifier':[{'type':{'coding':[{'system':"
                       "'http://terminology.hl7.org/CodeSystem/v2-0203','code':'MB'}]},'system':"
                       "'urn:sandbox:member','value':'PM%d'}],'status':%q",
                       400000 + (int) cr_random_below (&pen->random, 99999),
                       current ? "active" : "cancelled");
  g_string_append (out,
                   ",\"type\":{\"coding\":[{\"system\":\"https://nahdo.org/sopt\",\"code\":\"511\","
                   "\"display\":\"Commercial Managed Care - HMO\"}]}");
  cr_sandbox_text_add (out, ",'subscriberId':'PM%d'", 400000 + (int) pen->person->index);
  cr_pen_add_subject (pen, "beneficiary");
  g_string_append (out, ",\"relationship\":{\"coding\":[{\"system\":"
                        "\"http://terminology.hl7.org/CodeSystem/subscriber-relationship\","
                        "\"code\":\"self\"}]}");
  cr_sandbox_text_add (out, ",'period':{'start':%D}", start);
  g_string_append (out, ",\"payor\":[");
  cr_pen_add_ref (pen, NULL, "Organization", 3);
  g_string_append (out,
                   "],\"class\":[{\"type\":{\"coding\":[{\"system\":"
                   "\"http://terminology.hl7.org/CodeSystem/coverage-class\",\"code\":\"group\"}]},"
                   "\"value\":\"GRP-0042\"}],\"costToBeneficiary\":[{\"valueMoney\":"
                   "{\"value\":120.50,\"currency\":\"USD\"}}]");
  return cr_pen_end (pen, NULL, NULL, current ? "active" : "cancelled");
}

/* Who they are, who stands by them, and who pays. */
void
cr_patients_write_person (CrPen *pen)
{
  g_autofree char *parent = NULL, *spouse = NULL, *old_cover = NULL, *cover = NULL;

  write_patient (pen);
  parent = write_related (pen, "MTH", "mother", "Rosa");
  if (pen->person->index % 2 == 0)
    spouse = write_related (pen, "SPS", "spouse", "Alex");
  if (pen->person->index % 3 == 0)
    old_cover = write_coverage (pen, FALSE);
  cover = write_coverage (pen, TRUE);
}
