/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What real portals have been seen to do, one test for each. The names are those of the list that
 * the cases come from. */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "cr-trip-rig.h"

#include "connect/cr-no-answer.h"
#include "model/cr-pull.h"

#include <string.h>

#define DAY_MS (24 * HOUR_MS)
#define MINUTE_MS (60 * G_GINT64_CONSTANT (1000))

/* A public client gets no refresh token though it asked for one, a confidential client does. */
static void
test_no_refresh (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) first = NULL;
  g_autoptr (CrSession) second = NULL;
  g_autofree char *back = trip_with (rig, "no-refresh-token", "{}", &first);
  g_autoptr (CrConnection) without = the_connection (rig, first->patient_id);
  g_autoptr (CrConnection) with = NULL;
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, first->patient_id);
  g_autofree char *again = NULL;

  trip_assert_connected (rig, first, back);
  g_assert_nonnull (strstr (without->scopes, "offline_access"));
  g_assert_false (without->has_refresh);
  g_assert_cmpint (without->access_expires_ms, >, cr_rig_clock ());
  g_assert_nonnull (strstr (trip_find (log, CR_AUTH_STEP_EXCHANGE)->description, "sign in again"));

  cr_rig_clear_faults (rig);
  second = cr_rig_direct_session (rig, 0);
  again = cr_rig_walk (rig, second, 0, CR_RIG_ALLOW);
  with = the_connection (rig, first->patient_id);
  trip_assert_connected (rig, second, again);
  g_assert_true (with->has_refresh);
}

/* The portal gives refresh tokens to clients with a secret alone: what counts is what came. */
static void
test_confidential_alone (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autoptr (CrSession) again = cr_rig_direct_session (rig, 0);
  g_autoptr (CrConnection) as_public = NULL;
  g_autoptr (CrConnection) as_confidential = NULL;
  g_autofree char *back = NULL;
  g_autofree char *second = NULL;

  cr_rig_fault (rig, "no-refresh-token", "{\"client\":\"chartroom-sandbox\"}");
  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  trip_assert_connected (rig, session, back);
  as_public = the_connection (rig, session->patient_id);
  g_assert_false (as_public->has_refresh);
  g_assert_cmpint (cr_connection_get_end_ms (as_public), ==, as_public->access_expires_ms);

  make_confidential (rig, CR_CLIENT_AUTH_BASIC, NULL);
  second = cr_rig_walk (rig, again, 0, CR_RIG_ALLOW);
  trip_assert_connected (rig, again, second);
  as_confidential = the_connection (rig, session->patient_id);
  g_assert_true (as_confidential->has_refresh);
  g_assert_cmpint (cr_connection_get_end_ms (as_confidential), ==, 0);
}

/* The token counts, not what the scope text says about it. */
static void
test_offline_scope (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back = trip_with (
      rig, "token-answer", "{\"set\":{\"scope\":\"launch/patient patient/*.rs\"}}", &session);
  g_autoptr (CrConnection) connection = the_connection (rig, session->patient_id);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) got = { FALSE };

  trip_assert_connected (rig, session, back);
  g_assert_null (strstr (connection->scopes, "offline_access"));
  g_assert_true (connection->has_refresh);
  g_assert_null (connection->ungranted);
  cr_rig_set_clock_offset (2 * HOUR_MS);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
}

/* Scopes were dropped without a word: that is said at once, before a pull comes back empty. */
static void
test_dropped_scopes (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back = trip_with (
      rig, "granted-scope",
      "{\"scope\":\"launch/patient openid offline_access patient/Patient.rs patient/Goal.read\"}",
      &session);
  g_autoptr (CrConnection) connection = the_connection (rig, session->patient_id);
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, session->patient_id);
  g_autoptr (GPtrArray) pulls = cr_rig_pulls (rig, session->patient_id);
  CrAuthEvent *event = trip_find (log, CR_AUTH_STEP_SCOPES);

  trip_assert_connected (rig, session, back);
  g_assert_nonnull (event);
  g_assert_cmpint (event->code, ==, CR_FAILURE_SCOPES_REDUCED);
  g_assert_cmpint (event->outcome, ==, CR_AUTH_OUTCOME_FAILURE);
  g_assert_nonnull (strstr (event->description, "patient/Observation.rs"));
  g_assert_null (strstr (event->description, "Goal"));
  g_assert_nonnull (strstr (connection->ungranted, "patient/Observation.rs"));
  g_assert_null (strstr (connection->ungranted, "offline_access"));
  g_assert_cmpuint (pulls->len, ==, 1);
  g_assert_cmpint (((CrPull *) g_ptr_array_index (pulls, 0))->status, ==, CR_PULL_QUEUED);
}

