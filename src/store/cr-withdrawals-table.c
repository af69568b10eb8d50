/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-withdrawals-table.h"

#include "base/cr-enum.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-removal-table.h"
#include "store/cr-stmt-rows.h"

#define SELECT                                                                                     \
  "SELECT w.n, w.cause, coalesce (w.rid, 0), w.type, w.record, w.patient_id, w.source_id,"         \
  " w.place, w.file, w.sha256, w.bytes, w.status, w.answer FROM withdrawal w"
#define NUMBER "(SELECT n FROM destination WHERE id = :destination_id)"

static gpointer
read_one (CrStmt *stmt)
{
  CrWithdrawal *self = g_new0 (CrWithdrawal, 1);

  self->n = cr_stmt_int64 (stmt, 0);
  self->cause = (CrWithdrawalCause) cr_stmt_enum (stmt, 1, CR_TYPE_WITHDRAWAL_CAUSE);
  self->rid = cr_stmt_int64 (stmt, 2);
  self->type = cr_stmt_dup_text (stmt, 3);
  self->id = cr_stmt_dup_text (stmt, 4);
  self->patient_id = cr_stmt_dup_text (stmt, 5);
  self->source_id = cr_stmt_dup_text (stmt, 6);
  self->place = cr_stmt_dup_text (stmt, 7);
  self->file = cr_stmt_dup_text (stmt, 8);
  self->sha256 = cr_stmt_dup_text (stmt, 9);
  self->bytes = cr_stmt_int64 (stmt, 10);
  self->status = (CrItemStatus) cr_stmt_enum (stmt, 11, CR_TYPE_ITEM_STATUS);
  self->answer = (guint) cr_stmt_int64 (stmt, 12);
  return self;
}

static GPtrArray *
read_list (CrStmt *stmt, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_withdrawal_free);
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_ptr_array_add (list, read_one (stmt));
  return step == CR_STEP_DONE ? g_steal_pointer (&list) : NULL;
}

GPtrArray *
cr_withdrawals_list_waiting (CrDb *db, const char *destination_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, SELECT " WHERE w.destination = " NUMBER
                                                    " AND w.status = 'pending' AND w.item IS NULL"
                                                    " ORDER BY w.n");

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  return read_list (stmt, error);
}

GPtrArray *
cr_withdrawals_list_failed (CrDb *db, const char *run_id, gboolean all, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, SELECT " JOIN export_item i ON i.item = w.item WHERE i.run_id = :run_id"
                 " AND w.status = 'failed' AND (:all <> 0 OR w.is_retryable <> 0) ORDER BY w.n");

  cr_stmt_bind_text (stmt, ":run_id", run_id);
  cr_stmt_bind_int64 (stmt, ":all", all);
  return read_list (stmt, error);
}

GPtrArray *
cr_withdrawals_list (CrDb *db, const char *item_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, SELECT " JOIN export_item i ON i.item = w.item WHERE i.id = :item_id"
                              " ORDER BY w.n");

  cr_stmt_bind_text (stmt, ":item_id", item_id);
  return read_list (stmt, error);
}

gboolean
cr_withdrawals_assign (CrDb *db, CrWithdrawal *withdrawal, const char *item_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE withdrawal SET item = (SELECT item FROM export_item WHERE id = :item_id),"
          " status = 'pending', error_code = NULL, error_message = NULL WHERE n = :n");

  cr_stmt_bind_text (stmt, ":item_id", item_id);
  cr_stmt_bind_int64 (stmt, ":n", withdrawal->n);
  return cr_stmt_run (stmt, error);
}

static gboolean
run_for_destination (CrDb *db, const char *sql, const char *destination_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  return cr_stmt_run (stmt, error);
}

/**
 * cr_withdrawals_drop_shared:
 *
 * With the sources' own ids, two patients' records can be one at the destination. What another
 * patient still has there is not ours to withdraw.
 */
gboolean
cr_withdrawals_drop_shared (CrDb *db, const char *destination_id, GError **error)
{
  return run_for_destination (
      db,
      "UPDATE withdrawal SET status = 'superseded', error_code = 'conflict', error_message ="
      " 'Another patient''s record has the same id there, so it stays'"
      " WHERE destination = " NUMBER " AND status = 'pending' AND item IS NULL AND record IS NOT"
      " NULL AND EXISTS (SELECT 1 FROM stream s JOIN rtype t ON t.name = withdrawal.type"
      "  JOIN record r ON r.sid = s.sid AND r.type = t.n AND r.id = withdrawal.record"
      "  JOIN delivered v ON v.destination = withdrawal.destination AND v.rid = r.rid AND v.seq > 0"
      "  WHERE s.patient_id <> withdrawal.patient_id OR s.source_id <> withdrawal.source_id)",
      destination_id, error);
}

