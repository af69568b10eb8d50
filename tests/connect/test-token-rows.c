/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-json.h"
#include "cr-trip-rig.h"

#include "connect/cr-lapse.h"
#include "model/cr-event.h"

#include <string.h>

#define DAY_MS (24 * HOUR_MS)

static guint
count_lapses (CrRig *rig)
{
  g_autoptr (GPtrArray) events = cr_rig_events (rig);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += ((CrEvent *) g_ptr_array_index (events, i))->type ==
         CR_EVENT_CONNECTION_TOKEN_REFRESH_FAILED;

  return n;
}

typedef struct
{
  const char *name;
  const char *fault;
  const char *parameters;
  gboolean lapses;
} Case;

static const Case cases[] = {
  { "invalid-grant", "refuse-refresh", "{}", TRUE },
  { "access-denied", "refuse-refresh", "{\"error\":\"access_denied\"}", TRUE },
  { "consent-required", "refuse-refresh", "{\"error\":\"consent_required\"}", TRUE },
  { "login-required", "refuse-refresh", "{\"error\":\"login_required\"}", TRUE },
  { "other-patient", "token-answer", "{\"set\":{\"patient\":\"somebody-else\"}}", TRUE },
  { "invalid-client", "refuse-refresh", "{\"error\":\"invalid_client\"}", FALSE },
  { "unauthorized-client", "refuse-refresh", "{\"error\":\"unauthorized_client\"}", FALSE },
  { "invalid-request", "refuse-refresh", "{\"error\":\"invalid_request\"}", FALSE },
  { "invalid-scope", "refuse-refresh", "{\"error\":\"invalid_scope\"}", FALSE },
  { "server-error", "refuse-refresh", "{\"error\":\"server_error\"}", FALSE },
  { "unknown-error", "refuse-refresh", "{\"error\":\"whatever\"}", FALSE },
  { "500", "token-reply", "{\"status\":500}", FALSE },
  { "502-html", "token-reply", "{\"status\":502}", FALSE },
  { "408", "token-reply", "{\"status\":408}", FALSE },
  { "429", "token-reply", "{\"status\":429,\"retry_after\":\"3\"}", FALSE },
  { "503-invalid-grant", "token-reply",
    "{\"status\":503,\"type\":\"application/"
    "json\",\"body\":\"{\\\"error\\\":\\\"invalid_grant\\\"}\"}",
    FALSE },
  { "html", "token-reply", "{\"status\":200}", FALSE },
  { "html-401", "token-reply", "{\"status\":401}", FALSE },
  { "html-404", "token-reply", "{\"status\":404}", FALSE },
  { "empty", "token-reply", "{\"status\":200,\"type\":\"application/json\",\"body\":\"\"}", FALSE },
};

/* Only a refusal of the patient's grant ends access: the tokens go, and it is said once. */
static void
test_lapse (gconstpointer data)
{
  const Case *this = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (CrToken) other = token_of (rig, connection);
  g_autoptr (GPtrArray) log = NULL;
  g_auto (Got) got = { FALSE };

  cr_rig_set_clock_offset (2 * HOUR_MS);
  cr_rig_fault (rig, this->fault, this->parameters);
  for (guint i = 0; i < 3; i++)
    {
      get (i == 1 ? other : token, i == 2, &got);
      g_assert_nonnull (got.error);
      g_assert_null (strstr (got.error->message, connection->patient_id));
    }
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==,
                   this->lapses ? CR_CONNECTION_REFRESH_FAILED : CR_CONNECTION_ACTIVE);
  g_assert_cmpint (after->sealed_tokens == NULL, ==, this->lapses);
  g_assert_cmpuint (count_lapses (rig), ==, this->lapses);
  if (this->lapses)
    {
      log = cr_rig_auth_events (rig, connection->patient_id);
      g_assert_cmpint (trip_find (log, CR_AUTH_STEP_REFRESH)->code, ==, after->failure_code);
      g_assert_cmpint (after->failure_code, !=, CR_FAILURE_NONE);
      g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);
    }
}

