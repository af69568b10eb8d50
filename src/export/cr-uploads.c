/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-uploads.h"

#include "store/cr-uploads-table.h"

/* Who works on it has it in hand so long; then it is looked at, and left alone while it is. */
#define IN_HAND_MS (10 * 60 * 1000)

struct _CrUploads
{
  GObject parent_instance;

  CrStore *store; /* (owned) */
  CrClock clock;
  GHashTable *under_way; /* (owned): set of destination and key */
};

struct _CrUploadMark
{
  CrUploads *uploads; /* (owned) */
  char *name;         /* (owned): in the set */
  gint64 n;           /* of the row */
  gboolean is_settled;
};

G_DEFINE_FINAL_TYPE (CrUploads, cr_uploads, G_TYPE_OBJECT)

static guint left_signal;

/* What is written down. */
typedef struct
{
  CrDestination *destination; /* (owned) (nullable) */
  char *text;                 /* (owned): the key, or the name of the upload */
  gint64 n;
  gint64 now_ms;
} Line;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_clear_object (&line->destination);
  g_free (line->text);
  g_free (line);
}

static char *
name_of (const char *destination_id, const char *key)
{
  return g_strconcat (destination_id, "\n", key, NULL);
}

static void
cr_uploads_finalize (GObject *object)
{
  CrUploads *self = CR_UPLOADS (object);

  g_hash_table_unref (self->under_way);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (cr_uploads_parent_class)->finalize (object);
}

static void
cr_uploads_class_init (CrUploadsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_uploads_finalize;

  left_signal = g_signal_new ("left", CR_TYPE_UPLOADS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 0);
}

static void
cr_uploads_init (CrUploads *self)
{
  self->under_way = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

CrUploads *
cr_uploads_new (CrStore *store, CrClock clock)
{
  CrUploads *self = g_object_new (CR_TYPE_UPLOADS, NULL);

  self->store = g_object_ref (store);
  self->clock = clock;
  return self;
}

gboolean
cr_uploads_is_under_way (CrUploads *self, const char *destination_id, const char *key)
{
  g_autofree char *name = name_of (destination_id, key);

  return g_hash_table_contains (self->under_way, name);
}

static gpointer
add_func (CrDb *db, gpointer data, GError **error)
{
  Line *line = data;
  gint64 n = cr_uploads_table_add (db, line->destination, line->text, line->now_ms,
                                   line->now_ms + IN_HAND_MS, error);

  return n > 0 ? g_memdup2 (&n, sizeof n) : NULL;
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrUploads *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autofree gint64 *n = cr_store_write_finish (CR_STORE (source), result, &error);
  CrUploadMark *mark;

  if (n == NULL)
    {
      g_hash_table_remove (self->under_way, g_task_get_task_data (task));
      g_task_return_error (task, error);
      return;
    }

  mark = g_new0 (CrUploadMark, 1);
  mark->uploads = g_object_ref (self);
  mark->name = g_strdup (g_task_get_task_data (task));
  mark->n = *n;
  g_task_return_pointer (task, mark, (GDestroyNotify) cr_upload_mark_free);
}

/**
 * cr_uploads_mark_async:
 *
 * Returns only when the row is on the disk: what is begun afterwards is known even if the power
 * fails. It cannot be cancelled.
 */
void
cr_uploads_mark_async (CrUploads *self,
                       CrDestination *destination,
                       const char *key,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Line *line = g_new0 (Line, 1);
  char *name = name_of (destination->id, key);

  line->destination = g_object_ref (destination);
  line->text = g_strdup (key);
  line->now_ms = self->clock ();
  g_hash_table_add (self->under_way, g_strdup (name));
  g_task_set_source_tag (task, cr_uploads_mark_async);
  g_task_set_task_data (task, name, g_free);
  cr_store_write_async (self->store, CR_WRITE_SURE, add_func, line, line_free, g_free, NULL,
                        added_cb, task);
}

CrUploadMark *
cr_uploads_mark_finish (CrUploads *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
name_func (CrDb *db, gpointer data, GError **error)
{
  Line *line = data;

  cr_uploads_table_name (db, line->n, line->text, error);
  return NULL;
}

/* Only for storage that does not list what was begun: without it the key is enough. */
void
cr_upload_mark_name (CrUploadMark *self, const char *upload)
{
  Line *line = g_new0 (Line, 1);

  line->n = self->n;
  line->text = g_strdup (upload);
  cr_store_write_async (self->uploads->store, CR_WRITE_FAST, name_func, line, line_free, NULL, NULL,
                        NULL, NULL);
}

void
cr_upload_mark_settle (CrUploadMark *self)
{
  self->is_settled = TRUE;
}

static gpointer
strike_func (CrDb *db, gpointer data, GError **error)
{
  cr_uploads_table_strike (db, ((Line *) data)->n, error);
  return NULL;
}

static gpointer
leave_func (CrDb *db, gpointer data, GError **error)
{
  cr_uploads_table_postpone (db, ((Line *) data)->n, 0, NULL, error);
  return NULL;
}

static void
left_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrUploads) self = user_data;

  cr_store_write_finish (CR_STORE (source), result, NULL);
  g_signal_emit (self, left_signal, 0);
}

void
cr_upload_mark_free (CrUploadMark *self)
{
  CrUploads *uploads = self->uploads;
  Line *line = g_new0 (Line, 1);

  line->n = self->n;
  g_hash_table_remove (uploads->under_way, self->name);
  if (self->is_settled)
    cr_store_write_async (uploads->store, CR_WRITE_FAST, strike_func, line, line_free, NULL, NULL,
                          NULL, NULL);
  else
    cr_store_write_async (uploads->store, CR_WRITE_FAST, leave_func, line, line_free, NULL, NULL,
                          left_cb, g_object_ref (uploads));
  g_object_unref (uploads);
  g_free (self->name);
  g_free (self);
}
