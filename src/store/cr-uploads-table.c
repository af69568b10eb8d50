/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-uploads-table.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-destinations-table.h"
#include "store/cr-stmt-rows.h"

void
cr_upload_note_free (CrUploadNote *self)
{
  g_object_unref (self->destination);
  g_free (self->key);
  g_free (self->upload);
  g_free (self);
}

gint64
cr_uploads_table_add (CrDb *db,
                      CrDestination *destination,
                      const char *key,
                      gint64 now_ms,
                      gint64 next_ms,
                      GError **error)
{
  g_autofree char *settings = cr_destination_write_settings (destination);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO upload_note (destination_id, name, kind, settings, key, begun_ms, next_ms)"
          " SELECT id, name, kind, :settings, :key, :now_ms, :next_ms FROM destination"
          " WHERE id = :id");

  cr_stmt_bind_text (stmt, ":settings", settings);
  cr_stmt_bind_text (stmt, ":key", key);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_int64 (stmt, ":next_ms", next_ms);
  cr_stmt_bind_text (stmt, ":id", destination->id);
  if (!cr_stmt_run (stmt, error))
    return -1;
  if (cr_stmt_n_changed (stmt) > 0)
    return cr_stmt_last_row (stmt);

  g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT, CR_SAID ("The destination is gone."));
  return -1;
}

gboolean
cr_uploads_table_name (CrDb *db, gint64 n, const char *upload, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE upload_note SET upload = :upload WHERE n = :n");

  cr_stmt_bind_text (stmt, ":upload", upload);
  cr_stmt_bind_int64 (stmt, ":n", n);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_uploads_table_strike (CrDb *db, gint64 n, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM upload_note WHERE n = :n");

  cr_stmt_bind_int64 (stmt, ":n", n);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_uploads_table_postpone (CrDb *db, gint64 n, gint64 next_ms, const char *message, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE upload_note SET next_ms = :next_ms,"
                       " attempts = attempts + CASE WHEN :message IS NULL THEN 0 ELSE 1 END,"
                       " message = coalesce (:message, message) WHERE n = :n");

  cr_stmt_bind_int64 (stmt, ":next_ms", next_ms);
  cr_stmt_bind_text (stmt, ":message", message);
  cr_stmt_bind_int64 (stmt, ":n", n);
  return cr_stmt_run (stmt, error);
}

static gboolean
is_there (CrDestination *now, CrDestination *then)
{
  static const char *const places[] = { "endpoint", "bucket", "style" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (g_strcmp0 (cr_destination_get (now, places[i]), cr_destination_get (then, places[i])) != 0)
      return FALSE;
  return TRUE;
}

/* The settings as they are now where they still name the same place; else as they were, with the
 * name that belongs to the secret in the keyring. */
static CrDestination *
read_place (CrStmt *stmt)
{
  CrDestination *then = cr_destination_new (cr_stmt_text (stmt, 1));
  const char *now_text = cr_stmt_text (stmt, 5);
  g_autoptr (CrDestination) now = NULL;

  then->name = cr_stmt_dup_text (stmt, 2);
  then->kind = cr_stmt_dup_text (stmt, 3);
  cr_destination_read_settings (then, cr_stmt_text (stmt, 4));
  if (now_text == NULL)
    return then;

  now = cr_destination_new (then->id);
  cr_destination_read_settings (now, now_text);
  if (is_there (now, then))
    cr_destination_read_settings (then, now_text);
  else
    g_hash_table_insert (then->settings, g_strdup ("access-key"),
                         g_strdup (cr_destination_get (now, "access-key")));
  return then;
}

static CrUploadNote *
read_note (CrStmt *stmt)
{
  CrUploadNote *note = g_new0 (CrUploadNote, 1);

  note->n = cr_stmt_int64 (stmt, 0);
  note->destination = read_place (stmt);
  note->key = cr_stmt_dup_text (stmt, 6);
  note->upload = cr_stmt_dup_text (stmt, 7);
  note->begun_ms = cr_stmt_int64 (stmt, 8);
  note->removed_ms = cr_stmt_int64 (stmt, 9);
  note->attempts = (guint) cr_stmt_int64 (stmt, 10);
  return note;
}

GPtrArray *
cr_uploads_table_list (CrDb *db, const char *destination_id, gint64 due_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT u.n, u.destination_id, u.name, u.kind, u.settings, d.settings, u.key, u.upload,"
          " u.begun_ms, u.removed_ms, u.attempts FROM upload_note u"
          " LEFT JOIN destination d ON d.id = u.destination_id"
          " WHERE u.next_ms <= :due_ms AND (:id IS NULL OR u.destination_id = :id) ORDER BY u.n");
  g_autoptr (GPtrArray) notes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_upload_note_free);
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":due_ms", due_ms);
  cr_stmt_bind_text (stmt, ":id", destination_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_ptr_array_add (notes, read_note (stmt));
  return step == CR_STEP_DONE ? g_steal_pointer (&notes) : NULL;
}

gint64
cr_uploads_table_count (CrDb *db, const char *destination_id, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT count(*) FROM upload_note WHERE destination_id = :id");

  cr_stmt_bind_text (stmt, ":id", destination_id);
  return cr_stmt_read_number (stmt, 0, error);
}

gint64
cr_uploads_table_next_ms (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT coalesce (min (max (next_ms, 1)), 0) FROM upload_note");

  return cr_stmt_read_number (stmt, 0, error);
}

gboolean
cr_uploads_table_note_removed (CrDb *db, const char *destination_id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE upload_note SET removed_ms = :now_ms WHERE destination_id = :id");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_text (stmt, ":id", destination_id);
  return cr_stmt_run (stmt, error);
}
