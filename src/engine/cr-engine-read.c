/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "base/cr-error.h"
#include "engine/cr-source-pace.h"
#include "fhir/cr-resource.h"
#include "store/cr-check.h"
#include "store/cr-connections-table.h"
#include "store/cr-deliveries-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-looks-table.h"
#include "store/cr-outages-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-profile-table.h"
#include "store/cr-pull-history-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-records-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"
#include "store/cr-webhooks-table.h"

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)

typedef struct
{
  CrListFilter filter; /* strings owned */
  guint offset;
  guint limit;
  char *id; /* (owned) (nullable): of one object */
  guint version;
  gint64 now_ms;
} Question;

void
cr_list_filter_copy (CrListFilter *copy, const CrListFilter *filter)
{
  *copy = *filter;
  copy->patient_id = g_strdup (filter->patient_id);
  copy->connection_id = g_strdup (filter->connection_id);
  copy->source_id = g_strdup (filter->source_id);
  copy->session_id = g_strdup (filter->session_id);
  copy->pull_id = g_strdup (filter->pull_id);
  copy->destination_id = g_strdup (filter->destination_id);
  copy->run_id = g_strdup (filter->run_id);
  copy->webhook_id = g_strdup (filter->webhook_id);
  copy->delivery_id = g_strdup (filter->delivery_id);
  copy->type = g_strdup (filter->type);
  copy->text = g_strdup (filter->text);
  copy->actions = g_strdup (filter->actions);
}

void
cr_list_filter_clear (CrListFilter *copy)
{
  g_free ((char *) copy->patient_id);
  g_free ((char *) copy->connection_id);
  g_free ((char *) copy->source_id);
  g_free ((char *) copy->session_id);
  g_free ((char *) copy->pull_id);
  g_free ((char *) copy->destination_id);
  g_free ((char *) copy->run_id);
  g_free ((char *) copy->webhook_id);
  g_free ((char *) copy->delivery_id);
  g_free ((char *) copy->type);
  g_free ((char *) copy->text);
  g_free ((char *) copy->actions);
}

static Question *
question_new (const CrListFilter *filter)
{
  Question *question = g_new0 (Question, 1);

  cr_list_filter_copy (&question->filter, filter);
  return question;
}

static void
question_free (gpointer data)
{
  Question *question = data;

  cr_list_filter_clear (&question->filter);
  g_free (question->id);
  g_free (question);
}

static CrReconnectFilter
reconnect_filter (const Question *question)
{
  const CrListFilter *filter = &question->filter;
  gint64 until_ms =
      filter->within_days > 0 ? question->now_ms + (gint64) filter->within_days * DAY_MS : 0;

  return (CrReconnectFilter){ filter->text, until_ms, filter->called, filter->sort };
}

static GPtrArray *
list_records (CrDb *db, Question *question, GError **error)
{
  CrRecordFilter filter = { question->filter.patient_id, question->filter.source_id,
                            question->filter.type, question->filter.free_only };
  GPtrArray *records =
      cr_records_table_list (db, &filter, TRUE, question->offset, question->limit, error);

  for (guint i = 0; records != NULL && i < records->len; i++)
    cr_engine_title_record (db, g_ptr_array_index (records, i));
  return records;
}

/* Faces that give records away do not name those that wait for a decision. */
static GPtrArray *
list_changes (CrDb *db, Question *question, GError **error)
{
  const CrListFilter *filter = &question->filter;
  int is_held = filter->free_only ? cr_pull_changes_table_is_held (db, filter->pull_id, error) : 0;
  GPtrArray *changes;

  if (is_held > 0)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                         "What this pull brought waits until somebody has decided whether it is of "
                         "the right patient. Decide the hold first.");
  if (is_held != 0)
    return NULL;

  changes = cr_pull_changes_table_list (db, filter->pull_id, filter->type, !filter->free_only,
                                        question->offset, question->limit, error);
  for (guint i = 0; changes != NULL && i < changes->len; i++)
    cr_engine_title_record (db, CR_PULL_CHANGE (g_ptr_array_index (changes, i))->record);
  return changes;
}

