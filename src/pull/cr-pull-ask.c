/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-ask-private.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-resource.h"
#include "pull/cr-pull-narrow.h"
#include "pull/cr-pull-probe.h"

#include <string.h>

#define MAX_READY_PAGES 32
#define MAX_READY_BYTES (8 << 20) /* of pages beyond the one that is being stored */

static void
ask_free (gpointer data)
{
  CrAsk *ask = data;

  g_object_unref (ask->query);
  cr_pull_save_unref (ask->save);
  g_hash_table_unref (ask->visited);
  g_hash_table_unref (ask->seen);
  g_ptr_array_unref (ask->ready);
  g_free (ask->next);
  g_free (ask->mark_next);
  g_free (ask->outcome);
  g_free (ask->raw);
  g_clear_pointer (&ask->end, cr_ask_end_free);
  g_free (ask);
}

static void go_on (GTask *task);

/* Takes @error. */
static void
store_failed (CrAsk *ask, GError *error)
{
  ask->has_store_failed = TRUE;
  g_clear_pointer (&ask->end, cr_ask_end_free);
  cr_ask_end_pull (ask, cr_ask_end_for_store (ask->context, error));
}

static void
note_known (CrAsk *ask, guint n_received, guint n_unchanged)
{
  ask->context->n_kept += ask->query->n_received - n_received;
  ask->context->n_known += ask->query->n_unchanged - n_unchanged;
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrAsk *ask = g_task_get_task_data (task);
  guint n_received = ask->query->n_received, n_unchanged = ask->query->n_unchanged;
  GError *error = NULL;

  ask->is_saving = FALSE;
  if (!cr_pull_save_finish (ask->save, result, ask->query, &error))
    store_failed (ask, error);
  else
    {
      note_known (ask, n_received, n_unchanged);
      cr_changes_tell (ask->context->parts.changes, CR_CHANGE_QUERY, ask->query->pull_id,
                       ask->context->parts.connection->patient_id);
    }

  go_on (g_steal_pointer (&task));
}

/* How many pages at the front are fit to be stored, in the order they came. */
static guint
count_hashed (CrAsk *ask)
{
  guint n = 0;

  while (n < ask->ready->len && ((CrAskPage *) g_ptr_array_index (ask->ready, n))->is_hashed)
    n++;
  return n;
}

/* Takes the first @n pages. Returns: (transfer full): of CrBundle */
static GPtrArray *
take_ready (CrAsk *ask, guint n)
{
  GPtrArray *bundles = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_bundle_unref);

  for (guint i = 0; i < n; i++)
    {
      CrAskPage *page = g_ptr_array_index (ask->ready, i);

      ask->n_ready_bytes -= page->n_bytes;
      g_ptr_array_add (bundles, cr_bundle_ref (page->bundle));
    }
  if (n > 0)
    g_ptr_array_remove_range (ask->ready, 0, n);
  return bundles;
}

static void
store_all (GTask *task, GPtrArray *bundles)
{
  CrAsk *ask = g_task_get_task_data (task);

  ask->mark.next = ask->mark_next;
  ask->mark.outcome = ask->outcome;
  ask->mark.raw = ask->raw;
  ask->stamps.since_ms = ask->mark.since_ms;
  /* What came without a record, or with a word of warning, may not be all. */
  if (ask->mark.n_skipped > 0 || ask->n_told > 0)
    ask->stamps.n_unstamped++;
  if (ask->mark.status == CR_QUERY_COMPLETE && ask->query->kind == CR_QUERY_KIND_SEARCH &&
      !ask->is_resumed)
    cr_pull_reach_keep (ask->save, ask->context, ask->query->path, &ask->stamps);
  cr_pull_save_async (ask->save, bundles, "search", &ask->mark, stored_cb, g_object_ref (task));
}

/* What is hashed, and how the query stood after it. */
static void
store_ready (GTask *task)
{
  CrAsk *ask = g_task_get_task_data (task);
  guint n = count_hashed (ask);
  g_autoptr (GPtrArray) bundles = NULL;
  g_autofree char *next = NULL;
  g_autofree char *outcome = NULL;
  CrQueryMark mark;

  ask->is_saving = TRUE;
  if (n == ask->ready->len)
    {
      bundles = take_ready (ask, n);
      store_all (task, bundles);
      return;
    }

  /* The texts of the mark go with their page. */
  mark = ((CrAskPage *) g_ptr_array_index (ask->ready, n - 1))->mark;
  mark.next = next = g_strdup (mark.next);
  mark.outcome = outcome = g_strdup (mark.outcome);
  bundles = take_ready (ask, n);
  cr_pull_save_async (ask->save, bundles, "search", &mark, stored_cb, g_object_ref (task));
}

