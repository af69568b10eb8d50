/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-ask.h"

#include "base/cr-error.h"
#include "fhir/cr-bundle.h"
#include "fhir/cr-resource.h"
#include "pull/cr-pull-narrow.h"

#include <string.h>

#define MAX_READY_PAGES 5
#define MAX_RAW_BYTES 4096
#define PATIENCE_MS (60 * 1000) /* when nobody says how long */
#define KEYRING_WAIT_MS (10 * 1000)
#define STORAGE_WAIT_MS (10 * 1000)

typedef struct
{
  CrPullContext *context;
  CrQuery *query;      /* (owned) */
  CrPullSave *save;    /* (owned) */
  GHashTable *visited; /* (owned): URLs asked, so that a loop is seen */
  GPtrArray *ready;    /* (owned): split pages that wait for the transaction in hand */
  char *next;          /* (owned) (nullable): page to ask next */
  CrQueryMark mark;    /* how the query stands after the last page of `ready` */
  char *mark_next;     /* (owned) (nullable) */
  char *outcome;       /* (owned) (nullable) */
  char *raw;           /* (owned) (nullable) */
  guint n_seen;        /* records that came, also those still to be stored */
  gboolean is_asking;
  gboolean is_saving;
  gboolean has_restarted;
  gboolean has_error_outcome;
  gboolean has_store_failed;
  CrAskEnd *end; /* (owned) (nullable): set once nothing more is asked */
} Ask;

static void
ask_free (gpointer data)
{
  Ask *ask = data;

  g_object_unref (ask->query);
  cr_pull_save_unref (ask->save);
  g_hash_table_unref (ask->visited);
  g_ptr_array_unref (ask->ready);
  g_free (ask->next);
  g_free (ask->mark_next);
  g_free (ask->outcome);
  g_free (ask->raw);
  g_clear_pointer (&ask->end, cr_ask_end_free);
  g_free (ask);
}

CrAskEnd *
cr_ask_end_new (CrAskResult result)
{
  CrAskEnd *end = g_new0 (CrAskEnd, 1);

  end->result = result;
  return end;
}

void
cr_ask_end_free (CrAskEnd *self)
{
  g_clear_error (&self->error);
  g_strfreev (self->narrower);
  g_free (self);
}

/* Takes @error. What waits for the world outside waits; everything else ends the pull. */
CrAskEnd *
cr_ask_end_for_error (CrPullContext *context, GError *error)
{
  CrAskEnd *end = cr_ask_end_new (CR_ASK_STOP);
  gint64 now_ms = context->parts.clock ();

  end->error = error;
  if (cr_error_is_keyring (error))
    {
      end->result = CR_ASK_WAIT;
      end->reason = CR_WAIT_KEYRING_LOCKED;
      end->until_ms = now_ms + KEYRING_WAIT_MS;
    }
  else if (cr_error_is_storage (error))
    {
      end->result = CR_ASK_WAIT;
      end->reason = CR_WAIT_STORAGE;
      end->until_ms = now_ms + STORAGE_WAIT_MS;
    }
  else if (cr_error_is_retryable (error))
    {
      end->result = CR_ASK_WAIT;
      end->reason = g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE) ? CR_WAIT_OFFLINE
                                                                        : CR_WAIT_SOURCE_OUTAGE;
      end->until_ms = now_ms + PATIENCE_MS;
    }

  return end;
}

/* Takes @error. A store that cannot write just now waits, any other trouble with it ends the pull:
 * what looks retryable is so for the world outside only. */
CrAskEnd *
cr_ask_end_for_store (CrPullContext *context, GError *error)
{
  CrAskEnd *end = cr_ask_end_for_error (context, error);

  if (!cr_error_is_storage (error))
    end->result = CR_ASK_STOP;
  return end;
}

/* A 429 or 503 that says when to come back stops the whole pull for that long; other 5xx end the
 * query only. */
gboolean
cr_ask_must_wait (CrPullContext *context, const CrReply *reply)
{
  return reply->status == 429 || (reply->status == 503 && reply->retry_after_ms > 0);
}

CrAskEnd *
cr_ask_end_for_wait (CrPullContext *context, const CrReply *reply)
{
  CrAskEnd *end = cr_ask_end_new (CR_ASK_WAIT);
  gsize size;
  const char *body = g_bytes_get_data (reply->body, &size);
  g_autofree char *code = NULL;
  g_autofree char *text = cr_outcome_text (body, size, NULL, &code);

  end->reason = reply->status != 429               ? CR_WAIT_SOURCE_OUTAGE
              : g_strcmp0 (code, "transient") == 0 ? CR_WAIT_SOURCE_PREPARING
                                                   : CR_WAIT_RATE_LIMIT;
  end->until_ms = context->parts.clock () +
                  (reply->retry_after_ms > 0 ? MAX (reply->retry_after_ms, 1000) : PATIENCE_MS);
  return end;
}

