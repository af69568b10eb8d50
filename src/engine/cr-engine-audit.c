/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"
#include "engine/cr-engine-views.h"

#include "store/cr-log-tables.h"

#include <string.h>

#define CHUNK 2000u

typedef struct
{
  CrListFilter filter; /* strings owned */
  GString *table;      /* (owned) */
  guint offset;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  cr_list_filter_clear (&save->filter);
  g_string_free (save->table, TRUE);
  g_free (save);
}

/* RFC 4180. What a table program would take for a formula gets a quote in front, as OWASP's “CSV
 * Injection” has it. */
static void
append_cell (GString *table, const char *text, gboolean is_last)
{
  g_string_append_c (table, '"');
  if (text != NULL && text[0] != '\0' && strchr ("=+-@\t\r", text[0]) != NULL)
    g_string_append_c (table, '\'');
  for (const char *p = text != NULL ? text : ""; *p != '\0'; p++)
    {
      if (*p == '"')
        g_string_append_c (table, '"');
      g_string_append_c (table, *p);
    }
  g_string_append (table, is_last ? "\"\r\n" : "\",");
}

static void
append_entry (GString *table, CrAuditEntry *entry)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (entry->at_ms / 1000);
  g_autofree char *text = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  append_cell (table, text, FALSE);
  append_cell (table, entry->person, FALSE);
  append_cell (table, entry->action, FALSE);
  append_cell (table, entry->object, FALSE);
  append_cell (table, entry->detail, TRUE);
}

/* → how many entries there were, as a pointer. */
static gpointer
chunk_func (CrDb *db, gpointer data, GError **error)
{
  Save *save = data;
  g_autoptr (GPtrArray) entries = cr_audit_table_list (
      db, save->filter.text, save->filter.type, save->filter.actions, save->offset, CHUNK, error);
  guint *n;

  if (entries == NULL)
    return NULL;

  for (guint i = 0; i < entries->len; i++)
    append_entry (save->table, g_ptr_array_index (entries, i));
  n = g_new (guint, 1);
  *n = entries->len;
  return n;
}

static void chunk_cb (GObject *source, GAsyncResult *result, gpointer user_data);

/* Takes @task. */
static void
read_chunk (CrStore *store, GTask *task)
{
  cr_store_read_async (store, CR_READ_BULK, chunk_func, g_task_get_task_data (task), NULL, g_free,
                       g_task_get_cancellable (task), chunk_cb, task);
}

static void
chunk_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Save *save = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree guint *n = cr_store_read_finish (CR_STORE (source), result, &error);

  if (n == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  save->offset += *n;
  if (*n == CHUNK)
    read_chunk (CR_STORE (source), g_steal_pointer (&task));
  else
    g_task_return_pointer (task, g_bytes_new (save->table->str, save->table->len),
                           (GDestroyNotify) g_bytes_unref);
}

void
cr_engine_save_audit_async (CrEngine *self,
                            const CrListFilter *filter,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_save_audit_async, cancellable, callback, user_data);
  Save *save = g_new0 (Save, 1);

  cr_list_filter_copy (&save->filter, filter);
  save->table = g_string_new ("\"time\",\"person\",\"action\",\"object\",\"detail\"\r\n");
  g_task_set_task_data (task, save, save_free);
  read_chunk (self->store, task);
}

GBytes *
cr_engine_save_audit_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