/* No records at all among what the answer names. */
static void
test_dropped_all (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back =
      trip_with (rig, "token-answer", "{\"set\":{\"scope\":\"launch/patient openid\"}}", &session);
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, session->patient_id);
  CrAuthEvent *event = trip_find (log, CR_AUTH_STEP_SCOPES);

  trip_assert_connected (rig, session, back);
  g_assert_nonnull (event);
  g_assert_nonnull (strstr (event->description, "empty"));
}

typedef struct
{
  const char *faults[5][2];
  const char *from; /* (nullable): how the patient is known */
  CrFailureCode code;
} Identity;

static const Identity by_token = { { { NULL } }, "token answer", CR_FAILURE_NONE };
static const Identity by_id_token = { { { "missing-patient", "{\"fhir_user\":1}" } },
                                      "id token",
                                      CR_FAILURE_NONE };
static const Identity by_search = { { { "missing-patient", "{}" } }, "one hit", CR_FAILURE_NONE };
static const Identity by_coverage = { { { "missing-patient", "{}" },
                                        { "patient-search", "{\"n\":0}" } },
                                      "coverage",
                                      CR_FAILURE_NONE };
static const Identity by_coverage_refused = {
  { { "missing-patient", "{}" }, { "status", "{\"types\":[\"Patient\"],\"status\":403}" } },
  "coverage",
  CR_FAILURE_NONE
};
static const Identity by_two = { { { "missing-patient", "{}" }, { "patient-search", "{\"n\":2}" } },
                                 NULL,
                                 CR_FAILURE_PATIENT_AMBIGUOUS };
static const Identity by_nothing = {
  { { "missing-patient", "{}" },
    { "patient-search", "{\"n\":0}" },
    { "status", "{\"types\":[\"Coverage\",\"ExplanationOfBenefit\"],\"status\":404}" } },
  NULL,
  CR_FAILURE_PATIENT_UNKNOWN
};

/* The token answer names no patient: other ways to know who it is, and no guess. */
static void
test_no_patient (gconstpointer data)
{
  const Identity *identity = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *back = NULL;
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (GPtrArray) log = NULL;
  g_autoptr (GPtrArray) none = NULL;

  for (guint i = 0; identity->faults[i][0] != NULL; i++)
    cr_rig_fault (rig, identity->faults[i][0], identity->faults[i][1]);
  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  if (identity->code != CR_FAILURE_NONE)
    {
      trip_assert_failed (rig, session, back, identity->code);
      none = cr_rig_connections (rig, session->patient_id);
      g_assert_cmpuint (none->len, ==, 0);
      return;
    }

  trip_assert_connected (rig, session, back);
  connection = the_connection (rig, session->patient_id);
  log = cr_rig_auth_events (rig, session->patient_id);
  g_assert_cmpstr (connection->portal_patient_id, ==, cr_rig_person (rig, 0, "portal_patient_id"));
  g_assert_nonnull (strstr (trip_find (log, CR_AUTH_STEP_PATIENT)->description, identity->from));
}

/* The portal shows no Patient and no Coverage, and these ExplanationOfBenefit alone. */
static void
show_benefits (CrRig *rig, const char *const *patients)
{
  g_autoptr (GString) bundle =
      g_string_new ("{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[");
  g_autofree char *base64 = NULL;
  g_autofree char *parameters = NULL;

  for (guint i = 0; patients[i] != NULL; i++)
    g_string_append_printf (bundle,
                            "%s{\"resource\":{\"resourceType\":\"ExplanationOfBenefit\","
                            "\"id\":\"b%u\",\"patient\":{\"reference\":\"%s\"}}}",
                            i > 0 ? "," : "", i, patients[i]);
  g_string_append (bundle, "]}");
  base64 = g_base64_encode ((const guchar *) bundle->str, bundle->len);
  parameters = g_strdup_printf ("{\"types\":[\"ExplanationOfBenefit\"],\"base64\":\"%s\"}", base64);
  cr_rig_fault (rig, "missing-patient", "{}");
  cr_rig_fault (rig, "patient-search", "{\"n\":0}");
  cr_rig_fault (rig, "status", "{\"types\":[\"Coverage\"],\"status\":404}");
  cr_rig_fault (rig, "raw-answer", parameters);
}

