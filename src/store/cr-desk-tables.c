/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-desk-tables.h"

#include "base/cr-said.h"
#include "store/cr-stmt-rows.h"

#define MISSING CR_SAID ("There is no person of this name.")

static gpointer
read_name (CrStmt *stmt)
{
  return cr_stmt_dup_text (stmt, 0);
}

GPtrArray *
cr_people_table_list (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT name FROM person ORDER BY name");
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_ptr_array_add (names, read_name (stmt));
  return step == CR_STEP_DONE ? g_steal_pointer (&names) : NULL;
}

gboolean
cr_people_table_add (CrDb *db, const char *name, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO person (name, added_ms) VALUES (:name, :now_ms)");

  cr_stmt_bind_text (stmt, ":name", name);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run_add (stmt, CR_SAID ("There is a person of this name already."), error);
}

gboolean
cr_people_table_remove (CrDb *db, const char *name, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM person WHERE name = :name");

  cr_stmt_bind_text (stmt, ":name", name);
  return cr_stmt_run_change (stmt, MISSING, error);
}

char *
cr_locks_table_get (CrDb *db, const char *kind, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT hash FROM desk_lock WHERE kind = :kind");

  cr_stmt_bind_text (stmt, ":kind", kind);
  return cr_stmt_step (stmt, error) == CR_STEP_ROW ? cr_stmt_dup_text (stmt, 0) : NULL;
}

gboolean
cr_locks_table_set (CrDb *db, const char *kind, const char *hash, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, hash != NULL ? "INSERT INTO desk_lock (kind, hash) VALUES (:kind, :hash)"
                                      " ON CONFLICT (kind) DO UPDATE SET hash = excluded.hash"
                                    : "DELETE FROM desk_lock WHERE kind = :kind");

  cr_stmt_bind_text (stmt, ":kind", kind);
  if (hash != NULL)
    cr_stmt_bind_text (stmt, ":hash", hash);
  return cr_stmt_run (stmt, error);
}

/* Notices -------------------------------------------------------------------------------------- */

/* What is kept of it, while it is not over. */
typedef struct
{
  CrNotice *notice; /* (owned) (nullable) */
  gint64 gone_ms;
} Told;

static void
told_free (gpointer data)
{
  Told *told = data;

  g_clear_pointer (&told->notice, cr_notice_free);
  g_free (told);
}

static GHashTable *
read_told (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT key, words, gone_ms FROM notice WHERE key <> 'digest'");
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, told_free);
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      Told *told = g_new0 (Told, 1);

      told->notice = cr_notice_new (cr_stmt_text (stmt, 0), cr_stmt_text (stmt, 1));
      told->gone_ms = cr_stmt_int64 (stmt, 2);
      g_hash_table_insert (all, told->notice->key, told);
    }
  return step == CR_STEP_DONE ? g_steal_pointer (&all) : NULL;
}

static gboolean
keep (CrDb *db, const CrNotice *notice, gint64 since_ms, gint64 gone_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO notice (key, words, since_ms, gone_ms)"
                       " VALUES (:key, :words, :since_ms, :gone_ms) ON CONFLICT (key)"
                       " DO UPDATE SET words = excluded.words, gone_ms = excluded.gone_ms");

  cr_stmt_bind_text (stmt, ":key", notice->key);
  cr_stmt_bind_text (stmt, ":words", notice->words);
  cr_stmt_bind_int64 (stmt, ":since_ms", since_ms);
  cr_stmt_bind_int64 (stmt, ":gone_ms", gone_ms);
  return cr_stmt_run (stmt, error);
}

static gboolean
forget (CrDb *db, const char *key, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM notice WHERE key = :key");

  cr_stmt_bind_text (stmt, ":key", key);
  return cr_stmt_run (stmt, error);
}

static CrNotice *
copy (const CrNotice *notice, gboolean has_ended)
{
  CrNotice *made = cr_notice_new (notice->key, notice->words);

  made->has_ended = has_ended;
  return made;
}

/* A pull that waits runs for a moment whenever it tries again: that is no end. Which kinds do so is
 * kept in the key: what waits begins with `waiting/` or `pull-`. */
static gint64
patience_of (const char *key)
{
  return g_str_has_prefix (key, "waiting/") || g_str_has_prefix (key, "pull-") ? 2 * 60 * 1000 : 0;
}

static gboolean
end_one (CrDb *db, GPtrArray *news, Told *told, gint64 now_ms, GError **error)
{
  gint64 gone_ms = told->gone_ms > 0 ? told->gone_ms : now_ms;

  if (now_ms - gone_ms < patience_of (told->notice->key))
    return told->gone_ms > 0 || keep (db, told->notice, 0, gone_ms, error);
  g_ptr_array_add (news, copy (told->notice, TRUE));
  return forget (db, told->notice->key, error);
}

GPtrArray *
cr_notices_table_compare (CrDb *db, GPtrArray *now, gint64 now_ms, GError **error)
{
  g_autoptr (GPtrArray) news = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_notice_free);
  g_autoptr (GHashTable) all = read_told (db, error);
  GHashTableIter iter;
  gpointer value;

  if (all == NULL)
    return NULL;
  for (guint i = 0; i < now->len; i++)
    {
      const CrNotice *notice = g_ptr_array_index (now, i);
      Told *told = g_hash_table_lookup (all, notice->key);

      gboolean is_other = told == NULL || g_strcmp0 (told->notice->words, notice->words) != 0;

      if (is_other)
        g_ptr_array_add (news, copy (notice, FALSE));
      if ((is_other || told->gone_ms > 0) && !keep (db, notice, now_ms, 0, error))
        return NULL;
      g_hash_table_remove (all, notice->key);
    }

  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!end_one (db, news, value, now_ms, error))
      return NULL;
  return g_steal_pointer (&news);
}

gint64
cr_notices_table_told (CrDb *db, const char *key, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT coalesce (max (gone_ms), 0) FROM notice WHERE key = :key");

  cr_stmt_bind_text (stmt, ":key", key);
  return cr_stmt_read_number (stmt, -1, error);
}

gboolean
cr_notices_table_tell (CrDb *db, const char *key, gint64 now_ms, GError **error)
{
  g_autoptr (CrNotice) notice = cr_notice_new (key, "");

  return keep (db, notice, now_ms, now_ms, error);
}
