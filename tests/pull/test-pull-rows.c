/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "pull-test.h"

#include "model/cr-auth-event.h"

#include <string.h>

/* One type is refused because its scope was not granted: it says so, is asked once, and everything
 * else comes. */
static void
test_not_granted (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  CrQuery *refused;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_clear_log (test.rig);
  cr_rig_fault (test.rig, "not-granted", "{\"types\":[\"Condition\"]}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  refused = pull_test_query (queries, "Condition");
  g_assert_cmpint (refused->status, ==, CR_QUERY_NOT_GRANTED);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", "/portal/fhir/Condition", 403), ==, 1);
  g_assert_cmpint (pull->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (pull_test_query (queries, "Observation")->status, ==, CR_QUERY_COMPLETE);
  pull_test_check_words (pull, queries);
}

/* What was not granted at the sign-in is not even asked for. */
static void
test_granted_less (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrSession) session = NULL;
  g_autofree char *back = NULL;
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "granted-scope",
                "{\"scope\":\"launch/patient offline_access patient/Patient.read"
                " patient/Condition.rs\"}");
  pull_test_connect (&test, SMALL_PERSON);
  cr_rig_clear_log (test.rig);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull_test_query (queries, "Patient")->status, ==, CR_QUERY_COMPLETE);
  g_assert_cmpint (pull_test_query (queries, "Condition")->status, ==, CR_QUERY_COMPLETE);
  g_assert_cmpint (pull_test_query (queries, "Observation")->status, ==, CR_QUERY_NOT_GRANTED);
  g_assert_cmpuint (cr_rig_count (test.rig, "GET", "/portal/fhir/Observation", 0), ==, 0);
  pull_test_check_words (pull, queries);
}

typedef struct
{
  const char *name;
  guint status;
  CrPullStatus pull;
} Refusal;

static const Refusal refusals[] = {
  { "400", 400, CR_PULL_PARTIAL },
  { "403", 403, CR_PULL_COMPLETE },
  { "404", 404, CR_PULL_COMPLETE },
};

/* One refused type does not end the rest. */
static void
test_one_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  g_autofree char *parameters =
      g_strdup_printf ("{\"types\":[\"AllergyIntolerance\"],\"status\":%u}", refusal->status);

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "status", parameters);
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull_test_query (queries, "AllergyIntolerance")->status, !=, CR_QUERY_COMPLETE);
  g_assert_cmpint (pull_test_query (queries, "Condition")->status, ==, CR_QUERY_COMPLETE);
  g_assert_cmpint (pull_test_query (queries, "Observation")->status, ==, CR_QUERY_COMPLETE);
  g_assert_cmpint (pull->status, ==, refusal->pull);
  pull_test_check_words (pull, queries);
}

/* A 401 is answered by one renewal; where that does not help, nothing else is asked. */
static void
test_unauthorized (void)
{
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (GPtrArray) queries = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_clear_log (test.rig);
  cr_rig_fault (test.rig, "status", "{\"types\":[\"Patient\"],\"status\":401}");
  pull = pull_test_run (&test);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpstr (pull->error_code, ==, "sign_in");
  g_assert_cmpuint (cr_rig_count (test.rig, "POST", "/portal/token", 0), ==, 1);
  pull_test_check_words (pull, queries);
}

static const char *const midway[][2] = {
  { "408", "{\"status\":408}" },
  { "429", "{\"status\":429,\"retry_after\":\"30\"}" },
  { "500", "{\"status\":500}" },
  { "503", "{\"status\":503}" },
};

/* The token endpoint gives up in the middle, while the rest of the portal answers: the pull waits
 * and fails nothing, the connection stays, and the same pull goes on. */
static void
test_timeout_midway (gconstpointer data)
{
  const char *const *row = data;
  g_auto (PullTest) test = { 0 };
  g_autoptr (CrPull) pull = NULL;
  g_autoptr (CrPull) again = NULL;
  g_autoptr (GPtrArray) queries = NULL;
  g_autoptr (GPtrArray) after = NULL;
  g_autoptr (GPtrArray) connections = NULL;

  pull_test_open (&test, SMALL_PERSON);
  cr_rig_fault (test.rig, "status", "{\"types\":[\"Condition\"],\"status\":401,\"count\":1}");
  cr_rig_fault (test.rig, "token-reply", row[1]);
  pull = pull_test_run (&test);
  connections = cr_rig_connections (test.rig, test.connection->patient_id);
  queries = pull_test_queries (&test, pull->id);
  g_assert_cmpint (pull->status, ==, CR_PULL_WAITING);
  g_assert_cmpint (pull->waiting_for, ==, CR_WAIT_SOURCE_OUTAGE);
  for (guint i = 0; i < queries->len; i++)
    g_assert_cmpint (((CrQuery *) g_ptr_array_index (queries, i))->status, !=, CR_QUERY_FAILED);
  g_assert_cmpint (((CrConnection *) g_ptr_array_index (connections, 0))->status, ==,
                   CR_CONNECTION_ACTIVE);

  cr_rig_clear_faults (test.rig);
  again = pull_test_run (&test);
  after = pull_test_queries (&test, again->id);
  g_assert_cmpstr (again->id, ==, pull->id);
  g_assert_cmpint (again->status, ==, CR_PULL_COMPLETE);
  g_assert_cmpint (pull_test_query (after, "Condition")->status, ==, CR_QUERY_COMPLETE);
  pull_test_check_all (&test);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/rows/T03-T04-granted-less", test_granted_less);
  g_test_add_func ("/connect/rows/T04-not-granted", test_not_granted);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strdup_printf ("/connect/rows/T05-%s", refusals[i].name);

      g_test_add_data_func (path, &refusals[i], test_one_refused);
    }
  g_test_add_func ("/connect/rows/T05-401", test_unauthorized);
  for (guint i = 0; i < G_N_ELEMENTS (midway); i++)
    {
      g_autofree char *path = g_strdup_printf ("/connect/rows/T07-%s-midway", midway[i][0]);

      g_test_add_data_func (path, midway[i], test_timeout_midway);
    }

  return g_test_run ();
}