/* Lists that are short by nature are read whole and cut here. */
static GPtrArray *
cut (GPtrArray *all, guint offset, guint limit)
{
  GPtrArray *part;

  if (all == NULL || (offset == 0 && all->len <= limit))
    return all;

  part = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = offset; i < all->len && part->len < limit; i++)
    g_ptr_array_add (part, g_object_ref (g_ptr_array_index (all, i)));
  g_ptr_array_unref (all);
  return part;
}

static GPtrArray *
list_whole (CrDb *db, const CrListFilter *filter, GError **error)
{
  switch (filter->kind)
    {
    case CR_LIST_ATTEMPTS:
      return cr_attempts_table_list (db, filter->session_id, error);
    case CR_LIST_CONNECTIONS:
      return cr_connections_table_list (db, filter->patient_id, error);
    case CR_LIST_HOLDS:
      return cr_holds_table_list (db, filter->patient_id, filter->open_only, error);
    case CR_LIST_QUERIES:
      return cr_queries_table_list (db, filter->pull_id, error);
    case CR_LIST_PULL_TYPES:
      return cr_pull_types_table_list (db, filter->pull_id, error);
    case CR_LIST_PULL_WAITS:
      return cr_pull_waits_table_list (db, filter->pull_id, error);
    case CR_LIST_OUTAGES:
      return cr_outages_table_list_sources (db, error);
    case CR_LIST_VERSIONS:
      return cr_records_table_list_versions (db, filter->rid, error);
    case CR_LIST_DESTINATIONS:
      return cr_destinations_table_list (db, error);
    case CR_LIST_DELIVERY_ATTEMPTS:
      return cr_deliveries_table_list_attempts (db, filter->delivery_id, error);
    case CR_LIST_PATIENTS:
    case CR_LIST_SOURCES:
    case CR_LIST_SESSIONS:
    case CR_LIST_RECONNECT:
    case CR_LIST_AUTH_EVENTS:
    case CR_LIST_PULLS:
    case CR_LIST_PULL_CHANGES:
    case CR_LIST_PULL_LINES:
    case CR_LIST_RECORDS:
    case CR_LIST_RUNS:
    case CR_LIST_ITEMS:
    case CR_LIST_EVENTS:
    case CR_LIST_WEBHOOKS:
    case CR_LIST_DELIVERIES:
    case CR_LIST_AUDIT:
    case CR_LIST_LOOKS:
      break;
    }

  g_return_val_if_reached (NULL);
}

static gpointer
list_func (CrDb *db, gpointer data, GError **error)
{
  Question *question = data;
  const CrListFilter *filter = &question->filter;
  guint offset = question->offset;
  guint limit = question->limit;

  switch (filter->kind)
    {
    case CR_LIST_PATIENTS:
      return cr_patients_table_list (db, filter->text, filter->group, question->now_ms, offset,
                                     limit, error);
    case CR_LIST_SOURCES:
      return cr_source_pace_page (db, filter, offset, limit, question->now_ms, error);
    case CR_LIST_SESSIONS:
      return cr_sessions_table_list (db, filter->patient_id, offset, limit, error);
    case CR_LIST_RECONNECT:
      {
        CrReconnectFilter reconnect = reconnect_filter (question);

        return cr_reconnect_table_list (db, &reconnect, offset, limit, error);
      }
    case CR_LIST_AUTH_EVENTS:
      return cr_auth_events_table_list (db, filter->patient_id, offset, limit, error);
    case CR_LIST_PULLS:
      return cr_pulls_table_list (db, filter->patient_id, filter->connection_id, offset, limit,
                                  error);
    case CR_LIST_PULL_CHANGES:
      return list_changes (db, question, error);
    case CR_LIST_PULL_LINES:
      return cr_pull_lines_table_list (db, filter->pull_id, offset, limit, error);
    case CR_LIST_RECORDS:
      return list_records (db, question, error);
    case CR_LIST_RUNS:
      return cr_runs_table_list (db, filter->destination_id, offset, limit, error);
    case CR_LIST_ITEMS:
      return cr_items_table_list (db, filter->run_id, filter->failed_only, offset, limit, error);
    case CR_LIST_EVENTS:
      return cr_events_table_list_newest (db, offset, limit, error);
    case CR_LIST_WEBHOOKS:
      return cr_webhooks_table_list (db, filter->type, offset, limit, error);
    case CR_LIST_DELIVERIES:
      return cr_deliveries_table_list (db, filter->webhook_id, filter->deliveries, offset, limit,
                                       error);
    case CR_LIST_AUDIT:
      return cr_audit_table_list (db, filter->text, filter->type, filter->actions, offset, limit,
                                  error);
    case CR_LIST_LOOKS:
      return cr_looks_table_list (db, filter->patient_id, offset, limit, error);
    case CR_LIST_ATTEMPTS:
    case CR_LIST_CONNECTIONS:
    case CR_LIST_HOLDS:
    case CR_LIST_QUERIES:
    case CR_LIST_PULL_TYPES:
    case CR_LIST_PULL_WAITS:
    case CR_LIST_OUTAGES:
    case CR_LIST_VERSIONS:
    case CR_LIST_DESTINATIONS:
    case CR_LIST_DELIVERY_ATTEMPTS:
      return cut (list_whole (db, filter, error), offset, limit);
    }

  g_return_val_if_reached (NULL);
}

