/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-records-private.h"
#include "store/cr-stmt.h"

static gboolean
add_to_tally (const CrRecordTally *self, gint64 type, guint n, GError **error)
{
  g_autoptr (CrStmt) tally =
      cr_stmt_new (self->db, "INSERT INTO tally (sid, type, n) VALUES (:sid, :type, :n)"
                             " ON CONFLICT (sid, type) DO UPDATE SET n = tally.n + excluded.n");
  g_autoptr (CrStmt) stream =
      cr_stmt_new (self->db, "UPDATE stream SET n_records = n_records + :n WHERE sid = :sid");
  g_autofree char *total = g_strconcat ("type:", cr_db_type_name (self->db, type), NULL);
  gint64 unused;

  cr_stmt_bind_int64 (tally, ":sid", self->sid);
  cr_stmt_bind_int64 (tally, ":type", type);
  cr_stmt_bind_int64 (tally, ":n", n);
  cr_stmt_bind_int64 (stream, ":sid", self->sid);
  cr_stmt_bind_int64 (stream, ":n", n);
  return cr_stmt_run (tally, error) && cr_stmt_run (stream, error) &&
         cr_db_next_number (self->db, "records", n, &unused, error) &&
         cr_db_next_number (self->db, total, n, &unused, error);
}

static gboolean
add_to_pull (const CrRecordTally *self, const char *sql, gint64 type, guint n, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (self->db, sql);

  cr_stmt_bind_int64 (stmt, ":pull", self->pull);
  cr_stmt_bind_int64 (stmt, ":type", type);
  cr_stmt_bind_int64 (stmt, ":n", n);
  return cr_stmt_run (stmt, error);
}

/* What the pull added and changed, type by type, by whatever way it came. */
static gboolean
save_pull_counts (const CrRecordTally *self, GError **error)
{
  GHashTableIter iter;
  gpointer type, n;

  if (self->pull == 0)
    return TRUE;
  g_hash_table_iter_init (&iter, self->added);
  while (g_hash_table_iter_next (&iter, &type, &n))
    if (!add_to_pull (self,
                      "INSERT INTO pull_type (pull, type, n_new, n_changed)"
                      " VALUES (:pull, :type, :n, 0) ON CONFLICT (pull, type)"
                      " DO UPDATE SET n_new = n_new + excluded.n_new",
                      (gint64) GPOINTER_TO_SIZE (type), GPOINTER_TO_UINT (n), error))
      return FALSE;

  g_hash_table_iter_init (&iter, self->changed);
  while (g_hash_table_iter_next (&iter, &type, &n))
    if (!add_to_pull (self,
                      "INSERT INTO pull_type (pull, type, n_new, n_changed)"
                      " VALUES (:pull, :type, 0, :n) ON CONFLICT (pull, type)"
                      " DO UPDATE SET n_changed = n_changed + excluded.n_changed",
                      (gint64) GPOINTER_TO_SIZE (type), GPOINTER_TO_UINT (n), error))
      return FALSE;
  return TRUE;
}

static gboolean
save_tallies (const CrRecordTally *self, GError **error)
{
  GHashTableIter iter;
  gpointer type, n;

  g_hash_table_iter_init (&iter, self->added);
  while (g_hash_table_iter_next (&iter, &type, &n))
    if (!add_to_tally (self, (gint64) GPOINTER_TO_SIZE (type), GPOINTER_TO_UINT (n), error))
      return FALSE;
  return TRUE;
}

/* What a call of cr_records_table_save() added and changed. */
gboolean
cr_record_tally_save (const CrRecordTally *self, GError **error)
{
  return save_tallies (self, error) && save_pull_counts (self, error);
}
