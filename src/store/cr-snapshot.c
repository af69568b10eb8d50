/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#include "base/cr-error.h"
#include "store/cr-check.h"
#include "store/cr-db-private.h"
#include "store/cr-log-tables.h"
#include "store/cr-schema.h"
#include "store/cr-stmt-rows.h"

/* Of 8 KB: so that cancelling is heard and the disk is left to others now and then. */
#define PAGES_AT_ONCE 256

/* Copying -------------------------------------------------------------------------------------- */

static gboolean
copy_pages (CrDb *source,
            CrDb *copy,
            CrSnapshotTold told,
            gpointer data,
            GCancellable *cancellable,
            GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (copy->handle, "main", source->handle, "main");
  int code = SQLITE_OK;

  if (backup == NULL)
    {
      cr_db_set_error (copy, sqlite3_extended_errcode (copy->handle), error);
      return FALSE;
    }

  while (code == SQLITE_OK && !g_cancellable_is_cancelled (cancellable))
    {
      code = sqlite3_backup_step (backup, PAGES_AT_ONCE);
      if (told != NULL)
        told (sqlite3_backup_pagecount (backup) - sqlite3_backup_remaining (backup),
              sqlite3_backup_pagecount (backup), data);
    }
  sqlite3_backup_finish (backup);
  if (code == SQLITE_DONE)
    return TRUE;

  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    cr_db_set_error (copy, code, error);
  return FALSE;
}

static gboolean
claim (const char *path, GError **error)
{
  int fd = g_open (path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

  if (fd >= 0)
    return g_close (fd, NULL);
  cr_db_set_error (NULL, errno == ENOSPC || errno == EDQUOT ? SQLITE_FULL : SQLITE_CANTOPEN, error);
  return FALSE;
}

static CrDb *
open_copy (const char *path, GError **error)
{
  CrDb *copy = claim (path, error) ? cr_db_open (path, CR_DB_WRITE, error) : NULL;

  /* Nobody else looks at it, and what is not whole is thrown away. */
  if (copy != NULL &&
      cr_db_exec (copy, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL))
    return copy;
  cr_db_close (copy);
  return NULL;
}

/* The open read keeps the picture as it is: the pages come out of it and the copying never begins
 * anew.
 *
 * Source: https://www.sqlite.org/isolation.html, https://www.sqlite.org/c3ref/backup_finish.html */
gboolean
cr_snapshot_take (const char *from,
                  const char *to,
                  CrSnapshotTold told,
                  gpointer data,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (CrDb) source = cr_db_open (from, CR_DB_READ, error);
  g_autoptr (CrDb) copy = NULL;
  gboolean ok;

  if (source == NULL || !cr_db_begin (source, error) ||
      !cr_db_exec (source, "SELECT count(*) FROM setting", error) ||
      (copy = open_copy (to, error)) == NULL)
    return FALSE;

  /* As it comes it would want a log beside it, also of who only reads it. */
  ok = copy_pages (source, copy, told, data, cancellable, error) &&
       cr_db_exec (copy, "PRAGMA journal_mode = DELETE", error);
  cr_db_commit (source, NULL);
  if (!ok)
    g_unlink (to);
  return ok;
}

/* Checking ------------------------------------------------------------------------------------- */

static void
cancelled_cb (GCancellable *cancellable, gpointer db)
{
  cr_db_interrupt (db);
}

static gboolean
check_pages (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "PRAGMA integrity_check (1)");
  CrStep step = cr_stmt_step (stmt, error);

  if (step == CR_STEP_ROW && g_strcmp0 (cr_stmt_text (stmt, 0), "ok") == 0)
    return TRUE;
  if (step != CR_STEP_ERROR)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                         "The data in this backup are damaged: they were so when it was made. Use "
                         "another backup.");
  return FALSE;
}

static gboolean
check_rules (CrDb *db, CrBackup *backup, GError **error)
{
  g_autoptr (GPtrArray) findings = cr_check_run (db, error);

  if (findings == NULL)
    return FALSE;
  backup->n_wrong = 0;
  for (guint i = 0; i < findings->len; i++)
    backup->n_wrong += !((CrFinding *) g_ptr_array_index (findings, i))->ok;
  return TRUE;
}

