/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-ask.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-bundle.h"
#include "fhir/cr-portal-rules.h"
#include "pull/cr-pull-page.h"
#include "pull/cr-pull-probe.h"
#include "store/cr-attachments-table.h"

#include <string.h>

#define MAX_REFERENCES 20000
#define MAX_DEPTH 8 /* of references in what references led to */
#define RETRY_MS (7 * 24 * 60 * 60 * G_GINT64_CONSTANT (1000))
#define SAVE_AT 50
#define SAVE_AT_BYTES ((gsize) 4 * 1024 * 1024)

/* What is to be read, made on the store's reading thread. */
typedef struct
{
  CrPullContext *context;
  char *vendor;    /* (owned) (nullable) */
  gint64 since_ms; /* what was tried since is not tried again */
} Look;

typedef struct
{
  GPtrArray *paths; /* (owned): of char* */
  gboolean is_cut;  /* more is missing than was looked through */
} Found;

typedef struct
{
  CrPullContext *context;
  CrQuery *query;   /* (owned) */
  CrPullSave *save; /* (owned) */
  GPtrArray *paths; /* (owned): of char*, what to read */
  GHashTable *seen; /* (owned): set of the same */
  GPtrArray *ready; /* (owned): of CrBundle */
  gsize n_ready_bytes;
  guint position; /* of the next path */
  guint n_active;
  guint n_missing; /* not there, or not for us */
  guint n_other;   /* came in a form that is no resource */
  guint n_other_patient;
  guint n_failed;   /* may succeed another time */
  guint n_given_up; /* too many, or too far */
  gboolean is_cut;  /* more is missing than was looked through */
  guint depth;
  GPtrArray *misses; /* (owned): of Miss, to be stored */
  gboolean is_looking;
  gboolean is_looked_through; /* nothing more to find */
  gboolean is_saving;
  gboolean is_settled;
  CrAskEnd *end; /* (owned) (nullable) */
} Follow;

/* What a reference pointed at and is not to be had. */
typedef struct
{
  char *type; /* (owned) */
  char *id;   /* (owned) */
  guint http_status;
} Miss;

static void
miss_free (gpointer data)
{
  Miss *miss = data;

  g_free (miss->type);
  g_free (miss->id);
  g_free (miss);
}

static void
add_miss (Follow *follow, const char *path, guint http_status)
{
  const char *slash = strchr (path, '/');
  Miss *miss = g_new0 (Miss, 1);

  miss->type = g_strndup (path, (gsize) (slash - path));
  miss->id = g_uri_unescape_string (slash + 1, NULL);
  miss->http_status = http_status;
  g_ptr_array_add (follow->misses, miss);
}

static void
follow_free (gpointer data)
{
  Follow *follow = data;

  g_object_unref (follow->query);
  cr_pull_save_unref (follow->save);
  g_hash_table_unref (follow->seen);
  g_ptr_array_unref (follow->paths);
  g_ptr_array_unref (follow->ready);
  g_ptr_array_unref (follow->misses);
  g_clear_pointer (&follow->end, cr_ask_end_free);
  g_free (follow);
}

static void
look_free (gpointer data)
{
  Look *look = data;

  g_free (look->vendor);
  g_free (look);
}

static void
found_free (gpointer data)
{
  Found *found = data;

  g_ptr_array_unref (found->paths);
  g_free (found);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Found, found_free)

static Found *
look_for_references (CrDb *db, const CrRecordOwner *owner, Look *look, GError **error)
{
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (look->vendor, error);
  g_autoptr (GPtrArray) missing = NULL;
  Found *found;

  if (rules == NULL)
    return NULL;
  missing = cr_records_table_list_missing (db, owner, cr_portal_rules_get_followed_types (rules),
                                           MAX_REFERENCES + 1, error);
  if (missing == NULL)
    return NULL;

  found = g_new0 (Found, 1);
  found->paths = g_ptr_array_new_with_free_func (g_free);
  found->is_cut = missing->len > MAX_REFERENCES;
  for (guint i = 0; i < MIN (missing->len, MAX_REFERENCES); i++)
    {
      CrReference *reference = g_ptr_array_index (missing, i);
      g_autofree char *id = g_uri_escape_string (reference->id, NULL, FALSE);

      if (cr_unresolved_table_has (db, owner, reference->type, reference->id, look->since_ms, NULL))
        continue;
      g_ptr_array_add (found->paths, g_strconcat (reference->type, "/", id, NULL));
    }

  return found;
}

