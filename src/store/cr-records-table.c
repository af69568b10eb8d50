/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-records-table.h"

#include <string.h>

#include "base/cr-said.h"
#include "store/cr-pulls-table.h"
#include "store/cr-records-private.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "r.rid, st.patient_id, st.source_id, s.name, t.name, r.id, v.n, r.n, v.seq, v.sha256, v.bytes,"  \
  " v.received_ms, r.first_seen_ms, r.confirmed_ms, v.reached, a.missed_ms, a.gone_ms"
#define NAMES                                                                                      \
  " JOIN rtype t ON t.n = r.type JOIN stream st ON st.sid = r.sid"                                 \
  " LEFT JOIN source s ON s.id = st.source_id LEFT JOIN absence a ON a.rid = r.rid"
#define MISSING CR_SAID ("There is no such record.")

static char *
hex_of (CrStmt *stmt, int column)
{
  gsize n_bytes;
  const guint8 *data = cr_stmt_blob (stmt, column, &n_bytes);
  static const char digits[] = "0123456789abcdef";
  char *hex = g_malloc (n_bytes * 2 + 1);

  for (gsize i = 0; i < n_bytes; i++)
    {
      hex[2 * i] = digits[data[i] >> 4];
      hex[2 * i + 1] = digits[data[i] & 15];
    }
  hex[2 * n_bytes] = '\0';
  return hex;
}

static gpointer
read_record (CrStmt *stmt)
{
  CrRecord *record = cr_record_new (cr_stmt_int64 (stmt, 0));

  record->patient_id = cr_stmt_dup_text (stmt, 1);
  record->source_id = cr_stmt_dup_text (stmt, 2);
  record->source_name = cr_stmt_dup_text (stmt, 3);
  record->type = cr_stmt_dup_text (stmt, 4);
  record->id = cr_stmt_dup_text (stmt, 5);
  record->version = (guint) cr_stmt_int64 (stmt, 6);
  record->n_versions = (guint) cr_stmt_int64 (stmt, 7);
  record->sequence = cr_stmt_int64 (stmt, 8);
  record->sha256 = hex_of (stmt, 9);
  record->n_bytes = (gsize) cr_stmt_int64 (stmt, 10);
  record->received_ms = cr_stmt_int64 (stmt, 11);
  record->first_seen_ms = cr_stmt_int64 (stmt, 12);
  record->last_confirmed_ms = cr_stmt_int64 (stmt, 13);
  record->reached = cr_stmt_dup_text (stmt, 14);
  record->missed_ms = cr_stmt_int64 (stmt, 15);
  record->gone_ms = cr_stmt_int64 (stmt, 16);
  record->body = cr_stmt_dup_bytes (stmt, 17);
  return record;
}

gint64
cr_streams_find (CrDb *db, const CrRecordOwner *owner, gboolean add, GError **error)
{
  g_autoptr (CrStmt) find = cr_stmt_new (
      db, "SELECT sid FROM stream WHERE patient_id = :patient_id AND source_id = :source_id"
          " AND portal_patient_id = :portal_patient_id");
  g_autoptr (CrStmt) insert = NULL;
  gint64 sid;

  cr_stmt_bind_text (find, ":patient_id", owner->patient_id);
  cr_stmt_bind_text (find, ":source_id", owner->source_id);
  cr_stmt_bind_text (find, ":portal_patient_id", owner->portal_patient_id);
  sid = cr_stmt_read_number (find, 0, error);
  if (sid != 0 || !add)
    return sid;

  insert = cr_stmt_new (db, "INSERT INTO stream (patient_id, source_id, portal_patient_id,"
                            " n_records) VALUES (:patient_id, :source_id, :portal_patient_id, 0)"
                            " RETURNING sid");
  cr_stmt_bind_text (insert, ":patient_id", owner->patient_id);
  cr_stmt_bind_text (insert, ":source_id", owner->source_id);
  cr_stmt_bind_text (insert, ":portal_patient_id", owner->portal_patient_id);
  return cr_stmt_read_number (insert, -1, error);
}

gint64
cr_streams_count_records (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT coalesce (sum (n_records), 0) FROM stream WHERE patient_id = :patient_id");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  return cr_stmt_read_number (stmt, 0, error);
}

