/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-confirm.h"

#include "base/cr-error.h"
#include "fhir/cr-bundle.h"
#include "pull/cr-pull-page.h"
#include "store/cr-absence-table.h"

#include <string.h>

#define MAX_READS 500 /* of one type in one pull; the next pull goes on */

/* A type whose every search of this pull came to its end. */
typedef struct
{
  char *type;      /* (owned) */
  char *signature; /* (owned) */
  GPtrArray *ids;  /* (owned): of char *, missed and to be read */
} Listing;

typedef struct
{
  CrPullContext *context;
  GPtrArray *listings; /* (owned): of Listing */
  guint listing;       /* being read */
  guint position;      /* of the next id in it */
  CrAskEnd *end;       /* (owned) (nullable) */
} Confirm;

static void
listing_free (gpointer data)
{
  Listing *listing = data;

  g_free (listing->type);
  g_free (listing->signature);
  g_ptr_array_unref (listing->ids);
  g_free (listing);
}

static void
confirm_free (gpointer data)
{
  Confirm *confirm = data;

  g_ptr_array_unref (confirm->listings);
  g_clear_pointer (&confirm->end, cr_ask_end_free);
  g_free (confirm);
}

static CrRecordOwner
owner_of (CrPullContext *context)
{
  CrConnection *connection = context->parts.connection;

  return (CrRecordOwner){ connection->patient_id, connection->source_id,
                          connection->portal_patient_id };
}

/* A search that was asked in parts says nothing itself: its parts do. */
static gboolean
was_split (CrQuery *query)
{
  return query->status == CR_QUERY_COMPLETE && query->http_status >= 400;
}

/* Whether the answer was all there is: nothing skipped, warned of, or short of what was announced.
 */
static gboolean
is_whole (CrQuery *query)
{
  return query->status == CR_QUERY_COMPLETE && query->n_skipped == 0 && query->outcome == NULL &&
         (query->total < 0 || query->total <= (gint64) query->n_received);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The questions of @type and what was granted; %NULL when they prove nothing. */
static char *
signature_of (CrPullContext *context, GPtrArray *queries, const char *type)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *scopes = context->parts.connection->scopes;

  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      if (query->kind != CR_QUERY_KIND_SEARCH || !g_str_equal (query->type, type) ||
          was_split (query))
        continue;
      if (!is_whole (query) || query->since_ms > 0)
        return NULL;
      g_ptr_array_add (paths, query->path);
    }

  if (paths->len == 0)
    return NULL;
  g_ptr_array_sort (paths, compare_paths);
  for (guint i = 0; i < paths->len; i++)
    {
      g_checksum_update (sum, g_ptr_array_index (paths, i), -1);
      g_checksum_update (sum, (const guchar *) "\n", 1);
    }
  g_checksum_update (sum, (const guchar *) (scopes != NULL ? scopes : ""), -1);
  return g_strdup (g_checksum_get_string (sum));
}

static GPtrArray *
find_listings (CrPullContext *context, GPtrArray *queries)
{
  GPtrArray *listings = g_ptr_array_new_with_free_func (listing_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);
      g_autofree char *signature = NULL;
      Listing *listing;

      if (query->kind != CR_QUERY_KIND_SEARCH || !g_hash_table_add (seen, query->type))
        continue;
      signature = signature_of (context, queries, query->type);
      if (signature == NULL)
        continue;

      listing = g_new0 (Listing, 1);
      listing->type = g_strdup (query->type);
      listing->signature = g_steal_pointer (&signature);
      listing->ids = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (listings, listing);
    }

  return listings;
}

static void go_on (GTask *task);

/* The store failed, or the task is to go on. Takes @error. */
static void
written (GTask *task, GError *error)
{
  Confirm *confirm = g_task_get_task_data (task);

  if (error != NULL && confirm->end == NULL)
    confirm->end = cr_ask_end_for_store (confirm->context, error);
  else
    g_clear_error (&error);
  go_on (task);
}

typedef struct
{
  CrPullContext *context;
  char *base_url;       /* (owned) */
  GBytes *body;         /* (owned) (nullable) */
  char *type;           /* (owned) */
  char *id;             /* (owned) */
  GHashTable *patients; /* (owned) */
  guint http_status;
} Answer;

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->base_url);
  g_clear_pointer (&answer->body, g_bytes_unref);
  g_free (answer->type);
  g_free (answer->id);
  g_hash_table_unref (answer->patients);
  g_free (answer);
}

/* What was asked for, and of this patient still. */
static CrBundle *
read_answer (Answer *answer)
{
  g_autoptr (CrBundle) bundle = NULL;
  const CrIncoming *entries;
  guint n;

  if (answer->body != NULL)
    bundle = cr_bundle_from_resource (answer->body, answer->base_url, NULL);
  if (bundle == NULL || cr_pull_page_check_patients (bundle, answer->patients) > 0)
    return NULL;

  entries = cr_bundle_get_entries (bundle, &n);
  return n == 1 && strcmp (entries[0].type, answer->type) == 0 &&
                 g_strcmp0 (entries[0].id, answer->id) == 0
           ? g_steal_pointer (&bundle)
           : NULL;
}

/* What came is kept like any other record, which also ends its absence. An answer that is anything
 * else proves nothing. */
