/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "engine-test.h"
#include "engine/cr-list-model.h"
#include "engine/cr-list-row.h"

typedef struct
{
  GListModel *model;
  guint n_wanted;
} Size;

static gboolean
has_size (gpointer data)
{
  Size *size = data;

  return g_list_model_get_n_items (size->model) == size->n_wanted;
}

static void
wait_for_size (GListModel *model, guint n)
{
  Size size = { model, n };

  wait_until (has_size, &size);
}

static gboolean
has_item (gpointer data)
{
  return cr_list_row_get_item (data) != NULL;
}

static CrPatient *
patient_at (GListModel *model, guint position)
{
  g_autoptr (CrListRow) row = g_list_model_get_item (model, position);

  g_assert_nonnull (row);
  g_assert_cmpuint (cr_list_row_get_position (row), ==, position);
  wait_until (has_item, row);
  return cr_list_row_get_item (row);
}

static void
add_patients (EngineTest *test, guint from, guint upto)
{
  for (guint i = from; i < upto; i++)
    {
      g_autofree char *id = g_strdup_printf ("p-%04u", i);
      g_autofree char *name = g_strdup_printf ("Person %04u", i);

      engine_test_add_patient (test, id, name);
    }
}

static void
remove_patient (EngineTest *test, const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_engine_remove_patient_async (test->engine, id, "tester", NULL, keep_result, &result);
  cr_removal_free (cr_engine_remove_patient_finish (test->engine, wait_result (&result), &error));
  g_assert_no_error (error);
}

static gboolean
is_renamed (gpointer data)
{
  CrPatient *patient = cr_list_row_get_item (data);

  return patient != NULL && g_strcmp0 (patient->name, "Aaron Renamed") == 0;
}

static void
count_cb (GListModel *model, guint position, guint removed, guint added, guint *counts)
{
  counts[0] += removed;
  counts[1] += added;
}

static void
test_model (void)
{
  g_auto (EngineTest) test = { 0 };
  CrListFilter filter = { .kind = CR_LIST_PATIENTS };
  g_autoptr (GListModel) model = NULL;
  g_autoptr (CrListRow) held = NULL;
  g_autoptr (CrPatient) changed = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *first_id = NULL;
  g_autofree char *last_id = NULL;
  guint counts[2] = { 0, 0 };

  engine_test_make (&test);
  engine_test_open (&test);
  model = cr_engine_list_model (test.engine, &filter);
  g_signal_connect (model, "items-changed", G_CALLBACK (count_cb), counts);
  g_assert_true (g_list_model_get_item_type (model) == CR_TYPE_LIST_ROW);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 0);
  g_assert_null (g_list_model_get_item (model, 0));

  add_patients (&test, 0, 150);
  wait_for_size (model, 150);
  g_assert_cmpuint (counts[0], ==, 0);
  g_assert_cmpuint (counts[1], ==, 150);

  /* Filled when asked for, each patient in one place. */
  for (guint i = 0; i < 150; i++)
    g_assert_true (g_hash_table_add (seen, g_strdup (patient_at (model, i)->id)));
  g_assert_null (g_list_model_get_item (model, 150));

  /* A row that is held changes in place, and nothing moves. */
  held = g_list_model_get_item (model, 0);
  changed = g_object_ref (cr_list_row_get_item (held));
  first_id = g_strdup (changed->id);
  g_free (changed->name);
  changed->name = g_strdup ("Aaron Renamed");
  cr_engine_save_patient_async (test.engine, changed, FALSE, "tester", NULL, keep_result, &result);
  g_assert_true (cr_engine_save_patient_finish (test.engine, wait_result (&result), NULL));
  wait_until (is_renamed, held);
  g_assert_cmpuint (counts[0], ==, 0);
  g_assert_cmpuint (counts[1], ==, 150);

  /* Gets shorter, and longer again. */
  last_id = g_strdup (patient_at (model, 149)->id);
  remove_patient (&test, last_id);
  remove_patient (&test, first_id);
  wait_for_size (model, 148);
  g_assert_cmpuint (counts[0], ==, 2);
  g_assert_null (g_list_model_get_item (model, 148));
  iterate_for (400);
  for (guint i = 0; i < 148; i++)
    {
      const char *id = patient_at (model, i)->id;

      g_assert_cmpstr (id, !=, first_id);
      g_assert_cmpstr (id, !=, last_id);
    }
  add_patients (&test, 200, 203);
  wait_for_size (model, 151);
}

/* More than a model keeps: rows in hand stay whole when their block is let go. */
static void
test_let_go (void)
{
  g_auto (EngineTest) test = { 0 };
  CrListFilter filter = { .kind = CR_LIST_PATIENTS };
  g_autoptr (GListModel) model = NULL;
  g_autoptr (CrListRow) held = NULL;
  g_autofree char *id = NULL;
  guint n = 33 * 64 + 5;

  engine_test_make (&test);
  engine_test_open (&test);
  add_patients (&test, 0, n);
  model = cr_engine_list_model (test.engine, &filter);
  wait_for_size (model, n);
  held = g_list_model_get_item (model, 1);
  wait_until (has_item, held);
  id = g_strdup (CR_PATIENT (cr_list_row_get_item (held))->id);
  for (guint i = 0; i < n; i += 64)
    patient_at (model, i);
  g_assert_cmpstr (CR_PATIENT (cr_list_row_get_item (held))->id, ==, id);
  g_assert_cmpstr (patient_at (model, 1)->id, ==, id);
}

