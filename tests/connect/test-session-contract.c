/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-json.h"
#include "cr-rig.h"

#include "connect/cr-session-json.h"
#include "store/cr-patients-table.h"

#include <string.h>

/* The members of a PatientSession, in the contract's words; all are always there. */
static const char *const members[] = {
  "id",         "resource_type", "status",     "url",
  "patient_id", "connection_id", "metadata",   "recommended_connection_ids",
  "return_url", "connections",   "expires_at", "return_button_label",
  "created_at",
};
static const char *const attempt_members[] = { "id",           "connection_id", "status",
                                               "failure_code", "failure_at",    "created_at" };

static JsonObject *
read_json (CrRig *rig, CrSession *session)
{
  g_autoptr (CrSession) now = cr_rig_get_session (rig, session->id);
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, session->id);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, now);

  return cr_session_to_json (now, url, attempts);
}

static void
assert_members (JsonObject *object, const char *const *names, guint n)
{
  for (guint i = 0; i < n; i++)
    g_assert_true (json_object_has_member (object, names[i]));
  g_assert_cmpuint (json_object_get_size (object), ==, n);
}

static void
assert_null (JsonObject *object, const char *name)
{
  g_assert_true (json_object_get_null_member (object, name));
}

static void
assert_text (JsonObject *object, const char *name, const char *expected)
{
  g_assert_cmpstr (json_object_get_string_member (object, name), ==, expected);
}

/* ISO 8601, UTC, milliseconds. */
static void
assert_time (JsonObject *object, const char *name)
{
  g_assert_true (g_regex_match_simple ("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
                                       json_object_get_string_member (object, name), 0, 0));
}

static void
test_picker (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  g_autofree char *first = cr_rig_add_source (rig, "A", "https://a.example/r4", "c");
  g_autofree char *second = cr_rig_add_source (rig, "B", "https://b.example/r4", "c");
  const char *recommended[] = { second, "https://a.example/r4", NULL };
  CrSessionRequest request = { .patient_id = "user_42",
                               .recommended = recommended,
                               .return_url = "https://app.example/back?x=1",
                               .return_button_label = "Willow",
                               .metadata = "{\"visit\":7,\"n\":1.10}" };
  g_autoptr (CrSession) session = cr_rig_session (rig, &request, NULL);
  g_autoptr (JsonObject) json = read_json (rig, session);
  g_autofree char *text = NULL;
  JsonArray *ids;

  assert_members (json, members, G_N_ELEMENTS (members));
  g_assert_true (g_regex_match_simple ("^ps_[0-9A-HJKMNP-TV-Z]{26}$", session->id, 0, 0));
  g_assert_true (
      g_regex_match_simple ("/c/[0-9a-f]{32}$", json_object_get_string_member (json, "url"), 0, 0));
  assert_text (json, "resource_type", "patient_session");
  assert_text (json, "status", "open");
  assert_text (json, "patient_id", "user_42");
  assert_text (json, "return_url", "https://app.example/back?x=1");
  assert_text (json, "return_button_label", "Willow");
  assert_null (json, "connection_id");
  ids = json_object_get_array_member (json, "recommended_connection_ids");
  g_assert_cmpuint (json_array_get_length (ids), ==, 2);
  g_assert_cmpstr (json_array_get_string_element (ids, 0), ==, second);
  g_assert_cmpstr (json_array_get_string_element (ids, 1), ==, first);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (json, "connections")), ==,
                    0);
  text = cr_json_object_to_text (json, FALSE);
  g_assert_nonnull (strstr (text, "\"metadata\":{\"visit\":7,\"n\":1.10}"));
  assert_time (json, "created_at");
  assert_time (json, "expires_at");
  g_assert_cmpint (session->expires_ms - session->created_ms, ==, 1800 * 1000);
}

static void
test_nulls (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  g_autofree char *source = cr_rig_add_source (rig, "A", "https://a.example/r4", "c");
  CrSessionRequest direct = { .patient_id = "p",
                              .source_id = "https://a.example/r4/",
                              .return_url = "https://app.example/" };
  CrSessionRequest bare = { .patient_id = "p", .return_url = "https://app.example/" };
  g_autoptr (CrSession) one = cr_rig_session (rig, &direct, NULL);
  g_autoptr (CrSession) two = cr_rig_session (rig, &bare, NULL);
  g_autoptr (JsonObject) first = read_json (rig, one);
  g_autoptr (JsonObject) second = read_json (rig, two);

  assert_text (first, "connection_id", source);
  assert_null (first, "recommended_connection_ids");
  assert_null (first, "return_button_label");
  g_assert_cmpuint (json_object_get_size (json_object_get_object_member (first, "metadata")), ==,
                    0);
  assert_null (second, "connection_id");
  assert_null (second, "recommended_connection_ids");
}