static gpointer
settle_func (CrDb *db, gpointer data, GError **error)
{
  Answer *answer = data;
  CrRecordOwner owner = owner_of (answer->context);
  gint64 now_ms = answer->context->parts.clock ();
  CrSaveCounts counts = { 0 };
  g_autoptr (CrBundle) bundle = read_answer (answer);
  const CrIncoming *entries;
  guint n;

  if (bundle == NULL)
    return cr_absence_table_settle (db, &owner, answer->context->parts.pull->id, answer->type,
                                    answer->id, answer->http_status, now_ms, error)
             ? db
             : NULL;

  entries = cr_bundle_get_entries (bundle, &n);
  return cr_records_table_save (db, &owner, entries, n, answer->context->parts.pull->id, "read",
                                now_ms, &counts, error)
           ? db
           : NULL;
}

static void
settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  cr_store_write_finish (CR_STORE (source), result, &error);
  written (task, error);
}

static void
take_answer (GTask *task, CrReply *reply)
{
  Confirm *confirm = g_task_get_task_data (task);
  Listing *listing = g_ptr_array_index (confirm->listings, confirm->listing);
  Answer *answer = g_new0 (Answer, 1);

  answer->context = confirm->context;
  answer->type = g_strdup (listing->type);
  answer->id = g_strdup (g_ptr_array_index (listing->ids, confirm->position - 1));
  answer->http_status = reply->status;
  answer->patients = g_hash_table_ref (confirm->context->patients);
  answer->base_url = g_strdup (confirm->context->parts.source->fhir_base_url);
  if (reply->status >= 200 && reply->status < 300)
    answer->body = g_bytes_ref (reply->body);
  cr_store_write_async (confirm->context->parts.store, CR_WRITE_FAST, settle_func, answer,
                        answer_free, NULL, NULL, settled_cb, g_object_ref (task));
}

static void
got_reply_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Confirm *confirm = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_pull_send_finish (result, &error);

  confirm->context->n_requests++;
  if (reply == NULL && g_error_matches (error, CR_ERROR, CR_ERROR_BAD_REPLY))
    g_clear_error (&error); /* proves nothing */
  else if (reply == NULL)
    confirm->end = cr_ask_end_for_error (confirm->context, error);
  else if (cr_ask_must_wait (confirm->context, reply))
    confirm->end = cr_ask_end_for_wait (confirm->context, reply);
  else
    {
      confirm->context->n_bytes += (gint64) g_bytes_get_size (reply->body);
      take_answer (task, reply);
      return;
    }

  go_on (task);
}

static void
read_next (GTask *task, Confirm *confirm, Listing *listing)
{
  const char *name = g_ptr_array_index (listing->ids, confirm->position++);
  g_autofree char *id = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *path = g_strconcat (listing->type, "/", id, NULL);
  g_autofree char *url = cr_ask_url (confirm->context, path, 0);
  CrRequest request = { .url = url, .token = confirm->context->parts.token };

  cr_pull_send_async (confirm->context, &request, got_reply_cb, g_object_ref (task));
}

static gpointer
keep_func (CrDb *db, gpointer data, GError **error)
{
  Confirm *confirm = data;
  CrRecordOwner owner = owner_of (confirm->context);

  for (guint i = 0; i < confirm->listings->len; i++)
    {
      Listing *listing = g_ptr_array_index (confirm->listings, i);

      if (!cr_listings_table_keep (db, &owner, listing->type, listing->signature,
                                   confirm->context->parts.clock (), error))
        return NULL;
    }
  return db;
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Confirm *confirm = g_task_get_task_data (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (source), result, &error) == NULL)
    confirm->end = cr_ask_end_for_store (confirm->context, error);
  else
    confirm->end = cr_ask_end_new (CR_ASK_DONE);
  go_on (task);
}

/* Borrows @task. The listings are kept last: what a crash cuts off is found missing once more. */
static void
go_on (GTask *task)
{
  Confirm *confirm = g_task_get_task_data (task);
  Listing *listing;

  if (confirm->end != NULL)
    {
      g_task_return_pointer (task, g_steal_pointer (&confirm->end),
                             (GDestroyNotify) cr_ask_end_free);
      return;
    }

  for (; confirm->listing < confirm->listings->len; confirm->listing++, confirm->position = 0)
    {
      listing = g_ptr_array_index (confirm->listings, confirm->listing);
      if (confirm->position < listing->ids->len)
        {
          read_next (task, confirm, listing);
          return;
        }
    }

  cr_store_write_async (confirm->context->parts.store, CR_WRITE_FAST, keep_func, confirm, NULL,
                        NULL, NULL, kept_cb, g_object_ref (task));
}

static gpointer
note_func (CrDb *db, gpointer data, GError **error)
{
  Confirm *confirm = data;
  CrPullParts *parts = &confirm->context->parts;
  CrRecordOwner owner = owner_of (confirm->context);

  for (guint i = 0; i < confirm->listings->len; i++)
    {
      Listing *listing = g_ptr_array_index (confirm->listings, i);

      if (!cr_absence_table_note (db, &owner, parts->pull->id, listing->type, listing->signature,
                                  parts->pull->started_ms, parts->clock (), MAX_READS, listing->ids,
                                  error))
        return NULL;
    }
  return db;
}

static void
noted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  cr_store_write_finish (CR_STORE (source), result, &error);
  written (task, error);
}

void
cr_pull_confirm_async (CrPullContext *context,
                       GPtrArray *queries,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Confirm *confirm = g_new0 (Confirm, 1);

  g_task_set_source_tag (task, cr_pull_confirm_async);
  confirm->context = context;
  confirm->listings = find_listings (context, queries);
  g_task_set_task_data (task, confirm, confirm_free);
  cr_store_write_async (context->parts.store, CR_WRITE_FAST, note_func, confirm, NULL, NULL, NULL,
                        noted_cb, task);
}

CrAskEnd *
cr_pull_confirm_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
