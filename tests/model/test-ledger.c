/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "model/cr-ledger.h"
#include "model/cr-record.h"

static void
add (GPtrArray *queries, const char *type, CrQueryStatus status)
{
  CrQuery *query = cr_query_new ("pull_1", queries->len);

  g_free (query->type);
  query->type = g_strdup (type);
  query->kind = CR_QUERY_KIND_SEARCH;
  query->status = status;
  g_ptr_array_add (queries, query);
}

static CrLedgerLine *
line_of (GPtrArray *lines, const char *type)
{
  for (guint i = 0; i < lines->len; i++)
    if (g_str_equal (((CrLedgerLine *) lines->pdata[i])->type, type))
      return lines->pdata[i];
  g_assert_not_reached ();
}

static void
check (GPtrArray *lines,
       const char *type,
       CrLedgerMark asked,
       CrLedgerMark granted,
       CrLedgerMark supported,
       guint n_records)
{
  CrLedgerLine *line = line_of (lines, type);

  g_assert_cmpint (line->asked, ==, asked);
  g_assert_cmpint (line->granted, ==, granted);
  g_assert_cmpint (line->supported, ==, supported);
  g_assert_cmpuint (line->n_records, ==, n_records);
}

static void
test_lines (void)
{
  g_autoptr (CrConnection) connection = cr_connection_new ("conn_1");
  g_autoptr (GPtrArray) queries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) counts =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_type_count_free);
  g_autoptr (GPtrArray) lines = NULL;

  connection->asked_scopes = g_strdup ("openid patient/*.rs");
  connection->scopes =
      g_strdup ("openid patient/Observation.rs?category=laboratory patient/Condition.read"
                " patient/Goal.write patient/Coverage.c patient/Procedure.rs");
  add (queries, "Observation", CR_QUERY_COMPLETE);
  add (queries, "Observation", CR_QUERY_FAILED);
  add (queries, "Condition", CR_QUERY_COMPLETE);
  add (queries, "Goal", CR_QUERY_NOT_GRANTED);
  add (queries, "Coverage", CR_QUERY_NOT_GRANTED);
  add (queries, "Procedure", CR_QUERY_NOT_SUPPORTED);
  g_ptr_array_add (counts, cr_type_count_new ("Observation", 12));

  lines = cr_ledger_new (connection, queries, counts);
  g_assert_cmpuint (lines->len, ==, 5);
  check (lines, "Observation", CR_LEDGER_YES, CR_LEDGER_YES, CR_LEDGER_YES, 12);
  g_assert_cmpint (line_of (lines, "Observation")->status, ==, CR_QUERY_FAILED);
  check (lines, "Condition", CR_LEDGER_YES, CR_LEDGER_YES, CR_LEDGER_YES, 0);
  check (lines, "Goal", CR_LEDGER_YES, CR_LEDGER_NO, CR_LEDGER_UNKNOWN, 0);
  check (lines, "Coverage", CR_LEDGER_YES, CR_LEDGER_NO, CR_LEDGER_UNKNOWN, 0);
  check (lines, "Procedure", CR_LEDGER_YES, CR_LEDGER_YES, CR_LEDGER_NO, 0);
}

/* What was not asked, or not to its end, because somebody cancelled the pull, has not failed. */
static void
test_cancelled (void)
{
  g_autoptr (CrConnection) connection = cr_connection_new ("conn_1");
  g_autoptr (GPtrArray) queries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) lines = NULL;
  CrQuery *query;

  add (queries, "Observation", CR_QUERY_COMPLETE);
  for (guint i = 0; i < 3; i++)
    {
      static const char *const cut[] = { "Observation", "Condition", "Goal" };

      add (queries, cut[i], CR_QUERY_FAILED);
      query = queries->pdata[i + 1];
      query->error_code = g_strdup ("cancelled");
      query->pages = i == 0 ? 2 : 0;
    }
  add (queries, "Goal", CR_QUERY_FAILED);

  lines = cr_ledger_new (connection, queries, NULL);
  check (lines, "Observation", CR_LEDGER_UNKNOWN, CR_LEDGER_UNKNOWN, CR_LEDGER_YES, 0);
  g_assert_true (line_of (lines, "Observation")->is_cut_off);
  g_assert_true (line_of (lines, "Observation")->has_begun);
  check (lines, "Condition", CR_LEDGER_UNKNOWN, CR_LEDGER_UNKNOWN, CR_LEDGER_UNKNOWN, 0);
  g_assert_true (line_of (lines, "Condition")->is_cut_off);
  g_assert_false (line_of (lines, "Condition")->has_begun);
  g_assert_false (line_of (lines, "Goal")->is_cut_off);
  g_assert_cmpint (line_of (lines, "Goal")->status, ==, CR_QUERY_FAILED);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/ledger/lines", test_lines);
  g_test_add_func ("/model/ledger/cancelled", test_cancelled);
  return g_test_run ();
}
