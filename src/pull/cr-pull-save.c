/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-save.h"

#include "fhir/cr-bundle.h"
#include "store/cr-pulls-table.h"

/* `query` is the store's side of the row: only the writer thread touches it after construction, one
 * transaction after the other, so that counters add up although the main thread is pages ahead. */
struct _CrPullSave
{
  grefcount ref_count;

  CrStore *store;           /* (owned) */
  CrConnection *connection; /* (owned) */
  CrQuery *query;           /* (owned) */
  CrClock clock;
  CrPullAlso also;          /* (nullable): for the next save */
  gpointer also_data;       /* (owned) (nullable) */
  GDestroyNotify also_free; /* (nullable) */
};

typedef struct
{
  CrPullSave *save;   /* (owned) */
  GPtrArray *bundles; /* (owned) (nullable) */
  char *reached;      /* (owned) */
  CrQueryMark mark;   /* strings owned */
  CrPullAlso also;    /* (nullable) */
  gpointer also_data; /* (owned) (nullable) */
  GDestroyNotify also_free;
} Job;

static void
set_text (char **place, const char *text)
{
  char *copy = g_strdup (text);

  g_free (*place);
  *place = copy;
}

static void
copy_progress (CrQuery *from, CrQuery *to)
{
  to->status = from->status;
  set_text (&to->next, from->next);
  to->pages = from->pages;
  to->n_received = from->n_received;
  to->n_new = from->n_new;
  to->n_changed = from->n_changed;
  to->n_unchanged = from->n_unchanged;
  to->n_skipped = from->n_skipped;
  to->since_ms = from->since_ms;
  to->total = from->total;
  to->http_status = from->http_status;
  set_text (&to->error_code, from->error_code);
  set_text (&to->outcome, from->outcome);
  set_text (&to->raw, from->raw);
}

static CrQuery *
query_copy (CrQuery *query)
{
  CrQuery *copy = cr_query_new (query->pull_id, query->n);

  copy->kind = query->kind;
  set_text (&copy->type, query->type);
  set_text (&copy->path, query->path);
  copy_progress (query, copy);
  return copy;
}

static Job *
job_new (CrPullSave *save, GPtrArray *bundles, const char *reached, const CrQueryMark *mark)
{
  Job *job = g_new0 (Job, 1);

  job->save = cr_pull_save_ref (save);
  job->bundles = bundles != NULL ? g_ptr_array_ref (bundles) : NULL;
  job->reached = g_strdup (reached);
  job->mark = *mark;
  job->mark.next = g_strdup (mark->next);
  job->mark.error_code = g_strdup (mark->error_code);
  job->mark.outcome = g_strdup (mark->outcome);
  job->mark.raw = g_strdup (mark->raw);
  job->also = save->also;
  job->also_data = g_steal_pointer (&save->also_data);
  job->also_free = save->also_free;
  save->also = NULL;
  return job;
}

static void
job_free (gpointer data)
{
  Job *job = data;

  g_clear_pointer (&job->bundles, g_ptr_array_unref);
  g_free (job->reached);
  g_free ((char *) job->mark.next);
  g_free ((char *) job->mark.error_code);
  g_free ((char *) job->mark.outcome);
  g_free ((char *) job->mark.raw);
  if (job->also_data != NULL && job->also_free != NULL)
    job->also_free (job->also_data);
  cr_pull_save_unref (job->save);
  g_free (job);
}

static void
apply_mark (CrQuery *query, const CrQueryMark *mark)
{
  query->status = mark->status;
  set_text (&query->next, mark->next);
  query->pages = mark->pages;
  query->n_skipped = mark->n_skipped;
  query->since_ms = mark->since_ms;
  query->total = mark->total;
  query->http_status = mark->http_status;
  set_text (&query->error_code, mark->error_code);
  set_text (&query->outcome, mark->outcome);
  set_text (&query->raw, mark->raw);
}

static gboolean
save_bundles (CrDb *db, Job *job, GError **error)
{
  CrPullSave *self = job->save;
  CrRecordOwner owner = { self->connection->patient_id, self->connection->source_id,
                          self->connection->portal_patient_id };
  CrSaveCounts counts = { 0 };

  for (guint i = 0; job->bundles != NULL && i < job->bundles->len; i++)
    {
      guint n_entries;
      const CrIncoming *entries =
          cr_bundle_get_entries (g_ptr_array_index (job->bundles, i), &n_entries);

      if (!cr_records_table_save (db, &owner, entries, n_entries, self->query->pull_id,
                                  job->reached, self->clock (), &counts, error))
        return FALSE;
    }

  if (job->also != NULL && !job->also (db, &owner, job->also_data, self->clock (), error))
    return FALSE;

  self->query->n_received += counts.n_received;
  self->query->n_new += counts.n_new;
  self->query->n_changed += counts.n_changed;
  self->query->n_unchanged += counts.n_unchanged;
  return TRUE;
}

static gpointer
save_func (CrDb *db, gpointer data, GError **error)
{
  Job *job = data;

  if (!save_bundles (db, job, error))
    return NULL;

  apply_mark (job->save->query, &job->mark);
  if (!cr_queries_table_save (db, job->save->query, error))
    return NULL;

  return query_copy (job->save->query);
}

CrPullSave *
cr_pull_save_new (CrStore *store, CrConnection *connection, CrQuery *query, CrClock clock)
{
  CrPullSave *self = g_new0 (CrPullSave, 1);

  g_ref_count_init (&self->ref_count);
  self->store = g_object_ref (store);
  self->connection = g_object_ref (connection);
  self->query = query_copy (query);
  self->clock = clock;
  return self;
}

CrPullSave *
cr_pull_save_ref (CrPullSave *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
cr_pull_save_unref (CrPullSave *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_object_unref (self->store);
  g_object_unref (self->connection);
  g_object_unref (self->query);
  g_free (self);
}

void
cr_pull_save_also (CrPullSave *self, CrPullAlso also, gpointer data, GDestroyNotify destroy)
{
  g_return_if_fail (self->also == NULL);

  self->also = also;
  self->also_data = data;
  self->also_free = destroy;
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrQuery *stored = cr_store_write_finish (CR_STORE (source), result, &error);

  if (stored == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, stored, g_object_unref);
}

void
cr_pull_save_async (CrPullSave *self,
                    GPtrArray *bundles,
                    const char *reached,
                    const CrQueryMark *mark,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, cr_pull_save_async);
  cr_store_write_async (self->store, CR_WRITE_FAST, save_func,
                        job_new (self, bundles, reached, mark), job_free, g_object_unref, NULL,
                        saved_cb, task);
}

gboolean
cr_pull_save_finish (CrPullSave *self, GAsyncResult *result, CrQuery *query, GError **error)
{
  g_autoptr (CrQuery) stored = g_task_propagate_pointer (G_TASK (result), error);

  if (stored == NULL)
    return FALSE;

  copy_progress (stored, query);
  return TRUE;
}