static void
test_expires_in (void)
{
  static const gint64 good[] = { 60, 86400 };
  static const gint64 bad[] = { 59, 86401, -1 };
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  CrSessionRequest request = { .patient_id = "p", .return_url = "https://app.example/" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (CrSession) session = NULL;

      request.expires_in_s = good[i];
      session = cr_rig_session (rig, &request, NULL);
      g_assert_cmpint (session->expires_ms - session->created_ms, ==, good[i] * 1000);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      request.expires_in_s = bad[i];
      g_assert_null (cr_rig_session (rig, &request, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
      g_assert_nonnull (strstr (error->message, "expires_in"));
    }
}

static gpointer
get_patient (CrDb *db, gpointer data, GError **error)
{
  return cr_patients_table_get (db, data, error);
}

/* The patient is made if missing; a later session updates what it gives and leaves the rest. */
static void
test_upsert (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  CrSessionRequest request = { .patient_id = "p",
                               .patient_name = "Ana",
                               .patient_email = "ana@example.org",
                               .return_url = "https://app.example/" };
  g_autoptr (CrSession) one = cr_rig_session (rig, &request, NULL);
  g_autoptr (CrPatient) made = cr_rig_read (rig, get_patient, (gpointer) "p");
  g_autoptr (CrSession) two = NULL;
  g_autoptr (CrPatient) updated = NULL;

  g_assert_cmpstr (made->name, ==, "Ana");
  g_assert_cmpstr (made->email, ==, "ana@example.org");
  request.patient_name = "Ana Ruiz";
  request.patient_email = NULL;
  two = cr_rig_session (rig, &request, NULL);
  updated = cr_rig_read (rig, get_patient, (gpointer) "p");
  g_assert_cmpstr (updated->name, ==, "Ana Ruiz");
  g_assert_cmpstr (updated->email, ==, "ana@example.org");
  g_assert_cmpint (updated->created_ms, ==, made->created_ms);
}

/* Several attempts in one session: each leaves an entry, newest first, and a failed one no id. */
static void
test_attempts (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autofree char *dead = cr_rig_add_source (rig, "Dead", "http://127.0.0.1:9/fhir", "c");
  CrSessionRequest request = { .patient_id = "p-1", .return_url = "https://app.example/" };
  g_autoptr (CrSession) session = cr_rig_session (rig, &request, NULL);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autofree char *start = g_strconcat (url, "/start", NULL);
  const char *const sources[] = { dead, rig->source_id, rig->source_id };
  const CrRigDecision decisions[] = { CR_RIG_ALLOW, CR_RIG_DENY, CR_RIG_ALLOW };
  const char *const statuses[] = { "failed", "failed", "active" };
  const char *const codes[] = { "source_unreachable", "user_denied", NULL };
  g_autoptr (JsonObject) json = NULL;
  JsonArray *array;

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autofree char *form = g_strconcat ("source=", sources[i], NULL);
      g_autoptr (CrAnswer) begun = cr_rig_post (rig, start, form);
      g_autofree char *back = NULL;
      g_autoptr (CrAnswer) ended = NULL;

      if (begun->status == 303)
        {
          back = cr_rig_sign_in (rig, begun->location, 0, decisions[i]);
          ended = cr_rig_get (rig, back);
        }
    }

  json = read_json (rig, session);
  assert_text (json, "status", "open");
  array = json_object_get_array_member (json, "connections");
  g_assert_cmpuint (json_array_get_length (array), ==, G_N_ELEMENTS (sources));
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      JsonObject *item =
          json_array_get_object_element (array, (guint) G_N_ELEMENTS (sources) - 1 - i);

      assert_members (item, attempt_members, G_N_ELEMENTS (attempt_members));
      assert_text (item, "connection_id", sources[i]);
      assert_text (item, "status", statuses[i]);
      assert_time (item, "created_at");
      if (codes[i] == NULL)
        {
          g_assert_true (g_str_has_prefix (json_object_get_string_member (item, "id"), "conn_"));
          assert_null (item, "failure_code");
          assert_null (item, "failure_at");
        }
      else
        {
          assert_null (item, "id");
          assert_text (item, "failure_code", codes[i]);
          assert_time (item, "failure_at");
        }
    }
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/contract/picker", test_picker);
  g_test_add_func ("/connect/contract/nulls", test_nulls);
  g_test_add_func ("/connect/contract/expires-in", test_expires_in);
  g_test_add_func ("/connect/contract/upsert", test_upsert);
  g_test_add_func ("/connect/contract/attempts", test_attempts);

  return g_test_run ();
}
