/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-pull-history-table.h"
#include "store/cr-stmt-rows.h"

#define PULL "(SELECT n FROM pull WHERE id = :pull_id)"
#define OF_TYPE " AND (:type IS NULL OR t.name = :type)"
#define RECORD                                                                                     \
  " JOIN record r ON r.rid = x.rid JOIN rtype t ON t.n = r.type JOIN stream st ON st.sid = r.sid"  \
  " LEFT JOIN source s ON s.id = st.source_id"
#define COLUMNS "r.rid, st.patient_id, st.source_id, s.name, t.name, r.id, r.n"
#define FROM_ABSENCES " FROM pull_absence x" RECORD " WHERE x.pull = " PULL OF_TYPE
#define FROM_VERSIONS " FROM version x" RECORD " WHERE x.pull = " PULL OF_TYPE

static CrPullChange *
read_record (CrStmt *stmt)
{
  CrPullChange *change = cr_pull_change_new (cr_stmt_int64 (stmt, 0));
  CrRecord *record = change->record;

  record->patient_id = cr_stmt_dup_text (stmt, 1);
  record->source_id = cr_stmt_dup_text (stmt, 2);
  record->source_name = cr_stmt_dup_text (stmt, 3);
  record->type = cr_stmt_dup_text (stmt, 4);
  record->id = cr_stmt_dup_text (stmt, 5);
  record->n_versions = record->version = (guint) cr_stmt_int64 (stmt, 6);
  return change;
}

static void
read_body (CrStmt *stmt, int column, CrRecord *record)
{
  gsize size;
  gconstpointer body = cr_stmt_blob (stmt, column, &size);

  if (body != NULL)
    record->body = g_bytes_new (body, size);
}

static gpointer
read_absence (CrStmt *stmt)
{
  CrPullChange *change = read_record (stmt);

  change->change = (CrRecordChange) cr_stmt_enum (stmt, 7, CR_TYPE_RECORD_CHANGE);
  change->at_ms = cr_stmt_int64 (stmt, 8);
  change->http_status = (guint) cr_stmt_int64 (stmt, 9);
  read_body (stmt, 10, change->record);
  change->before = change->record->n_versions;
  change->after = change->change == CR_RECORD_RETURNED ? change->before : 0;
  return change;
}

static CrRecordChange
kind_of_version (CrStmt *stmt)
{
  gboolean is_late = cr_stmt_int64 (stmt, 9) != 0;
  gboolean is_first = cr_stmt_int64 (stmt, 10) != 0;

  return is_late ? CR_RECORD_OLDER : is_first ? CR_RECORD_ADDED : CR_RECORD_CHANGED;
}

static gpointer
read_version (CrStmt *stmt)
{
  CrPullChange *change = read_record (stmt);

  change->after = (guint) cr_stmt_int64 (stmt, 7);
  change->at_ms = cr_stmt_int64 (stmt, 8);
  change->change = kind_of_version (stmt);
  if (change->change == CR_RECORD_CHANGED)
    change->before = (guint) cr_stmt_int64 (stmt, 11);
  read_body (stmt, 12, change->record);
  return change;
}

static void
bind (CrStmt *stmt, const char *pull_id, const char *type)
{
  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  cr_stmt_bind_text (stmt, ":type", type);
}

static gint64
count (CrDb *db, const char *sql, const char *pull_id, const char *type, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  bind (stmt, pull_id, type);
  return cr_stmt_read_number (stmt, -1, error);
}

static gint64
count_absences (CrDb *db, const char *pull_id, const char *type, GError **error)
{
  return count (db, "SELECT count(*)" FROM_ABSENCES, pull_id, type, error);
}

static GPtrArray *
list (CrDb *db,
      const char *sql,
      CrStmtRead read,
      const char *pull_id,
      const char *type,
      guint offset,
      guint limit,
      GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  bind (stmt, pull_id, type);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read, error);
}

/* A version that an older one slipped behind is the first all the same when the record was first
 * seen with it. */