static gboolean
run_for_stream (CrDb *db, const char *sql, gint64 sid, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  return cr_stmt_run (stmt, error);
}

/* Everything of a stream, last what the others are found by. */
static gboolean
forget_stream (CrDb *db, gint64 sid, GError **error)
{
  static const char *const sql[] = {
    "UPDATE destination SET n_delivered = n_delivered - (SELECT count(*) FROM record r"
    " JOIN delivered d ON d.destination = destination.n AND d.rid = r.rid AND d.seq > 0"
    " WHERE r.sid = :sid)",
    "DELETE FROM delivered WHERE destination IN (SELECT n FROM destination)"
    " AND rid IN (SELECT rid FROM record WHERE sid = :sid)",
    "DELETE FROM export_entry WHERE rid IN (SELECT rid FROM record WHERE sid = :sid)",
    "DELETE FROM claim WHERE rid IN (SELECT rid FROM record WHERE sid = :sid)",
    "DELETE FROM reference WHERE rid IN (SELECT rid FROM record WHERE sid = :sid)",
    "DELETE FROM pull_absence WHERE rid IN (SELECT rid FROM record WHERE sid = :sid)",
    "DELETE FROM attachment WHERE rid IN (SELECT rid FROM record WHERE sid = :sid)",
    "DELETE FROM unresolved WHERE rid IN (SELECT rid FROM record WHERE sid = :sid)",
    "DELETE FROM version WHERE seq IN (WITH RECURSIVE chain (seq) AS ("
    " SELECT seq FROM record WHERE sid = :sid AND seq > 0 UNION ALL"
    " SELECT v.previous FROM chain JOIN version v ON v.seq = chain.seq WHERE v.previous > 0)"
    " SELECT seq FROM chain)",
    "DELETE FROM record WHERE sid = :sid",
    "DELETE FROM absence WHERE sid = :sid",
    "DELETE FROM listing WHERE sid = :sid",
    "UPDATE counter SET value = value - (SELECT y.n FROM tally y JOIN rtype t ON t.n = y.type"
    "  WHERE y.sid = :sid AND 'type:' || t.name = counter.name)"
    " WHERE name IN (SELECT 'type:' || t.name FROM tally y JOIN rtype t ON t.n = y.type"
    "  WHERE y.sid = :sid)",
    "DELETE FROM tally WHERE sid = :sid",
    "UPDATE counter SET value = value - (SELECT n_records FROM stream WHERE sid = :sid)"
    " WHERE name = 'records'",
    "DELETE FROM stream WHERE sid = :sid",
  };

  for (guint i = 0; i < G_N_ELEMENTS (sql); i++)
    if (!run_for_stream (db, sql[i], sid, error))
      return FALSE;
  return TRUE;
}

gboolean
cr_streams_forget (CrDb *db, const char *patient_id, const char *source_id, GError **error)
{
  g_autoptr (GArray) sids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT sid FROM stream WHERE patient_id = :patient_id"
                                             " AND (:source_id IS NULL OR source_id = :source_id)");
  CrStep step;

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":source_id", source_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      gint64 sid = cr_stmt_int64 (stmt, 0);

      g_array_append_val (sids, sid);
    }
  if (step == CR_STEP_ERROR)
    return FALSE;

  for (guint i = 0; i < sids->len; i++)
    if (!forget_stream (db, g_array_index (sids, gint64, i), error))
      return FALSE;
  return TRUE;
}

/* Both texts lie behind the struct, in one piece of memory. */
static CrReference *
reference_new (const char *type, const char *id)
{
  gsize n_type = strlen (type) + 1, n_id = strlen (id) + 1;
  CrReference *self = g_malloc (sizeof (CrReference) + n_type + n_id);
  char *texts = (char *) (self + 1);

  memcpy (texts, type, n_type);
  memcpy (texts + n_type, id, n_id);
  self->type = texts;
  self->id = texts + n_type;
  return self;
}

/**
 * cr_records_table_list_missing:
 *
 * Returns: (transfer full) (element-type CrReference): what records of @owner point at and the
 *   store does not have, each once. What first pointed at a row mostly lies in the same stretch
 *   (see cr-schema-references.c), so that one is looked at before the others.
 */