/* Claims alone say who it is, when they are about one person of this server. */
static void
test_benefit (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autofree char *one =
      g_strconcat ("Patient/", cr_rig_person (rig, 0, "portal_patient_id"), NULL);
  g_autofree char *other =
      g_strconcat ("Patient/", cr_rig_person (rig, 1, "portal_patient_id"), NULL);
  const struct
  {
    const char *patients[4];
    CrFailureCode code;
  } cases[] = {
    { { one, other }, CR_FAILURE_PATIENT_AMBIGUOUS },
    { { "https://elsewhere.example/Patient/1" }, CR_FAILURE_PATIENT_UNKNOWN },
    { { NULL }, CR_FAILURE_PATIENT_UNKNOWN },
    { { one, one, "https://elsewhere.example/Patient/1" }, CR_FAILURE_NONE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
      g_autofree char *back = NULL;
      g_autoptr (CrConnection) connection = NULL;
      g_autoptr (GPtrArray) log = NULL;

      cr_rig_clear_faults (rig);
      show_benefits (rig, cases[i].patients);
      back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
      if (cases[i].code != CR_FAILURE_NONE)
        {
          trip_assert_failed (rig, session, back, cases[i].code);
          continue;
        }

      trip_assert_connected (rig, session, back);
      connection = the_connection (rig, session->patient_id);
      log = cr_rig_auth_events (rig, session->patient_id);
      g_assert_cmpstr (connection->portal_patient_id, ==,
                       cr_rig_person (rig, 0, "portal_patient_id"));
      g_assert_nonnull (strstr (trip_find (log, CR_AUTH_STEP_PATIENT)->description, "coverage"));
    }
}

/* The portal gives up while renewing: that ends nothing, and the next one gets through. */
static void
test_timeout_at_renewal (gconstpointer data)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) got = { FALSE };

  cr_rig_set_clock_offset (2 * HOUR_MS);
  cr_rig_fault (rig, "token-reply", data);
  get (token, FALSE, &got);
  g_assert_nonnull (got.error);
  g_assert_true (cr_error_is_retryable (got.error) ||
                 g_error_matches (got.error, CR_ERROR, CR_ERROR_BAD_REPLY));
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_true (g_bytes_equal (after->sealed_tokens, connection->sealed_tokens));

  cr_rig_clear_faults (rig);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
}

/* Each rotated token is saved before the access token that came with it is handed out, in one step
 * with it: whoever comes after a crash finds the one that is good. */
static void
test_rotation_saved_first (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "strict-rotation", "{}");
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (CrTokens) next =
          cr_tokens_new (rig->store, rig->client, rig->vault, rig->changes, cr_rig_clock);
      g_autoptr (CrToken) token = cr_tokens_for (next, connection->id, rig->sandbox_uri);
      g_autoptr (CrConnection) before = the_connection (rig, connection->patient_id);
      g_autoptr (CrConnection) after = NULL;

      cr_rig_set_clock_offset (i * HOUR_MS);
      get (token, FALSE, &got);
      g_assert_no_error (got.error);
      after = the_connection (rig, connection->patient_id);
      g_assert_false (g_bytes_equal (before->sealed_tokens, after->sealed_tokens));
      g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
    }
}

/* The answer was lost between the portal and us, and the portal allows no second use: that is a
 * refusal, with its cause. */
static void
test_rotation_lost (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrTokens) next =
      cr_tokens_new (rig->store, rig->client, rig->vault, rig->changes, cr_rig_clock);
  g_autoptr (CrToken) lost = token_of (rig, connection);
  g_autoptr (CrToken) token = cr_tokens_for (next, connection->id, rig->sandbox_uri);
  g_autoptr (GPtrArray) log = NULL;
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "strict-rotation", "{}");
  cr_rig_set_clock_offset (HOUR_MS);
  cr_rig_fill_disk (rig);
  get (lost, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_NO_SPACE);
  cr_rig_make_room (rig);

  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_SIGN_IN);
  after = the_connection (rig, connection->patient_id);
  log = cr_rig_auth_events (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_REFRESH_FAILED);
  g_assert_cmpint (after->failure_code, ==, CR_FAILURE_REFRESH_REFUSED);
  g_assert_nonnull (strstr (trip_find (log, CR_AUTH_STEP_REFRESH)->description, "invalid_grant"));
}

