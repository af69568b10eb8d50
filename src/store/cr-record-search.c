/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-record-search.h"

#include "store/cr-records-private.h"
#include "store/cr-search.h"
#include "store/cr-stmt-rows.h"

/* Enough for a screen: who shows them takes them before there are more. */
#define MOST_FOUND 64

/* No index of words: one of a million records would be as large as they are, and each pull would
 * wait for it. They are read one after the other instead, as fast as the disk gives them. */
#define LOOK(of_type)                                                                              \
  "SELECT r.seq, r.rid, lower (r.id) LIKE :part ESCAPE '\\'"                                       \
  " OR instr (lower (CAST (v.body AS TEXT)), :lower) > 0"                                          \
  " FROM (SELECT rid, seq, id FROM record WHERE sid = :sid " of_type " LIMIT -1) r"                \
  " CROSS JOIN version v ON v.seq = r.seq"

void
cr_search_step_free (CrSearchStep *self)
{
  g_ptr_array_unref (self->records);
  g_free (self);
}

/* The stream of the place, or the one behind it; 0: there is none. */
static gint64
find_stream (CrDb *db, const CrRecordFilter *filter, gint64 from, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT coalesce (min (sid), 0) FROM stream WHERE patient_id = :patient_id"
                       " AND (:source_id IS NULL OR source_id = :source_id) AND sid >= :from");

  cr_stmt_bind_text (stmt, ":patient_id", filter->patient_id);
  cr_stmt_bind_text (stmt, ":source_id", filter->source_id);
  cr_stmt_bind_int64 (stmt, ":from", from);
  return cr_stmt_read_number (stmt, 0, error);
}

static CrStmt *
look (CrDb *db,
      const CrRecordFilter *filter,
      const char *text,
      const CrSearchPlace *place,
      GError **error)
{
  static const char *const sql[] = { LOOK (CR_RECORDS_OF_ANY), LOOK (CR_RECORDS_OF_FREQUENT),
                                     LOOK (CR_RECORDS_OF_SELDOM) };
  g_autofree char *part = cr_search_part (text);
  g_autofree char *lower = g_ascii_strdown (text, -1);
  gint64 type;
  int way = cr_records_table_find_way (db, filter, &type, error);
  CrStmt *stmt;

  if (way < 0)
    return NULL;
  stmt = cr_stmt_new (db, sql[way]);
  cr_stmt_bind_text (stmt, ":part", part);
  cr_stmt_bind_text (stmt, ":lower", lower);
  cr_stmt_bind_int64 (stmt, ":sid", place->sid);
  cr_stmt_bind_int64 (stmt, ":before", place->before > 0 ? place->before : G_MAXINT64);
  if (filter->type != NULL)
    cr_stmt_bind_int64 (stmt, ":type", type);
  return stmt;
}

/* FALSE: on error. */
static gboolean
look_through (CrDb *db, CrStmt *stmt, gint64 until_us, CrSearchStep *found, GError **error)
{
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      found->n_looked++;
      found->next.before = cr_stmt_int64 (stmt, 0);
      if (cr_stmt_int64 (stmt, 2) != 0)
        {
          CrRecord *record = cr_records_table_get_by_rid (db, cr_stmt_int64 (stmt, 1), 0, error);

          if (record == NULL)
            return FALSE;
          g_ptr_array_add (found->records, record);
        }
      if (found->records->len == MOST_FOUND || g_get_monotonic_time () >= until_us)
        return TRUE;
    }
  if (step == CR_STEP_DONE)
    found->next = (CrSearchPlace){ found->next.sid + 1, 0 };
  return step == CR_STEP_DONE;
}

/**
 * cr_record_search_step:
 * @filter: of a patient
 * @text: what the id or the body has in it, in letters of either case
 * @place: where the step before ended
 * @most_us: ends once this much time was spent, at least one record further on
 *
 * Looks through the latest versions of a patient's records, those of one source after those of
 * another. A record that comes in meanwhile is not looked at.
 *
 * Returns: (transfer full): what was found, or %NULL on error
 */
CrSearchStep *
cr_record_search_step (CrDb *db,
                       const CrRecordFilter *filter,
                       const char *text,
                       const CrSearchPlace *place,
                       gint64 most_us,
                       GError **error)
{
  g_autoptr (CrSearchStep) found = g_new0 (CrSearchStep, 1);
  gint64 until_us = g_get_monotonic_time () + most_us;

  found->records = g_ptr_array_new_with_free_func (g_object_unref);
  found->next = *place;
  do
    {
      gint64 sid = find_stream (db, filter, found->next.sid, error);
      g_autoptr (CrStmt) stmt = NULL;

      if (sid <= 0)
        {
          found->is_end = sid == 0;
          return sid < 0 ? NULL : g_steal_pointer (&found);
        }
      if (sid != found->next.sid)
        found->next = (CrSearchPlace){ sid, 0 };
      stmt = look (db, filter, text, &found->next, error);
      if (stmt == NULL || !look_through (db, stmt, until_us, found, error))
        return NULL;
    }
  while (found->records->len < MOST_FOUND && g_get_monotonic_time () < until_us);

  return g_steal_pointer (&found);
}
