/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

static const struct
{
  const char *given;
  const char *family;
  const char *specialty;
  const char *nucc;
} practitioners[CR_N_PRACTITIONERS] = {
  { "Eleanor", "Vance", "Family Medicine Physician", "207Q00000X" },
  { "Rajesh", "Krishnamurthy", "Internal Medicine Physician", "207R00000X" },
  { "María", "Villaseñor", "Pediatrics Physician", "208000000X" },
  { "Tunde", "Adeyemi", "Cardiovascular Disease Physician", "207RC0000X" },
  { "Hannah", "Schäfer", "Dermatology Physician", "207N00000X" },
  { "Kenji", "Watanabe", "Orthopaedic Surgery Physician", "207X00000X" },
  { "Grace", "Mbatha", "Nurse Practitioner, Family", "363LF0000X" },
  { "Oleksandr", "Kovalenko", "Emergency Medicine Physician", "207P00000X" },
  { "Leila", "Farahani", "Endocrinology Physician", "207RE0101X" },
  { "Patrick", "O’Shea", "Clinical Pathology Physician", "207ZC0006X" },
  { "Noor", "Siddiqui", "Psychiatry Physician", "2084P0800X" },
  { "Beatriz", "Conceição", "Physical Therapist", "225100000X" },
  { "Samuel", "Redcloud", "Licensed Clinical Social Worker", "1041C0700X" },
  { "Ming", "Liu", "Diagnostic Radiology Physician", "2085R0202X" },
};

static const struct
{
  const char *name;
  const char *kind;
  const char *kind_text;
} organizations[CR_N_ORGANIZATIONS] = {
  { "Sandbox Community Health", "prov", "Healthcare Provider" },
  { "Riverside Family Clinic", "prov", "Healthcare Provider" },
  { "Bluestem Reference Laboratory", "prov", "Healthcare Provider" },
  { "Prairie Mutual Health Plan", "ins", "Insurance Company" },
};

static const struct
{
  const char *name;
  const char *code;
  const char *code_text;
} locations[CR_N_LOCATIONS] = {
  { "Riverside Family Clinic, Suite 200", "PROFF", "Provider's Office" },
  { "Sandbox Community Hospital, Emergency", "ER", "Emergency room" },
  { "Sandbox Community Hospital, Ward 4 West", "HU", "Hospital unit" },
  { "Bluestem Draw Station", "OF", "Outpatient facility" },
  { "Telehealth", "PTRES", "Patient's Residence" },
};

/* RxNorm. */
static const CrCoding medications[CR_N_MEDICATIONS] = {
  { "314076", "lisinopril 10 MG Oral Tablet", NULL },
  { "860975", "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet", NULL },
  { "617310", "atorvastatin 20 MG Oral Tablet", NULL },
  { "308136", "amlodipine 2.5 MG Oral Tablet", NULL },
  { "745679", "200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler", NULL },
  { "308182", "amoxicillin 250 MG Oral Capsule", NULL },
  { "966247", "levothyroxine sodium 0.05 MG Oral Tablet", NULL },
  { "312938", "sertraline 50 MG Oral Tablet", NULL },
  { "198211", "simvastatin 40 MG Oral Tablet", NULL },
  { "310798", "hydrochlorothiazide 25 MG Oral Tablet", NULL },
  { "402014", "omeprazole 20 MG Delayed Release Oral Capsule", NULL },
  { "855332", "warfarin sodium 5 MG Oral Tablet", NULL },
};

const CrCoding *
cr_patients_medication (guint index)
{
  return &medications[index % CR_N_MEDICATIONS];
}

const char *
cr_patients_practitioner_name (guint index)
{
  static char *full[CR_N_PRACTITIONERS];

  if (full[index] == NULL)
    full[index] =
        g_strdup_printf ("%s %s", practitioners[index].given, practitioners[index].family);

  return full[index];
}