#define VERSIONS(body)                                                                             \
  "SELECT " COLUMNS ", x.n, x.received_ms, x.is_late, x.previous = 0 OR (coalesce "                \
  "(p.is_late, 0)"                                                                                 \
  " AND x.received_ms = r.first_seen_ms), p.n, " body " FROM version x" RECORD                     \
  " LEFT JOIN version p ON p.seq = x.previous WHERE "                                              \
  "x.pull = " PULL OF_TYPE " ORDER BY x.seq LIMIT :limit OFFSET :offset"
#define ABSENCES(body)                                                                             \
  "SELECT " COLUMNS ", x.change, x.at_ms, x.http_status, " body FROM_ABSENCES                      \
  " ORDER BY x.rid LIMIT :limit OFFSET :offset"
#define NEWEST_BODY "(SELECT body FROM version WHERE seq = r.seq)"

GPtrArray *
cr_pull_changes_table_list (CrDb *db,
                            const char *pull_id,
                            const char *type,
                            gboolean with_body,
                            guint offset,
                            guint limit,
                            GError **error)
{
  gint64 n_absent = count_absences (db, pull_id, type, error);
  guint skipped = (guint) MIN ((gint64) offset, n_absent);
  g_autoptr (GPtrArray) changes = NULL;
  GPtrArray *versions;

  if (n_absent < 0)
    return NULL;
  changes = list (db, with_body ? ABSENCES (NEWEST_BODY) : ABSENCES ("NULL"), read_absence, pull_id,
                  type, skipped, limit, error);
  if (changes == NULL || changes->len >= limit)
    return g_steal_pointer (&changes);

  versions = list (db, with_body ? VERSIONS ("x.body") : VERSIONS ("NULL"), read_version, pull_id,
                   type, offset - skipped, limit - changes->len, error);
  if (versions == NULL)
    return NULL;
  g_ptr_array_extend_and_steal (changes, versions);
  return g_steal_pointer (&changes);
}

gint64
cr_pull_changes_table_count (CrDb *db, const char *pull_id, const char *type, GError **error)
{
  gint64 n_absent = count_absences (db, pull_id, type, error);
  gint64 n_versions =
      n_absent < 0 ? -1
      : type != NULL
          ? count (db, "SELECT count(*)" FROM_VERSIONS, pull_id, type, error)
          : count (db, "SELECT count(*) FROM version WHERE pull = " PULL " AND :type IS NULL",
                   pull_id, NULL, error);

  return n_versions < 0 ? -1 : n_absent + n_versions;
}

int
cr_pull_changes_table_is_held (CrDb *db, const char *pull_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT coalesce ((SELECT h.status != 'released' FROM hold h JOIN pull p"
          " ON p.connection_id = h.connection_id WHERE p.id = :pull_id ORDER BY h.n DESC LIMIT 1),"
          " 0)");

  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  return (int) cr_stmt_read_number (stmt, -1, error);
}

static gpointer
read_type (CrStmt *stmt)
{
  CrPullType *type = cr_pull_type_new (cr_stmt_text (stmt, 0));

  type->n_added = (guint) cr_stmt_int64 (stmt, 1);
  type->n_changed = (guint) cr_stmt_int64 (stmt, 2);
  type->n_unlisted = (guint) cr_stmt_int64 (stmt, 3);
  type->n_gone = (guint) cr_stmt_int64 (stmt, 4);
  type->n_returned = (guint) cr_stmt_int64 (stmt, 5);
  return type;
}

GPtrArray *
cr_pull_types_table_list (CrDb *db, const char *pull_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT t.name, sum (x.a), sum (x.c), sum (x.u), sum (x.g), sum (x.b) FROM ("
          "SELECT type, n_new AS a, n_changed AS c, 0 AS u, 0 AS g, 0 AS b FROM pull_type"
          " WHERE pull = " PULL " UNION ALL SELECT r.type, 0, 0, p.change = 'unlisted',"
          " p.change = 'gone', p.change = 'returned' FROM pull_absence p JOIN record r"
          " ON r.rid = p.rid WHERE p.pull = " PULL ") x JOIN rtype t ON t.n = x.type"
          " GROUP BY t.name ORDER BY t.name");

  cr_stmt_bind_text (stmt, ":pull_id", pull_id);
  return cr_stmt_read_list (stmt, read_type, error);
}
