/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-ask.h"

#include "base/cr-error.h"
#include "fhir/cr-bundle.h"
#include "fhir/cr-portal-rules.h"
#include "store/cr-records-table.h"

#include <string.h>

#define MAX_REFERENCES 20000
#define CHUNK 200
#define SAVE_AT 50

/* What is to be read, made on the store's reading thread. */
typedef struct
{
  CrPullContext *context;
  CrQueryKind kind;
  char *vendor; /* (owned) (nullable) */
} Look;

typedef struct
{
  CrPullContext *context;
  CrQuery *query;   /* (owned) */
  CrPullSave *save; /* (owned) */
  GPtrArray *paths; /* (owned): of char*, what to read */
  GHashTable *seen; /* (owned): set of the same */
  GPtrArray *ready; /* (owned): of CrBundle */
  guint position;   /* of the next path */
  guint n_active;
  guint n_missing; /* not there, or not for us */
  guint n_other;   /* came in a form that is no resource */
  gboolean is_looking;
  gboolean is_looked_through; /* nothing more to find */
  gboolean is_saving;
  gboolean is_settled;
  CrAskEnd *end; /* (owned) (nullable) */
} Follow;

static void
follow_free (gpointer data)
{
  Follow *follow = data;

  g_object_unref (follow->query);
  cr_pull_save_unref (follow->save);
  g_hash_table_unref (follow->seen);
  g_ptr_array_unref (follow->paths);
  g_ptr_array_unref (follow->ready);
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

static GPtrArray *
look_for_references (CrDb *db, const CrRecordOwner *owner, Look *look, GError **error)
{
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (look->vendor, error);
  g_autoptr (GPtrArray) missing = NULL;
  GPtrArray *paths;

  if (rules == NULL)
    return NULL;
  missing = cr_records_table_list_missing (db, owner, cr_portal_rules_get_followed_types (rules),
                                           MAX_REFERENCES, error);
  if (missing == NULL)
    return NULL;

  paths = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < missing->len; i++)
    {
      CrReference *reference = g_ptr_array_index (missing, i);
      g_autofree char *id = g_uri_escape_string (reference->id, NULL, FALSE);

      g_ptr_array_add (paths, g_strconcat (reference->type, "/", id, NULL));
    }

  return paths;
}

/* The id of a Binary at the own base, as `Binary/<id>` or absolute; others are not ours to read. */
static char *
binary_id (const char *url, const char *base_url)
{
  const char *path = url;

  if (g_str_has_prefix (url, base_url) && url[strlen (base_url)] == '/')
    path = url + strlen (base_url) + 1;
  if (!g_str_has_prefix (path, "Binary/") || strpbrk (path + 7, "/?#") != NULL)
    return NULL;

  return g_uri_unescape_string (path + 7, NULL);
}

static gboolean
add_attachments (CrDb *db,
                 const CrRecordOwner *owner,
                 Look *look,
                 CrRecord *record,
                 GHashTable *paths,
                 GError **error)
{
  const char *base_url = look->context->parts.source->fhir_base_url;
  g_autoptr (CrBundle) bundle = cr_bundle_from_resource (record->body, base_url, NULL);
  const CrAttachment *attachments;
  guint n = 0;

  if (bundle == NULL)
    return TRUE;

  attachments = cr_bundle_get_attachments (bundle, &n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = binary_id (attachments[i].url, base_url);
      g_autofree char *escaped = id != NULL ? g_uri_escape_string (id, NULL, FALSE) : NULL;
      g_autoptr (GError) trouble = NULL;

      if (id == NULL || cr_records_table_has (db, owner, "Binary", id, &trouble))
        continue;
      if (trouble != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&trouble));
          return FALSE;
        }
      g_hash_table_add (paths, g_strconcat ("Binary/", escaped, NULL));
    }

  return TRUE;
}

static GPtrArray *
look_for_attachments (CrDb *db, const CrRecordOwner *owner, Look *look, GError **error)
{
  static const char *const types[] = { "DocumentReference", "DiagnosticReport", "Media" };
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  GPtrArray *result;
  char *path;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      gint64 after = 0;

      for (;;)
        {
          g_autoptr (GPtrArray) records =
              cr_records_table_list_changed (db, owner, types[i], after, G_MAXINT64, CHUNK, error);

          if (records == NULL)
            return NULL;
          for (guint j = 0; j < records->len; j++)
            {
              CrRecord *record = g_ptr_array_index (records, j);

              after = record->sequence;
              if (!add_attachments (db, owner, look, record, paths, error))
                return NULL;
            }
          if (records->len < CHUNK)
            break;
        }
    }

  result = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, paths);
  while (g_hash_table_iter_next (&iter, (gpointer *) &path, NULL))
    {
      g_hash_table_iter_steal (&iter);
      g_ptr_array_add (result, path);
    }
  return result;
}

