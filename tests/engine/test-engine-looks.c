/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine-test.h"
#include "engine/cr-engine-looks.h"
#include "engine/cr-engine-private.h"
#include "store/cr-db-private.h"

#define MINUTE_MS ((gint64) 60 * 1000)

static gint64
count (EngineTest *test)
{
  CrListFilter filter = { .kind = CR_LIST_LOOKS, .patient_id = "p1" };
  g_autoptr (GPtrArray) looks = engine_test_list (test, &filter);

  return looks->len;
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            guint *n_told)
{
  *n_told += kind == CR_CHANGE_LOOK && g_strcmp0 (patient_id, "p1") == 0;
}

static gboolean
is_told (gpointer n_told)
{
  return *(guint *) n_told > 0;
}

static void
note (EngineTest *test, const char *person, guint *n_told)
{
  *n_told = 0;
  cr_engine_note_look (test->engine, "p1", CR_LOOK_RECORD, person);
  wait_until (is_told, n_told);
}

/* By the engine's clock, and whoever shows the list is told. */
static void
test_kept (void)
{
  g_auto (EngineTest) test = { 0 };
  guint n_told = 0;

  engine_test_make (&test);
  engine_test_open (&test);
  engine_test_add_patient (&test, "p1", "Ana");
  g_signal_connect (test.engine, "changed", G_CALLBACK (changed_cb), &n_told);
  note (&test, "Ada", &n_told);
  engine_test_ahead_ms += 2 * MINUTE_MS;
  note (&test, "Ada", &n_told);
  g_assert_cmpint (count (&test), ==, 1);
  engine_test_ahead_ms += 16 * MINUTE_MS;
  note (&test, "Ada", &n_told);
  g_assert_cmpint (count (&test), ==, 2);

  /* A thousand a second are as one. */
  n_told = 0;
  for (guint i = 0; i < 1000; i++)
    cr_engine_note_look (test.engine, "p1", CR_LOOK_RAW, "API: key");
  wait_until (is_told, &n_told);
  iterate_for (200);
  g_assert_cmpuint (n_told, ==, 1);
  g_assert_cmpint (count (&test), ==, 3);

  /* What was asked for last is kept, too. */
  cr_engine_note_look (test.engine, "p1", CR_LOOK_SAVE, "Ada");
  engine_test_close (&test);
  engine_test_open (&test);
  g_assert_cmpint (count (&test), ==, 4);
  engine_test_ahead_ms = 0;
}

static void
remove_patient (EngineTest *test)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_engine_remove_patient_async (test->engine, "p1", "tester", NULL, keep_result, &result);
  cr_removal_free (cr_engine_remove_patient_finish (test->engine, wait_result (&result), &error));
  g_assert_no_error (error);
}

/* Of one who was removed nothing is left, and of who comes under that id what is looked at then. */
static void
test_removed (void)
{
  g_auto (EngineTest) test = { 0 };
  guint n_told = 0;

  engine_test_make (&test);
  engine_test_open (&test);
  engine_test_add_patient (&test, "p1", "Ana");
  g_signal_connect (test.engine, "changed", G_CALLBACK (changed_cb), &n_told);
  note (&test, "Ada", &n_told);
  remove_patient (&test);
  g_assert_cmpint (count (&test), ==, 0);
  engine_test_add_patient (&test, "p1", "Bea");
  note (&test, "Ada", &n_told);
  g_assert_cmpint (count (&test), ==, 1);
}

static gpointer
exec_func (CrDb *db, gpointer sql, GError **error)
{
  return cr_db_exec (db, sql, error) ? CR_DONE : NULL;
}

static void
exec (EngineTest *test, const char *sql)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_store_write_async (test->engine->store, CR_WRITE_FAST, exec_func, (gpointer) sql, NULL, NULL,
                        NULL, keep_result, &result);
  g_assert_nonnull (cr_store_write_finish (test->engine->store, wait_result (&result), &error));
  g_assert_no_error (error);
}

static gboolean
has_no_room (gpointer data)
{
  return cr_engine_get_storage_error (((EngineTest *) data)->engine) != NULL;
}

static gboolean
has_room (gpointer data)
{
  return !has_no_room (data);
}

/* What cannot be kept is told like anything that cannot be stored, until something can. */
static void
test_no_room (void)
{
  g_auto (EngineTest) test = { 0 };
  g_autofree char *person = g_strnfill (200000, 'x');
  guint n_told = 0;

  engine_test_make (&test);
  engine_test_open (&test);
  engine_test_add_patient (&test, "p1", "Ana");
  g_signal_connect (test.engine, "changed", G_CALLBACK (changed_cb), &n_told);
  exec (&test, "PRAGMA max_page_count = 1");
  g_test_expect_message ("cr-engine", G_LOG_LEVEL_MESSAGE, "Who looked*could not be kept*");
  cr_engine_note_look (test.engine, "p1", CR_LOOK_RECORD, person);
  wait_until (has_no_room, &test);
  g_test_assert_expected_messages ();
  g_assert_error (cr_engine_get_storage_error (test.engine), CR_ERROR, CR_ERROR_NO_SPACE);
  g_assert_cmpint (count (&test), ==, 0);

  exec (&test, "PRAGMA max_page_count = 1000000");
  note (&test, "Ada", &n_told);
  g_assert_cmpint (count (&test), ==, 1);
  g_assert_true (has_no_room (&test)); /* one write more is no proof yet */
  wait_until (has_room, &test);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/engine/looks/kept", test_kept);
  g_test_add_func ("/engine/looks/removed", test_removed);
  g_test_add_func ("/engine/looks/no-room", test_no_room);
  return g_test_run ();
}