/* What waits is not told, and nothing of it is kept. */
gboolean
cr_withdrawals_drop_all (CrDb *db, const char *destination_id, GError **error)
{
  return run_for_destination (db,
                              "DELETE FROM withdrawal WHERE destination = " NUMBER
                              " AND status = 'pending' AND item IS NULL",
                              destination_id, error) &&
         run_for_destination (db,
                              "UPDATE withdrawal SET status = 'superseded', patient_id = CASE WHEN"
                              " cause = 'removed' THEN NULL ELSE patient_id END, record = CASE WHEN"
                              " cause = 'removed' THEN NULL ELSE record END, place = CASE WHEN"
                              " cause = 'removed' THEN NULL ELSE place END, file = CASE WHEN"
                              " cause = 'removed' THEN NULL ELSE file END WHERE destination ="
                              " " NUMBER " AND status IN ('pending', 'failed')",
                              destination_id, error);
}

/* Settling ------------------------------------------------------------------------------------- */

static gboolean
keep_outcome (CrDb *db,
              CrWithdrawal *withdrawal,
              CrExportEntry *outcome,
              gint64 now_ms,
              GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE withdrawal SET status = CASE WHEN status = 'superseded' AND :status = 'failed'"
          "  THEN status ELSE :status END, is_retryable = :is_retryable, how = :how,"
          " answer = :answer, error_code = :error_code, error_message = :error_message,"
          " at_ms = :now_ms WHERE n = :n");

  cr_stmt_bind_int64 (stmt, ":n", outcome->rid);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_ITEM_STATUS, (int) outcome->status);
  cr_stmt_bind_int64 (stmt, ":is_retryable", outcome->is_retryable);
  cr_stmt_bind_text (stmt, ":how", withdrawal != NULL ? withdrawal->how : NULL);
  cr_stmt_bind_int64 (stmt, ":answer", withdrawal != NULL ? withdrawal->answer : 0);
  cr_stmt_bind_text (stmt, ":error_code", outcome->error_code);
  cr_stmt_bind_text (stmt, ":error_message", outcome->error_message);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

static gboolean
run_for_row (CrDb *db, const char *sql, gint64 n, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_int64 (stmt, ":n", n);
  return cr_stmt_run (stmt, error);
}

/* The destination has it no more. A record that came back meanwhile is to be sent again. */
static gboolean
forget_delivery (CrDb *db, CrWithdrawal *withdrawal, GError **error)
{
  static const char *const sql[] = {
    "UPDATE destination SET n_delivered = n_delivered - (SELECT count(*) FROM withdrawal w"
    " JOIN delivered v ON v.destination = w.destination AND v.rid = w.rid AND v.seq > 0"
    " WHERE w.n = :n) WHERE n = (SELECT destination FROM withdrawal WHERE n = :n)",
    "DELETE FROM delivered WHERE destination = (SELECT destination FROM withdrawal WHERE n = :n)"
    " AND rid = (SELECT rid FROM withdrawal WHERE n = :n)",
    "DELETE FROM claim WHERE destination = (SELECT destination FROM withdrawal WHERE n = :n)"
    " AND rid = (SELECT rid FROM withdrawal WHERE n = :n)",
    "UPDATE export_item SET sha256 = NULL WHERE sha256 IS NOT NULL AND name ="
    " (SELECT file FROM withdrawal WHERE n = :n) AND destination_id = (SELECT d.id"
    "  FROM withdrawal w JOIN destination d ON d.n = w.destination WHERE w.n = :n)",
    /* names of those who are not here any more stay no longer than they are needed */
    "UPDATE withdrawal SET record = NULL, place = NULL, file = NULL, patient_id = NULL,"
    " source_id = NULL WHERE n = :n AND cause = 'removed'",
  };
  int is_withdrawn = 1;

  for (guint i = withdrawal->file != NULL ? 3 : 0; i < G_N_ELEMENTS (sql); i++)
    if ((i != 3 || withdrawal->file != NULL) && !run_for_row (db, sql[i], withdrawal->n, error))
      return FALSE;

  if (withdrawal->rid > 0)
    is_withdrawn = cr_withdrawals_is_withdrawn (db, "", withdrawal->rid, TRUE, error);
  return is_withdrawn > 0 ||
         (is_withdrawn == 0 && cr_withdrawals_note_return (db, withdrawal->rid, error));
}

static CrWithdrawal *
find (GPtrArray *withdrawn, gint64 n)
{
  for (guint i = 0; withdrawn != NULL && i < withdrawn->len; i++)
    {
      CrWithdrawal *each = g_ptr_array_index (withdrawn, i);

      if (each->n == n)
        return each;
    }
  return NULL;
}

/**
 * cr_withdrawals_settle:
 *
 * What became of each. @item is saved as it is.
 */
gboolean
cr_withdrawals_settle (CrDb *db,
                       CrExportItem *item,
                       GPtrArray *withdrawn,
                       GPtrArray *outcomes,
                       gint64 now_ms,
                       GError **error)
{
  gboolean is_removed = FALSE;

  if (!cr_items_table_save (db, item, error))
    return FALSE;

  for (guint i = 0; i < outcomes->len; i++)
    {
      CrExportEntry *outcome = g_ptr_array_index (outcomes, i);
      /* The sender answers in the order it was given them. */
      CrWithdrawal *each =
          withdrawn != NULL && i < withdrawn->len &&
                  ((CrWithdrawal *) g_ptr_array_index (withdrawn, i))->n == outcome->rid
              ? g_ptr_array_index (withdrawn, i)
              : find (withdrawn, outcome->rid);

      if (!keep_outcome (db, each, outcome, now_ms, error) ||
          (outcome->status == CR_ITEM_SENT && each != NULL && !forget_delivery (db, each, error)))
        return FALSE;
      is_removed |=
          outcome->status == CR_ITEM_SENT && each != NULL && each->cause == CR_WITHDRAWAL_REMOVED;
    }
  return !is_removed || cr_removal_tasks_add (db, CR_REMOVAL_WIPE, "", now_ms, error);
}

