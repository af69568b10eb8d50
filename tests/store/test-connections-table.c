/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"

static CrDb *
open_people (void)
{
  CrDb *db = fixture_open ();

  fixture_add_patient (db, "a", "Ana");
  fixture_add_source (db, "fhirsrc_1");
  fixture_add_source (db, "fhirsrc_2");
  return db;
}

static CrConnection *
get (CrDb *db, const char *id)
{
  g_autoptr (GError) error = NULL;
  CrConnection *connection = cr_connections_table_get (db, id, &error);

  g_assert_no_error (error);
  return connection;
}

static CrConnection *
signed_in (const char *id, const char *portal_patient)
{
  CrConnection *connection = cr_connection_new (id);

  connection->patient_id = g_strdup ("a");
  connection->source_id = g_strdup ("fhirsrc_1");
  connection->portal_patient_id = g_strdup (portal_patient);
  connection->scopes = g_strdup ("launch/patient");
  connection->sealed_tokens = g_bytes_new_static ("new", 3);
  connection->has_refresh = TRUE;
  connection->created_ms = NOW + 9;
  connection->updated_ms = NOW + 9;
  return connection;
}

/* A reconnect is the same connection, active again. */
static void
test_reconnect (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (CrConnection) again = signed_in ("conn_new", "p1");
  g_autoptr (CrConnection) lapsed = NULL;
  g_autoptr (CrConnection) back = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  g_assert_true (cr_connections_table_set_next_pull (db, "conn_1", NOW, &error));
  g_assert_true (cr_connections_table_set_status (db, "conn_1", CR_CONNECTION_REFRESH_FAILED,
                                                  CR_FAILURE_REFRESH_REFUSED, NOW + 1, &error));
  lapsed = get (db, "conn_1");
  g_assert_cmpint (lapsed->status, ==, CR_CONNECTION_REFRESH_FAILED);
  g_assert_cmpint (lapsed->failure_code, ==, CR_FAILURE_REFRESH_REFUSED);
  g_assert_cmpint (lapsed->failure_ms, ==, NOW + 1);
  g_assert_null (lapsed->sealed_tokens);
  g_assert_false (lapsed->has_refresh);
  g_assert_cmpint (lapsed->next_pull_ms, ==, 0);

  g_assert_true (cr_connections_table_save (db, again, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (again->id, ==, "conn_1");
  back = get (db, "conn_1");
  g_assert_cmpint (back->status, ==, CR_CONNECTION_ACTIVE);
  g_assert_cmpint (back->failure_code, ==, CR_FAILURE_NONE);
  g_assert_cmpint (back->created_ms, ==, NOW);
  g_assert_cmpint (back->updated_ms, ==, NOW + 9);
  g_assert_cmpstr (back->source_name, ==, "Clinic fhirsrc_1");
  g_assert_cmpint (g_bytes_get_size (back->sealed_tokens), ==, 3);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM connection"), ==, 1);
}

static void
test_other_portal_patient (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (CrConnection) other = signed_in ("conn_new", "p2");
  g_autoptr (CrConnection) back = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  g_assert_false (cr_connections_table_save (db, other, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  g_assert_cmpstr (other->id, ==, "conn_new");
  back = get (db, "conn_1");
  g_assert_cmpstr (back->portal_patient_id, ==, "p1");
  g_assert_cmpint (g_bytes_get_size (back->sealed_tokens), ==, 6);
}

static void
test_moves (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (GError) error = NULL;

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  g_assert_true (cr_connections_table_set_status (db, "conn_1", CR_CONNECTION_DISCONNECTED,
                                                  CR_FAILURE_NONE, NOW, &error));
  g_assert_true (cr_connections_table_set_status (db, "conn_1", CR_CONNECTION_DISCONNECTED,
                                                  CR_FAILURE_NONE, NOW, &error));
  g_assert_no_error (error);
  g_assert_false (cr_connections_table_set_status (db, "conn_1", CR_CONNECTION_EXPIRED,
                                                   CR_FAILURE_NONE, NOW, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (cr_connections_table_set_status (db, "nowhere", CR_CONNECTION_EXPIRED,
                                                   CR_FAILURE_NONE, NOW, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

static void
test_tokens (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (GBytes) sealed = g_bytes_new_static ("rotated", 7);
  g_autoptr (CrConnection) back = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  g_assert_true (cr_connections_table_set_tokens (db, "conn_1", sealed, TRUE, NOW + 60000, NULL,
                                                  NOW + 1, &error));
  back = get (db, "conn_1");
  g_assert_true (g_bytes_equal (back->sealed_tokens, sealed));
  g_assert_true (back->has_refresh);
  g_assert_cmpint (back->access_expires_ms, ==, NOW + 60000);
  g_assert_cmpstr (back->scopes, ==, "patient/*.read");
}

static void
test_due (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (GPtrArray) due = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (cr_connections_table_next_due_ms (db, &error), ==, 0);
  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  fixture_add_connection (db, "conn_2", "a", "fhirsrc_2");
  cr_connections_table_set_next_pull (db, "conn_1", NOW + 10, &error);
  cr_connections_table_set_next_pull (db, "conn_2", NOW + 5, &error);
  g_assert_cmpint (cr_connections_table_next_due_ms (db, &error), ==, NOW + 5);

  due = cr_connections_table_list_due (db, NOW + 5, 10, &error);
  g_assert_cmpint (due->len, ==, 1);
  g_assert_cmpstr (((CrConnection *) due->pdata[0])->id, ==, "conn_2");
  cr_connections_table_set_status (db, "conn_2", CR_CONNECTION_EXPIRED, CR_FAILURE_NONE, NOW,
                                   &error);
  g_assert_cmpint (cr_connections_table_next_due_ms (db, &error), ==, NOW + 10);
}

static void
add_hold (CrDb *db, const char *id, CrHoldStatus status)
{
  g_autoptr (CrHold) hold = cr_hold_new (id);
  g_autoptr (GError) error = NULL;

  hold->connection_id = g_strdup ("conn_1");
  hold->patient_id = g_strdup ("a");
  hold->status = status;
  hold->reason = CR_GUARD_BIRTH_DATE_DIFFERS;
  hold->created_ms = NOW;
  cr_holds_table_add (db, hold, &error);
  g_assert_no_error (error);
}

static void
assert_held (CrDb *db, gboolean is_held)
{
  g_autoptr (CrConnection) connection = get (db, "conn_1");

  g_assert_cmpint (connection->is_held, ==, is_held);
}

static void
test_holds (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (CrHold) latest = NULL;
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (GError) error = NULL;

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  latest = cr_holds_table_latest (db, "conn_1", &error);
  g_assert_null (latest);
  g_assert_no_error (error);
  assert_held (db, FALSE);

  add_hold (db, "hold_1", CR_HOLD_OPEN);
  assert_held (db, TRUE);
  open = cr_holds_table_list (db, NULL, TRUE, &error);
  g_assert_cmpint (open->len, ==, 1);
  g_assert_true (cr_holds_table_decide (db, "hold_1", CR_HOLD_REJECTED, "Eve", NOW + 1, &error));
  assert_held (db, TRUE);
  g_assert_false (cr_holds_table_decide (db, "hold_1", CR_HOLD_RELEASED, "Eve", NOW + 1, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);

  add_hold (db, "hold_2", CR_HOLD_RELEASED);
  assert_held (db, FALSE);
  latest = cr_holds_table_latest (db, "conn_1", NULL);
  g_assert_cmpstr (latest->id, ==, "hold_2");
  g_ptr_array_unref (open);
  open = cr_holds_table_list (db, "a", FALSE, NULL);
  g_assert_cmpint (open->len, ==, 2);
}

static void
test_source_in_use (void)
{
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (GError) error = NULL;

  fixture_add_connection (db, "conn_1", "a", "fhirsrc_1");
  g_assert_false (cr_sources_table_remove (db, "fhirsrc_1", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_true (cr_sources_table_remove (db, "fhirsrc_2", &error));
  g_assert_false (cr_sources_table_remove (db, "fhirsrc_2", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

static void
test_sources (void)
{
  static const struct
  {
    const char *text;
    guint n;
  } rows[] = { { NULL, 2 }, { "", 2 },  { "CLINIC", 2 }, { "src_1", 1 },
               { "%", 0 },  { "É", 2 }, { "ü", 0 } };
  g_autoptr (CrDb) db = open_people ();
  g_autoptr (CrSource) source = NULL;
  g_autoptr (CrSource) twin = cr_source_new ("fhirsrc_3");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GPtrArray) list = cr_sources_table_list (db, rows[i].text, NULL, 0, 10, &error);

      g_assert_cmpint (list->len, ==, rows[i].n);
      g_assert_cmpint (cr_sources_table_count (db, rows[i].text, NULL, &error), ==, rows[i].n);
    }

  source = cr_sources_table_get (db, "https://fhir.example.org/fhirsrc_1", &error);
  g_assert_cmpstr (source->id, ==, "fhirsrc_1");
  source->type = g_strdup ("epic");
  source->client_auth = CR_CLIENT_AUTH_PRIVATE_KEY_JWT;
  g_assert_true (cr_sources_table_update (db, source, &error));
  g_clear_object (&source);
  source = cr_sources_table_get (db, "fhirsrc_1", &error);
  g_assert_cmpint (source->client_auth, ==, CR_CLIENT_AUTH_PRIVATE_KEY_JWT);
  g_assert_cmpint (cr_sources_table_count (db, NULL, "epic", &error), ==, 1);

  twin->name = g_strdup ("Twin");
  twin->fhir_base_url = g_strdup ("https://fhir.example.org/fhirsrc_1");
  g_assert_false (cr_sources_table_add (db, twin, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/connections/reconnect", test_reconnect);
  g_test_add_func ("/store/connections/other-portal-patient", test_other_portal_patient);
  g_test_add_func ("/store/connections/moves", test_moves);
  g_test_add_func ("/store/connections/tokens", test_tokens);
  g_test_add_func ("/store/connections/due", test_due);
  g_test_add_func ("/store/connections/holds", test_holds);
  g_test_add_func ("/store/connections/source-in-use", test_source_in_use);
  g_test_add_func ("/store/connections/sources", test_sources);

  return g_test_run ();
}
