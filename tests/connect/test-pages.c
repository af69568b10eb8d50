/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "connect/cr-auth-log.h"
#include "connect/cr-judge.h"
#include "connect/cr-pages.h"
#include "connect/cr-return-url.h"
#include "fhir/cr-judge-patient.h"
#include "model/cr-source.h"

#include <string.h>

#define NOW G_GINT64_CONSTANT (1800000000000)

/* GMarkup knows no doctype and wants every element closed, which these pages do. */
static void
assert_well_formed (const char *html)
{
  static const GMarkupParser none;
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&none, 0, NULL, NULL);
  g_autoptr (GError) error = NULL;
  const char *start = strstr (html, "<html");

  g_assert_true (g_str_has_prefix (html, "<!DOCTYPE html>"));
  g_assert_nonnull (start);
  g_assert_true (g_markup_parse_context_parse (context, start, -1, &error));
  g_assert_no_error (error);
  g_assert_true (g_markup_parse_context_end_parse (context, &error));
  g_assert_null (strstr (html, "<script>"));
  g_assert_null (strstr (html, " style="));
}

static GPtrArray *
some_outcomes (void)
{
  GPtrArray *outcomes = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_page_outcome_free);

  for (CrFailureCode code = CR_FAILURE_NONE; code <= CR_FAILURE_SCOPES_REDUCED; code++)
    {
      CrPageOutcome *outcome = g_new0 (CrPageOutcome, 1);

      outcome->name = g_strdup ("A <b> & \"c\" 'd'");
      outcome->code = code;
      g_ptr_array_add (outcomes, outcome);
    }

  return outcomes;
}

static void
test_message (void)
{
  g_autoptr (GPtrArray) outcomes = some_outcomes ();
  CrPage page = {
    .tone = CR_PAGE_BAD,
    .title = "<Title>",
    .text = "Text & more",
    .hint = "Hint",
    .code = "portal_error",
    .outcomes = outcomes,
    .again_url = "/c/0?a=1&b=2",
    .leave_url = "https://app.example/?a=1&b=\"><script>alert(1)</script>",
    .leave_post = "/c/0/done",
    .leave_label = "<i>Riverside</i>",
  };
  g_autofree char *html = cr_page_to_html (&page);

  assert_well_formed (html);
  g_assert_null (strstr (html, "<i>"));
  g_assert_null (strstr (html, "<b> &"));
}

static void
test_picker (void)
{
  g_autoptr (GPtrArray) outcomes = some_outcomes ();
  g_autoptr (GPtrArray) sources =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_page_source_free);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autofree char *html = NULL;
  g_autofree char *empty = NULL;
  g_autoptr (CrSource) source = cr_source_new ("fhirsrc_1");
  CrPicker picker = {
    .key = "0123",
    .text = "\"><script>",
    .recommended = none,
    .sources = sources,
    .has_more = TRUE,
    .outcomes = outcomes,
    .leave_label = "\"Label\"",
  };

  source->name = g_strdup ("<Clinic>");
  source->fhir_base_url = g_strdup ("https://fhir.example.org/r4");
  g_ptr_array_add (sources, cr_page_source_new (source, NULL, NOW));
  html = cr_picker_to_html (&picker);
  assert_well_formed (html);
  g_assert_null (strstr (html, "choose?source=fhirsrc_1"));
  g_assert_nonnull (strstr (html, "has not set up this portal yet"));
  g_clear_pointer (&html, g_free);

  source->client_id = g_strdup ("client");
  g_ptr_array_set_size (sources, 0);
  g_ptr_array_add (sources, cr_page_source_new (source, NULL, NOW));
  html = cr_picker_to_html (&picker);
  assert_well_formed (html);
  g_assert_nonnull (strstr (html, "choose?source=fhirsrc_1"));
  g_assert_nonnull (strstr (html, "fhir.example.org"));

  source->status = CR_SOURCE_SUSPENDED;
  source->status_reason = g_strdup ("Repairs <until> Monday");
  g_ptr_array_set_size (sources, 0);
  g_ptr_array_add (sources, cr_page_source_new (source, NULL, NOW));
  g_clear_pointer (&html, g_free);
  html = cr_picker_to_html (&picker);
  assert_well_formed (html);
  g_assert_null (strstr (html, "choose?source=fhirsrc_1"));
  g_assert_nonnull (strstr (html, "Cannot be used just now"));
  g_assert_null (strstr (html, "Repairs"));

  picker.sources = none;
  empty = cr_picker_to_html (&picker);
  assert_well_formed (empty);
}

