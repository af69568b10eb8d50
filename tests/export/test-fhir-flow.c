/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "export/cr-fhir-batch.h"
#include "export/cr-sender.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"

#include <string.h>

#define OPEN "/dest-open/fhir"

static void
add_open_destination (Fixture *fixture)
{
  g_autofree char *url = g_strconcat (fixture->uri, OPEN, NULL);

  export_test_add_destination (fixture, "fhir", "url", url, NULL);
}

static gint64
count_at_destination (Fixture *fixture, const char *type)
{
  g_autofree char *path = g_strdup_printf (OPEN "/%s?_summary=count", type);
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", path, NULL);
  g_autoptr (JsonObject) bundle = cr_json_parse (g_bytes_get_data (answer, NULL),
                                                 (gssize) g_bytes_get_size (answer), "count", NULL);
  gint64 total = -1;

  g_assert_true (cr_json_int (bundle, "total", &total));
  return total;
}

static void
test_backfill (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) second = NULL;
  g_autofree char *id = cr_fhir_name ("fhirsrc_a", "p1", "Observation", "o7");
  g_autofree char *patient = cr_fhir_name ("fhirsrc_a", "p1", "Patient", "portal-p1");
  g_autofree char *path = g_strconcat (OPEN "/Observation/", id, NULL);
  g_autofree char *reference = g_strconcat ("Patient/", patient, NULL);
  g_autoptr (GBytes) observation = NULL;
  const char *text;
  gsize n;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-integrity", "{}");
  add_open_destination (fixture);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);

  g_assert_cmpstr (run->error_message, ==, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS);
  g_assert_cmpuint (run->n_patients, ==, N_PATIENTS);
  g_assert_cmpint (count_at_destination (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
  g_assert_cmpint (count_at_destination (fixture, "Patient"), ==, N_PATIENTS);

  observation = export_test_http (fixture, "GET", path, NULL);
  text = g_bytes_get_data (observation, &n);
  g_assert_nonnull (g_strstr_len (text, (gssize) n, "1.10"));
  g_assert_nonnull (g_strstr_len (text, (gssize) n, reference));

  second = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL, NULL);
  g_assert_cmpint (second->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (second->n_resources, ==, 0);
}

static gpointer
read_run (CrDb *db, gpointer data, GError **error)
{
  return cr_runs_table_get (db, data, error);
}

/* X09: what the server refuses stays on the retry list, and nothing else is sent again. */
static void
test_partial (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrExportRun) old = NULL;
  g_autoptr (CrDestination) destination = NULL;
  g_autoptr (CrDestination) after = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-entry-status",
                     "{\"status\":422,\"types\":[\"Observation\"],\"count\":3}");
  add_open_destination (fixture);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_PARTIAL);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS - 3);
  g_assert_cmpstr (run->error_code, ==, "bad_input");
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_failing, ==, 3);
  g_assert_cmpuint (destination->n_delivered, ==, N_RECORDS - 3);

  export_test_no_faults (fixture);
  retry = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  g_assert_cmpint (retry->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (retry->n_resources, ==, 3);
  after = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (after->n_failing, ==, 0);
  g_assert_cmpuint (after->n_delivered, ==, N_RECORDS);
  old = export_test_write (fixture, read_run, run->id);
  g_assert_cmpint (old->status, ==, CR_RUN_PARTIAL);
  g_assert_cmpint (count_at_destination (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
}

/* X09: whose an answer is can only be told by its place; none is taken for that of another. */
static void
test_shuffled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) retry = NULL;
  g_autoptr (CrDestination) destination = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-shuffle", "{}");
  /* Of the one that is refused another would be told that it was not taken. */
  export_test_fault (fixture, "dest-entry-status",
                     "{\"status\":422,\"types\":[\"Observation\"],\"count\":1}");
  add_open_destination (fixture);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_FAILED);
  g_assert_cmpstr (run->error_code, ==, "bad_reply");
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, 0);

  export_test_no_faults (fixture);
  retry = export_test_run (fixture, CR_RUN_TRIGGER_MANUAL_RETRY, run->id);
  export_test_assert_complete (retry, N_RECORDS);
  g_assert_cmpint (count_at_destination (fixture, "Observation"), ==, N_PATIENTS * N_OBSERVATIONS);
}

