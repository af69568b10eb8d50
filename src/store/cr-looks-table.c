/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-looks-table.h"

#include "store/cr-stmt-rows.h"

#define TOGETHER_MS ((gint64) 15 * 60 * 1000)

static void
bind_look (CrStmt *stmt, CrLook *look)
{
  cr_stmt_bind_text (stmt, ":patient_id", look->patient_id);
  cr_stmt_bind_text (stmt, ":person", look->person != NULL ? look->person : "");
  cr_stmt_bind_enum (stmt, ":kind", CR_TYPE_LOOK_KIND, (int) look->kind);
  cr_stmt_bind_int64 (stmt, ":at_ms", look->first_ms);
}

/* → how many lines there were: one or none; -1 on error. One that lies in the future, because the
 * clock was set back, is left as it is. */
static gint64
go_on (CrDb *db, CrLook *look, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE look SET last_ms = max (last_ms, :at_ms) WHERE n ="
                       " (SELECT n FROM look WHERE patient_id = :patient_id AND person = :person"
                       "  AND kind = :kind AND last_ms >= :since_ms AND first_ms <= :at_ms"
                       "  ORDER BY last_ms DESC, n DESC LIMIT 1)");

  bind_look (stmt, look);
  cr_stmt_bind_int64 (stmt, ":since_ms", look->first_ms - TOGETHER_MS);
  return cr_stmt_run (stmt, error) ? cr_stmt_n_changed (stmt) : -1;
}

static gboolean
begin (CrDb *db, CrLook *look, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO look (patient_id, person, kind, first_ms, last_ms)"
                       " SELECT id, :person, :kind, :at_ms, :at_ms FROM patient"
                       " WHERE id = :patient_id");

  bind_look (stmt, look);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_looks_table_add (CrDb *db, CrLook *look, GError **error)
{
  gint64 n = go_on (db, look, error);

  return n > 0 || (n == 0 && begin (db, look, error));
}

static gpointer
read_look (CrStmt *stmt)
{
  CrLook *look =
      cr_look_new (cr_stmt_text (stmt, 0), (CrLookKind) cr_stmt_enum (stmt, 1, CR_TYPE_LOOK_KIND),
                   cr_stmt_text (stmt, 2), cr_stmt_int64 (stmt, 3));

  look->last_ms = cr_stmt_int64 (stmt, 4);
  return look;
}

GPtrArray *
cr_looks_table_list (CrDb *db, const char *patient_id, guint offset, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT patient_id, kind, person, first_ms, last_ms FROM look"
                       " WHERE patient_id = :patient_id"
                       " ORDER BY last_ms DESC, n DESC LIMIT :limit OFFSET :offset");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_look, error);
}

gint64
cr_looks_table_count (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM look WHERE patient_id = :patient_id");

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  return cr_stmt_read_number (stmt, -1, error);
}