/* Before leaving: whose page comes, and a button only where there is something to go to. */
static void
test_farewell (void)
{
  g_autoptr (CrSource) source = cr_source_new ("fhirsrc_1");
  g_autoptr (CrPageSource) row = NULL;
  CrFarewell farewell = { .key = "0123", .leave_label = "<i>", .minutes_left = 1 };
  g_autofree char *open = NULL;
  g_autofree char *closed = NULL;

  source->name = g_strdup ("<Clinic> \"A\"");
  source->fhir_base_url = g_strdup ("https://fhir.example.org/r4");
  row = cr_page_source_new (source, NULL, NOW);
  farewell.source = row;
  closed = cr_farewell_to_html (&farewell);
  assert_well_formed (closed);
  g_assert_null (strstr (closed, "/start"));

  source->client_id = g_strdup ("client");
  g_clear_pointer (&row, cr_page_source_free);
  row = cr_page_source_new (source, NULL, NOW);
  farewell.source = row;
  open = cr_farewell_to_html (&farewell);
  assert_well_formed (open);
  g_assert_nonnull (strstr (open, "fhir.example.org"));
  g_assert_nonnull (strstr (open, "Your password stays there"));
  g_assert_nonnull (strstr (open, "1 more minute."));
  g_assert_nonnull (strstr (open, "action=\"/c/0123/start\""));
}

/* Each code has a sentence of its own for patients, without a portal's jargon. */
static void
test_failure_texts (void)
{
  for (CrFailureCode code = CR_FAILURE_USER_DENIED; code <= CR_FAILURE_NO_ANSWER; code++)
    {
      const char *text = cr_page_failure_text (NULL, code);

      g_assert_cmpuint (strlen (text), >, 20);
      g_assert_null (strstr (text, "_"));
      g_assert_null (strstr (text, "OAuth"));
    }
}