static gpointer
look_func (CrDb *db, gpointer data, GError **error)
{
  Look *look = data;
  CrConnection *connection = look->context->parts.connection;
  CrRecordOwner owner = { connection->patient_id, connection->source_id,
                          connection->portal_patient_id };

  return look_for_references (db, &owner, look, error);
}

static void go_on (GTask *task);

/* What was read may point further: it is looked through again until nothing is new. What could not
 * be read is not tried twice. What is too much or too far for one pull is counted, not forgotten:
 * the next pull finds it missing again. */
static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Follow *follow = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (Found) found = cr_store_read_finish (CR_STORE (source), result, &error);
  guint n_before = follow->paths->len;
  gboolean is_too_far = ++follow->depth > MAX_DEPTH + 1;

  follow->is_looking = FALSE;
  follow->n_given_up = 0;
  follow->is_cut = found != NULL && found->is_cut;
  for (guint i = 0; found != NULL && i < found->paths->len; i++)
    {
      const char *path = g_ptr_array_index (found->paths, i);

      if (g_hash_table_contains (follow->seen, path))
        continue;
      if (is_too_far || follow->paths->len >= MAX_REFERENCES)
        {
          follow->n_given_up++;
          continue;
        }
      g_hash_table_add (follow->seen, g_strdup (path));
      g_ptr_array_add (follow->paths, g_strdup (path));
    }
  follow->is_looked_through = follow->paths->len == n_before;
  if (found == NULL)
    follow->end = cr_ask_end_for_error (follow->context, error);

  go_on (g_steal_pointer (&task));
}

static void
look_for_more (GTask *task)
{
  Follow *follow = g_task_get_task_data (task);
  CrPullParts *parts = &follow->context->parts;
  Look *look = g_new0 (Look, 1);

  look->context = follow->context;
  look->since_ms = cr_pull_tried_since_ms (follow->context, RETRY_MS);
  look->vendor = g_strdup (parts->source->type);
  follow->is_looking = TRUE;
  cr_store_read_async (parts->store, CR_READ_BULK, look_func, look, look_free, found_free,
                       follow->context->cancellable, looked_cb, g_object_ref (task));
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Follow *follow = g_task_get_task_data (task);
  GError *error = NULL;

  follow->is_saving = FALSE;
  if (!cr_pull_save_finish (follow->save, result, follow->query, &error))
    {
      g_clear_pointer (&follow->end, cr_ask_end_free);
      follow->end = cr_ask_end_for_store (follow->context, error);
      follow->is_settled = TRUE;
    }
  cr_changes_tell (follow->context->parts.changes, CR_CHANGE_QUERY, follow->query->pull_id,
                   follow->context->parts.connection->patient_id);
  go_on (g_steal_pointer (&task));
}

static char *
outcome_in_words (Follow *follow)
{
  g_autoptr (GString) words = g_string_new (NULL);

  if (follow->n_missing > 0)
    g_string_append_printf (
        words, CR_SAID ("%u of what the records point at could not be read at the portal. "),
        follow->n_missing);
  if (follow->n_other > 0)
    g_string_append_printf (
        words, CR_SAID ("%u came in a form that is not a FHIR resource and could not be kept. "),
        follow->n_other);
  if (follow->n_other_patient > 0)
    g_string_append_printf (words, CR_SAID ("%u are about another patient and were not kept. "),
                            follow->n_other_patient);
  if (follow->n_failed > 0)
    g_string_append_printf (words,
                            CR_SAID ("%u could not be read this time; the next pull tries again. "),
                            follow->n_failed);
  if (follow->n_given_up > 0)
    g_string_append_printf (
        words, CR_SAID ("Too far to be followed at once: %u; the next pull goes on there. "),
        follow->n_given_up);
  if (follow->is_cut)
    g_string_append_printf (
        words,
        CR_SAID ("The records point at more than %u things that are not here; what comes after "
                 "these was not looked for. "),
        (guint) MAX_REFERENCES);

  g_strchomp (words->str);
  return words->str[0] != '\0' ? g_strdup (words->str) : NULL;
}

static gboolean
save_misses (CrDb *db, const CrRecordOwner *owner, gpointer data, gint64 now_ms, GError **error)
{
  GPtrArray *misses = data;

  for (guint i = 0; i < misses->len; i++)
    {
      Miss *miss = g_ptr_array_index (misses, i);

      if (!cr_unresolved_table_add (db, owner, miss->type, miss->id, miss->http_status, now_ms,
                                    error))
        return FALSE;
    }

  return TRUE;
}