/* Takes @question and @task. */
static void
ask (CrEngine *self, CrStoreFunc func, Question *question, GDestroyNotify free_result, GTask *task)
{
  question->now_ms = self->clock ();
  cr_engine_read (self, CR_READ_SCREEN, func, question, question_free, free_result, task);
}

void
cr_engine_list_async (CrEngine *self,
                      const CrListFilter *filter,
                      guint offset,
                      guint limit,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_list_async, cancellable, callback, user_data);
  Question *question = question_new (filter);

  question->offset = offset;
  question->limit = limit;
  ask (self, list_func, question, (GDestroyNotify) g_ptr_array_unref, task);
}

GPtrArray *
cr_engine_list_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gint64
count_whole (GPtrArray *all)
{
  gint64 n = all != NULL ? (gint64) all->len : -1;

  g_clear_pointer (&all, g_ptr_array_unref);
  return n;
}

static gint64
count_rows (CrDb *db, const Question *question, GError **error)
{
  const CrListFilter *filter = &question->filter;
  CrRecordFilter records = { filter->patient_id, filter->source_id, filter->type,
                             filter->free_only };
  CrReconnectFilter reconnect = reconnect_filter (question);

  switch (filter->kind)
    {
    case CR_LIST_PATIENTS:
      return cr_patients_table_count (db, filter->text, filter->group, question->now_ms, error);
    case CR_LIST_SOURCES:
      return cr_sources_table_count (db, filter->text, filter->type, error);
    case CR_LIST_SESSIONS:
      return cr_sessions_table_count (db, filter->patient_id, error);
    case CR_LIST_RECONNECT:
      return cr_reconnect_table_count (db, &reconnect, error);
    case CR_LIST_AUTH_EVENTS:
      return cr_auth_events_table_count (db, filter->patient_id, error);
    case CR_LIST_PULLS:
      return cr_pulls_table_count (db, filter->patient_id, filter->connection_id, error);
    case CR_LIST_PULL_CHANGES:
      return cr_pull_changes_table_count (db, filter->pull_id, filter->type, error);
    case CR_LIST_PULL_LINES:
      return cr_pull_lines_table_count (db, filter->pull_id, error);
    case CR_LIST_RECORDS:
      return cr_records_table_count (db, &records, error);
    case CR_LIST_RUNS:
      return cr_runs_table_count (db, filter->destination_id, error);
    case CR_LIST_ITEMS:
      return cr_items_table_count (db, filter->run_id, filter->failed_only, error);
    case CR_LIST_EVENTS:
      return cr_events_table_count (db, error);
    case CR_LIST_WEBHOOKS:
      return cr_webhooks_table_count (db, filter->type, error);
    case CR_LIST_DELIVERIES:
      return cr_deliveries_table_count (db, filter->webhook_id, filter->deliveries, error);
    case CR_LIST_AUDIT:
      return cr_audit_table_count (db, filter->text, filter->type, filter->actions, error);
    case CR_LIST_LOOKS:
      return cr_looks_table_count (db, filter->patient_id, error);
    case CR_LIST_ATTEMPTS:
    case CR_LIST_CONNECTIONS:
    case CR_LIST_HOLDS:
    case CR_LIST_QUERIES:
    case CR_LIST_PULL_TYPES:
    case CR_LIST_PULL_WAITS:
    case CR_LIST_OUTAGES:
    case CR_LIST_VERSIONS:
    case CR_LIST_DESTINATIONS:
    case CR_LIST_DELIVERY_ATTEMPTS:
      return count_whole (list_whole (db, filter, error));
    }

  g_return_val_if_reached (-1);
}

