/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "store/cr-exports-table.h"
#include "store/cr-slots-table.h"
#include "store/cr-stmt-rows.h"
#include "store/cr-withdrawals-table.h"

#define COLUMNS                                                                                    \
  "id, run_id, destination_id, n, name, status, is_retryable, n_resources, n_failed, bytes,"       \
  " sha256, attempts, next_attempt_ms, error_code, error_message, lines, failed_ms"
#define MISSING CR_SAID ("There is no export item with this id.")

static gpointer
read_item (CrStmt *stmt)
{
  CrExportItem *item = cr_export_item_new (cr_stmt_text (stmt, 0));

  item->run_id = cr_stmt_dup_text (stmt, 1);
  item->destination_id = cr_stmt_dup_text (stmt, 2);
  item->n = (guint) cr_stmt_int64 (stmt, 3);
  item->name = cr_stmt_dup_text (stmt, 4);
  item->status = (CrItemStatus) cr_stmt_enum (stmt, 5, CR_TYPE_ITEM_STATUS);
  item->is_retryable = cr_stmt_int64 (stmt, 6) != 0;
  item->n_resources = (guint) cr_stmt_int64 (stmt, 7);
  item->n_failed = (guint) cr_stmt_int64 (stmt, 8);
  item->bytes = cr_stmt_int64 (stmt, 9);
  item->sha256 = cr_stmt_dup_text (stmt, 10);
  item->attempts = (guint) cr_stmt_int64 (stmt, 11);
  item->next_attempt_ms = cr_stmt_int64 (stmt, 12);
  item->error_code = cr_stmt_dup_text (stmt, 13);
  item->error_message = cr_stmt_dup_text (stmt, 14);
  item->lines = cr_stmt_dup_text (stmt, 15);
  item->failed_ms = cr_stmt_int64 (stmt, 16);
  return item;
}

static void
bind_item (CrStmt *stmt, CrExportItem *item)
{
  cr_stmt_bind_text (stmt, ":id", item->id);
  cr_stmt_bind_text (stmt, ":name", item->name != NULL ? item->name : "");
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_ITEM_STATUS, (int) item->status);
  cr_stmt_bind_int64 (stmt, ":is_retryable", item->is_retryable);
  cr_stmt_bind_int64 (stmt, ":n_resources", item->n_resources);
  cr_stmt_bind_int64 (stmt, ":n_failed", item->n_failed);
  cr_stmt_bind_int64 (stmt, ":bytes", item->bytes);
  cr_stmt_bind_text (stmt, ":sha256", item->sha256);
  cr_stmt_bind_int64 (stmt, ":attempts", item->attempts);
  cr_stmt_bind_int64 (stmt, ":next_attempt_ms", item->next_attempt_ms);
  cr_stmt_bind_text (stmt, ":error_code", item->error_code);
  cr_stmt_bind_text (stmt, ":error_message", item->error_message);
  cr_stmt_bind_text (stmt, ":lines", item->lines);
  cr_stmt_bind_int64 (stmt, ":failed_ms", item->failed_ms);
}

/* Row numbers of an item and of its destination, which entries are kept under. */
typedef struct
{
  gint64 item;
  gint64 destination;
  gboolean has_ranges; /* it was planned, and none of it has an entry yet */
} Rows;

static gboolean
find_rows (CrDb *db, const char *item_id, Rows *rows, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT i.item, d.n, EXISTS (SELECT 1 FROM export_range g WHERE g.item = i.item)"
          " FROM export_item i JOIN destination d ON d.id = i.destination_id WHERE i.id = :id");

  cr_stmt_bind_text (stmt, ":id", item_id);
  rows->item = cr_stmt_read_number (stmt, 0, error);
  if (rows->item <= 0)
    return FALSE;
  rows->destination = cr_stmt_int64 (stmt, 1);
  rows->has_ranges = cr_stmt_int64 (stmt, 2) != 0;
  return TRUE;
}

static void
bind_entry (CrStmt *stmt, const Rows *rows, const CrExportEntry *entry)
{
  cr_stmt_bind_int64 (stmt, ":item", rows->item);
  cr_stmt_bind_int64 (stmt, ":rid", entry->rid);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_ITEM_STATUS, (int) entry->status);
  cr_stmt_bind_int64 (stmt, ":is_retryable", entry->is_retryable);
  cr_stmt_bind_text (stmt, ":error_code", entry->error_code);
  cr_stmt_bind_text (stmt, ":error_message", entry->error_message);
}