GPtrArray *
cr_records_table_list_missing (CrDb *db,
                               const CrRecordOwner *owner,
                               const char *const *types,
                               guint limit,
                               GError **error)
{
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "WITH RECURSIVE stretch (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM stretch"
                       "  WHERE n < (SELECT max (rid) >> 17 FROM reference))"
                       " SELECT t.name, r.id FROM record r JOIN rtype t ON t.n = r.type"
                       " WHERE r.sid = :sid AND r.seq = 0"
                       " AND (EXISTS (SELECT 1 FROM reference b WHERE b.rid >> 17 = r.rid >> 17"
                       "   AND b.to_rid = r.rid)"
                       "  OR EXISTS (SELECT 1 FROM stretch s JOIN reference b ON b.rid >> 17 = s.n"
                       "   AND b.to_rid = r.rid)) ORDER BY r.rid");
  gint64 sid = cr_streams_find (db, owner, FALSE, error);
  CrStep step = CR_STEP_DONE;

  if (sid < 0)
    return NULL;

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  while (missing->len < limit && (step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    if (types == NULL || g_strv_contains (types, cr_stmt_text (stmt, 0)))
      g_ptr_array_add (missing, reference_new (cr_stmt_text (stmt, 0), cr_stmt_text (stmt, 1)));

  return step != CR_STEP_ERROR ? g_steal_pointer (&missing) : NULL;
}

/**
 * cr_records_table_has:
 *
 * Returns: whether the record itself is stored; %FALSE with @error set when that is not known
 */
gboolean
cr_records_table_has (CrDb *db,
                      const CrRecordOwner *owner,
                      const char *type,
                      const char *id,
                      GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(*) FROM record WHERE sid = :sid AND type = :type AND id = :id AND seq > 0");
  gint64 sid = cr_streams_find (db, owner, FALSE, error);
  gint64 number = sid > 0 ? cr_db_type_number (db, type, FALSE, error) : 0;

  if (number <= 0)
    return FALSE;

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":type", number);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_number (stmt, 0, error) > 0;
}

CrRecord *
cr_records_table_get (CrDb *db,
                      const char *patient_id,
                      const char *source_id,
                      const char *type,
                      const char *id,
                      guint version,
                      GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT r.rid FROM stream st JOIN record r ON r.sid = st.sid"
          " WHERE st.patient_id = :patient_id AND (:source_id IS NULL OR st.source_id = :source_id)"
          " AND r.type = :type AND r.id = :id AND r.seq > 0 ORDER BY st.sid LIMIT 1");
  gint64 number = cr_db_type_number (db, type, FALSE, error);
  gint64 rid;

  if (number < 0)
    return NULL;

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":source_id", source_id);
  cr_stmt_bind_int64 (stmt, ":type", number);
  cr_stmt_bind_text (stmt, ":id", id);
  rid = cr_stmt_read_number (stmt, 0, error);
  return rid >= 0 ? cr_records_table_get_by_rid (db, rid, version, error) : NULL;
}

#define CHAIN                                                                                      \
  "WITH RECURSIVE chain (seq) AS (SELECT seq FROM record WHERE rid = :rid AND seq > 0 UNION ALL"   \
  " SELECT p.previous FROM chain JOIN version p ON p.seq = chain.seq WHERE p.previous > 0)"

/**
 * cr_records_table_get_by_rid:
 * @version: from 1; 0 for the latest
 *
 * Returns: (transfer full): the record with the body of that version; CR_ERROR_NOT_FOUND
 */
CrRecord *
cr_records_table_get_by_rid (CrDb *db, gint64 rid, guint version, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, version == 0 ? "SELECT " COLUMNS
                         ", v.body FROM record r JOIN version v ON v.seq = r.seq" NAMES
                         " WHERE r.rid = :rid"
                       : CHAIN "SELECT " COLUMNS ", v.body FROM chain JOIN version v"
                               " ON v.seq = chain.seq JOIN record r ON r.rid = v.rid" NAMES
                               " WHERE v.n = :version");

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  if (version != 0)
    cr_stmt_bind_int64 (stmt, ":version", version);
  return cr_stmt_read_one (stmt, read_record, MISSING, error);
}