/* The client id that an admin registered is refused; what the portal said is kept for the admin. */
static void
test_registration_refused (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) first = cr_rig_direct_session (rig, 0);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autoptr (CrSession) exchange = cr_rig_direct_session (rig, 0);
  g_autoptr (CrAttempt) attempt = NULL;
  g_autofree char *worked = cr_rig_walk (rig, first, 0, CR_RIG_ALLOW);
  g_autofree char *back = NULL;
  g_autofree char *there = NULL;

  trip_assert_connected (rig, first, worked);
  cr_rig_fault (rig, "authorize-error",
                "{\"error\":\"unauthorized_client\",\"description\":\"Not registered here\"}");
  back = trip_bounce (rig, session);
  trip_assert_failed (rig, session, back, CR_FAILURE_REGISTRATION_REFUSED);
  attempt = trip_attempt (rig, session);
  g_assert_nonnull (strstr (attempt->failure_description, "Not registered here"));
  g_assert_null (strstr (back, "Not%20registered"));
  cr_rig_clear_faults (rig);

  cr_rig_fault (
      rig, "token-reply",
      "{\"status\":401,\"type\":\"application/json\",\"body\":"
      "\"{\\\"error\\\":\\\"invalid_client\\\",\\\"error_description\\\":\\\"Gone\\\"}\"}");
  there = cr_rig_walk (rig, exchange, 0, CR_RIG_ALLOW);
  trip_assert_failed (rig, exchange, there, CR_FAILURE_REGISTRATION_REFUSED);
  g_clear_object (&attempt);
  attempt = trip_attempt (rig, exchange);
  g_assert_nonnull (strstr (attempt->failure_description, "Gone"));
}

/* The patient chose how long: that is shown as a date, and its day is no failure. */
static void
test_consent_ends (gconstpointer data)
{
  g_autofree char *set = g_strdup_printf ("{\"set\":{%s}}", (const char *) data);
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back = trip_with (rig, "token-answer", set, &session);
  g_autoptr (CrConnection) connection = the_connection (rig, session->patient_id);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrConnection) after = NULL;
  g_auto (Got) got = { FALSE };

  trip_assert_connected (rig, session, back);
  g_assert_cmpint (connection->consent_ends_ms, >, cr_rig_clock () + DAY_MS - 5 * MINUTE_MS);
  g_assert_cmpint (connection->consent_ends_ms, <, cr_rig_clock () + DAY_MS + 5 * MINUTE_MS);
  cr_rig_clear_faults (rig);

  cr_rig_set_clock_offset (12 * HOUR_MS);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  after = the_connection (rig, session->patient_id);
  g_assert_cmpint (after->consent_ends_ms, ==, connection->consent_ends_ms);
  g_clear_object (&after);

  cr_rig_set_clock_offset (25 * HOUR_MS);
  cr_rig_fault (rig, "refuse-refresh", "{}");
  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_SIGN_IN);
  after = the_connection (rig, session->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_EXPIRED);
  g_assert_cmpint (after->failure_code, ==, CR_FAILURE_NONE);
}

/* A new client id takes up to two days to be known everywhere; one that is older is refused for
 * another reason. */
static void
test_not_active_yet (void)
{
  static const struct
  {
    gint64 age_ms;
    CrFailureCode code;
  } cases[] = {
    { 0, CR_FAILURE_CLIENT_NOT_ACTIVE },
    { 47 * HOUR_MS, CR_FAILURE_CLIENT_NOT_ACTIVE },
    { 49 * HOUR_MS, CR_FAILURE_REGISTRATION_REFUSED },
  };
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);

  cr_rig_fault (rig, "authorize-error", "{\"error\":\"unauthorized_client\"}");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CrSession) session = NULL;
      g_autofree char *back = NULL;

      cr_rig_set_clock_offset (cases[i].age_ms);
      session = cr_rig_direct_session (rig, 0);
      back = trip_bounce (rig, session);
      trip_assert_failed (rig, session, back, cases[i].code);
    }

  /* another client id is new again */
  trip_set_source (rig, "client_id", "chartroom-sandbox-confidential");
  {
    g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
    g_autofree char *back = trip_bounce (rig, session);

    trip_assert_failed (rig, session, back, CR_FAILURE_CLIENT_NOT_ACTIVE);
  }
}

/* Nothing of a trip that cannot be trusted reaches the token endpoint, and another trip can be
 * made.
 */