static gboolean
add_entries (CrDb *db, const Rows *rows, GPtrArray *entries, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO export_entry (item, rid, destination, seq, status, is_retryable, error_code,"
          " error_message) VALUES (:item, :rid, :destination, :seq, :status, :is_retryable,"
          " :error_code, :error_message)");

  cr_stmt_bind_int64 (stmt, ":destination", rows->destination);
  for (guint i = 0; i < entries->len; i++)
    {
      const CrExportEntry *entry = g_ptr_array_index (entries, i);

      bind_entry (stmt, rows, entry);
      cr_stmt_bind_int64 (stmt, ":seq", entry->sequence);
      if (!cr_stmt_run (stmt, error))
        return FALSE;
      cr_stmt_reset (stmt);
    }
  return TRUE;
}

/**
 * cr_items_table_add:
 * @entries: (element-type CrExportEntry) (nullable): the record versions it holds, each record once
 */
gboolean
cr_items_table_add (CrDb *db, CrExportItem *item, GPtrArray *entries, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO export_item (" COLUMNS ") VALUES (:id, :run_id, :destination_id, :n, :name,"
          " :status, :is_retryable, :n_resources, :n_failed, :bytes, :sha256, :attempts,"
          " :next_attempt_ms, :error_code, :error_message, :lines, :failed_ms)");
  Rows rows;

  bind_item (stmt, item);
  cr_stmt_bind_text (stmt, ":run_id", item->run_id);
  cr_stmt_bind_text (stmt, ":destination_id", item->destination_id);
  cr_stmt_bind_int64 (stmt, ":n", item->n);
  if (!cr_stmt_run_add (stmt, CR_SAID ("This export item is there already, or its run is gone."),
                        error) ||
      !find_rows (db, item->id, &rows, error))
    return FALSE;

  return entries == NULL || add_entries (db, &rows, entries, error);
}

gboolean
cr_items_table_save (CrDb *db, CrExportItem *item, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE export_item SET name = :name, status = :status, is_retryable = :is_retryable,"
          " n_resources = :n_resources, n_failed = :n_failed, bytes = :bytes, sha256 = :sha256,"
          " attempts = :attempts, next_attempt_ms = :next_attempt_ms, error_code = :error_code,"
          " error_message = :error_message, lines = :lines, failed_ms = :failed_ms WHERE id = :id");

  bind_item (stmt, item);
  return cr_stmt_run_change (stmt, MISSING, error);
}

gboolean
cr_items_table_forget (CrDb *db, const char *run_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM export_item WHERE run_id = :run_id");

  cr_stmt_bind_text (stmt, ":run_id", run_id);
  return cr_stmt_run (stmt, error);
}

/* Gives an item another place in its run. */
gboolean
cr_items_table_move (CrDb *db, const char *run_id, guint from, guint to, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE export_item SET n = :to WHERE run_id = :run_id AND n = :from");

  cr_stmt_bind_text (stmt, ":run_id", run_id);
  cr_stmt_bind_int64 (stmt, ":from", from);
  cr_stmt_bind_int64 (stmt, ":to", to);
  return cr_stmt_run (stmt, error);
}

#define FAILED " AND (status = 'failed' OR n_failed > 0)"

GPtrArray *
cr_items_table_list (CrDb *db,
                     const char *run_id,
                     gboolean failed_only,
                     guint offset,
                     guint limit,
                     GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, failed_only ? "SELECT " COLUMNS " FROM export_item WHERE run_id = :run_id" FAILED
                        " ORDER BY n LIMIT :limit OFFSET :offset"
                      : "SELECT " COLUMNS " FROM export_item WHERE run_id = :run_id"
                        " ORDER BY n LIMIT :limit OFFSET :offset");

  cr_stmt_bind_text (stmt, ":run_id", run_id);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_item, error);
}