/* Two flows of one connection, each with a token of its own, at the moment it must be renewed. */
static void
test_single_flight (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  Got got[8] = { { FALSE } };
  CrToken *tokens[8];

  cr_rig_fault (rig, "strict-rotation", "{}");
  cr_rig_set_clock_offset (2 * HOUR_MS);
  for (guint i = 0; i < G_N_ELEMENTS (got); i++)
    {
      tokens[i] = token_of (rig, connection);
      cr_token_get_async (tokens[i], i % 3 == 0, NULL, got_cb, &got[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (got); i++)
    {
      cr_rig_wait (&got[i].done);
      g_assert_no_error (got[i].error);
      g_assert_cmpstr (got[i].value, ==, got[0].value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (got); i++)
    {
      got_clear (&got[i]);
      g_object_unref (tokens[i]);
    }
  g_assert_cmpuint (cr_rig_count (rig, "POST", TOKEN_PATH, 0), ==, 1);
}

/* What is granted may shrink with a renewal, which is said once. */
static void
test_shrunk (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrToken) token = token_of (rig, connection);
  g_autoptr (GPtrArray) log = NULL;
  g_auto (Got) got = { FALSE };
  guint n = 0;

  cr_rig_fault (rig, "token-answer", "{\"set\":{\"scope\":\"patient/Patient.rs\"}}");
  for (guint i = 1; i <= 2; i++)
    {
      cr_rig_set_clock_offset (2 * i * HOUR_MS);
      get (token, FALSE, &got);
      g_assert_no_error (got.error);
    }
  after = the_connection (rig, connection->patient_id);
  g_assert_null (connection->ungranted);
  g_assert_nonnull (strstr (after->ungranted, "patient/Condition.rs"));
  log = cr_rig_auth_events (rig, connection->patient_id);
  for (guint i = 0; i < log->len; i++)
    n += ((CrAuthEvent *) g_ptr_array_index (log, i))->step == CR_AUTH_STEP_SCOPES;
  g_assert_cmpuint (n, ==, 1);
}

static gpointer
sweep (CrDb *db, gpointer data, GError **error)
{
  return cr_lapse_ended (db, *(gint64 *) data, error);
}

/* Access without a refresh token ends on its day, also when the machine slept over it, and once. */
static void
test_slept_over (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back = trip_with (
      rig, "token-answer", "{\"set\":{\"refresh_token\":null,\"expires_in\":7776000}}", &session);
  g_autoptr (CrConnection) connection = the_connection (rig, session->patient_id);
  g_autoptr (CrConnection) after = NULL;
  gint64 now_ms = connection->access_expires_ms + 3 * DAY_MS;

  trip_assert_connected (rig, session, back);
  g_assert_cmpint (connection->access_expires_ms - connection->updated_ms, ==, 90 * DAY_MS);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) told = cr_rig_write (rig, sweep, &now_ms);

      g_assert_cmpuint (told->len, ==, i == 0);
    }
  after = the_connection (rig, session->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_EXPIRED);
  g_assert_null (after->sealed_tokens);
  g_assert_cmpuint (count_lapses (rig), ==, 1);
}

/* A clock that is years behind or ahead ends nothing that the portal still gives. */
static void
test_wrong_clock (gconstpointer data)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = connected (rig);
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrToken) token = token_of (rig, connection);
  gint64 now_ms;
  g_autoptr (GPtrArray) told = NULL;
  g_auto (Got) got = { FALSE };

  cr_rig_set_clock_offset (GPOINTER_TO_INT (data) * DAY_MS);
  now_ms = cr_rig_clock ();
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  told = cr_rig_write (rig, sweep, &now_ms);
  g_assert_cmpuint (told->len, ==, 0);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
}

typedef struct
{
  const char *name;
  gboolean has_refresh;
  int days; /* that our clock is wrong by */
} WrongClock;

static const WrongClock wrong_clocks[] = {
  { "ahead", FALSE, 40 },
  { "behind", FALSE, -40 },
  { "ahead-refresh", TRUE, 40 },
  { "behind-refresh", TRUE, -40 },
};

/* While the clock is known to be wrong the portal alone says whether access has ended: what it
 * still takes goes on, and what it refuses ends. */