static void
store_ready (GTask *task, gboolean is_end)
{
  Follow *follow = g_task_get_task_data (task);
  g_autoptr (GPtrArray) bundles = g_steal_pointer (&follow->ready);
  g_autofree char *outcome = outcome_in_words (follow);
  gboolean is_busy = follow->n_failed + follow->n_given_up > 0;
  gboolean has_failed = is_busy || follow->is_cut;
  CrQueryMark mark = { .status = !is_end    ? CR_QUERY_RUNNING
                               : has_failed ? CR_QUERY_FAILED
                                            : CR_QUERY_COMPLETE,
                       .error_code = !is_end        ? NULL
                                   : is_busy        ? "busy"
                                   : follow->is_cut ? "too_large"
                                                    : NULL,
                       .pages = follow->position,
                       .n_skipped = follow->n_missing + follow->n_other + follow->n_other_patient +
                                    (is_end ? follow->n_failed : 0),
                       .total = follow->paths->len + follow->n_given_up,
                       .outcome = outcome };

  follow->ready = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_bundle_unref);
  follow->n_ready_bytes = 0;
  follow->is_saving = TRUE;
  follow->is_settled = is_end;
  cr_pull_save_also (follow->save, save_misses, g_steal_pointer (&follow->misses),
                     (GDestroyNotify) g_ptr_array_unref);
  follow->misses = g_ptr_array_new_with_free_func (miss_free);
  cr_pull_save_async (follow->save, bundles, "reference", &mark, stored_cb, g_object_ref (task));
}

/* Takes @reply in unless its body is to be read. */
static gboolean
take_reply (Follow *follow, CrReply *reply, const char *path)
{
  CrPullContext *context = follow->context;
  g_autoptr (GError) error = NULL;

  if (cr_ask_must_wait (context, reply))
    {
      if (follow->end == NULL)
        follow->end = cr_ask_end_for_wait (context, reply);
      return TRUE;
    }
  if (reply->status == 401 && !cr_reply_check (reply, &error))
    {
      if (follow->end == NULL)
        follow->end = cr_ask_end_for_error (context, g_steal_pointer (&error));
      return TRUE;
    }
  if (reply->status >= 500)
    {
      follow->n_failed++;
      return TRUE;
    }
  if (reply->status < 200 || reply->status > 299)
    {
      follow->n_missing++;
      add_miss (follow, path, reply->status);
      return TRUE;
    }

  return FALSE;
}

static void
take_page (Follow *follow, CrPullPage *page, const char *path, guint http_status)
{
  if (page->bundle == NULL)
    {
      follow->n_other++;
      add_miss (follow, path, http_status);
      return;
    }
  if (page->n_other_patient > 0)
    {
      follow->n_other_patient++;
      add_miss (follow, path, http_status);
    }
  follow->n_ready_bytes += g_bytes_get_size (page->body);
  g_ptr_array_add (follow->ready, cr_bundle_ref (page->bundle));
}

/* One read on its way. */
typedef struct
{
  GTask *task; /* (owned) */
  char *path;  /* (owned) */
  guint http_status;
} Reading;

static void
reading_free (Reading *reading)
{
  g_object_unref (reading->task);
  g_free (reading->path);
  g_free (reading);
}

static void
probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Follow *follow = g_task_get_task_data (task);
  CrAskEnd *end = cr_pull_probe_finish (result);

  follow->n_active--;
  if (end == NULL)
    follow->n_failed++;
  else if (follow->end == NULL)
    follow->end = end;
  else
    cr_ask_end_free (end);
  go_on (task);
}

/* Takes @error. */
static void
take_error (GTask *task, GError *error, const char *path, gboolean lacks_token)
{
  Follow *follow = g_task_get_task_data (task);

  if (cr_error_is_retryable (error) && !lacks_token)
    {
      cr_pull_probe_async (follow->context, probed_cb, g_object_ref (task));
      g_error_free (error);
      return;
    }

  follow->n_active--;
  if (!lacks_token && (g_error_matches (error, CR_ERROR, CR_ERROR_BAD_REPLY) ||
                       g_error_matches (error, CR_ERROR, CR_ERROR_TOO_LARGE) ||
                       g_error_matches (error, CR_ERROR, CR_ERROR_REFUSED)))
    {
      follow->n_other++;
      add_miss (follow, path, 0);
      g_error_free (error);
    }
  else if (follow->end == NULL)
    follow->end = cr_ask_end_for_error (follow->context, error);
  else
    g_error_free (error);
  go_on (g_object_ref (task));
}