static void
write_organization (CrPen *pen, guint i, gint64 when)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "Organization", "us-core-organization", when);

  cr_sandbox_text_add (
      out, ",'identifier':[{'system':'http://hl7.org/fhir/sid/us-npi','value':'14070719%d'}]",
      65 + (int) i * 7);
  cr_sandbox_text_add (
      out,
      ",'active':true,'type':[{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/organization-type','code':%q,'display':%q}]}]",
      organizations[i].kind, organizations[i].kind_text);
  cr_sandbox_text_add (out, ",'name':%q,'telecom':[{'system':'phone','value':'(555) 010-%d'}]",
                       organizations[i].name, 2000 + (int) i * 11);
  cr_sandbox_text_add (
      out,
      ",'address':[{'line':['%d Example Parkway'],'city':'Springfield','state':'IL',"
      "'postalCode':'62704','country':'US'}]",
      100 + (int) i * 40);
  name = cr_pen_end (pen, NULL, NULL, NULL);
}

static void
write_practitioner (CrPen *pen, guint i, gint64 when)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "Practitioner", "us-core-practitioner", when);

  cr_sandbox_text_add (
      out, ",'identifier':[{'system':'http://hl7.org/fhir/sid/us-npi','value':'99999%d'}]",
      10000 + (int) i * 97);
  cr_sandbox_text_add (
      out,
      ",'active':true,'name':[{'use':'official','text':%q,'family':%e,'given':[%q],"
      "'suffix':['MD']}]",
      cr_patients_practitioner_name (i), practitioners[i].family, practitioners[i].given);
  cr_sandbox_text_add (out, ",'telecom':[{'system':'phone','value':'(555) 010-%d','use':'work'}]",
                       3000 + (int) i);
  name = cr_pen_end (pen, NULL, NULL, NULL);
}

static void
write_role (CrPen *pen, guint i, gint64 when)
{
  CrCoding specialty = { practitioners[i].nucc, practitioners[i].specialty, NULL };
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "PractitionerRole", "us-core-practitionerrole", when);

  g_string_append (out, ",\"active\":true");
  cr_pen_add_ref (pen, "practitioner", "Practitioner", i);
  cr_pen_add_ref (pen, "organization", "Organization", i % 3);
  g_string_append (out, ",\"specialty\":[");
  cr_pen_add_coding (out, NULL, "http://nucc.org/provider-taxonomy", &specialty);
  g_string_append (out, "],\"location\":[");
  cr_pen_add_ref (pen, NULL, "Location", i % CR_N_LOCATIONS);
  cr_sandbox_text_add (out, "],'telecom':[{'system':'phone','value':'(555) 010-%d'}]",
                       4000 + (int) i);
  name = cr_pen_end (pen, NULL, NULL, NULL);
}

static void
write_location (CrPen *pen, guint i, gint64 when)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "Location", "us-core-location", when);

  cr_sandbox_text_add (
      out,
      ",'status':'active','name':%q,'type':[{'coding':[{'system':"
      "'http://terminology.hl7.org/CodeSystem/v3-RoleCode','code':%q,'display':%q}]}]",
      locations[i].name, locations[i].code, locations[i].code_text);
  cr_sandbox_text_add (
      out,
      ",'address':{'line':['%d Example Parkway'],'city':'Springfield','state':'IL'},"
      "'position':{'longitude':-89.6501480,'latitude':39.781%d0}",
      100 + (int) i * 40, (int) i);
  cr_pen_add_ref (pen, "managingOrganization", "Organization", i % 3);
  name = cr_pen_end (pen, NULL, NULL, NULL);
}

static void
write_medication (CrPen *pen, guint i, gint64 when)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "Medication", "us-core-medication", when);

  cr_pen_add_coding (out, "code", "http://www.nlm.nih.gov/research/umls/rxnorm", &medications[i]);
  g_string_append (out, ",\"status\":\"active\"");
  name = cr_pen_end (pen, NULL, medications[i].code, "active");
}

void
cr_patients_write_directory (CrPen *pen)
{
  gint64 when = cr_people_epoch_ms (pen->people) - 900 * CR_DAY_MS;

  for (guint i = 0; i < CR_N_ORGANIZATIONS; i++)
    write_organization (pen, i, when);
  for (guint i = 0; i < CR_N_LOCATIONS; i++)
    write_location (pen, i, when);
  for (guint i = 0; i < CR_N_PRACTITIONERS; i++)
    write_practitioner (pen, i, when);
  for (guint i = 0; i < CR_N_PRACTITIONERS; i++)
    write_role (pen, i, when);
  for (guint i = 0; i < CR_N_MEDICATIONS; i++)
    write_medication (pen, i, when);
}