static void
test_state (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *late = trip_begin (rig, session);
  g_autofree char *there = NULL;
  g_autofree char *back = NULL;
  g_autoptr (CrAnswer) too_late = NULL;
  g_autoptr (CrAnswer) unknown = NULL;
  g_autoptr (CrAnswer) ended = NULL;
  g_autoptr (CrAnswer) reused = NULL;

  cr_rig_set_clock_offset (11 * MINUTE_MS);
  too_late = trip_return (rig, late, "code=x");
  g_assert_cmpuint (too_late->status, ==, 400);
  g_assert_nonnull (strstr (too_late->body, "state_expired"));
  unknown = trip_return (rig, "http://x/?state=abcdefghijklmnopqrstuvwxyz012345", "code=x");
  g_assert_nonnull (strstr (unknown->body, "invalid_state"));
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 0);

  there = trip_begin (rig, session);
  back = cr_rig_sign_in (rig, there, 0, CR_RIG_ALLOW);
  ended = cr_rig_get (rig, back);
  trip_assert_connected (rig, session, ended->location);
  reused = cr_rig_get (rig, back);
  g_assert_nonnull (strstr (reused->body, "invalid_state"));
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);
}

/* The portal spoils what is special in a state, so nothing in ours is. */
static void
test_state_letters (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);

  cr_rig_fault (rig, "mangle-state", "{}");
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
      g_autofree char *back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);

      trip_assert_connected (rig, session, back);
    }
}

/* One vendor wants the redirect URI with a renewal, others refuse what the standard does not name.
 */
static void
test_refresh_parameters (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "refresh-needs-redirect", "{}");
  cr_rig_set_clock_offset (2 * HOUR_MS);
  get (token, FALSE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_REFUSED);

  trip_set_source (rig, "type", "centricity");
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
}

/* The site has not bought or switched on what the app needs. */
static void
test_unknown_tenant (void)
{
  static const char *const answers[] = {
    "{\"error\":\"invalid_request\",\"description\":\"Unknown tenant\"}",
    "{\"error\":\"server_error\",\"description\":\"x\",\"uri\":"
    "\"https://authorization.example/errors/urn:error:oauth2:grant:unknown-tenant/instances/1\"}",
  };
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);

  trip_set_source (rig, "type", "oracle");
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
      g_autofree char *back = NULL;

      cr_rig_fault (rig, "authorize-error", answers[i]);
      back = trip_bounce (rig, session);
      trip_assert_failed (rig, session, back, CR_FAILURE_SITE_NOT_ENABLED);
    }
}

/* A value that the portal compares letter for letter. */
static void
test_exact_parameter (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *back = NULL;

  cr_rig_fault (rig, "need-parameter",
                "{\"text\":\"ah-practice=Organization/a-1.Practice-80000\"}");
  trip_set_source (rig, "parameters", "ah-practice=Organization/a-1.Practice-80000");
  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  trip_assert_connected (rig, session, back);
}

typedef struct
{
  const char *vendor;
  const char *fault;
  const char *parameters;
  CrFailureCode without; /* what a source of no known vendor gets */
} Vendor;

static const Vendor vendors[] = {
  { "va", "reject-scope", "{\"scope\":\"patient/*.rs\"}", CR_FAILURE_SCOPES_INSUFFICIENT },
  { "drchrono", "reject-scope", "{\"scope\":\"launch/patient\"}", CR_FAILURE_SCOPES_INSUFFICIENT },
  { "advancedmd", "reject-parameter", "{\"parameter\":\"aud\"}", CR_FAILURE_PORTAL_ERROR },
};

static void
test_vendor (gconstpointer data)
{
  const Vendor *vendor = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) plain = cr_rig_direct_session (rig, 0);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *refused = NULL;
  g_autofree char *back = NULL;

  cr_rig_fault (rig, vendor->fault, vendor->parameters);
  refused = trip_bounce (rig, plain);
  trip_assert_failed (rig, plain, refused, vendor->without);
  trip_set_source (rig, "type", vendor->vendor);
  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  trip_assert_connected (rig, session, back);
}

static gpointer
expire (CrDb *db, gpointer data, GError **error)
{
  return cr_no_answer_settle (db, *(gint64 *) data, error);
}

static guint
sweep (CrRig *rig)
{
  gint64 now_ms = cr_rig_clock ();
  g_autoptr (GPtrArray) told = cr_rig_write (rig, expire, &now_ms);

  return told->len;
}