typedef struct
{
  GTask *task;     /* (owned) */
  CrAskPage *page; /* (unowned): stays until it is hashed */
} Hashing;

static void
hashed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Hashing *hashing = user_data;
  CrAsk *ask = g_task_get_task_data (hashing->task);
  GError *error = NULL;

  ask->n_hashing--;
  if (cr_pull_page_hash_finish (result, &error))
    hashing->page->is_hashed = TRUE;
  else
    store_failed (ask, error);
  go_on (hashing->task);
}

/* Of what is stored already the bytes are looked at, and no more. */
static void
hash_page (GTask *task, CrAskPage *page)
{
  CrAsk *ask = g_task_get_task_data (task);
  Hashing *hashing = g_new (Hashing, 1);

  *hashing = (Hashing){ g_object_ref (task), page };
  ask->n_hashing++;
  cr_pull_page_hash_async (page->bundle, ask->context->n_known * 2 > ask->context->n_kept,
                           hashed_cb, hashing);
}

static void
page_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrAsk *ask = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrPullPage) page = cr_pull_page_read_finish (result, &error);
  CrAskPage *ready = NULL;

  ask->is_asking = FALSE;
  if (page->bundle != NULL)
    ready = cr_ask_take_page (ask, page);
  else
    {
      g_free (ask->raw);
      ask->raw = cr_ask_raw (page->body);
      cr_ask_end_query (ask, CR_QUERY_FAILED, cr_error_nick (error), error->message);
    }

  if (ready != NULL)
    hash_page (task, ready);
  go_on (g_steal_pointer (&task));
}

/* Stamps may be a little ahead of our clock; those far ahead must not move anything. */
#define MAX_AHEAD_MS (5 * 60 * 1000)

static void
read_page (GTask *task, CrReply *reply)
{
  CrAsk *ask = g_task_get_task_data (task);
  CrPullContext *context = ask->context;
  CrPullPageRules rules = { .base_url = context->parts.source->fhir_base_url,
                            .type = ask->query->type,
                            .patients = context->patients,
                            .is_one = ask->query->kind == CR_QUERY_KIND_READ,
                            .latest_ms =
                                context->parts.clock () - reply->clock_skew_ms + MAX_AHEAD_MS,
                            .seen = ask->seen };

  cr_pull_page_read_async (reply, &rules, page_read_cb, g_object_ref (task));
}

/* What a type may be refused with that the portal does not have; these two ask for patience. */
static gboolean
is_refusal (const CrReply *reply)
{
  return reply->status < 500 && reply->status != 408 && reply->status != 425;
}

/* What an answer other than 2xx means for the query. */
static void
take_refusal (CrAsk *ask, const CrReply *reply)
{
  gsize size;
  const char *body = g_bytes_get_data (reply->body, &size);
  g_autofree char *text = cr_outcome_text (body, size, NULL, NULL);
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;

  cr_reply_check (reply, &error);
  g_free (ask->raw);
  ask->raw = cr_ask_raw (reply->body);
  words = g_strdup_printf (CR_SAID ("The portal answered %u%s%s"), reply->status,
                           text != NULL ? ": " : ".", text != NULL ? text : "");

  if (ask->is_unlisted && ask->mark.pages == 0 && is_refusal (reply))
    cr_ask_end_query (ask, CR_QUERY_NOT_SUPPORTED, "not_found", ask->query->outcome);
  else if (reply->status == 401)
    cr_ask_end_pull (ask, cr_ask_end_for_error (ask->context, g_steal_pointer (&error)));
  else if (cr_ask_is_lost (ask->query, reply))
    cr_ask_end_query (ask, CR_QUERY_FAILED, "not_found", CR_ASK_LOST);
  else if (reply->status == 403)
    cr_ask_end_query (ask, CR_QUERY_NOT_GRANTED, "refused", words);
  else if ((reply->status == 404 || reply->status == 405 || reply->status == 501) &&
           ask->mark.pages == 0)
    cr_ask_end_query (ask, CR_QUERY_NOT_SUPPORTED, "not_found", words);
  else
    cr_ask_end_query (ask, CR_QUERY_FAILED, error != NULL ? cr_error_nick (error) : "bad_reply",
                      words);
}

/* A search that lost its place on the server (its snapshot expired) is started over once; what is
 * stored stays. A page behind one without records was none. */