/* @path: relative to the FHIR base; `{patient}` stands for the portal's patient id. */
char *
cr_ask_url (CrPullContext *context, const char *path)
{
  g_autofree char *patient =
      g_uri_escape_string (context->parts.connection->portal_patient_id, NULL, FALSE);
  g_autoptr (GString) url = g_string_new (context->parts.source->fhir_base_url);

  g_string_append_c (url, '/');
  g_string_append (url, path);
  g_string_replace (url, "{patient}", patient, 0);
  if (strchr (path, '?') != NULL && context->page_size > 0 && strstr (path, "_count=") == NULL)
    g_string_append_printf (url, "&_count=%u", context->page_size);

  return g_strdup (url->str);
}

/* The start of an answer, for the details of a failed query. */
char *
cr_ask_raw (GBytes *body)
{
  gsize size;
  const char *text = g_bytes_get_data (body, &size);

  return size > 0 ? g_utf8_make_valid (text, (gssize) MIN (size, MAX_RAW_BYTES)) : NULL;
}

static void go_on (GTask *task);

static void
end_query (Ask *ask, CrQueryStatus status, const char *code, const char *outcome)
{
  char *words = g_strdup (outcome);

  ask->mark.status = status;
  ask->mark.error_code = code;
  g_free (ask->outcome);
  ask->outcome = words;
  g_clear_pointer (&ask->next, g_free);
  g_clear_pointer (&ask->mark_next, g_free);
  if (ask->end == NULL)
    ask->end = cr_ask_end_new (CR_ASK_DONE);
}

static void
end_pull (Ask *ask, CrAskEnd *end)
{
  g_clear_pointer (&ask->next, g_free);
  if (ask->end == NULL)
    ask->end = end;
  else
    cr_ask_end_free (end);
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *ask = g_task_get_task_data (task);
  GError *error = NULL;

  ask->is_saving = FALSE;
  if (!cr_pull_save_finish (ask->save, result, ask->query, &error))
    {
      ask->has_store_failed = TRUE;
      g_clear_pointer (&ask->end, cr_ask_end_free);
      end_pull (ask, cr_ask_end_for_store (ask->context, error));
    }
  else
    cr_changes_tell (ask->context->parts.changes, CR_CHANGE_QUERY, ask->query->pull_id,
                     ask->context->parts.connection->patient_id);

  go_on (g_steal_pointer (&task));
}

static void
store_ready (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (GPtrArray) pages = g_steal_pointer (&ask->ready);

  ask->ready = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_bundle_unref);
  ask->is_saving = TRUE;
  ask->mark.next = ask->mark_next;
  ask->mark.outcome = ask->outcome;
  ask->mark.raw = ask->raw;
  cr_pull_save_async (ask->save, pages, "search", &ask->mark, stored_cb, g_object_ref (task));
}

/* Why the page behind @link cannot be asked; NULL when it can. Sets @url. */
static const char *
check_next (Ask *ask, const char *link, const char *page_url, char **url)
{
  g_autofree char *origin = NULL;
  g_autofree char *base_origin = cr_origin_of (ask->context->parts.source->fhir_base_url);

  *url = g_uri_resolve_relative (page_url, link, G_URI_FLAGS_ENCODED, NULL);
  origin = *url != NULL ? cr_origin_of (*url) : NULL;
  if (origin == NULL)
    return "The link to the next page is not a web address. What came before it is kept.";
  if (g_strcmp0 (origin, base_origin) != 0)
    return "The link to the next page leads to another server, where this patient's access must "
           "not be sent. What came before it is kept.";
  if (g_hash_table_contains (ask->visited, *url))
    return "The portal's pages lead in a circle. What came is kept; there may be more.";

  return NULL;
}

/* What a search that came to its end leaves to be said. Totals may be estimates, so one that is not
 * reached is told and is no failure. */
static char *
note_at_end (Ask *ask)
{
  if (ask->outcome != NULL)
    return g_steal_pointer (&ask->outcome);
  if (ask->mark.n_skipped > 0)
    return g_strdup_printf ("%u of the portal's entries came without a record.",
                            ask->mark.n_skipped);
  if (ask->mark.total > (gint64) ask->n_seen)
    return g_strdup_printf ("The portal announced %" G_GINT64_FORMAT " records and sent %u.",
                            ask->mark.total, ask->n_seen);

  return NULL;
}