/* A record that points at one of its own kind that comes later is sent once more. */
static void
test_missing_target (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_save (
      fixture, "p0",
      "{\"resourceType\":\"Observation\",\"id\":\"first\",\"status\":\"final\","
      "\"code\":{\"text\":\"c\"},\"hasMember\":[{\"reference\":\"Observation/last\"}]}");
  for (guint i = 0; i < 120; i++)
    {
      g_autofree char *body = g_strdup_printf (
          "{\"resourceType\":\"Observation\",\"id\":\"mid%u\",\"status\":\"final\"}", i);

      export_test_save (fixture, "p0", body);
    }
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\"id\":\"last\",\"status\":\"final\"}");
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-integrity", "{}");
  add_open_destination (fixture);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpstr (run->error_message, ==, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS + 122);
}

static void
test_waiting (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) waiting = NULL;
  g_autoptr (CrExportRun) end = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-status", "{\"status\":429,\"retry_after\":\"77\"}");
  add_open_destination (fixture);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  waiting = export_test_go (fixture, run);
  g_assert_cmpint (waiting->status, ==, CR_RUN_WAITING);
  g_assert_cmpint (waiting->waiting_for, ==, CR_WAIT_RATE_LIMIT);
  g_assert_cmpint (waiting->wait_until_ms, >, cr_time_now_ms () + 60000);

  export_test_no_faults (fixture);
  end = export_test_go (fixture, run);
  g_assert_cmpint (end->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (end->n_resources, ==, N_RECORDS);
}

static void
test_signed_out (Fixture *fixture, gconstpointer data)
{
  g_autofree char *url = NULL;
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrDestination) destination = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  url = g_strconcat (fixture->uri, "/dest/fhir", NULL);
  export_test_add_destination (fixture, "fhir", "url", url, "auth", "bearer", NULL);
  export_test_set_secret (fixture, "not-the-token");
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_FAILED);
  g_assert_cmpstr (run->error_code, ==, "sign_in");
  g_assert_null (strstr (run->error_message, "not-the-token"));
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_nonnull (destination->action_required);
  g_assert_cmpint (destination->last_exported_ms, ==, 0);
}

/* With the right credentials, of either kind; the OAuth 2 client in both ways of sending it. */
static void
test_signed_in (Fixture *fixture, gconstpointer data)
{
  const char *how = data;
  gboolean is_bearer = g_str_equal (how, "bearer");
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (JsonObject) root = NULL;
  g_autoptr (CrExportRun) run = NULL;
  JsonObject *destination, *oauth;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  answer = export_test_http (fixture, "GET", "/_sandbox?counts=no", NULL);
  root = cr_json_parse (g_bytes_get_data (answer, NULL), (gssize) g_bytes_get_size (answer), "it",
                        NULL);
  destination = cr_json_object (root, "fhir_destination");
  oauth = cr_json_object (destination, "client_credentials");
  if (is_bearer)
    export_test_add_destination (fixture, "fhir", "url", cr_json_string (destination, "url"),
                                 "auth", "bearer", NULL);
  else
    export_test_add_destination (fixture, "fhir", "url", cr_json_string (destination, "url"),
                                 "auth", "oauth2", "token-url", cr_json_string (oauth, "token_url"),
                                 "client-id", cr_json_string (oauth, "client_id"), "scope",
                                 cr_json_string (oauth, "scope"), "token-auth", how, NULL);
  export_test_set_secret (fixture, is_bearer ? cr_json_string (destination, "token")
                                             : cr_json_string (oauth, "client_secret"));
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpstr (run->error_message, ==, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS);
}

static gint64
clock_ahead (void)
{
  return cr_time_now_ms () + 20 * 60 * 1000;
}

static gint64
clock_behind (void)
{
  return cr_time_now_ms () - 20 * 60 * 1000;
}

/* A clock that is wrong by twenty minutes costs no token: how long one holds is counted from when
 * it came, and one that ends on the way is asked for again. */
static void
test_wrong_clock (Fixture *fixture, gconstpointer data)
{
  fixture->clock = data != NULL ? clock_ahead : clock_behind;
  test_signed_in (fixture, "basic");
}

static void
test_no_secret (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_add_destination (fixture, "fhir", "url", "https://127.0.0.1:1/fhir", "auth", "bearer",
                               NULL);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_FAILED);
  g_assert_cmpstr (run->error_code, ==, "bad_input");
}

static char *
read_all (Fixture *fixture, const char *type)
{
  g_autofree char *path = g_strdup_printf (OPEN "/%s?_count=1000", type);
  g_autoptr (GBytes) answer = export_test_http (fixture, "GET", path, NULL);

  return g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
}