gint64
cr_items_table_count (CrDb *db, const char *run_id, gboolean failed_only, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, failed_only ? "SELECT count(*) FROM export_item WHERE run_id = :run_id" FAILED
                      : "SELECT count(*) FROM export_item WHERE run_id = :run_id");

  cr_stmt_bind_text (stmt, ":run_id", run_id);
  return cr_stmt_read_number (stmt, 0, error);
}

static GPtrArray *
list_entries (CrStmt *stmt, GError **error)
{
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrExportEntry *entry = cr_export_entry_new (cr_stmt_int64 (stmt, 0), cr_stmt_int64 (stmt, 1));

      entry->status = (CrItemStatus) cr_stmt_enum (stmt, 2, CR_TYPE_ITEM_STATUS);
      entry->is_retryable = cr_stmt_int64 (stmt, 3) != 0;
      entry->error_code = cr_stmt_dup_text (stmt, 4);
      entry->error_message = cr_stmt_dup_text (stmt, 5);
      g_ptr_array_add (entries, entry);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&entries) : NULL;
}

GPtrArray *
cr_entries_table_list (CrDb *db, const char *item_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT e.rid, e.seq, e.status, e.is_retryable, e.error_code, e.error_message"
          " FROM export_item i JOIN export_entry e ON e.item = i.item WHERE i.id = :id"
          " ORDER BY e.seq, e.rid");

  cr_stmt_bind_text (stmt, ":id", item_id);
  return list_entries (stmt, error);
}

/* Older failures of a record that has now been delivered need nobody any more. */
static gboolean
close_older (CrDb *db, gint64 destination, gint64 rid, gint64 sequence, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE export_entry SET status = 'superseded' WHERE destination = :destination"
          " AND rid = :rid AND status = 'failed' AND seq <= :sequence");

  cr_stmt_bind_int64 (stmt, ":destination", destination);
  cr_stmt_bind_int64 (stmt, ":rid", rid);
  cr_stmt_bind_int64 (stmt, ":sequence", sequence);
  return cr_stmt_run (stmt, error);
}

/* Keeps the greater sequence, and where the destination put the record: also when what is there is
 * not yet all of it. */
static gboolean
put_delivered (CrDb *db,
               gint64 destination,
               gint64 rid,
               gint64 sequence,
               const char *place,
               GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO delivered (destination, rid, seq, place)"
          " VALUES (:destination, :rid, :seq, :place) ON CONFLICT (destination, rid) DO UPDATE SET"
          " seq = CASE WHEN excluded.seq > delivered.seq THEN excluded.seq ELSE delivered.seq END,"
          " place = coalesce (excluded.place, delivered.place)");

  cr_stmt_bind_int64 (stmt, ":destination", destination);
  cr_stmt_bind_int64 (stmt, ":rid", rid);
  cr_stmt_bind_int64 (stmt, ":seq", sequence);
  cr_stmt_bind_text (stmt, ":place", place);
  return cr_stmt_run (stmt, error);
}

int
cr_delivered_table_any (CrDb *db, const char *destination_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT EXISTS (SELECT 1 FROM delivered WHERE destination ="
                       " (SELECT n FROM destination WHERE id = :id))");

  cr_stmt_bind_text (stmt, ":id", destination_id);
  return (int) cr_stmt_read_number (stmt, -1, error);
}

/**
 * cr_delivered_table_find:
 * @from_rid: a record; what is looked for is another of the same patient, source and portal patient
 * @place: (out) (nullable): the id a destination that chooses ids itself gave it
 *
 * What a destination has of the record that a reference points at.
 *
 * Returns: the sequence of the newest version that it has, 0 when it has none; -1 without error
 *   when no such record is stored, so that it can never have it
 */
gint64
cr_delivered_table_find (CrDb *db,
                         const char *destination_id,
                         gint64 from_rid,
                         const char *type,
                         const char *id,
                         char **place,
                         GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT coalesce (v.seq, 0), v.place FROM record f JOIN record r ON r.sid = f.sid"
          " JOIN rtype t ON t.n = r.type LEFT JOIN delivered v ON v.rid = r.rid AND v.destination ="
          " (SELECT n FROM destination WHERE id = :destination_id)"
          " WHERE f.rid = :rid AND t.name = :type AND r.id = :id AND r.seq > 0");
  gint64 sequence = -1;

  *place = NULL;
  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  cr_stmt_bind_int64 (stmt, ":rid", from_rid);
  cr_stmt_bind_text (stmt, ":type", type);
  cr_stmt_bind_text (stmt, ":id", id);
  if (cr_stmt_step (stmt, error) == CR_STEP_ROW)
    {
      sequence = cr_stmt_int64 (stmt, 0);
      *place = cr_stmt_dup_text (stmt, 1);
    }

  return sequence;
}