static void
test_known_wrong (gconstpointer data)
{
  const WrongClock *row = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrConnection) at_last = NULL;
  g_autoptr (CrToken) token = NULL;
  g_auto (Got) got = { FALSE };

  if (!row->has_refresh)
    cr_rig_fault (rig, "no-refresh-token", "{}");
  connection = connected (rig);
  token = token_of (rig, connection);
  cr_rig_set_clock_wrong (row->days * DAY_MS);
  g_assert_cmpint (cr_skew_look (cr_client_get_skew (rig->client)), ==, CR_SKEW_WRONG);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  g_assert_cmpuint (works_at_portal (rig, got.value), !=, 401);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_true (g_bytes_equal (after->sealed_tokens, connection->sealed_tokens));

  get (token, TRUE, &got);
  at_last = the_connection (rig, connection->patient_id);
  g_assert_cmpint (at_last->status, ==,
                   row->has_refresh ? CR_CONNECTION_ACTIVE : CR_CONNECTION_REFRESH_FAILED);
  if (row->has_refresh)
    g_assert_cmpint (ABS (at_last->access_expires_ms - cr_time_now_ms () - HOUR_MS), <, 60 * 1000);
}

/* Nobody said what time it is: the token is tried, and the portal's 401 ends access, by its date.
 */
static void
test_unknown_time (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrClient) client = cr_client_new (cr_rig_clock, 8);
  g_autoptr (CrTokens) next =
      cr_tokens_new (rig->store, client, rig->vault, rig->changes, cr_rig_clock);
  g_autoptr (CrConnection) connection = NULL;
  g_autoptr (CrConnection) after = NULL;
  g_autoptr (CrConnection) at_last = NULL;
  g_autoptr (CrToken) token = NULL;
  g_auto (Got) got = { FALSE };

  cr_rig_fault (rig, "no-refresh-token", "{}");
  connection = connected (rig);
  token = cr_tokens_for (next, connection->id, rig->sandbox_uri);
  cr_rig_set_clock_offset (2 * HOUR_MS);
  get (token, FALSE, &got);
  g_assert_no_error (got.error);
  after = the_connection (rig, connection->patient_id);
  g_assert_cmpint (after->status, ==, CR_CONNECTION_ACTIVE);
  get (token, TRUE, &got);
  g_assert_error (got.error, CR_ERROR, CR_ERROR_SIGN_IN);
  at_last = the_connection (rig, connection->patient_id);
  g_assert_cmpint (at_last->status, ==, CR_CONNECTION_EXPIRED);
}

/* A patient signs in while the clock is wrong: the id token is believed, and access ends when it
 * really does. */
static void
test_signed_in_wrong (gconstpointer data)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrConnection) connection = NULL;

  cr_rig_set_clock_wrong (GPOINTER_TO_INT (data) * DAY_MS);
  connection = connected (rig);
  g_assert_cmpint (ABS (connection->access_expires_ms - cr_time_now_ms () - HOUR_MS), <, 60 * 1000);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf (
          "/connect/tokens/%s-%s", cases[i].lapses ? "lapse" : "no-lapse", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_lapse);
    }
  g_test_add_func ("/connect/tokens/single-flight", test_single_flight);
  g_test_add_func ("/connect/tokens/shrunk", test_shrunk);
  g_test_add_func ("/connect/tokens/slept-over", test_slept_over);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_clocks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/connect/rows/D10-%s", wrong_clocks[i].name);

      g_test_add_data_func (path, &wrong_clocks[i], test_known_wrong);
    }
  g_test_add_func ("/connect/rows/D10-unknown", test_unknown_time);
  g_test_add_data_func ("/connect/rows/D10-signed-in-ahead", GINT_TO_POINTER (40),
                        test_signed_in_wrong);
  g_test_add_data_func ("/connect/rows/D10-signed-in-behind", GINT_TO_POINTER (-40),
                        test_signed_in_wrong);
  g_test_add_data_func ("/connect/tokens/clock-ahead", GINT_TO_POINTER (1000), test_wrong_clock);
  g_test_add_data_func ("/connect/tokens/clock-behind", GINT_TO_POINTER (-9000), test_wrong_clock);

  return g_test_run ();
}