static void
take_bundle (Ask *ask, CrBundle *bundle, const char *page_url)
{
  guint n_entries;
  const char *link = cr_bundle_get_next (bundle);
  const char *severity = cr_bundle_get_outcome_severity (bundle);
  const char *trouble = NULL;

  cr_bundle_get_entries (bundle, &n_entries);
  ask->n_seen += n_entries;
  ask->mark.pages++;
  ask->mark.n_skipped += cr_bundle_get_n_skipped (bundle);
  if (cr_bundle_get_total (bundle) >= 0)
    ask->mark.total = cr_bundle_get_total (bundle);
  g_ptr_array_add (ask->ready, cr_bundle_ref (bundle));

  if (severity != NULL)
    {
      g_free (ask->outcome);
      ask->outcome = g_strdup (cr_bundle_get_outcome_text (bundle));
      ask->has_error_outcome |= g_str_equal (severity, "error") || g_str_equal (severity, "fatal");
    }

  g_clear_pointer (&ask->next, g_free);
  if (link != NULL)
    trouble = check_next (ask, link, page_url, &ask->next);
  g_free (ask->mark_next);
  ask->mark_next = trouble == NULL ? g_strdup (ask->next) : NULL;

  if (trouble != NULL)
    end_query (ask, CR_QUERY_FAILED, "bad_reply", trouble);
  else if (link == NULL && ask->has_error_outcome)
    end_query (ask, CR_QUERY_FAILED, "bad_reply", ask->outcome);
  else if (link == NULL)
    {
      g_autofree char *note = note_at_end (ask);

      end_query (ask, CR_QUERY_COMPLETE, NULL, note);
    }
}

typedef struct
{
  GBytes *body;    /* (owned) */
  char *base_url;  /* (owned) */
  char *page_url;  /* (owned) */
  gboolean is_one; /* a read, no searchset */
} Page;

static void
page_free (gpointer data)
{
  Page *page = data;

  g_bytes_unref (page->body);
  g_free (page->base_url);
  g_free (page->page_url);
  g_free (page);
}

static void
split_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Page *page = data;
  GError *error = NULL;
  CrBundle *bundle = page->is_one ? cr_bundle_from_resource (page->body, page->base_url, &error)
                                  : cr_bundle_split (page->body, page->base_url, &error);

  if (bundle != NULL)
    g_task_return_pointer (task, bundle, (GDestroyNotify) cr_bundle_unref);
  else
    g_task_return_error (task, error);
}

static void
split_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *ask = g_task_get_task_data (task);
  Page *page = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (CrBundle) bundle = g_task_propagate_pointer (G_TASK (result), &error);

  ask->is_asking = FALSE;
  if (bundle != NULL)
    take_bundle (ask, bundle, page->page_url);
  else if (cr_error_is_cancelled (error))
    end_pull (ask, cr_ask_end_for_error (ask->context, g_steal_pointer (&error)));
  else
    {
      g_free (ask->raw);
      ask->raw = cr_ask_raw (page->body);
      end_query (ask, CR_QUERY_FAILED, cr_error_nick (error), error->message);
    }

  go_on (g_steal_pointer (&task));
}

static void
split_page (GTask *task, CrReply *reply)
{
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (GTask) split = NULL;
  Page *page = g_new0 (Page, 1);

  page->body = g_bytes_ref (reply->body);
  page->base_url = g_strdup (ask->context->parts.source->fhir_base_url);
  page->page_url = g_strdup (reply->url);
  page->is_one = ask->query->kind == CR_QUERY_KIND_READ;

  split = g_task_new (NULL, NULL, split_cb, g_object_ref (task));
  g_task_set_task_data (split, page, page_free);
  g_task_run_in_thread (split, split_thread);
}

/* What an answer other than 2xx means for the query. */
static void
take_refusal (Ask *ask, const CrReply *reply)
{
  gsize size;
  const char *body = g_bytes_get_data (reply->body, &size);
  g_autofree char *text = cr_outcome_text (body, size, NULL, NULL);
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;

  cr_reply_check (reply, &error);
  g_free (ask->raw);
  ask->raw = cr_ask_raw (reply->body);
  words = g_strdup_printf ("The portal answered %u%s%s", reply->status, text != NULL ? ": " : ".",
                           text != NULL ? text : "");

  if (reply->status == 401)
    end_pull (ask, cr_ask_end_for_error (ask->context, g_steal_pointer (&error)));
  else if (reply->status == 403)
    end_query (ask, CR_QUERY_NOT_GRANTED, "refused", words);
  else if ((reply->status == 404 || reply->status == 405 || reply->status == 501) &&
           ask->mark.pages == 0)
    end_query (ask, CR_QUERY_NOT_SUPPORTED, "not_found", words);
  else
    end_query (ask, CR_QUERY_FAILED, error != NULL ? cr_error_nick (error) : "bad_reply", words);
}

