/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"
#include "engine/cr-engine-views.h"

#include "fhir/cr-measure.h"
#include "store/cr-records-table.h"

/* A piece that keeps no reader long, and an end to it for who has a million. */
#define CHUNK 500u
#define MOST (40u * CHUNK)

typedef struct
{
  char *patient_id;   /* (owned) */
  CrRecord *record;   /* (owned): what it is about */
  CrMeasure *measure; /* (owned) (nullable): that it measured; read with the first piece */
  CrTrend *trend;     /* (owned) (nullable): until it is returned */
  guint offset;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  g_free (look->patient_id);
  g_object_unref (look->record);
  g_clear_pointer (&look->measure, cr_measure_free);
  g_clear_pointer (&look->trend, cr_trend_free);
  g_free (look);
}

static void
add_point (Look *look, CrRecord *record)
{
  gsize size;
  const char *body = g_bytes_get_data (record->body, &size);
  g_autoptr (CrMeasure) measure = cr_measure_read (body, size);
  CrTrendPoint *point;

  if (measure == NULL || !cr_measure_is_of_one_kind (look->measure, measure))
    return;

  point = g_new0 (CrTrendPoint, 1);
  point->date = g_steal_pointer (&measure->date);
  point->at_s = measure->at_s;
  point->value = measure->value;
  point->text = g_steal_pointer (&measure->text);
  point->source_id = g_strdup (record->source_id);
  point->id = g_strdup (record->id);
  g_ptr_array_add (look->trend->points, point);
}

static CrMeasure *
measure_of (CrRecord *record)
{
  gsize size;
  const char *body = g_bytes_get_data (record->body, &size);

  return cr_measure_read (body, size);
}

static gboolean
begin (Look *look)
{
  look->measure = measure_of (look->record);
  if (look->measure == NULL)
    return FALSE;
  look->trend->unit = g_strdup (look->measure->unit);
  look->trend->has_low = look->measure->has_low;
  look->trend->has_high = look->measure->has_high;
  look->trend->low = look->measure->low;
  look->trend->high = look->measure->high;
  return TRUE;
}

/* → how many records there were, as a pointer. */
static gpointer
chunk_func (CrDb *db, gpointer data, GError **error)
{
  Look *look = data;
  CrRecordFilter filter = { look->patient_id, NULL, "Observation", FALSE };
  g_autoptr (GPtrArray) records = NULL;
  guint *n;

  if (look->measure == NULL && !begin (look))
    return g_new0 (guint, 1);

  records = cr_records_table_list (db, &filter, TRUE, look->offset, CHUNK, error);
  if (records == NULL)
    return NULL;

  for (guint i = 0; i < records->len; i++)
    add_point (look, g_ptr_array_index (records, i));
  n = g_new (guint, 1);
  *n = records->len;
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
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree guint *n = cr_store_read_finish (CR_STORE (source), result, &error);

  if (n == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  look->offset += *n;
  if (*n == CHUNK && look->offset < MOST)
    {
      read_chunk (CR_STORE (source), g_steal_pointer (&task));
      return;
    }
  cr_trend_sort (look->trend);
  g_task_return_pointer (task, g_steal_pointer (&look->trend), (GDestroyNotify) cr_trend_free);
}

void
cr_engine_trend_async (CrEngine *self,
                       CrRecord *record,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_trend_async, cancellable, callback, user_data);
  Look *look = g_new0 (Look, 1);

  g_task_set_task_data (task, look, look_free);
  look->trend = cr_trend_new ();
  look->patient_id = g_strdup (record->patient_id);
  look->record = g_object_ref (record);
  if (g_strcmp0 (record->type, "Observation") != 0 || record->body == NULL)
    {
      g_task_return_pointer (task, g_steal_pointer (&look->trend), (GDestroyNotify) cr_trend_free);
      g_object_unref (task);
      return;
    }

  read_chunk (self->store, task);
}

CrTrend *
cr_engine_trend_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