static gpointer
count_func (CrDb *db, gpointer data, GError **error)
{
  Question *question = data;
  gint64 count = count_rows (db, question, error);

  return count >= 0 ? g_memdup2 (&count, sizeof count) : NULL;
}

void
cr_engine_count_async (CrEngine *self,
                       const CrListFilter *filter,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_count_async, cancellable, callback, user_data);

  ask (self, count_func, question_new (filter), g_free, task);
}

gint64
cr_engine_count_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *count = g_task_propagate_pointer (G_TASK (result), error);

  return count != NULL ? *count : -1;
}

static gpointer
get_func (CrDb *db, gpointer data, GError **error)
{
  Question *question = data;

  switch (question->filter.kind)
    {
    case CR_LIST_PATIENTS:
      return cr_patients_table_get (db, question->id, error);
    case CR_LIST_SOURCES:
      return cr_source_pace_get (db, question->id, question->now_ms, error);
    case CR_LIST_SESSIONS:
      return cr_sessions_table_get (db, question->id, error);
    case CR_LIST_CONNECTIONS:
      return cr_connections_table_get (db, question->id, error);
    case CR_LIST_HOLDS:
      return cr_holds_table_get (db, question->id, error);
    case CR_LIST_PULLS:
      return cr_pulls_table_get (db, question->id, error);
    case CR_LIST_DESTINATIONS:
      return cr_destinations_table_get (db, question->id, error);
    case CR_LIST_RUNS:
      return cr_runs_table_get (db, question->id, error);
    case CR_LIST_WEBHOOKS:
      return cr_webhooks_table_get (db, question->id, error);
    case CR_LIST_DELIVERIES:
      return cr_deliveries_table_get (db, question->id, error);
    case CR_LIST_DELIVERY_ATTEMPTS:
    case CR_LIST_ATTEMPTS:
    case CR_LIST_RECONNECT:
    case CR_LIST_AUTH_EVENTS:
    case CR_LIST_QUERIES:
    case CR_LIST_PULL_CHANGES:
    case CR_LIST_PULL_TYPES:
    case CR_LIST_PULL_WAITS:
    case CR_LIST_OUTAGES:
    case CR_LIST_PULL_LINES:
    case CR_LIST_RECORDS:
    case CR_LIST_VERSIONS:
    case CR_LIST_ITEMS:
    case CR_LIST_EVENTS:
    case CR_LIST_AUDIT:
    case CR_LIST_LOOKS:
      break;
    }

  g_set_error (error, CR_ERROR, CR_ERROR_INTERNAL, "This kind of list has no ids.");
  return NULL;
}

void
cr_engine_get_async (CrEngine *self,
                     CrListKind kind,
                     const char *id,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_get_async, cancellable, callback, user_data);
  CrListFilter filter = { .kind = kind };
  Question *question = question_new (&filter);

  question->id = g_strdup (id);
  ask (self, get_func, question, g_object_unref, task);
}

gpointer
cr_engine_get_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
count_types_func (CrDb *db, gpointer data, GError **error)
{
  Question *question = data;

  return cr_records_table_count_types (db, question->filter.patient_id, question->filter.source_id,
                                       error);
}

void
cr_engine_count_types_async (CrEngine *self,
                             const char *patient_id,
                             const char *source_id,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_count_types_async, cancellable, callback, user_data);
  CrListFilter filter = { .kind = CR_LIST_RECORDS,
                          .patient_id = patient_id,
                          .source_id = source_id };

  ask (self, count_types_func, question_new (&filter), (GDestroyNotify) g_ptr_array_unref, task);
}

GPtrArray *
cr_engine_count_types_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
get_profile_func (CrDb *db, gpointer data, GError **error)
{
  return cr_profile_table_get (db, ((Question *) data)->id, error);
}