/* What came late stands behind what came before it, so the first to come is not always number 1. */
gboolean
cr_records_table_read_origin (CrDb *db, CrRecord *record, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, CHAIN "SELECT min (chain.seq), r.stamp_version, r.stamp_updated"
                             " FROM chain JOIN record r ON r.rid = :rid");
  GError *failure = NULL;

  cr_stmt_bind_int64 (stmt, ":rid", record->rid);
  if (cr_stmt_step (stmt, error) != CR_STEP_ROW)
    return FALSE;

  if (record->version == record->n_versions)
    {
      record->source_version = cr_stmt_dup_text (stmt, 1);
      record->source_updated = cr_stmt_dup_text (stmt, 2);
    }
  record->first_pull = cr_pulls_table_get_of_version (db, cr_stmt_int64 (stmt, 0), &failure);
  if (failure == NULL)
    record->pull = cr_pulls_table_get_of_version (db, record->sequence, &failure);
  if (failure == NULL)
    record->last_pull = cr_pulls_table_get_at (db, record->patient_id, record->source_id,
                                               record->last_confirmed_ms, &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

GPtrArray *
cr_records_table_list_versions (CrDb *db, gint64 rid, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, CHAIN "SELECT " COLUMNS ", NULL FROM chain JOIN version v ON v.seq = chain.seq"
                " JOIN record r ON r.rid = v.rid" NAMES " ORDER BY v.n DESC");

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  return cr_stmt_read_list (stmt, read_record, error);
}

/* All records are found by their newest versions; those of a patient by the patient's streams. */
#define FROM_ALL " FROM version v JOIN record r ON r.rid = v.rid AND r.seq = v.seq" NAMES " WHERE 1"
#define FROM_PATIENT                                                                               \
  " FROM stream st JOIN record r ON r.sid = st.sid AND r.seq > 0 JOIN version v ON v.seq = r.seq"  \
  " JOIN rtype t ON t.n = r.type LEFT JOIN source s ON s.id = st.source_id"                        \
  " LEFT JOIN absence a ON a.rid = r.rid"                                                          \
  " WHERE st.patient_id = :patient_id"
/* A hold that is open, or that was rejected last. */
#define HELD                                                                                       \
  "EXISTS (SELECT 1 FROM connection c JOIN hold h ON h.connection_id = c.id"                       \
  " WHERE c.patient_id = st.patient_id AND c.source_id = st.source_id AND (h.status = 'open'"      \
  "  OR (h.status = 'rejected' AND h.n = (SELECT max (l.n) FROM hold l"                            \
  "   WHERE l.connection_id = c.id))))"
#define FILTER                                                                                     \
  " AND (:free_only = 0 OR NOT " HELD ")"                                                          \
  " AND (:source_id IS NULL OR st.source_id = :source_id) AND (:type IS NULL OR t.name = :type)"
#define PAGE " ORDER BY v.seq DESC LIMIT :limit OFFSET :offset"

static void
bind_filter (CrDb *db, CrStmt *stmt, const CrRecordFilter *filter)
{
  if (filter->patient_id != NULL)
    cr_stmt_bind_text (stmt, ":patient_id", filter->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", filter->source_id);
  cr_stmt_bind_text (stmt, ":type", filter->type);
  cr_stmt_bind_int64 (stmt, ":free_only", filter->free_only);
}

/* The page first, by the one index that has its order, and only then what is shown of it: sorting
 * the million records of a patient takes half a second. */
#define OF_STREAM(columns, of_type)                                                                \
  "SELECT " COLUMNS ", " columns " FROM (SELECT rid FROM record WHERE sid = :sid " of_type         \
  " LIMIT "                                                                                        \
  " :limit OFFSET :offset) page JOIN record r ON r.rid = page.rid JOIN version v ON v.seq = "      \
  "r.seq" NAMES " ORDER BY r.seq DESC"
/* The one stream that is meant; 0: there are several, or none. */
static gint64
find_only_stream (CrDb *db, const CrRecordFilter *filter)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT CASE count(*) WHEN 1 THEN max (sid) ELSE 0 END FROM stream"
          " WHERE patient_id = :patient_id AND (:source_id IS NULL OR source_id = :source_id)");

  if (filter->patient_id == NULL || filter->free_only)
    return 0;
  cr_stmt_bind_text (stmt, ":patient_id", filter->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", filter->source_id);
  return cr_stmt_read_number (stmt, 0, NULL);
}

