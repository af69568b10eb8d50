/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-begin.h"

#include "fhir/cr-kin.h"
#include "store/cr-pull-history-table.h"
#include "store/cr-pull-marks-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-records-table.h"

#define DAY_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

typedef struct
{
  CrPull *pull;             /* (owned) */
  CrConnection *connection; /* (owned) */
  char *base_url;           /* (owned) */
  gint64 now_ms;
} Begin;

typedef struct
{
  GPtrArray *queries; /* (owned): of CrQuery */
  char **kin;         /* (owned) (nullable): of the Patient as it was stored */
} Begun;

static void
begin_free (gpointer data)
{
  Begin *begin = data;

  g_object_unref (begin->pull);
  g_object_unref (begin->connection);
  g_free (begin->base_url);
  g_free (begin);
}

static void
begun_free (gpointer data)
{
  Begun *begun = data;

  g_clear_pointer (&begun->queries, g_ptr_array_unref);
  g_strfreev (begun->kin);
  g_free (begun);
}

static char **
read_kin (CrDb *db, Begin *begin)
{
  CrConnection *connection = begin->connection;
  g_autoptr (CrRecord) record =
      cr_records_table_get (db, connection->patient_id, connection->source_id, "Patient",
                            connection->portal_patient_id, 0, NULL);

  return record != NULL ? cr_kin_of_patient (g_bytes_get_data (record->body, NULL),
                                             g_bytes_get_size (record->body), begin->base_url)
                        : NULL;
}

static gpointer
begin_func (CrDb *db, gpointer data, GError **error)
{
  Begin *begin = data;
  Begun *begun;
  GPtrArray *queries;

  if (!cr_pulls_table_save (db, begin->pull, error) ||
      !cr_pull_waits_table_note (db, begin->pull, begin->now_ms, error))
    return NULL;
  queries = cr_queries_table_list (db, begin->pull->id, error);
  if (queries == NULL)
    return NULL;

  begun = g_new0 (Begun, 1);
  begun->queries = queries;
  begun->kin = read_kin (db, begin);
  return begun;
}

void
cr_pull_begin_async (CrPullContext *context, GAsyncReadyCallback callback, gpointer user_data)
{
  Begin *begin = g_new0 (Begin, 1);

  begin->pull = g_object_ref (context->parts.pull);
  begin->connection = g_object_ref (context->parts.connection);
  begin->base_url = g_strdup (context->parts.source->fhir_base_url);
  begin->now_ms = context->parts.clock ();
  cr_store_write_async (context->parts.store, CR_WRITE_FAST, begin_func, begin, begin_free,
                        begun_free, NULL, callback, user_data);
}

/* Returns: (transfer full): of CrQuery; @kin is nullable */
GPtrArray *
cr_pull_begin_finish (CrStore *store, GAsyncResult *result, char ***kin, GError **error)
{
  Begun *begun = cr_store_write_finish (store, result, error);
  GPtrArray *queries;

  if (begun == NULL)
    return NULL;

  queries = g_steal_pointer (&begun->queries);
  *kin = g_steal_pointer (&begun->kin);
  begun_free (begun);
  return queries;
}

typedef struct
{
  GPtrArray *queries;       /* (owned): of CrQuery, nobody else's until they are stored */
  CrConnection *connection; /* (owned) */
  gint64 full_after_ms;
  gint64 now_ms;
} Plan;

static void
plan_free (gpointer data)
{
  Plan *plan = data;

  g_ptr_array_unref (plan->queries);
  g_object_unref (plan->connection);
  g_free (plan);
}

static gpointer
add_queries_func (CrDb *db, gpointer data, GError **error)
{
  Plan *plan = data;

  for (guint i = 0; i < plan->queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (plan->queries, i);

      if (query->since_ms != CR_QUERY_SINCE_LAST)
        continue;
      query->since_ms = cr_pull_marks_table_since (db, plan->connection->id, query->path,
                                                   plan->connection->scopes, plan->full_after_ms,
                                                   plan->now_ms, error);
      if (query->since_ms < 0)
        return NULL;
    }

  return GINT_TO_POINTER (cr_queries_table_add (db, plan->queries, error));
}

/* After a reconnect everything is asked for: other access may have been given. */
void
cr_pull_plan_store_async (CrPullContext *context,
                          GPtrArray *queries,
                          guint full_every_days,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  CrPullParts *parts = &context->parts;
  Plan *plan = g_new0 (Plan, 1);

  plan->queries = g_ptr_array_ref (queries);
  plan->connection = g_object_ref (parts->connection);
  plan->now_ms = parts->clock ();
  plan->full_after_ms = parts->pull->trigger == CR_PULL_TRIGGER_ACTIVATION
                          ? G_MAXINT64
                          : plan->now_ms - full_every_days * DAY_MS;
  cr_store_write_async (parts->store, CR_WRITE_FAST, add_queries_func, plan, plan_free, NULL, NULL,
                        callback, user_data);
}