static gpointer
set_back (CrDb *db, gpointer destination_id, GError **error)
{
  for (guint i = 0; i < N_PATIENTS; i++)
    {
      g_autofree char *connection_id = g_strdup_printf ("conn_%u", i);

      cr_watermarks_table_set (db, destination_id, connection_id, 0, 1, error);
    }

  return NULL;
}

static void
save_rings (Fixture *fixture)
{
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Encounter\",\"id\":\"ring\",\"status\":\"finished\","
                    "\"diagnosis\":[{\"condition\":{\"reference\":\"Condition/ring\"}}]}");
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Condition\",\"id\":\"ring\",\"subject\":{\"reference\":"
                    "\"Patient/portal-p0\"},\"encounter\":{\"reference\":\"Encounter/ring\"}}");
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\"id\":\"first\",\"status\":\"final\","
                    "\"hasMember\":[{\"reference\":\"Observation/last\"}]}");
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Observation\",\"id\":\"last\",\"status\":\"final\"}");
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Binary\",\"id\":\"b\",\"contentType\":\"text/plain\"}");
}

/* One that is held once: what is sent of it takes its body. */
static void
save_large (Fixture *fixture)
{
  g_autofree char *fill = g_strnfill (1200000, 'x');
  g_autofree char *body =
      g_strdup_printf ("{\"resourceType\":\"DocumentReference\",\"id\":\"large\",\"status\":"
                       "\"current\",\"subject\":{\"reference\":\"Patient/portal-p0\"},"
                       "\"content\":[{\"attachment\":{\"data\":\"%s\"}}]}",
                       fill);

  export_test_save (fixture, "p0", body);
}

/* The server chooses the ids. Records that point at each other, at one of their own
 * kind that comes later, and a type that has no identifier, all get through and point at the right
 * ones; what changes goes to the same place. */
static void
test_server_chooses_ids (Fixture *fixture, gconstpointer data)
{
  const char *ids = data;
  g_autofree char *url = NULL;
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportRun) changed = NULL;
  g_autofree char *conditions = NULL, *encounters = NULL, *observations = NULL, *after = NULL;
  g_autoptr (CrDestination) destination = NULL;

  export_test_fill (fixture);
  save_rings (fixture);
  save_large (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "refuse-update-as-create", "{}");
  url = g_strconcat (fixture->uri, OPEN, NULL);
  export_test_add_destination (fixture, "fhir", "url", url, "ids", ids, NULL);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpstr (run->error_message, ==, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (run->n_resources, ==, N_RECORDS + 6);
  g_assert_cmpint (count_at_destination (fixture, "Observation"), ==,
                   N_PATIENTS * N_OBSERVATIONS + 2);
  g_assert_cmpint (count_at_destination (fixture, "Patient"), ==, N_PATIENTS);
  g_assert_cmpint (count_at_destination (fixture, "Encounter"), ==, N_PATIENTS + 1);
  g_assert_cmpint (count_at_destination (fixture, "Binary"), ==, 1);
  g_assert_cmpint (count_at_destination (fixture, "DocumentReference"), ==, 1);

  conditions = read_all (fixture, "Condition");
  encounters = read_all (fixture, "Encounter");
  observations = read_all (fixture, "Observation");
  for (guint i = 0; i < 3; i++)
    {
      const char *text = i == 0 ? conditions : i == 1 ? encounters : observations;

      g_assert_null (strstr (text, "\"reference\":\"Patient/portal"));
      g_assert_null (strstr (text, "\"reference\":\"Patient/cr-"));
      g_assert_null (strstr (text, "Encounter/ring"));
      g_assert_null (strstr (text, "Condition/ring"));
      g_assert_null (strstr (text, "/cr-"));
    }

  /* Every reference is to something that is there: the server checks it when all is sent again. */
  export_test_fault (fixture, "dest-integrity", "{}");
  export_test_save (fixture, "p0",
                    "{\"resourceType\":\"Condition\",\"id\":\"ring\",\"note\":[{\"text\":\"new\"}],"
                    "\"encounter\":{\"reference\":\"Encounter/ring\"}}");
  export_test_write (fixture, set_back, fixture->destination->id);
  changed = export_test_run (fixture, CR_RUN_TRIGGER_REWIND, NULL);
  g_assert_cmpstr (changed->error_message, ==, NULL);
  g_assert_cmpint (changed->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpuint (changed->n_resources, ==, N_RECORDS + 6);
  g_assert_cmpint (count_at_destination (fixture, "Condition"), ==, 1);
  after = read_all (fixture, "Condition");
  g_assert_nonnull (strstr (after, "\"new\""));
  destination = export_test_get_destination (fixture, fixture->destination->id);
  g_assert_cmpuint (destination->n_delivered, ==, N_RECORDS + 6);
  g_assert_cmpuint (destination->n_failing, ==, 0);
}

/* Two patients may have the same record under one id; neither takes the other's place. */
static void
test_server_chooses_ids_apart (Fixture *fixture, gconstpointer data)
{
  static const char body[] =
      "{\"resourceType\":\"Observation\",\"id\":\"same\",\"status\":\"final\"}";
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  export_test_save (fixture, "p0", body);
  export_test_save (fixture, "p1", body);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "refuse-update-as-create", "{}");
  add_open_destination (fixture);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_assert_cmpint (run->status, ==, CR_RUN_COMPLETE);
  g_assert_cmpint (count_at_destination (fixture, "Observation"), ==,
                   N_PATIENTS * (N_OBSERVATIONS + 1));
}

