/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-profile-table.h"

#include "store/cr-stmt.h"

/* However many are connected, so many are looked at. */
#define N_PATIENTS "200"

/* A patient is connected to a source once. Of a type that was asked for in several ways one that
 * was answered stands for all. */
static const char *const statement =
    "WITH who AS (SELECT id, patient_id FROM connection WHERE source_id = :source"
    "  ORDER BY n DESC LIMIT " N_PATIENTS "),"
    " last AS (SELECT w.patient_id, (SELECT p.id FROM pull p WHERE p.connection_id = w.id"
    "  AND p.status IN ('complete', 'partial') ORDER BY p.created_ms DESC, p.n DESC LIMIT 1)"
    "  AS pull FROM who w),"
    " asked AS (SELECT l.patient_id, q.type, min (q.n) AS at,"
    "  max (q.status = 'complete') AS is_answered, max (q.status = 'not_granted') AS is_refused,"
    "  max (q.status = 'not_supported') AS is_missing"
    "  FROM last l JOIN pull_query q ON q.pull_id = l.pull"
    "  WHERE q.kind IN ('search', 'read') GROUP BY l.patient_id, q.type),"
    " got AS MATERIALIZED (SELECT a.*, EXISTS (SELECT 1 FROM stream s JOIN tally y ON y.sid = s.sid"
    "  JOIN rtype t ON t.n = y.type WHERE s.patient_id = a.patient_id"
    "  AND s.source_id = :source AND t.name = a.type AND y.n > 0) AS is_there FROM asked a)"
    "SELECT type, sum (is_answered), sum (is_there),"
    " sum (is_refused AND NOT is_answered AND NOT is_there),"
    " sum (is_missing AND NOT is_answered AND NOT is_refused AND NOT is_there)"
    " FROM got GROUP BY type ORDER BY min (at), type";

const char *
cr_profile_table_statement (void)
{
  return statement;
}

static gboolean
count_patients (CrDb *db, CrProfile *profile, const char *source_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT (SELECT count(*) FROM (SELECT 1 FROM connection WHERE source_id = :source"
          "  LIMIT " N_PATIENTS " + 1)),"
          " (SELECT count(*) FROM (SELECT id FROM connection WHERE source_id = :source"
          "  ORDER BY n DESC LIMIT " N_PATIENTS ") w WHERE EXISTS (SELECT 1 FROM pull p"
          "  WHERE p.connection_id = w.id AND p.status IN ('complete', 'partial')))");

  cr_stmt_bind_text (stmt, ":source", source_id);
  if (cr_stmt_step (stmt, error) != CR_STEP_ROW)
    return FALSE;
  profile->is_all = cr_stmt_int64 (stmt, 0) <= g_ascii_strtoll (N_PATIENTS, NULL, 10);
  profile->n_patients = (guint) cr_stmt_int64 (stmt, 1);
  return TRUE;
}

CrProfile *
cr_profile_table_get (CrDb *db, const char *source_id, GError **error)
{
  g_autoptr (CrProfile) profile = cr_profile_new ();
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, statement);
  CrStep step;

  if (!count_patients (db, profile, source_id, error))
    return NULL;

  cr_stmt_bind_text (stmt, ":source", source_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrProfileType *type = cr_profile_add (profile, cr_stmt_text (stmt, 0));

      type->n_asked = (guint) cr_stmt_int64 (stmt, 1);
      type->n_gave = (guint) cr_stmt_int64 (stmt, 2);
      type->n_not_granted = (guint) cr_stmt_int64 (stmt, 3);
      type->n_not_supported = (guint) cr_stmt_int64 (stmt, 4);
    }
  return step == CR_STEP_DONE ? g_steal_pointer (&profile) : NULL;
}