static gboolean
restart (CrAsk *ask, const CrReply *reply)
{
  if ((reply->status != 404 && reply->status != 410) || ask->mark.pages == 0)
    return FALSE;
  if (ask->n_empty > 0 && cr_ask_count_short (ask) == 0)
    {
      cr_ask_come_to_end (ask);
      return TRUE;
    }
  if (ask->has_restarted)
    return FALSE;

  ask->has_restarted = TRUE;
  cr_ask_start_over (ask, ask->count);
  return TRUE;
}

/* Addresses that are too long hold a place that grows with the page. */
static gboolean
shorten (CrAsk *ask, const CrReply *reply)
{
  return reply->status == 414 && ask->mark.pages > 0 && cr_ask_smaller (ask);
}

/* A search that the portal takes only in parts is left as it is: whoever has the other queries
 * adds the parts to them. */
static gboolean
narrow (CrAsk *ask, const CrReply *reply)
{
  char **paths;
  g_autofree char *hint = ask->is_unlisted ? g_strdup (ask->query->outcome) : NULL;

  if (reply->status != 400 || ask->mark.pages > 0)
    return FALSE;

  paths = cr_pull_narrow_paths (ask->context, ask->query, reply);
  if (paths == NULL)
    return FALSE;

  cr_pull_narrow_mark (ask->query, reply, g_strv_length (paths));
  ask->end = cr_ask_end_new (CR_ASK_DONE);
  ask->end->narrower = paths;
  ask->end->hint = g_steal_pointer (&hint);
  return TRUE;
}

typedef struct
{
  GTask *task;    /* (owned) */
  GError *error;  /* (owned) (nullable) */
  CrReply *reply; /* (owned) (nullable) */
} Doubt;

static void
doubt_free (Doubt *doubt)
{
  g_object_unref (doubt->task);
  g_clear_error (&doubt->error);
  g_clear_pointer (&doubt->reply, cr_reply_free);
  g_free (doubt);
}

static void
probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Doubt *doubt = user_data;
  CrAsk *ask = g_task_get_task_data (doubt->task);
  CrAskEnd *end = cr_pull_probe_finish (result);

  ask->is_asking = FALSE;
  if (end != NULL)
    cr_ask_end_pull (ask, end);
  else if (doubt->reply != NULL)
    take_refusal (ask, doubt->reply);
  else
    cr_ask_end_query (ask, CR_QUERY_FAILED, cr_error_nick (doubt->error), doubt->error->message);

  go_on (g_object_ref (doubt->task));
  doubt_free (doubt);
}

/* Takes @error and @reply, one of which is set. */
static void
find_out (GTask *task, GError *error, CrReply *reply)
{
  CrAsk *ask = g_task_get_task_data (task);
  Doubt *doubt = g_new0 (Doubt, 1);

  doubt->task = g_object_ref (task);
  doubt->error = error;
  doubt->reply = reply;
  cr_pull_probe_async (ask->context, probed_cb, doubt);
}

/* Takes @error. Returns whether that settles it. */
static gboolean
take_error (GTask *task, GError *error, gboolean lacks_token)
{
  CrAsk *ask = g_task_get_task_data (task);

  if (lacks_token)
    {
      cr_ask_end_pull (ask, cr_ask_end_for_error (ask->context, error));
      return TRUE;
    }
  if (cr_error_is_retryable (error))
    {
      find_out (task, error, NULL);
      return FALSE;
    }

  if (cr_error_is_cancelled (error) || cr_error_is_keyring (error) ||
      g_error_matches (error, CR_ERROR, CR_ERROR_SIGN_IN))
    {
      cr_ask_end_pull (ask, cr_ask_end_for_error (ask->context, error));
      return TRUE;
    }
  if (!g_error_matches (error, CR_ERROR, CR_ERROR_TOO_LARGE) || !cr_ask_smaller (ask))
    cr_ask_end_query (ask, CR_QUERY_FAILED, cr_error_nick (error), error->message);
  g_error_free (error);
  return TRUE;
}

/* An outage, or this query alone? Of a portal that says when to come back that is asked only when
 * it says so of the same page again. */
static gboolean
is_doubtful (CrAsk *ask, const CrReply *reply)
{
  if (reply->status == 503 && reply->retry_after_ms > 0)
    return ask->was_refused_before;

  return reply->status >= 502 && reply->status <= 504;
}

/* A portal that says it can be asked for changes, and cannot, is asked for everything. */
static gboolean
ask_for_all (CrAsk *ask, const CrReply *reply)
{
  if (reply->status != 400 || ask->mark.since_ms == 0 || ask->mark.pages > 0)
    return FALSE;

  ask->mark.since_ms = 0;
  cr_ask_start_over (ask, ask->count);
  return TRUE;
}