static void
test_return_url (void)
{
  static const char *const good[] = { "https://a.example", "https://a.example/x?y#z",
                                      "http://127.0.0.1:3000/back", "http://localhost/back",
                                      "org.example.app:/back" };
  static const char *const bad[] = { "",
                                     "back",
                                     "/back",
                                     "http://a.example/",
                                     "javascript:alert(1)",
                                     "data:text/html,x",
                                     "https://",
                                     "https://u@a.example",
                                     "file:///etc/passwd" };
  static const struct
  {
    const char *url;
    const char *expected;
  } joined[] = {
    { "https://a.example", "https://a.example?k=v%20%26&n=%C3%A9" },
    { "https://a.example/?", "https://a.example/?k=v%20%26&n=%C3%A9" },
    { "https://a.example/?x=1", "https://a.example/?x=1&k=v%20%26&n=%C3%A9" },
    { "https://a.example/?x=1&#f?g", "https://a.example/?x=1&k=v%20%26&n=%C3%A9#f?g" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (cr_return_url_check (good[i], &error));
      g_assert_no_error (error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (cr_return_url_check (bad[i], &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
    }
  for (guint i = 0; i < G_N_ELEMENTS (joined); i++)
    {
      g_autofree char *url = cr_url_with_query (
          joined[i].url, (const char *const[]){ "k", "v &", "left", NULL, "n", "é", NULL });

      g_assert_cmpstr (url, ==, joined[i].expected);
    }
}

static void
test_clean_text (void)
{
  g_autofree char *plain = cr_clean_text ("  One\r\n\ttwo\x01\xff three  ", 100);
  g_autofree char *cut = cr_clean_text ("ééééé", 3);

  g_assert_cmpstr (plain, ==, "One two \357\277\275 three");
  g_assert_cmpstr (cut, ==, "ééé");
  g_assert_null (cr_clean_text (NULL, 10));
  g_assert_null (cr_clean_text (" \n ", 10));
}

static void
test_judge (void)
{
  g_autoptr (GError) offline = g_error_new_literal (CR_ERROR, CR_ERROR_OFFLINE, "x");
  g_autoptr (GError) reply = g_error_new_literal (CR_ERROR, CR_ERROR_BAD_REPLY, "x");
  g_autofree char *words = NULL;
  g_autofree char *missing =
      cr_judge_scopes ("openid patient/A.rs patient/B.rs", "patient/A.rs", &words);
  const CrClientUse fresh = { 1000, 0 };
  const CrClientUse worked = { 1000, 2000 };
  const gint64 two_days_ms = 48 * 60 * 60 * G_GINT64_CONSTANT (1000);

  g_assert_cmpint (cr_judge_authorization ("access_denied"), ==, CR_FAILURE_USER_DENIED);
  g_assert_cmpint (cr_judge_authorization ("anything"), ==, CR_FAILURE_PORTAL_ERROR);
  g_assert_cmpint (cr_judge_exchange (NULL, offline), ==, CR_FAILURE_SOURCE_UNREACHABLE);
  g_assert_cmpint (cr_judge_exchange (NULL, reply), ==, CR_FAILURE_TOKEN_EXCHANGE_FAILED);
  g_assert_cmpint (cr_judge_exchange ("invalid_client", reply), ==, CR_FAILURE_CLIENT_NOT_ACTIVE);
  g_assert_true (cr_judge_refresh_lapses ("invalid_grant"));
  g_assert_false (cr_judge_refresh_lapses ("invalid_client"));
  g_assert_false (cr_judge_refresh_lapses (NULL));
  g_assert_false (cr_judge_refresh_lapses ("unauthorized_client"));
  g_assert_cmpstr (missing, ==, "patient/B.rs");
  g_assert_nonnull (strstr (words, "patient/B.rs"));
  g_clear_pointer (&words, g_free);
  g_assert_null (cr_judge_scopes ("openid", NULL, &words));
  g_assert_null (words);
  g_assert_cmpint (cr_judge_client (CR_FAILURE_CLIENT_NOT_ACTIVE, &fresh, 999 + two_days_ms), ==,
                   CR_FAILURE_CLIENT_NOT_ACTIVE);
  g_assert_cmpint (cr_judge_client (CR_FAILURE_CLIENT_NOT_ACTIVE, &fresh, 1000 + two_days_ms), ==,
                   CR_FAILURE_REGISTRATION_REFUSED);
  g_assert_cmpint (cr_judge_client (CR_FAILURE_CLIENT_NOT_ACTIVE, &worked, 3000), ==,
                   CR_FAILURE_REGISTRATION_REFUSED);
  g_assert_cmpint (cr_judge_client (CR_FAILURE_USER_DENIED, &worked, 3000), ==,
                   CR_FAILURE_USER_DENIED);
}

static void
test_judge_patient (void)
{
  static const char text[] = "{\"resourceType\":\"Patient\",\"id\":\"1\",\"name\":[{\"given\":["
                             "\"Ada\"],\"family\":\"Novak\"}],"
                             "\"birthDate\":\"1970-01-02\",\"gender\":\"female\"}";
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr (CrPatient) patient = cr_patient_new ("p");
  g_autofree char *detail = NULL;

  g_assert_cmpint (cr_judge_patient (patient, NULL, &detail), ==, CR_GUARD_UNVERIFIED);
  g_assert_cmpint (cr_judge_patient (patient, body, &detail), ==, CR_GUARD_UNVERIFIED);
  patient->name = g_strdup ("Ada Novak");
  g_assert_cmpint (cr_judge_patient (patient, body, &detail), ==, CR_GUARD_MATCH);
  g_assert_null (detail);
  patient->birth_date = g_strdup ("1971");
  g_assert_cmpint (cr_judge_patient (patient, body, &detail), ==, CR_GUARD_BIRTH_DATE_DIFFERS);
  g_assert_nonnull (strstr (detail, "1971"));
  g_assert_nonnull (strstr (detail, "1970-01-02"));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pages/message", test_message);
  g_test_add_func ("/pages/picker", test_picker);
  g_test_add_func ("/pages/farewell", test_farewell);
  g_test_add_func ("/pages/failure-texts", test_failure_texts);
  g_test_add_func ("/pages/return-url", test_return_url);
  g_test_add_func ("/pages/clean-text", test_clean_text);
  g_test_add_func ("/pages/judge", test_judge);
  g_test_add_func ("/pages/judge-patient", test_judge_patient);

  return g_test_run ();
}