/**
 * cr_withdrawals_leave:
 *
 * Ends what a run, failed or cancelled, did not come to: never said done, and there to be retried.
 */
gboolean
cr_withdrawals_leave (CrDb *db, CrExportRun *run, const char *message, GError **error)
{
  g_autoptr (CrStmt) rows = cr_stmt_new (
      db, "UPDATE withdrawal SET status = 'failed', is_retryable = 1, error_code = :code,"
          " error_message = :message WHERE status = 'pending' AND item IN"
          " (SELECT item FROM export_item WHERE run_id = :run_id)");
  g_autoptr (CrStmt) items = cr_stmt_new (
      db, "UPDATE export_item SET status = 'failed', is_retryable = 1, error_code = :code,"
          " error_message = :message, n_failed = (SELECT count(*) FROM withdrawal w"
          "  WHERE w.item = export_item.item AND w.status = 'failed')"
          " WHERE run_id = :run_id AND status = 'pending'");
  g_autoptr (CrStmt) count = cr_stmt_new (
      db, "SELECT count(*) FROM export_item WHERE run_id = :run_id AND status = 'failed'");
  CrStmt *const stmts[] = { rows, items };
  gint64 n_failed;

  for (guint i = 0; i < G_N_ELEMENTS (stmts); i++)
    {
      cr_stmt_bind_text (stmts[i], ":run_id", run->id);
      cr_stmt_bind_text (stmts[i], ":code", run->error_code != NULL ? run->error_code : "conflict");
      cr_stmt_bind_text (stmts[i], ":message", message);
      if (!cr_stmt_run (stmts[i], error))
        return FALSE;
    }

  cr_stmt_bind_text (count, ":run_id", run->id);
  n_failed = cr_stmt_read_number (count, 0, error);
  run->n_failed_items = (guint) MAX (n_failed, 0);
  return n_failed >= 0;
}

/* Receipt -------------------------------------------------------------------------------------- */

static void
read_line (CrReceipt *receipt, CrStmt *stmt)
{
  CrReceiptLine *line = cr_receipt_add (receipt);

  line->cause = (CrWithdrawalCause) cr_stmt_enum (stmt, 0, CR_TYPE_WITHDRAWAL_CAUSE);
  line->type = cr_stmt_dup_text (stmt, 1);
  line->status = (CrItemStatus) cr_stmt_enum (stmt, 2, CR_TYPE_ITEM_STATUS);
  line->how = cr_stmt_dup_text (stmt, 3);
  line->answer = (guint) cr_stmt_int64 (stmt, 4);
  line->error_message = cr_stmt_dup_text (stmt, 5);
  line->is_retryable = cr_stmt_int64 (stmt, 6) != 0;
  line->n = (guint) cr_stmt_int64 (stmt, 7);
  line->first_ms = cr_stmt_int64 (stmt, 8);
  line->last_ms = cr_stmt_int64 (stmt, 9);
}

static gboolean
read_next_attempt (CrDb *db, CrReceipt *receipt, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT min (next_attempt_ms) FROM export_item WHERE run_id = :run_id"
                       " AND status = 'failed' AND next_attempt_ms > 0");

  cr_stmt_bind_text (stmt, ":run_id", receipt->run->id);
  receipt->next_attempt_ms = cr_stmt_read_number (stmt, 0, error);
  return receipt->next_attempt_ms >= 0;
}

CrReceipt *
cr_withdrawals_receipt (CrDb *db, const char *run_id, GError **error)
{
  g_autoptr (CrExportRun) run = cr_runs_table_get (db, run_id, error);
  g_autoptr (CrDestination) destination =
      run != NULL ? cr_destinations_table_get (db, run->destination_id, error) : NULL;
  g_autoptr (CrReceipt) receipt = NULL;
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT w.cause, w.type, w.status, w.how, w.answer, w.error_message, w.is_retryable,"
          " count(*) AS n, min (w.at_ms), max (w.at_ms) FROM export_item i"
          " JOIN withdrawal w ON w.item = i.item WHERE i.run_id = :run_id"
          " GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 5");
  CrStep step;

  if (destination == NULL)
    return NULL;

  receipt = cr_receipt_new (run);
  receipt->destination_name = g_strdup (destination->name);
  receipt->destination_kind = g_strdup (destination->kind);
  cr_stmt_bind_text (stmt, ":run_id", run_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    read_line (receipt, stmt);

  return step == CR_STEP_DONE && read_next_attempt (db, receipt, error) ? g_steal_pointer (&receipt)
                                                                        : NULL;
}