/* The portal shows an error of its own: no answer is not a no. */
static void
test_no_answer (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *there = trip_begin (rig, session);
  g_autoptr (CrAnswer) page = NULL;
  g_autoptr (CrAttempt) attempt = NULL;
  g_autoptr (CrSession) now = NULL;
  g_autofree char *back = NULL;

  cr_rig_fault (rig, "authorize-page", "{}");
  page = cr_rig_get (rig, there);
  g_assert_cmpuint (page->status, ==, 200);
  cr_rig_set_clock_offset (9 * MINUTE_MS);
  g_assert_cmpuint (sweep (rig), ==, 0);
  cr_rig_set_clock_offset (10 * MINUTE_MS + 1000);
  g_assert_cmpuint (sweep (rig), ==, 1);
  g_assert_cmpuint (sweep (rig), ==, 0);

  attempt = trip_attempt (rig, session);
  g_assert_cmpint (attempt->status, ==, CR_ATTEMPT_EXPIRED);
  trip_assert_failed (rig, session, NULL, CR_FAILURE_NO_ANSWER);
  now = cr_rig_get_session (rig, session->id);
  g_assert_cmpint (now->status, ==, CR_SESSION_OPEN);

  cr_rig_clear_faults (rig);
  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  trip_assert_connected (rig, session, back);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/rows/T01-no-refresh-token", test_no_refresh);
  g_test_add_func ("/connect/rows/T02-offline-scope-absent", test_offline_scope);
  g_test_add_func ("/connect/rows/T03-dropped-scopes", test_dropped_scopes);
  g_test_add_func ("/connect/rows/T03-dropped-all", test_dropped_all);
  g_test_add_data_func ("/connect/rows/T06-token", &by_token, test_no_patient);
  g_test_add_data_func ("/connect/rows/T06-id-token", &by_id_token, test_no_patient);
  g_test_add_data_func ("/connect/rows/T06-search", &by_search, test_no_patient);
  g_test_add_data_func ("/connect/rows/T06-coverage", &by_coverage, test_no_patient);
  g_test_add_data_func ("/connect/rows/T06-patient-refused", &by_coverage_refused, test_no_patient);
  g_test_add_data_func ("/connect/rows/T06-two-candidates", &by_two, test_no_patient);
  g_test_add_data_func ("/connect/rows/T06-no-candidate", &by_nothing, test_no_patient);
  g_test_add_func ("/connect/rows/T06-benefit", test_benefit);
  g_test_add_data_func ("/connect/rows/T07-408", "{\"status\":408}", test_timeout_at_renewal);
  g_test_add_data_func ("/connect/rows/T07-429", "{\"status\":429}", test_timeout_at_renewal);
  g_test_add_data_func ("/connect/rows/T07-503", "{\"status\":503}", test_timeout_at_renewal);
  g_test_add_data_func ("/connect/rows/T07-html", "{\"status\":200}", test_timeout_at_renewal);
  g_test_add_func ("/connect/rows/T08-rotation-saved-first", test_rotation_saved_first);
  g_test_add_func ("/connect/rows/T08-rotation-lost", test_rotation_lost);
  g_test_add_func ("/connect/rows/T09-registration-refused", test_registration_refused);
  g_test_add_data_func ("/connect/rows/T10-refresh-expires-in", "\"refresh_expires_in\":86400",
                        test_consent_ends);
  g_test_add_data_func ("/connect/rows/T10-refresh-token-expires-in",
                        "\"refresh_token_expires_in\":\"86400\"", test_consent_ends);
  g_test_add_func ("/connect/rows/T11-not-active-yet", test_not_active_yet);
  g_test_add_func ("/connect/rows/T12-state", test_state);
  g_test_add_func ("/connect/rows/T13-state-letters", test_state_letters);
  g_test_add_func ("/connect/rows/T13-refresh-parameters", test_refresh_parameters);
  g_test_add_func ("/connect/rows/T14-unknown-tenant", test_unknown_tenant);
  g_test_add_func ("/connect/rows/T15-exact-parameter", test_exact_parameter);
  for (guint i = 0; i < G_N_ELEMENTS (vendors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/connect/rows/T16-%s", vendors[i].vendor);

      g_test_add_data_func (path, &vendors[i], test_vendor);
    }
  g_test_add_func ("/connect/rows/T17-no-answer", test_no_answer);
  g_test_add_func ("/connect/rows/T18-confidential-alone", test_confidential_alone);

  return g_test_run ();
}