static gboolean
check (CrDb *db, CrBackup *backup, CrSnapshotTold told, gpointer data, GError **error)
{
  told (0, 3, data);
  if (!check_pages (db, error))
    return FALSE;
  told (1, 3, data);
  if (!cr_schema_migrate (db, error))
    return FALSE;
  cr_schema_drop_copies (db);
  told (2, 3, data);
  return check_rules (db, backup, error) && cr_snapshot_count (db, backup, error);
}

gboolean
cr_snapshot_check (const char *path,
                   CrBackup *backup,
                   CrSnapshotTold told,
                   gpointer data,
                   GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (CrDb) db = cr_db_open (path, CR_DB_WRITE, error);
  gulong handler = 0;
  gboolean ok;

  if (db == NULL)
    return FALSE;
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), db, NULL);
  ok = check (db, backup, told, data, error);
  g_cancellable_disconnect (cancellable, handler);
  return ok;
}

/* Counting ------------------------------------------------------------------------------------- */

static gint64
count (CrDb *db, const char *sql, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  return cr_stmt_read_number (stmt, -1, error);
}

gboolean
cr_snapshot_count (CrDb *db, CrBackup *backup, GError **error)
{
  const struct
  {
    gint64 *n;
    const char *sql;
  } counts[] = {
    { &backup->n_patients, "SELECT count(*) FROM patient" },
    { &backup->n_active, "SELECT count(*) FROM connection WHERE status = 'active'" },
    { &backup->n_records, "SELECT coalesce (sum (n_records), 0) FROM stream" },
    { &backup->n_sources, "SELECT count(*) FROM source WHERE client_id <> ''" },
    { &backup->n_destinations, "SELECT count(*) FROM destination" },
    { &backup->n_webhooks, "SELECT count(*) FROM webhook" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    if ((*counts[i].n = count (db, counts[i].sql, error)) < 0)
      return FALSE;

  g_free (backup->clinic);
  backup->clinic = cr_settings_table_get (db, "clinic-name", NULL);
  return TRUE;
}

gint64
cr_snapshot_count_removals (CrDb *db, gint64 since_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM audit WHERE at_ms > :since_ms AND action IN"
                       " ('patient.remove', 'connection.remove-data')");

  cr_stmt_bind_int64 (stmt, ":since_ms", since_ms);
  return cr_stmt_read_number (stmt, -1, error);
}

gint64
cr_snapshot_last_backup (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT coalesce (max (at_ms), 0) FROM audit WHERE action = 'backup.create'");

  return cr_stmt_read_number (stmt, -1, error);
}

static gpointer
read_id (CrStmt *stmt)
{
  return cr_stmt_dup_text (stmt, 0);
}

GPtrArray *
cr_snapshot_list_ids (CrDb *db, const char *kind, GError **error)
{
  static const struct
  {
    const char *kind;
    const char *sql;
  } lists[] = {
    { "source", "SELECT id FROM source WHERE client_id <> ''" },
    { "vendor", "SELECT type FROM vendor_client" },
    { "destination", "SELECT id FROM destination" },
    { "webhook", "SELECT id FROM webhook" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (g_str_equal (lists[i].kind, kind))
      {
        g_autoptr (CrStmt) stmt = cr_stmt_new (db, lists[i].sql);
        g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
        CrStep step;

        while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
          g_ptr_array_add (ids, read_id (stmt));
        return step == CR_STEP_DONE ? g_steal_pointer (&ids) : NULL;
      }

  g_return_val_if_reached (NULL);
}

/* Adopting ------------------------------------------------------------------------------------- */

static gboolean
forget_place (CrDb *db, GError **error)
{
  static const char *const files[] = { "tls-cert", "tls-key" };
  gboolean is_missing = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = cr_settings_table_get (db, files[i], NULL);

      is_missing |= path != NULL && path[0] != '\0' && g_access (path, R_OK) != 0;
    }
  return !is_missing || (cr_settings_table_set (db, "tls-cert", NULL, error) &&
                         cr_settings_table_set (db, "tls-key", NULL, error) &&
                         cr_settings_table_set (db, "listen", NULL, error));
}

gboolean
cr_snapshot_adopt (const char *path, CrAuditEntry *entry, GError **error)
{
  g_autoptr (CrDb) db = cr_db_open (path, CR_DB_WRITE, error);

  if (db == NULL)
    return FALSE;
  cr_db_set_durable (db, TRUE);
  if (!cr_db_begin (db, error))
    return FALSE;
  if (cr_audit_table_add (db, entry, error) && forget_place (db, error) && cr_db_commit (db, error))
    return TRUE;
  cr_db_rollback (db);
  return FALSE;
}
