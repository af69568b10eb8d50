/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-text.h"

#define SNOMED "http://snomed.info/sct"

static const CrCoding smoking[] = { { "266919005", "Never smoked tobacco", NULL },
                                    { "8517006", "Ex-smoker", NULL },
                                    { "449868002", "Smokes tobacco daily", NULL } };

static const CrCoding items[] = {
  { "88122-7", "Within the past 12 months we worried whether our food would run out", "LA28398-8" },
  { "93030-5", "Has lack of transportation kept you from medical appointments", "LA32-8" },
  { "71802-3", "Housing status", "LA31993-1" },
};

static const CrCoding questions[] = {
  { "44250-9", "Little interest or pleasure in doing things", NULL },
  { "44255-8", "Feeling down, depressed, or hopeless", NULL },
};

static void
write_smoking (CrPen *pen)
{
  static const CrCoding status = { "72166-2", "Tobacco smoking status", NULL };
  g_autofree char *name = NULL;
  GString *out =
      cr_patients_begin_observation (pen, "us-core-smokingstatus", "social-history", &status);

  cr_pen_add_coding (out, "valueCodeableConcept", SNOMED, &smoking[pen->person->index % 3]);
  name = cr_pen_end (pen, "social-history", status.code, "final");
}

static void
write_screening (CrPen *pen, const CrCoding *item)
{
  g_autofree char *name = NULL;
  GString *out = cr_patients_begin_observation (pen, "us-core-observation-screening-assessment",
                                                "survey", item);

  cr_sandbox_text_add (
      out,
      ",'valueCodeableConcept':{'coding':[{'system':'http://loinc.org','code':%q}],"
      "'text':%q}",
      item->extra, "Answered on the form");
  name = cr_pen_end (pen, "survey", item->code, "final");
}

/* Smoking status, and the social needs that were asked about. */
void
cr_patients_write_social (CrPen *pen)
{
  write_smoking (pen);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    write_screening (pen, &items[i]);
}

static void
write_score (CrPen *pen, const char *response, int score)
{
  static const CrCoding phq = { "55758-7",
                                "Patient Health Questionnaire 2 item (PHQ-2) total score", NULL };
  g_autofree char *name = NULL;
  GString *out = cr_patients_begin_observation (pen, "us-core-observation-screening-assessment",
                                                "survey", &phq);

  cr_sandbox_text_add (out, ",'valueInteger':%d,'derivedFrom':[{'reference':%q}]", score, response);
  name = cr_pen_end (pen, "survey", phq.code, "final");
}

/* A PHQ-2 as it was filled in, and its score. */
void
cr_patients_write_questionnaire (CrPen *pen)
{
  g_autofree char *response = NULL;
  int score = 0;
  GString *out =
      cr_pen_begin (pen, "QuestionnaireResponse", "us-core-questionnaireresponse", pen->when);

  g_string_append (out,
                   ",\"questionnaire\":\"http://loinc.org/q/55757-9\",\"status\":\"completed\"");
  cr_pen_add_subject (pen, "subject");
  cr_pen_add_encounter (pen, "encounter");
  cr_sandbox_text_add (out, ",'authored':%T,'source':{'reference':'Patient/%s'},'item':[",
                       pen->when, pen->person->portal_id);
  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      int answer = (int) cr_random_below (&pen->random, 4);

      score += answer;
      cr_sandbox_text_add (out, "%s{'linkId':'/%s','text':%q,'answer':[{'valueDecimal':%d.0}]}",
                           i > 0 ? "," : "", questions[i].code, questions[i].display, answer);
    }
  g_string_append_c (out, ']');
  response = cr_pen_end (pen, NULL, NULL, "completed");
  write_score (pen, response, score);
}
