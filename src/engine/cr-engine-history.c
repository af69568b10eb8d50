/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "store/cr-pull-history-table.h"
#include "store/cr-pulls-table.h"

static gpointer
log_func (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrPull) pull = cr_pulls_table_get (db, data, error);
  g_autoptr (GPtrArray) lines = NULL;
  GString *text;

  if (pull != NULL)
    lines = cr_pull_lines_table_list (db, pull->id, 0, G_MAXINT, error);
  if (lines == NULL)
    return NULL;

  text = g_string_new (NULL);
  for (guint i = 0; i < lines->len; i++)
    {
      g_autofree char *line = cr_pull_line_to_text (g_ptr_array_index (lines, i));

      g_string_append (text, line);
    }
  return g_string_free_to_bytes (text);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GBytes *log = cr_store_read_finish (CR_STORE (source), result, &error);

  if (log != NULL)
    g_task_return_pointer (task, log, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
cr_engine_pull_log_async (CrEngine *self,
                          const char *pull_id,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_pull_log_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_SCREEN, log_func, g_strdup (pull_id), g_free,
                       (GDestroyNotify) g_bytes_unref, cancellable, read_cb, task);
}

GBytes *
cr_engine_pull_log_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