/* An entry of a range gets its row only now. */
static gboolean
keep_entry (CrDb *db, const Rows *rows, const CrExportEntry *entry, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, rows->has_ranges
              ? "INSERT INTO export_entry (item, rid, destination, seq, status, is_retryable,"
                " error_code, error_message) VALUES (:item, :rid, :destination, :seq, :status,"
                " :is_retryable, :error_code, :error_message)"
              : "UPDATE export_entry SET status = :status, is_retryable = :is_retryable,"
                " error_code = :error_code, error_message = :error_message"
                " WHERE item = :item AND rid = :rid");

  if (rows->has_ranges && entry->status == CR_ITEM_SUPERSEDED)
    return TRUE;

  bind_entry (stmt, rows, entry);
  if (rows->has_ranges)
    {
      cr_stmt_bind_int64 (stmt, ":destination", rows->destination);
      cr_stmt_bind_int64 (stmt, ":seq", entry->sequence);
    }
  return cr_stmt_run (stmt, error);
}

static gboolean
count_delivered (CrDb *db, gint64 destination, guint n_first, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE destination SET n_delivered = n_delivered + :n, last_exported_ms = :now_ms"
          " WHERE n = :destination");

  cr_stmt_bind_int64 (stmt, ":n", n_first);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_int64 (stmt, ":destination", destination);
  return cr_stmt_run (stmt, error);
}

/* One call of cr_entries_table_settle(): what its steps share. */
typedef struct
{
  CrDb *db;
  Rows rows;
  gint64 now_ms;
  gboolean has_failed; /* something of the destination waits on the retry list */
  gboolean wants_withdrawals;
  CrStmt *note; /* (owned) */
  CrStmt *find; /* (owned) */
  CrStmt *drop; /* (owned) */
} Settle;

static void
settle_open (Settle *self)
{
  self->note = cr_stmt_new (self->db, "INSERT INTO delivered (destination, rid, seq, place) VALUES"
                                      " (:destination, :rid, :seq, :place) ON CONFLICT DO NOTHING");
  self->find = cr_stmt_new (self->db, "SELECT seq FROM delivered WHERE destination = :destination"
                                      " AND rid = :rid");
  self->drop = cr_stmt_new (self->db, "DELETE FROM export_entry WHERE item = :item AND rid = :rid");
  cr_stmt_bind_int64 (self->note, ":destination", self->rows.destination);
  cr_stmt_bind_int64 (self->find, ":destination", self->rows.destination);
  cr_stmt_bind_int64 (self->drop, ":item", self->rows.item);
}

static void
settle_close (Settle *self)
{
  cr_stmt_free (self->note);
  cr_stmt_free (self->find);
  cr_stmt_free (self->drop);
}

static gboolean
run_again (CrStmt *stmt, GError **error)
{
  gboolean ok = cr_stmt_run (stmt, error);

  cr_stmt_reset (stmt);
  return ok;
}

/* Whether it is the first delivery of the record there; -1 on error. Mostly it is. */
static int
note_delivered (Settle *self, const CrRecordMark *mark, const char *place, GError **error)
{
  gint64 old;

  cr_stmt_bind_int64 (self->note, ":rid", mark->rid);
  cr_stmt_bind_int64 (self->note, ":seq", mark->sequence);
  if (place != NULL)
    cr_stmt_bind_text (self->note, ":place", place);
  if (!run_again (self->note, error))
    return -1;
  if (place != NULL)
    cr_stmt_bind_text (self->note, ":place", NULL);
  if (cr_stmt_n_changed (self->note) == 1)
    return TRUE;

  cr_stmt_bind_int64 (self->find, ":rid", mark->rid);
  old = cr_stmt_read_number (self->find, 0, error);
  cr_stmt_reset (self->find);
  if (old < 0 ||
      !put_delivered (self->db, self->rows.destination, mark->rid, mark->sequence, place, error))
    return -1;
  return old == 0;
}

