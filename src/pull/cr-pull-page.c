/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-page.h"

#include "base/cr-time.h"
#include "base/cr-way.h"

#include <string.h>

#define FNV_START G_GUINT64_CONSTANT (14695981039346656037)
#define FNV_PRIME G_GUINT64_CONSTANT (1099511628211)

typedef struct
{
  CrPullPage *page;     /* (owned) (nullable) */
  char *base_url;       /* (owned) */
  char *type;           /* (owned) */
  GHashTable *patients; /* (owned) */
  gboolean is_one;
  gint64 latest_ms;
  GHashTable *seen; /* (owned) (nullable) */
  gboolean is_kept;
} Job;

void
cr_pull_page_free (CrPullPage *self)
{
  g_bytes_unref (self->body);
  g_free (self->url);
  g_clear_pointer (&self->bundle, cr_bundle_unref);
  g_free (self);
}

static void
job_free (gpointer data)
{
  Job *job = data;

  g_clear_pointer (&job->page, cr_pull_page_free);
  g_free (job->base_url);
  g_free (job->type);
  g_hash_table_unref (job->patients);
  g_clear_pointer (&job->seen, g_hash_table_unref);
  g_free (job);
}

static guint64
add_to_key (guint64 key, const char *text)
{
  for (; *text != '\0'; text++)
    key = (key ^ (guint8) *text) * FNV_PRIME;

  return (key ^ '/') * FNV_PRIME;
}

static guint64
key_of (const CrIncoming *entry)
{
  guint64 key;

  if (entry->id != NULL)
    return add_to_key (add_to_key (FNV_START, entry->type), entry->id);

  memcpy (&key, entry->content, sizeof key);
  return key;
}

static void
read_stamp (CrPullPage *page, const CrIncoming *entry, gint64 latest_ms)
{
  gint64 ms;

  if (entry->last_updated == NULL || !cr_time_from_string (entry->last_updated, &ms))
    page->n_unstamped++;
  else if (ms <= latest_ms)
    page->newest_ms = MAX (page->newest_ms, ms);
}

/* A search that brings what is about another patient must not be believed: portals have lost the
 * patient from their next links. */
guint
cr_pull_page_check_patients (CrBundle *bundle, GHashTable *patients)
{
  guint n_entries, n = 0;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n_entries);

  for (guint i = 0; i < n_entries; i++)
    if (entries[i].about != NULL && !g_hash_table_contains (patients, entries[i].about))
      {
        cr_bundle_set_mode (bundle, i, CR_ENTRY_OTHER_PATIENT);
        n++;
      }

  return n;
}

/* Some servers forget to say what they included. */
static gboolean
is_match (Job *job, const CrIncoming *entry)
{
  return entry->mode == CR_ENTRY_MATCH && (job->is_one || strcmp (entry->type, job->type) == 0);
}

static void
read_page (Job *job)
{
  CrPullPage *page = job->page;
  guint n_entries;
  const CrIncoming *entries = cr_bundle_get_entries (page->bundle, &n_entries);

  page->n_other_patient = cr_pull_page_check_patients (page->bundle, job->patients);
  for (guint i = 0; i < n_entries; i++)
    {
      if (entries[i].mode == CR_ENTRY_OTHER_PATIENT)
        continue;
      if (!is_match (job, &entries[i]))
        {
          page->n_included++;
          continue;
        }
      page->n_matches++;
      if (job->seen != NULL)
        page->n_fresh +=
            g_hash_table_add (job->seen, GSIZE_TO_POINTER ((gsize) key_of (&entries[i])));
      read_stamp (page, &entries[i], job->latest_ms);
    }
}

static void
copy_body (CrPullPage *page)
{
  gsize n_bytes;
  gconstpointer data = g_bytes_get_data (page->body, &n_bytes);
  GBytes *copy = g_bytes_new (data, n_bytes);

  g_bytes_unref (page->body);
  page->body = copy;
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  CrPullPage *page = job->page;
  GError *error = NULL;

  cr_way_give ();
  if (job->is_kept)
    copy_body (page);
  page->bundle = cr_bundle_outline (page->body, job->base_url, job->is_one, &error);
  if (page->bundle != NULL && job->is_kept && !cr_bundle_hash (page->bundle, FALSE, &error))
    g_clear_pointer (&page->bundle, cr_bundle_unref);
  if (page->bundle == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  read_page (job);
  g_task_return_boolean (task, TRUE);
}

void
cr_pull_page_read_async (const CrReply *reply,
                         const CrPullPageRules *rules,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->page = g_new0 (CrPullPage, 1);
  job->page->body = g_bytes_ref (reply->body);
  job->page->url = g_strdup (reply->url);
  job->base_url = g_strdup (rules->base_url);
  job->type = g_strdup (rules->type);
  job->patients = g_hash_table_ref (rules->patients);
  job->is_one = rules->is_one;
  job->latest_ms = rules->latest_ms;
  job->seen = rules->seen != NULL ? g_hash_table_ref (rules->seen) : NULL;
  job->is_kept = rules->is_kept;
  g_task_set_source_tag (task, cr_pull_page_read_async);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, read_thread);
}

/**
 * cr_pull_page_read_finish:
 * @error: set when the body could not be read: the page then has no bundle
 *
 * Returns: (transfer full)
 */
CrPullPage *
cr_pull_page_read_finish (GAsyncResult *result, GError **error)
{
  Job *job = g_task_get_task_data (G_TASK (result));

  g_task_propagate_boolean (G_TASK (result), error);
  return g_steal_pointer (&job->page);
}

typedef struct
{
  CrBundle *bundle; /* (owned) */
  gboolean is_late;
} Hashing;

static void
hashing_free (gpointer data)
{
  Hashing *hashing = data;

  cr_bundle_unref (hashing->bundle);
  g_free (hashing);
}

static void
hash_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Hashing *hashing = data;
  GError *error = NULL;

  cr_way_give ();
  if (cr_bundle_hash (hashing->bundle, hashing->is_late, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* @is_late: most of it is expected to be stored already */
void
cr_pull_page_hash_async (CrBundle *bundle,
                         gboolean is_late,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Hashing *hashing = g_new0 (Hashing, 1);

  hashing->bundle = cr_bundle_ref (bundle);
  hashing->is_late = is_late;
  g_task_set_source_tag (task, cr_pull_page_hash_async);
  g_task_set_task_data (task, hashing, hashing_free);
  g_task_run_in_thread (task, hash_thread);
}

gboolean
cr_pull_page_hash_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