/* Of fewer of a type it costs less to sort them all than to walk past the others. */
#define RARE 5000

int
cr_records_table_find_way (CrDb *db, const CrRecordFilter *filter, gint64 *type, GError **error)
{
  gint64 n;

  if (filter->type == NULL)
    return 0;
  n = cr_records_table_count (db, filter, error);
  *type = n < 0 ? -1 : cr_db_type_number (db, filter->type, FALSE, error);
  return *type < 0 ? -1 : n > RARE ? 1 : 2;
}

static GPtrArray *
list_of_stream (CrDb *db,
                gint64 sid,
                const CrRecordFilter *filter,
                gboolean with_body,
                guint offset,
                guint limit,
                GError **error)
{
  static const char *const sql[3][2] = {
    { OF_STREAM ("NULL", CR_RECORDS_OF_ANY), OF_STREAM ("v.body", CR_RECORDS_OF_ANY) },
    { OF_STREAM ("NULL", CR_RECORDS_OF_FREQUENT), OF_STREAM ("v.body", CR_RECORDS_OF_FREQUENT) },
    { OF_STREAM ("NULL", CR_RECORDS_OF_SELDOM), OF_STREAM ("v.body", CR_RECORDS_OF_SELDOM) },
  };
  gint64 type;
  int way = cr_records_table_find_way (db, filter, &type, error);
  g_autoptr (CrStmt) stmt = NULL;

  if (way < 0)
    return NULL;
  stmt = cr_stmt_new (db, sql[way][with_body != FALSE]);
  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":before", G_MAXINT64);
  if (filter->type != NULL)
    cr_stmt_bind_int64 (stmt, ":type", type);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_record, error);
}

/**
 * cr_records_table_list:
 *
 * Returns: (transfer full): a page of records at their latest versions, the last received first
 */
GPtrArray *
cr_records_table_list (CrDb *db,
                       const CrRecordFilter *filter,
                       gboolean with_body,
                       guint offset,
                       guint limit,
                       GError **error)
{
  static const char *const sql[2][2] = {
    { "SELECT " COLUMNS ", NULL" FROM_ALL FILTER PAGE,
      "SELECT " COLUMNS ", v.body" FROM_ALL FILTER PAGE },
    { "SELECT " COLUMNS ", NULL" FROM_PATIENT FILTER PAGE,
      "SELECT " COLUMNS ", v.body" FROM_PATIENT FILTER PAGE },
  };
  g_autoptr (CrStmt) stmt = NULL;
  gint64 sid = find_only_stream (db, filter);

  if (sid > 0)
    return list_of_stream (db, sid, filter, with_body, offset, limit, error);
  stmt = cr_stmt_new (db, sql[filter->patient_id != NULL][with_body != FALSE]);
  bind_filter (db, stmt, filter);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_record, error);
}

int
cr_records_table_is_held (CrDb *db, CrRecord *record, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM record r JOIN stream st ON st.sid = r.sid"
                       " WHERE r.rid = :rid AND " HELD);

  cr_stmt_bind_int64 (stmt, ":rid", record->rid);
  return (int) cr_stmt_read_number (stmt, -1, error);
}

static gint64
count_one_by_one (CrDb *db, const CrRecordFilter *filter, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, filter->patient_id != NULL ? "SELECT count(*)" FROM_PATIENT FILTER
                                                  : "SELECT count(*)" FROM_ALL FILTER);

  bind_filter (db, stmt, filter);
  return cr_stmt_read_number (stmt, 0, error);
}

/* The tallies of the streams that are meant. */
#define TALLIES                                                                                    \
  " FROM stream st JOIN tally y ON y.sid = st.sid JOIN rtype t ON t.n = y.type"                    \
  " WHERE (:source_id IS NULL OR st.source_id = :source_id)"
#define TALLIES_OF_PATIENT TALLIES " AND st.patient_id = :patient_id"