static GPtrArray *
preflight (Fixture *fixture, const char *path)
{
  g_autofree char *url = g_strconcat (fixture->uri, path, NULL);
  CrSenderParts parts = { fixture->client, cr_time_now_ms, NULL, NULL };
  g_autoptr (CrSender) sender = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *findings;

  export_test_add_destination (fixture, "fhir", "url", url, NULL);
  parts.destination = fixture->destination;
  sender = cr_sender_kind_find ("fhir")->make (&parts, &error);
  g_assert_no_error (error);
  cr_sender_test_async (sender, NULL, export_test_keep, &result);
  findings = cr_sender_test_finish (sender, export_test_wait (&result), &error);
  g_assert_no_error (error);
  return findings;
}

static gboolean
all_ok (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const CrFinding *finding = g_ptr_array_index (findings, i);

      g_test_message ("%s %d %s", finding->check, finding->ok, finding->message);
      if (!finding->ok)
        return FALSE;
    }

  return findings->len > 0;
}

static void
test_preflight (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) good = NULL;
  g_autoptr (GPtrArray) signed_out = NULL;
  g_autoptr (GPtrArray) no_fhir = NULL;
  g_autoptr (GPtrArray) no_ids = NULL;

  export_test_start_sandbox (fixture);
  good = preflight (fixture, OPEN);
  g_assert_true (all_ok (good));
  g_assert_cmpint (count_at_destination (fixture, "Basic"), ==, 0);

  signed_out = preflight (fixture, "/dest/fhir");
  g_assert_false (all_ok (signed_out));
  no_fhir = preflight (fixture, "/nothing-here");
  g_assert_false (all_ok (no_fhir));

  export_test_fault (fixture, "refuse-update-as-create", "{}");
  no_ids = preflight (fixture, OPEN);
  g_assert_true (all_ok (no_ids));
  g_assert_nonnull (
      strstr (((CrFinding *) g_ptr_array_index (no_ids, 2))->message, "chooses the ids itself"));
  g_assert_cmpint (count_at_destination (fixture, "Basic"), ==, 0);
}

#define ADD_WITH(path, data, func)                                                                 \
  g_test_add (path, Fixture, data, export_test_set_up, func, export_test_tear_down)
#define ADD(path, func)                                                                            \
  g_test_add (path, Fixture, NULL, export_test_set_up, func, export_test_tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  ADD ("/fhir-flow/backfill", test_backfill);
  ADD ("/fhir-flow/partial", test_partial);
  ADD ("/fhir-flow/shuffled", test_shuffled);
  ADD ("/fhir-flow/missing-target", test_missing_target);
  ADD ("/fhir-flow/waiting", test_waiting);
  ADD ("/fhir-flow/signed-out", test_signed_out);
  ADD_WITH ("/fhir-flow/bearer", "bearer", test_signed_in);
  ADD_WITH ("/fhir-flow/oauth2-basic", "basic", test_signed_in);
  ADD_WITH ("/fhir-flow/oauth2-post", "post", test_signed_in);
  ADD_WITH ("/fhir-flow/clock-ahead", "ahead", test_wrong_clock);
  ADD ("/fhir-flow/clock-behind", test_wrong_clock);
  ADD ("/fhir-flow/no-secret", test_no_secret);
  ADD_WITH ("/fhir-flow/server-chooses-ids", "namespaced", test_server_chooses_ids);
  ADD_WITH ("/fhir-flow/server-chooses-source-ids", "source", test_server_chooses_ids);
  ADD ("/fhir-flow/server-chooses-ids-apart", test_server_chooses_ids_apart);
  ADD ("/fhir-flow/preflight", test_preflight);

  return g_test_run ();
}