/* Takes @reply. Returns whether that settles it. */
static gboolean
take_reply (GTask *task, CrReply *reply)
{
  g_autoptr (CrReply) owned = reply;
  CrAsk *ask = g_task_get_task_data (task);

  ask->context->n_bytes += (gint64) g_bytes_get_size (reply->body);
  ask->mark.http_status = reply->status;
  ask->stamps.skew_ms = reply->clock_skew_ms;
  if (reply->status >= 200 && reply->status < 300)
    {
      ask->was_refused_before = FALSE;
      read_page (task, reply);
      return FALSE;
    }
  if (is_doubtful (ask, reply))
    {
      find_out (task, NULL, g_steal_pointer (&owned));
      return FALSE;
    }

  if (cr_ask_must_wait (ask->context, reply))
    cr_ask_end_pull (ask, cr_ask_end_for_wait (ask->context, reply));
  else if (!restart (ask, reply) && !shorten (ask, reply) && !ask_for_all (ask, reply) &&
           !narrow (ask, reply))
    take_refusal (ask, reply);
  return TRUE;
}

static void
got_reply_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrAsk *ask = g_task_get_task_data (task);
  GError *error = NULL;
  CrReply *reply = cr_pull_send_finish (result, &error);

  ask->context->n_requests++;
  if (reply != NULL ? !take_reply (task, reply)
                    : !take_error (task, error, cr_pull_send_lacks_token (result)))
    return;

  ask->is_asking = FALSE;
  go_on (g_steal_pointer (&task));
}

static void
ask_next (GTask *task)
{
  CrAsk *ask = g_task_get_task_data (task);
  CrRequest request = { .url = ask->next,
                        .token = ask->context->parts.token,
                        .total_s = ask->context->patience_s };

  ask->is_asking = TRUE;
  g_hash_table_add (ask->visited, g_strdup (ask->next));
  cr_pull_send_async (ask->context, &request, got_reply_cb, g_object_ref (task));
  g_clear_pointer (&ask->next, g_free);
}

static gboolean
has_something_to_store (CrAsk *ask)
{
  if (ask->has_store_failed || (ask->end != NULL && ask->end->narrower != NULL))
    return FALSE;
  if (ask->ready->len > 0)
    return count_hashed (ask) > 0;

  return (ask->end != NULL && ask->end->result == CR_ASK_DONE &&
          ask->query->status != ask->mark.status) ||
         (ask->end != NULL && ask->end->result == CR_ASK_WAIT &&
          ask->query->http_status != ask->mark.http_status);
}

/* Takes @task. The one place that decides what an ask does next. */
static void
go_on (GTask *task)
{
  g_autoptr (GTask) owned = task;
  CrAsk *ask = g_task_get_task_data (task);

  if (ask->next != NULL && !ask->is_asking && ask->end == NULL &&
      ask->ready->len < MAX_READY_PAGES && ask->n_ready_bytes < MAX_READY_BYTES)
    ask_next (task);
  if (!ask->is_saving && has_something_to_store (ask))
    store_ready (task);

  if (ask->end != NULL && !ask->is_asking && !ask->is_saving && ask->n_hashing == 0)
    g_task_return_pointer (task, g_steal_pointer (&ask->end), (GDestroyNotify) cr_ask_end_free);
}

void
cr_pull_ask_async (CrPullContext *context,
                   CrQuery *query,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  CrAsk *ask = g_new0 (CrAsk, 1);

  g_task_set_source_tag (task, cr_pull_ask_async);
  g_task_set_task_data (task, ask, ask_free);
  ask->context = context;
  ask->query = g_object_ref (query);
  ask->save = cr_pull_save_new (context->parts.store, context->parts.connection, query,
                                context->parts.clock);
  ask->visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ask->ready = g_ptr_array_new_with_free_func (cr_ask_page_free);
  ask->mark = (CrQueryMark){ .status = CR_QUERY_RUNNING,
                             .pages = query->pages,
                             .n_skipped = query->n_skipped,
                             .since_ms = query->since_ms,
                             .total = query->total,
                             .http_status = query->http_status };
  ask->seen = g_hash_table_new (NULL, NULL);
  ask->n_before = query->pages > 0 ? query->n_received : 0;
  ask->was_refused_before = query->http_status == 503;
  ask->is_unlisted = query->outcome != NULL && query->pages == 0;
  ask->count = context->page_size;
  ask->is_resumed = query->pages > 0;
  ask->next = query->next != NULL ? g_strdup (query->next) : cr_ask_first_url (ask);
  ask->mark_next = g_strdup (query->next);
  if (ask->is_resumed)
    cr_ask_remember (ask);
  go_on (task);
}

CrAskEnd *
cr_pull_ask_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