/* Whether it is the first delivery; -1 on error. The entry itself stays where @drops is not set. */
static int
settle_sent (Settle *self,
             const CrRecordMark *mark,
             const char *place,
             gboolean drops,
             GError **error)
{
  int is_first = note_delivered (self, mark, place, error);

  if (is_first >= 0 && drops)
    cr_stmt_bind_int64 (self->drop, ":rid", mark->rid);
  if (is_first < 0 || (drops && !run_again (self->drop, error)) ||
      (self->has_failed &&
       !close_older (self->db, self->rows.destination, mark->rid, mark->sequence, error)) ||
      (self->wants_withdrawals && !cr_withdrawals_note_delivered (self->db, self->rows.destination,
                                                                  mark->rid, self->now_ms, error)))
    return -1;
  return is_first;
}

static gboolean
settle_other (Settle *self, const CrExportEntry *entry, GError **error)
{
  return keep_entry (self->db, &self->rows, entry, error) &&
         (entry->place == NULL ||
          put_delivered (self->db, self->rows.destination, entry->rid, 0, entry->place, error));
}

static gint64
count_rows (CrDb *db, const char *sql, gint64 key, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_int64 (stmt, ":key", key);
  return cr_stmt_read_number (stmt, 0, error);
}

static gboolean
are_all_sent (GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    if (((CrExportEntry *) g_ptr_array_index (entries, i))->status != CR_ITEM_SENT)
      return FALSE;

  return TRUE;
}

/* Returns how many were delivered for the first time; -1 on error. */
static gint64
settle_marks (Settle *self, GArray *sent, gboolean drops, GError **error)
{
  gint64 n_first = 0;

  for (guint i = 0; sent != NULL && i < sent->len; i++)
    {
      int is_first = settle_sent (self, &g_array_index (sent, CrRecordMark, i), NULL, drops, error);

      if (is_first < 0)
        return -1;
      n_first += is_first;
    }
  return n_first;
}

static gint64
settle_entries (Settle *self, GPtrArray *entries, gboolean drops, guint *n_sent, GError **error)
{
  gint64 n_first = 0;

  for (guint i = 0; i < entries->len; i++)
    {
      const CrExportEntry *entry = g_ptr_array_index (entries, i);
      CrRecordMark mark = { entry->rid, entry->sequence };
      int is_first = 0;

      if (entry->status == CR_ITEM_SENT)
        {
          is_first = settle_sent (self, &mark, entry->place, drops, error);
          *n_sent += 1;
        }
      else if (!settle_other (self, entry, error))
        return -1;
      if (is_first < 0)
        return -1;
      n_first += is_first;
    }
  return n_first;
}

/* Returns how many were delivered for the first time; -1 on error. */
static gint64
settle_all (Settle *self, GArray *sent, GPtrArray *entries, guint *n_sent, GError **error)
{
  gint64 n = self->rows.has_ranges
               ? 0
               : count_rows (self->db, "SELECT count(*) FROM export_entry WHERE item = :key",
                             self->rows.item, error);
  guint n_marks = sent != NULL ? sent->len : 0;
  gboolean is_whole = n == (gint64) entries->len + n_marks && are_all_sent (entries);
  gboolean drops = !self->rows.has_ranges && !is_whole;
  gint64 n_first = n >= 0 ? settle_marks (self, sent, drops, error) : -1;
  gint64 n_others = n_first >= 0 ? settle_entries (self, entries, drops, n_sent, error) : -1;

  *n_sent += n_marks;
  if (n_others < 0 ||
      (self->rows.has_ranges && count_rows (self->db, "DELETE FROM export_range WHERE item = :key",
                                            self->rows.item, error) < 0) ||
      /* All at once costs a tenth of one after the other. */
      (is_whole && !self->rows.has_ranges &&
       count_rows (self->db, "DELETE FROM export_entry WHERE item = :key", self->rows.item, error) <
           0))
    return -1;
  return n_first + n_others;
}