void
cr_engine_get_profile_async (CrEngine *self,
                             const char *source_id,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_get_profile_async, cancellable, callback, user_data);
  CrListFilter filter = { .kind = CR_LIST_SOURCES };
  Question *question = question_new (&filter);

  question->id = g_strdup (source_id);
  cr_engine_read (self, CR_READ_BULK, get_profile_func, question, question_free,
                  (GDestroyNotify) cr_profile_free, task);
}

CrProfile *
cr_engine_get_profile_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
get_record_func (CrDb *db, gpointer data, GError **error)
{
  Question *question = data;
  g_autoptr (CrRecord) record =
      cr_records_table_get (db, question->filter.patient_id, question->filter.source_id,
                            question->filter.type, question->id, question->version, error);
  int is_held = record != NULL && question->filter.free_only
                  ? cr_records_table_is_held (db, record, error)
                  : 0;

  if (is_held > 0)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                         "This record waits until somebody has decided whether it is of the right "
                         "patient. Decide the hold first.");
  return record != NULL && is_held == 0 && cr_records_table_read_origin (db, record, error)
           ? g_steal_pointer (&record)
           : NULL;
}

/* Takes the reference of @task. */
static void
get_record (CrEngine *self, const CrListFilter *filter, const char *id, guint version, GTask *task)
{
  Question *question = question_new (filter);

  question->id = g_strdup (id);
  question->version = version;
  ask (self, get_record_func, question, g_object_unref, task);
}

void
cr_engine_get_record_async (CrEngine *self,
                            const char *patient_id,
                            const char *source_id,
                            const char *type,
                            const char *id,
                            guint version,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  CrListFilter filter = {
    .kind = CR_LIST_RECORDS, .patient_id = patient_id, .source_id = source_id, .type = type
  };

  get_record (self, &filter, id, version,
              cr_engine_task (self, cr_engine_get_record_async, cancellable, callback, user_data));
}

void
cr_engine_get_free_record_async (CrEngine *self,
                                 const char *patient_id,
                                 const char *source_id,
                                 const char *type,
                                 const char *id,
                                 guint version,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  CrListFilter filter = { .kind = CR_LIST_RECORDS,
                          .patient_id = patient_id,
                          .source_id = source_id,
                          .type = type,
                          .free_only = TRUE };

  get_record (
      self, &filter, id, version,
      cr_engine_task (self, cr_engine_get_free_record_async, cancellable, callback, user_data));
}

CrRecord *
cr_engine_get_record_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
lines_func (CrDb *db, gpointer data, GError **error)
{
  Question *question = data;
  CrRecordFilter filter = { question->filter.patient_id, question->filter.source_id,
                            question->filter.type, question->filter.free_only };
  g_autoptr (GPtrArray) records =
      cr_records_table_list (db, &filter, TRUE, question->offset, question->limit, error);
  GByteArray *lines;

  if (records == NULL)
    return NULL;

  lines = g_byte_array_new ();
  for (guint i = 0; i < records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (records, i);
      g_autoptr (GBytes) line = cr_resource_to_line (record->body);
      gsize size;
      const guint8 *bytes = g_bytes_get_data (line, &size);

      g_byte_array_append (lines, bytes, (guint) size);
      g_byte_array_append (lines, (const guint8 *) "\n", 1);
    }
  return g_byte_array_free_to_bytes (lines);
}

void
cr_engine_save_lines_async (CrEngine *self,
                            const CrListFilter *filter,
                            guint offset,
                            guint limit,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_save_lines_async, cancellable, callback, user_data);
  Question *question = question_new (filter);

  question->offset = offset;
  question->limit = limit;
  ask (self, lines_func, question, (GDestroyNotify) g_bytes_unref, task);
}

GBytes *
cr_engine_save_lines_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
check_func (CrDb *db, gpointer data, GError **error)
{
  return cr_check_run (db, error);
}

void
cr_engine_check_async (CrEngine *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  cr_engine_read (self, CR_READ_BULK, check_func, NULL, NULL, (GDestroyNotify) g_ptr_array_unref,
                  cr_engine_task (self, cr_engine_check_async, cancellable, callback, user_data));
}

GPtrArray *
cr_engine_check_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