gint64
cr_records_table_count (CrDb *db, const CrRecordFilter *filter, GError **error)
{
  gboolean of_patient = filter->patient_id != NULL;
  g_autoptr (CrStmt) stmt = NULL;

  if (filter->free_only)
    return count_one_by_one (db, filter, error);
  if (!of_patient && filter->source_id == NULL)
    {
      stmt = cr_stmt_new (db, "SELECT value FROM counter WHERE name ="
                              " coalesce ('type:' || :type, 'records')");
      cr_stmt_bind_text (stmt, ":type", filter->type);
      return cr_stmt_read_number (stmt, 0, error);
    }

  stmt = cr_stmt_new (db, of_patient ? "SELECT coalesce (sum (y.n), 0)" TALLIES_OF_PATIENT
                                       " AND (:type IS NULL OR t.name = :type)"
                                     : "SELECT coalesce (sum (y.n), 0)" TALLIES
                                       " AND (:type IS NULL OR t.name = :type)");
  if (of_patient)
    cr_stmt_bind_text (stmt, ":patient_id", filter->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", filter->source_id);
  cr_stmt_bind_text (stmt, ":type", filter->type);
  return cr_stmt_read_number (stmt, 0, error);
}

/**
 * cr_records_table_count_types:
 * @patient_id: (nullable)
 * @source_id: (nullable)
 */
GPtrArray *
cr_records_table_count_types (CrDb *db,
                              const char *patient_id,
                              const char *source_id,
                              GError **error)
{
  g_autoptr (GPtrArray) counts =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_type_count_free);
  gboolean of_all = patient_id == NULL && source_id == NULL;
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, of_all               ? "SELECT substr (name, 6), value AS total FROM counter"
                                              " WHERE name LIKE 'type:%' AND value > 0"
                                              " ORDER BY total DESC, name"
                       : patient_id != NULL ? "SELECT t.name, sum (y.n) AS total" TALLIES_OF_PATIENT
                                              " GROUP BY t.name ORDER BY total DESC, t.name"
                                            : "SELECT t.name, sum (y.n) AS total" TALLIES
                                              " GROUP BY t.name ORDER BY total DESC, t.name");
  CrStep step;

  if (patient_id != NULL)
    cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  if (!of_all)
    cr_stmt_bind_text (stmt, ":source_id", source_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_ptr_array_add (counts,
                     cr_type_count_new (cr_stmt_text (stmt, 0), (guint) cr_stmt_int64 (stmt, 1)));

  return step == CR_STEP_DONE ? g_steal_pointer (&counts) : NULL;
}

#define CHANGED                                                                                    \
  " FROM record r JOIN version v ON v.seq = r.seq" NAMES                                           \
  " WHERE r.sid = :sid AND r.seq > :after AND r.seq <= :upto"                                      \
  " AND (:type IS NULL OR t.name = :type) ORDER BY r.seq LIMIT :limit"

/* Of bodies in one chunk: a record may be of many megabytes. */
#define MOST_BYTES (16 << 20)

GPtrArray *
cr_records_table_list_changed (CrDb *db,
                               const CrRecordOwner *owner,
                               const char *type,
                               gint64 after,
                               gint64 upto,
                               guint limit,
                               GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT " COLUMNS ", v.body" CHANGED);
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 sid = cr_streams_find (db, owner, FALSE, error);
  gsize n_bytes = 0;
  CrStep step = CR_STEP_DONE;

  if (sid < 0)
    return NULL;

  cr_stmt_bind_int64 (stmt, ":sid", sid);
  cr_stmt_bind_int64 (stmt, ":after", MAX (after, 0));
  cr_stmt_bind_int64 (stmt, ":upto", upto);
  cr_stmt_bind_text (stmt, ":type", type);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
  while (n_bytes < MOST_BYTES && (step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrRecord *record = read_record (stmt);

      n_bytes += record->n_bytes;
      g_ptr_array_add (records, record);
    }
  return step != CR_STEP_ERROR ? g_steal_pointer (&records) : NULL;
}

/**
 * cr_records_table_newest_sequence:
 *
 * Returns: the last number drawn: no version is newer, every later one will be; 0 when there is
 *   none, -1 on error
 */
gint64
cr_records_table_newest_sequence (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT value FROM counter WHERE name = 'sequence'");

  return cr_stmt_read_number (stmt, 0, error);
}