/**
 * cr_entries_table_settle:
 * @sent: (element-type CrRecordMark) (nullable): more of @item that was delivered
 * @entries: (element-type CrExportEntry): entries of @item with what became of each; those left out
 *   stay as they are, unless they are of a range: then they were not to be sent any more
 *
 * Delivered entries go and are noted for their records; an older failure of the same record closes
 * as superseded. Others stay with their reason. @item is saved as it is, with the time when it
 * failed.
 */
gboolean
cr_entries_table_settle (CrDb *db,
                         CrExportItem *item,
                         GArray *sent,
                         GPtrArray *entries,
                         gint64 now_ms,
                         GError **error)
{
  Settle settle = { .db = db,
                    .now_ms = now_ms,
                    .wants_withdrawals = cr_withdrawals_wanted (db, item->destination_id) };
  guint n_sent = 0;
  gint64 n_first;

  if (item->status == CR_ITEM_FAILED || item->n_failed > 0)
    item->failed_ms = now_ms;
  if (!cr_items_table_save (db, item, error) || !find_rows (db, item->id, &settle.rows, error))
    return FALSE;

  n_first = count_rows (db,
                        "SELECT EXISTS (SELECT 1 FROM export_entry WHERE destination = :key"
                        " AND status = 'failed')",
                        settle.rows.destination, error);
  if (n_first < 0)
    return FALSE;
  settle.has_failed = n_first > 0;

  settle_open (&settle);
  n_first = settle_all (&settle, sent, entries, &n_sent, error);
  settle_close (&settle);
  return n_first >= 0 &&
         (n_sent == 0 ||
          (count_delivered (db, settle.rows.destination, (guint) n_first, now_ms, error) &&
           cr_slots_table_add (db, "delivered", n_sent, now_ms, error)));
}

static gint64
number_of_destination (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT n FROM destination WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_number (stmt, 0, error);
}

static gboolean
close_delivered (CrDb *db, gint64 destination, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE export_entry SET status = 'superseded' WHERE destination = :destination"
          " AND status = 'failed' AND EXISTS (SELECT 1 FROM delivered d"
          " WHERE d.destination = export_entry.destination AND d.rid = export_entry.rid"
          " AND d.seq >= export_entry.seq)");

  cr_stmt_bind_int64 (stmt, ":destination", destination);
  return cr_stmt_run (stmt, error);
}

/* Of entries in order of record, newest first, the first of each record. */
static void
keep_newest (GPtrArray *entries)
{
  for (guint i = 1; i < entries->len;)
    {
      CrExportEntry *before = g_ptr_array_index (entries, i - 1);
      CrExportEntry *entry = g_ptr_array_index (entries, i);

      if (entry->rid == before->rid)
        g_ptr_array_remove_index (entries, i);
      else
        i++;
    }
}

/**
 * cr_entries_table_list_failed:
 * @run_id: (nullable): only entries of that run
 *
 * Writes: failures of records that were delivered since close as superseded first.
 *
 * Returns: (transfer full) (element-type CrExportEntry): one for each record, at the newest version
 *   that failed
 */
GPtrArray *
cr_entries_table_list_failed (CrDb *db,
                              const char *destination_id,
                              const char *run_id,
                              guint limit,
                              GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT e.rid, e.seq, e.status, e.is_retryable, e.error_code, e.error_message"
          " FROM export_entry e JOIN export_item i ON i.item = e.item"
          " WHERE e.destination = :destination AND e.status = 'failed'"
          " AND (:run_id IS NULL OR i.run_id = :run_id)"
          " ORDER BY e.rid, e.seq DESC LIMIT :limit");
  g_autoptr (GPtrArray) entries = NULL;
  gint64 destination = number_of_destination (db, destination_id, error);

  if (destination < 0 || !close_delivered (db, destination, error))
    return NULL;

  cr_stmt_bind_int64 (stmt, ":destination", destination);
  cr_stmt_bind_text (stmt, ":run_id", run_id);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  entries = list_entries (stmt, error);
  if (entries != NULL)
    keep_newest (entries);
  return g_steal_pointer (&entries);
}

gboolean
cr_entries_table_supersede (CrDb *db,
                            const char *destination_id,
                            gint64 rid,
                            gint64 sequence,
                            GError **error)
{
  gint64 destination = number_of_destination (db, destination_id, error);

  return destination >= 0 && close_older (db, destination, rid, sequence, error);
}