static void
page_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  Follow *follow = g_task_get_task_data (reading->task);
  g_autoptr (CrPullPage) page = cr_pull_page_read_finish (result, NULL);

  follow->n_active--;
  take_page (follow, page, reading->path, reading->http_status);
  go_on (g_object_ref (reading->task));
  reading_free (reading);
}

static void
read_body (Reading *reading, CrReply *reply)
{
  Follow *follow = g_task_get_task_data (reading->task);
  CrPullContext *context = follow->context;
  CrPullPageRules rules = { .base_url = context->parts.source->fhir_base_url,
                            .patients = context->patients,
                            .is_one = TRUE,
                            .is_kept = TRUE };

  reading->http_status = reply->status;
  cr_pull_page_read_async (reply, &rules, page_read_cb, reading);
}

static void
got_reply_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  Follow *follow = g_task_get_task_data (reading->task);
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_pull_send_finish (result, &error);

  follow->context->n_requests++;
  if (reply == NULL)
    take_error (reading->task, error, reading->path, cr_pull_send_lacks_token (result));
  else
    {
      follow->context->n_bytes += (gint64) g_bytes_get_size (reply->body);
      if (!take_reply (follow, reply, reading->path))
        {
          read_body (reading, reply);
          return;
        }
      follow->n_active--;
      go_on (g_object_ref (reading->task));
    }
  reading_free (reading);
}

static void
read_next (GTask *task)
{
  Follow *follow = g_task_get_task_data (task);
  const char *path = g_ptr_array_index (follow->paths, follow->position++);
  g_autofree char *url = cr_ask_url (follow->context, path, 0);
  CrRequest request = { .url = url,
                        .token = follow->context->parts.token,
                        .total_s = follow->context->patience_s };
  Reading *reading = g_new0 (Reading, 1);

  reading->task = g_object_ref (task);
  reading->path = g_strdup (path);
  follow->n_active++;
  cr_pull_send_async (follow->context, &request, got_reply_cb, reading);
}

/* What cannot be had is a finding too: who waits must not ask for it again and again. */
static gboolean
has_something (Follow *follow)
{
  return follow->ready->len > 0 || follow->misses->len > 0;
}

/* Takes @task. The one place that decides what happens next. */
static void
go_on (GTask *task)
{
  g_autoptr (GTask) owned = task;
  Follow *follow = g_task_get_task_data (task);
  gboolean is_read, is_end;

  while (follow->end == NULL && follow->position < follow->paths->len &&
         follow->n_active < follow->context->max_parallel)
    read_next (task);

  is_read = follow->position == follow->paths->len && follow->n_active == 0;
  is_end = is_read && follow->end == NULL && follow->is_looked_through;
  if (!follow->is_saving && !follow->is_settled &&
      (is_end || follow->ready->len >= SAVE_AT || follow->n_ready_bytes >= SAVE_AT_BYTES ||
       ((is_read || (follow->end != NULL && follow->n_active == 0)) && has_something (follow))))
    store_ready (task, is_end);

  if (follow->n_active > 0 || follow->is_saving || follow->is_looking)
    return;
  if (follow->end == NULL && follow->is_settled)
    follow->end = cr_ask_end_new (CR_ASK_DONE);
  if (follow->end != NULL)
    g_task_return_pointer (task, g_steal_pointer (&follow->end), (GDestroyNotify) cr_ask_end_free);
  else
    look_for_more (task);
}

void
cr_pull_follow_async (CrPullContext *context,
                      CrQuery *query,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Follow *follow = g_new0 (Follow, 1);

  g_task_set_source_tag (task, cr_pull_follow_async);
  g_task_set_task_data (task, follow, follow_free);
  follow->context = context;
  follow->query = g_object_ref (query);
  follow->save = cr_pull_save_new (context->parts.store, context->parts.connection, query,
                                   context->parts.clock);
  follow->paths = g_ptr_array_new_with_free_func (g_free);
  follow->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  follow->ready = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_bundle_unref);
  follow->misses = g_ptr_array_new_with_free_func (miss_free);
  follow->n_missing = query->n_skipped; /* before a wait: not asked for again */
  go_on (task);
}

CrAskEnd *
cr_pull_follow_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
