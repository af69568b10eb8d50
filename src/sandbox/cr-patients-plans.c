/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

#define SNOMED "http://snomed.info/sct"

static const CrCoding goals[] = {
  { "135840009", "Blood pressure monitoring at home each week", NULL },
  { "408289007", "Refer to weight management program", NULL },
  { "225323000", "Smoking cessation education", NULL },
};

static char *
write_goal (CrPen *pen, const CrCoding *coding)
{
  GString *out = cr_pen_begin (pen, "Goal", "us-core-goal", pen->when);

  cr_sandbox_text_add (out,
                       ",'lifecycleStatus':'active','description':{'coding':[{'system':'" SNOMED
                       "','code':%q,'display':%q}],'text':%q}",
                       coding->code, coding->display, coding->display);
  cr_pen_add_subject (pen, "subject");
  cr_sandbox_text_add (
      out,
      ",'startDate':%D,'target':[{'measure':{'coding':[{'system':'http://loinc.org',"
      "'code':'29463-7','display':'Body weight'}]},'detailQuantity':{'value':70.00,"
      "'unit':'kg','system':'http://unitsofmeasure.org','code':'kg'},'dueDate':%D}]",
      pen->when, pen->when + 180 * CR_DAY_MS);
  cr_sandbox_text_add (out, ",'addresses':[{'reference':%q}]", pen->problem);
  return cr_pen_end (pen, NULL, coding->code, "active");
}

static char *
write_team (CrPen *pen)
{
  GString *out = cr_pen_begin (pen, "CareTeam", "us-core-careteam", pen->when);

  cr_sandbox_text_add (out, ",'status':'active','name':%q", "Longitudinal care team");
  cr_pen_add_subject (pen, "subject");
  g_string_append (out, ",\"participant\":[");
  for (guint i = 0; i < 3; i++)
    {
      cr_sandbox_text_add (out,
                           "%s{'role':[{'coding':[{'system':'" SNOMED
                           "','code':'17561000','display':'Cardiologist'}]}],'member':",
                           i > 0 ? "," : "");
      cr_pen_add_ref (pen, NULL, i == 2 ? "PractitionerRole" : "Practitioner",
                      (pen->person->index + i * 3) % CR_N_PRACTITIONERS);
      g_string_append_c (out, '}');
    }
  cr_sandbox_text_add (out, ",{'role':[{'text':'Patient'}],'member':{'reference':'Patient/%s'}}]",
                       pen->person->portal_id);
  g_string_append (out, ",\"managingOrganization\":[");
  cr_pen_add_ref (pen, NULL, "Organization", 1);
  g_string_append_c (out, ']');
  return cr_pen_end (pen, NULL, NULL, "active");
}

static void
write_plan (CrPen *pen, const char *goal, const char *team)
{
  g_autofree char *name = NULL;
  GString *out = cr_pen_begin (pen, "CarePlan", "us-core-careplan", pen->when);

  cr_sandbox_text_add (
      out, ",'text':{'status':'additional','div':%q},'status':'active','intent':'plan'",
      "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Walk 30 minutes a day; weigh weekly; "
      "call if weight rises by more than 2&nbsp;kg.</p></div>");
  g_string_append (out, ",\"category\":[{\"coding\":[{\"system\":\"http://hl7.org/fhir/us/core/"
                        "CodeSystem/careplan-category\",\"code\":\"assess-plan\"}]}]");
  cr_pen_add_subject (pen, "subject");
  cr_sandbox_text_add (
      out,
      ",'period':{'start':%D},'careTeam':[{'reference':%q}],'addresses':[{'reference':"
      "%q}],'goal':[{'reference':%q}]",
      pen->when, team, pen->problem, goal);
  cr_sandbox_text_add (
      out,
      ",'activity':[{'detail':{'status':'in-progress','description':%q,"
      "'dailyAmount':{'value':1.10,'unit':'L','system':'http://unitsofmeasure.org',"
      "'code':'L'}}}]",
      "Drink water");
  name = cr_pen_end (pen, "assess-plan", NULL, "active");
}

/* What is meant to happen next. */
void
cr_patients_write_plans (CrPen *pen)
{
  g_autofree char *goal = NULL, *second = NULL, *team = NULL, *concern = NULL;
  CrCoding worry = { "713458007", "Lack of access to transportation", "Z75.3" };

  g_clear_pointer (&pen->encounter, g_free);
  pen->when = cr_people_epoch_ms (pen->people) - (30 + (gint64) pen->person->index) * CR_DAY_MS;
  concern = cr_patients_write_condition (pen, &worry, "health-concern");
  goal = write_goal (pen, &goals[pen->person->index % G_N_ELEMENTS (goals)]);
  second = write_goal (pen, &goals[(pen->person->index + 1) % G_N_ELEMENTS (goals)]);
  team = write_team (pen);
  write_plan (pen, goal, team);
}