static gpointer
look_func (CrDb *db, gpointer data, GError **error)
{
  Look *look = data;
  CrConnection *connection = look->context->parts.connection;
  CrRecordOwner owner = { connection->patient_id, connection->source_id,
                          connection->portal_patient_id };

  return look->kind == CR_QUERY_KIND_REFERENCES ? look_for_references (db, &owner, look, error)
                                                : look_for_attachments (db, &owner, look, error);
}

static void go_on (GTask *task);

/* What was read may point further: it is looked through again until nothing is new. What could not
 * be read is not tried twice. */
static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Follow *follow = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) found = cr_store_read_finish (CR_STORE (source), result, &error);
  guint n_before = follow->paths->len;

  follow->is_looking = FALSE;
  for (guint i = 0; found != NULL && i < found->len; i++)
    {
      const char *path = g_ptr_array_index (found, i);

      if (follow->paths->len < MAX_REFERENCES && g_hash_table_add (follow->seen, g_strdup (path)))
        g_ptr_array_add (follow->paths, g_strdup (path));
    }
  follow->is_looked_through =
      follow->paths->len == n_before || follow->query->kind == CR_QUERY_KIND_ATTACHMENTS;
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
  look->kind = follow->query->kind;
  look->vendor = g_strdup (parts->source->type);
  follow->is_looking = TRUE;
  cr_store_read_async (parts->store, CR_READ_BULK, look_func, look, look_free,
                       (GDestroyNotify) g_ptr_array_unref, follow->context->cancellable, looked_cb,
                       g_object_ref (task));
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
    g_string_append_printf (words,
                            "%u of what the records point at could not be read at the portal. ",
                            follow->n_missing);
  if (follow->n_other > 0)
    g_string_append_printf (words,
                            "%u came in a form that is not a FHIR resource and could not be kept. ",
                            follow->n_other);

  g_strchomp (words->str);
  return words->str[0] != '\0' ? g_strdup (words->str) : NULL;
}

static void
store_ready (GTask *task, gboolean is_end)
{
  Follow *follow = g_task_get_task_data (task);
  g_autoptr (GPtrArray) bundles = g_steal_pointer (&follow->ready);
  g_autofree char *outcome = outcome_in_words (follow);
  CrQueryMark mark = { .status = is_end ? CR_QUERY_COMPLETE : CR_QUERY_RUNNING,
                       .pages = follow->position,
                       .n_skipped = follow->n_missing + follow->n_other,
                       .total = follow->paths->len,
                       .outcome = outcome };

  follow->ready = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_bundle_unref);
  follow->is_saving = TRUE;
  follow->is_settled = is_end;
  cr_pull_save_async (follow->save, bundles,
                      follow->query->kind == CR_QUERY_KIND_REFERENCES ? "reference" : "attachment",
                      &mark, stored_cb, g_object_ref (task));
}

static void
take_reply (Follow *follow, CrReply *reply)
{
  CrBundle *bundle = NULL;
  g_autoptr (GError) error = NULL;

  if (cr_ask_must_wait (follow->context, reply))
    {
      if (follow->end == NULL)
        follow->end = cr_ask_end_for_wait (follow->context, reply);
      return;
    }
  if (reply->status == 401 && !cr_reply_check (reply, &error))
    {
      if (follow->end == NULL)
        follow->end = cr_ask_end_for_error (follow->context, g_steal_pointer (&error));
      return;
    }
  if (reply->status < 200 || reply->status > 299)
    {
      follow->n_missing++;
      return;
    }

  bundle =
      cr_bundle_from_resource (reply->body, follow->context->parts.source->fhir_base_url, NULL);
  if (bundle != NULL)
    g_ptr_array_add (follow->ready, bundle);
  else
    follow->n_other++;
}

static void
got_reply_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Follow *follow = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (source), result, &error);

  follow->n_active--;
  follow->context->n_requests++;
  if (reply != NULL)
    {
      follow->context->n_bytes += (gint64) g_bytes_get_size (reply->body);
      take_reply (follow, reply);
    }
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_BAD_REPLY) ||
           g_error_matches (error, CR_ERROR, CR_ERROR_TOO_LARGE) ||
           g_error_matches (error, CR_ERROR, CR_ERROR_REFUSED))
    {
      follow->n_other++;
      g_error_free (error);
    }
  else if (follow->end == NULL)
    follow->end = cr_ask_end_for_error (follow->context, error);
  else
    g_error_free (error);

  go_on (g_steal_pointer (&task));
}

static void
read_next (GTask *task)
{
  Follow *follow = g_task_get_task_data (task);
  g_autofree char *url =
      cr_ask_url (follow->context, g_ptr_array_index (follow->paths, follow->position++), 0);
  CrRequest request = { .url = url, .token = follow->context->parts.token };

  follow->n_active++;
  cr_client_send_async (follow->context->parts.client, &request, follow->context->cancellable,
                        got_reply_cb, g_object_ref (task));
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
      (is_end || follow->ready->len >= SAVE_AT ||
       ((is_read || (follow->end != NULL && follow->n_active == 0)) && follow->ready->len > 0)))
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
  go_on (task);
}

CrAskEnd *
cr_pull_follow_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