/* A search that lost its place on the server (its snapshot expired) is started over once; what is
 * stored stays. */
static gboolean
restart (Ask *ask, const CrReply *reply)
{
  if ((reply->status != 404 && reply->status != 410) || ask->mark.pages == 0 || ask->has_restarted)
    return FALSE;

  ask->has_restarted = TRUE;
  g_hash_table_remove_all (ask->visited);
  ask->next = cr_ask_url (ask->context, ask->query->path);
  return TRUE;
}

/* A search that the portal takes only in parts is left as it is: whoever has the other queries
 * adds the parts to them. */
static gboolean
narrow (Ask *ask, const CrReply *reply)
{
  char **paths;

  if (reply->status != 400 || ask->mark.pages > 0)
    return FALSE;

  paths = cr_pull_narrow_paths (ask->context, ask->query);
  if (paths == NULL)
    return FALSE;

  cr_pull_narrow_mark (ask->query, reply, g_strv_length (paths));
  ask->end = cr_ask_end_new (CR_ASK_DONE);
  ask->end->narrower = paths;
  return TRUE;
}

static void
got_reply_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *ask = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (source), result, &error);

  ask->context->n_requests++;
  if (reply == NULL &&
      (cr_error_is_cancelled (error) || cr_error_is_keyring (error) ||
       cr_error_is_retryable (error) || g_error_matches (error, CR_ERROR, CR_ERROR_SIGN_IN)))
    end_pull (ask, cr_ask_end_for_error (ask->context, error));
  else if (reply == NULL)
    {
      end_query (ask, CR_QUERY_FAILED, cr_error_nick (error), error->message);
      g_error_free (error);
    }
  else
    {
      ask->context->n_bytes += (gint64) g_bytes_get_size (reply->body);
      ask->mark.http_status = reply->status;
      if (reply->status >= 200 && reply->status < 300)
        {
          split_page (task, reply);
          return;
        }
      if (cr_ask_must_wait (ask->context, reply))
        end_pull (ask, cr_ask_end_for_wait (ask->context, reply));
      else if (!restart (ask, reply) && !narrow (ask, reply))
        take_refusal (ask, reply);
    }

  ask->is_asking = FALSE;
  go_on (g_steal_pointer (&task));
}

static void
ask_next (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);
  CrRequest request = { .url = ask->next, .token = ask->context->parts.token };

  ask->is_asking = TRUE;
  g_hash_table_add (ask->visited, g_strdup (ask->next));
  cr_client_send_async (ask->context->parts.client, &request, ask->context->cancellable,
                        got_reply_cb, g_object_ref (task));
  g_clear_pointer (&ask->next, g_free);
}

static gboolean
has_something_to_store (Ask *ask)
{
  if (ask->has_store_failed || (ask->end != NULL && ask->end->narrower != NULL))
    return FALSE;

  return ask->ready->len > 0 || (ask->end != NULL && ask->end->result == CR_ASK_DONE &&
                                 ask->query->status != ask->mark.status);
}

/* Takes @task. The one place that decides what an ask does next. */
static void
go_on (GTask *task)
{
  g_autoptr (GTask) owned = task;
  Ask *ask = g_task_get_task_data (task);

  if (ask->next != NULL && !ask->is_asking && ask->end == NULL && ask->ready->len < MAX_READY_PAGES)
    ask_next (task);
  if (!ask->is_saving && has_something_to_store (ask))
    store_ready (task);

  if (ask->end != NULL && !ask->is_asking && !ask->is_saving)
    g_task_return_pointer (task, g_steal_pointer (&ask->end), (GDestroyNotify) cr_ask_end_free);
}

void
cr_pull_ask_async (CrPullContext *context,
                   CrQuery *query,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Ask *ask = g_new0 (Ask, 1);

  g_task_set_source_tag (task, cr_pull_ask_async);
  g_task_set_task_data (task, ask, ask_free);
  ask->context = context;
  ask->query = g_object_ref (query);
  ask->save = cr_pull_save_new (context->parts.store, context->parts.connection, query,
                                context->parts.clock);
  ask->visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ask->ready = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_bundle_unref);
  ask->mark = (CrQueryMark){ .status = CR_QUERY_RUNNING,
                             .pages = query->pages,
                             .n_skipped = query->n_skipped,
                             .total = query->total,
                             .http_status = query->http_status };
  ask->n_seen = query->n_received;
  ask->next = query->next != NULL ? g_strdup (query->next) : cr_ask_url (context, query->path);
  go_on (task);
}

CrAskEnd *
cr_pull_ask_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