/* The engine may go first. */
static void
test_engine_gone (void)
{
  g_auto (EngineTest) test = { 0 };
  CrListFilter filter = { .kind = CR_LIST_AUDIT };
  g_autoptr (GListModel) model = NULL;
  g_autoptr (CrListRow) row = NULL;

  engine_test_make (&test);
  engine_test_open (&test);
  add_patients (&test, 0, 3);
  model = cr_engine_list_model (test.engine, &filter);
  wait_for_size (model, 3);
  engine_test_close (&test);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 3);
  row = g_list_model_get_item (model, 0);
  g_assert_nonnull (row);
}

static gboolean
has_other_item (gpointer data)
{
  CrPatient *patient = cr_list_row_get_item (data);

  return patient != NULL && g_str_equal (patient->id, "p-0123");
}

/* Something else in the same rows; a longer list comes in pieces, and says at once how long it is.
 */
static void
test_other_filter (void)
{
  g_auto (EngineTest) test = { 0 };
  CrListFilter filter = { .kind = CR_LIST_PATIENTS };
  g_autoptr (GListModel) model = NULL;
  g_autoptr (CrListRow) held = NULL;
  g_autoptr (CrListRow) row = NULL;
  guint counts[2] = { 0, 0 };

  engine_test_make (&test);
  engine_test_open (&test);
  add_patients (&test, 0, 150);
  model = cr_engine_list_model (test.engine, &filter);
  g_signal_connect (model, "items-changed", G_CALLBACK (count_cb), counts);
  wait_for_size (model, 12);
  g_assert_cmpuint (cr_list_model_get_total (CR_LIST_MODEL (model)), ==, 150);
  wait_for_size (model, 150);
  held = g_list_model_get_item (model, 0);
  patient_at (model, 0);

  filter.text = "0123";
  cr_list_model_set_filter (CR_LIST_MODEL (model), &filter);
  g_assert_true (g_list_model_get_item (model, 0) == held);
  g_object_unref (held);
  wait_until (has_other_item, held);
  wait_for_size (model, 1);

  /* Who asks for another thing before the first is there gets the last one. */
  filter.text = "0001";
  cr_list_model_set_filter (CR_LIST_MODEL (model), &filter);
  filter.text = NULL;
  cr_list_model_set_filter (CR_LIST_MODEL (model), &filter);
  wait_for_size (model, 150);
  row = g_list_model_get_item (model, 149);
  g_assert_nonnull (patient_at (model, 149));
}

static void
answered_cb (CrListModel *model, gpointer totals)
{
  guint total = cr_list_model_get_total (model);

  g_array_append_val (totals, total);
}

/* What is found is told of with its first rows, before many of them are counted; how many a few are
 * is known then. */
static void
test_answer_first (void)
{
  g_auto (EngineTest) test = { 0 };
  CrListFilter filter = { .kind = CR_LIST_PATIENTS };
  g_autoptr (GListModel) model = NULL;
  g_autoptr (CrListRow) held = NULL;
  g_autoptr (GArray) totals = g_array_new (FALSE, FALSE, sizeof (guint));
  static const struct
  {
    const char *text;
    guint total;
    guint expected;
  } steps[] = { { "0123", 1, 1 }, { "p", 150, 64 }, { "nobody", 0, 0 }, { "0001", 1, 1 } };

  engine_test_make (&test);
  engine_test_open (&test);
  add_patients (&test, 0, 150);
  model = cr_engine_list_model (test.engine, &filter);
  wait_for_size (model, 150);
  held = g_list_model_get_item (model, 0);
  patient_at (model, 0);
  g_signal_connect (model, "answered", G_CALLBACK (answered_cb), totals);

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      filter.text = steps[i].text;
      cr_list_model_set_filter (CR_LIST_MODEL (model), &filter);
      while (totals->len == i)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (g_array_index (totals, guint, i), ==, steps[i].expected);
      wait_for_size (model, steps[i].total);
    }
  g_assert_cmpuint (totals->len, ==, G_N_ELEMENTS (steps));
}

/* A few rows at a time, and what changes is not listed any more. */
static void
test_shrink (void)
{
  g_auto (EngineTest) test = { 0 };
  CrListFilter filter = { .kind = CR_LIST_PATIENTS };
  g_autoptr (GListModel) model = NULL;
  guint n = 150;

  engine_test_make (&test);
  engine_test_open (&test);
  add_patients (&test, 0, n);
  model = cr_engine_list_model (test.engine, &filter);
  wait_for_size (model, n);
  while (cr_list_model_shrink (CR_LIST_MODEL (model)))
    {
      g_assert_cmpuint (g_list_model_get_n_items (model), <, n);
      g_assert_cmpuint (g_list_model_get_n_items (model), >=, n - 12);
      n = g_list_model_get_n_items (model);
    }
  g_assert_cmpuint (n, <=, 12);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 0);
  add_patients (&test, 150, 1);
  iterate_for (600);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 0);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/list-model/model", test_model);
  g_test_add_func ("/list-model/let-go", test_let_go);
  g_test_add_func ("/list-model/other-filter", test_other_filter);
  g_test_add_func ("/list-model/answer-first", test_answer_first);
  g_test_add_func ("/list-model/shrink", test_shrink);
  g_test_add_func ("/list-model/engine-gone", test_engine_gone);

  return g_test_run ();
}
