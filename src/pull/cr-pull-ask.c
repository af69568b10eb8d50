/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-ask.h"

#include "base/cr-error.h"
#include "fhir/cr-kin.h"
#include "fhir/cr-resource.h"
#include "pull/cr-pull-narrow.h"
#include "pull/cr-pull-page.h"
#include "pull/cr-pull-probe.h"

#include <string.h>

#define MAX_READY_PAGES 5
#define MAX_EMPTY_PAGES 5

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
  GHashTable *seen;    /* (owned): keys of the matches that came since @n_before */
  guint n_before;      /* matches stored before this run */
  guint n_told;        /* pages with an OperationOutcome, which some portals count too */
  guint n_other_patient;
  guint n_empty; /* pages without a match, one after the other */
  guint count;   /* of records a page; 0: the source's own */
  gboolean is_asking;
  gboolean is_saving;
  gboolean has_restarted;
  gboolean has_asked_smaller;  /* because of what was missing */
  gboolean was_refused_before; /* the pull waited because of this very page */
  gboolean is_revinclude_ignored;
  gboolean is_unlisted; /* the portal does not say that it has the type */
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

/* Begins again from the first page; what is stored stays. @count: records a page */
static void
start_over (Ask *ask, guint count)
{
  g_hash_table_remove_all (ask->visited);
  g_hash_table_remove_all (ask->seen);
  ask->n_before = ask->n_told = ask->n_empty = 0;
  ask->mark.n_skipped = 0;
  ask->count = count;
  g_free (ask->next);
  ask->next = cr_ask_url (ask->context, ask->query->path, count);
  g_free (ask->mark_next);
  ask->mark_next = g_strdup (ask->next);
}

/* Half as many records a page, as long as there is a half. */
static gboolean
ask_smaller (Ask *ask)
{
  if (ask->query->kind != CR_QUERY_KIND_SEARCH || ask->count < 2)
    return FALSE;

  start_over (ask, ask->count / 2);
  return TRUE;
}

/* How many of the announced matches did not come. A portal that counts what it says itself among
 * its matches is right, too. */
static gint64
count_short (Ask *ask)
{
  gint64 n = (gint64) ask->n_before + g_hash_table_size (ask->seen) + ask->mark.n_skipped +
             ask->n_told + ask->n_other_patient;

  return ask->query->kind == CR_QUERY_KIND_SEARCH ? MAX (0, ask->mark.total - n) : 0;
}

static char *
say_short (Ask *ask)
{
  return g_strdup_printf ("The portal announced %" G_GINT64_FORMAT
                          " records and sent %" G_GINT64_FORMAT ". What came is kept.",
                          ask->mark.total, ask->mark.total - count_short (ask));
}

/* What a search that came to its end leaves to be said. */
static char *
note_at_end (Ask *ask)
{
  if (ask->outcome != NULL)
    return g_strdup (ask->outcome);
  if (ask->mark.n_skipped > 0)
    return g_strdup_printf ("%u of the portal's entries came without a record.",
                            ask->mark.n_skipped);
  if (count_short (ask) > 0)
    return say_short (ask);
  if (ask->is_revinclude_ignored)
    return g_strdup ("The portal does not send what its records come from together with them.");

  return NULL;
}

/* The last page came. What was announced and did not come is asked for once more, as some portals
 * lose records between pages of one size and not of another. */
static void
come_to_end (Ask *ask)
{
  g_autofree char *words = NULL;

  if (ask->n_other_patient > 0)
    {
      words = g_strdup_printf ("%u of the records that the portal sent are about another patient. "
                               "They were not kept.",
                               ask->n_other_patient);
      end_query (ask, CR_QUERY_FAILED, "bad_reply", words);
    }
  else if (ask->has_error_outcome)
    end_query (ask, CR_QUERY_FAILED, "bad_reply", ask->outcome);
  else if (count_short (ask) > 0 && !ask->has_asked_smaller && ask->context->totals_count &&
           ask_smaller (ask))
    ask->has_asked_smaller = TRUE;
  else if (count_short (ask) > 0 && ask->context->totals_count)
    {
      words = say_short (ask);
      end_query (ask, CR_QUERY_FAILED, "bad_reply", words);
    }
  else
    {
      words = note_at_end (ask);
      end_query (ask, CR_QUERY_COMPLETE, NULL, words);
    }
}

/* The Patient that was read must be the one who gave access. One that another took the place of
 * says so itself. */
static gboolean
check_patient (Ask *ask, CrPullPage *page)
{
  guint n_entries;
  const CrIncoming *entries = cr_bundle_get_entries (page->bundle, &n_entries);
  CrPullContext *context = ask->context;
  const char *own = context->parts.connection->portal_patient_id;
  g_auto (GStrv) kin = NULL;

  if (ask->query->kind != CR_QUERY_KIND_READ || !g_str_equal (ask->query->type, "Patient") ||
      n_entries != 1)
    return TRUE;

  kin =
      cr_kin_of_patient (entries[0].body, entries[0].n_bytes, context->parts.source->fhir_base_url);
  if (g_strcmp0 (entries[0].id, own) != 0 && !g_strv_contains ((const char *const *) kin, own))
    {
      end_pull (ask,
                cr_ask_end_for_error (
                    context, g_error_new_literal (
                                 CR_ERROR, CR_ERROR_BAD_REPLY,
                                 "The portal answered with another patient than the one who "
                                 "gave access. Nothing was kept; ask the portal's operator.")));
      return FALSE;
    }

  cr_pull_context_set_kin (context, entries[0].id, (const char *const *) kin);
  cr_bundle_set_mode (page->bundle, 0, CR_ENTRY_MATCH);
  page->n_other_patient = 0;
  return TRUE;
}

/* Returns: how many of its matches are new to this query */
static guint
count_page (Ask *ask, CrPullPage *page)
{
  CrBundle *bundle = page->bundle;
  const char *severity = cr_bundle_get_outcome_severity (bundle);
  const char *self_link = cr_bundle_get_self_link (bundle);
  guint n_fresh = 0;

  for (guint i = 0; i < page->keys->len; i++)
    n_fresh += g_hash_table_add (ask->seen,
                                 GSIZE_TO_POINTER ((gsize) g_array_index (page->keys, guint64, i)));
  ask->n_empty = page->keys->len > 0 ? 0 : ask->n_empty + 1;
  ask->n_other_patient += page->n_other_patient;
  ask->mark.pages++;
  ask->mark.n_skipped += cr_bundle_get_n_skipped (bundle);
  if (cr_bundle_get_total (bundle) >= 0)
    ask->mark.total = cr_bundle_get_total (bundle);
  if (self_link != NULL && strstr (ask->query->path, "_revinclude=") != NULL)
    ask->is_revinclude_ignored |= strstr (self_link, "_revinclude") == NULL;

  if (severity != NULL)
    {
      ask->n_told++;
      g_free (ask->outcome);
      ask->outcome = g_strdup (cr_bundle_get_outcome_text (bundle));
      ask->has_error_outcome |= g_str_equal (severity, "error") || g_str_equal (severity, "fatal");
    }

  return n_fresh;
}

/* Why nothing more is asked although the portal says there is more; NULL: go on. */
static const char *
check_going_on (Ask *ask, guint n_fresh, guint n_matches)
{
  if (n_matches > 0 && n_fresh == 0)
    return "The portal's pages repeat what came before. What came is kept; there may be more.";
  if (ask->context->max_pages > 0 && ask->mark.pages >= ask->context->max_pages)
    return "The portal has more pages than are asked for at once. What came is kept; there is "
           "more.";

  return NULL;
}

static void
take_page (Ask *ask, CrPullPage *page)
{
  const char *link = cr_bundle_get_next (page->bundle);
  const char *trouble = NULL;
  guint n_fresh;

  if (!check_patient (ask, page))
    return;

  n_fresh = count_page (ask, page);
  g_ptr_array_add (ask->ready, cr_bundle_ref (page->bundle));
  if (cr_ask_is_merged (ask->query, page->bundle))
    {
      g_free (ask->outcome);
      ask->outcome = g_strdup (CR_ASK_MERGED);
    }
  g_clear_pointer (&ask->next, g_free);
  if (link != NULL)
    trouble = check_next (ask, link, page->url, &ask->next);
  if (link != NULL && trouble == NULL)
    trouble = check_going_on (ask, n_fresh, page->keys->len);
  g_free (ask->mark_next);
  ask->mark_next = trouble == NULL ? g_strdup (ask->next) : NULL;

  if (trouble != NULL)
    end_query (ask, CR_QUERY_FAILED, "bad_reply", trouble);
  else if (link == NULL || ask->n_empty >= MAX_EMPTY_PAGES)
    come_to_end (ask);
}

static void
page_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrPullPage) page = cr_pull_page_read_finish (result, &error);

  ask->is_asking = FALSE;
  if (page->bundle != NULL)
    take_page (ask, page);
  else
    {
      g_free (ask->raw);
      ask->raw = cr_ask_raw (page->body);
      end_query (ask, CR_QUERY_FAILED, cr_error_nick (error), error->message);
    }

  go_on (g_steal_pointer (&task));
}

/* Stamps may be a little ahead of our clock; those far ahead must not move anything. */
#define MAX_AHEAD_MS (5 * 60 * 1000)

static void
read_page (GTask *task, CrReply *reply)
{
  Ask *ask = g_task_get_task_data (task);
  CrPullContext *context = ask->context;
  CrPullPageRules rules = { .base_url = context->parts.source->fhir_base_url,
                            .type = ask->query->type,
                            .patients = context->patients,
                            .is_one = ask->query->kind == CR_QUERY_KIND_READ,
                            .latest_ms =
                                context->parts.clock () - reply->clock_skew_ms + MAX_AHEAD_MS };

  cr_pull_page_read_async (reply, &rules, page_read_cb, g_object_ref (task));
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

  if (ask->is_unlisted && ask->mark.pages == 0 && reply->status < 500)
    end_query (ask, CR_QUERY_NOT_SUPPORTED, "not_found", ask->query->outcome);
  else if (reply->status == 401)
    end_pull (ask, cr_ask_end_for_error (ask->context, g_steal_pointer (&error)));
  else if (cr_ask_is_lost (ask->query, reply))
    end_query (ask, CR_QUERY_FAILED, "not_found", CR_ASK_LOST);
  else if (reply->status == 403)
    end_query (ask, CR_QUERY_NOT_GRANTED, "refused", words);
  else if ((reply->status == 404 || reply->status == 405 || reply->status == 501) &&
           ask->mark.pages == 0)
    end_query (ask, CR_QUERY_NOT_SUPPORTED, "not_found", words);
  else
    end_query (ask, CR_QUERY_FAILED, error != NULL ? cr_error_nick (error) : "bad_reply", words);
}

/* A search that lost its place on the server (its snapshot expired) is started over once; what is
 * stored stays. A page behind one without records was none. */
static gboolean
restart (Ask *ask, const CrReply *reply)
{
  if ((reply->status != 404 && reply->status != 410) || ask->mark.pages == 0)
    return FALSE;
  if (ask->n_empty > 0 && count_short (ask) == 0)
    {
      come_to_end (ask);
      return TRUE;
    }
  if (ask->has_restarted)
    return FALSE;

  ask->has_restarted = TRUE;
  start_over (ask, ask->count);
  return TRUE;
}

/* Addresses that are too long hold a place that grows with the page. */
static gboolean
shorten (Ask *ask, const CrReply *reply)
{
  return reply->status == 414 && ask->mark.pages > 0 && ask_smaller (ask);
}

/* A search that the portal takes only in parts is left as it is: whoever has the other queries
 * adds the parts to them. */
static gboolean
narrow (Ask *ask, const CrReply *reply)
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
  Ask *ask = g_task_get_task_data (doubt->task);
  CrAskEnd *end = cr_pull_probe_finish (result);

  ask->is_asking = FALSE;
  if (end != NULL)
    end_pull (ask, end);
  else if (doubt->reply != NULL)
    take_refusal (ask, doubt->reply);
  else
    end_query (ask, CR_QUERY_FAILED, cr_error_nick (doubt->error), doubt->error->message);

  go_on (g_object_ref (doubt->task));
  doubt_free (doubt);
}

/* Takes @error and @reply, one of which is set. */
static void
find_out (GTask *task, GError *error, CrReply *reply)
{
  Ask *ask = g_task_get_task_data (task);
  Doubt *doubt = g_new0 (Doubt, 1);

  doubt->task = g_object_ref (task);
  doubt->error = error;
  doubt->reply = reply;
  cr_pull_probe_async (ask->context, probed_cb, doubt);
}

/* Takes @error. Returns whether that settles it. */
static gboolean
take_error (GTask *task, GError *error)
{
  Ask *ask = g_task_get_task_data (task);

  if (cr_error_is_retryable (error))
    {
      find_out (task, error, NULL);
      return FALSE;
    }

  if (cr_error_is_cancelled (error) || cr_error_is_keyring (error) ||
      g_error_matches (error, CR_ERROR, CR_ERROR_SIGN_IN))
    {
      end_pull (ask, cr_ask_end_for_error (ask->context, error));
      return TRUE;
    }
  if (!g_error_matches (error, CR_ERROR, CR_ERROR_TOO_LARGE) || !ask_smaller (ask))
    end_query (ask, CR_QUERY_FAILED, cr_error_nick (error), error->message);
  g_error_free (error);
  return TRUE;
}

/* An outage, or this query alone? Of a portal that says when to come back that is asked only when
 * it says so of the same page again. */
static gboolean
is_doubtful (Ask *ask, const CrReply *reply)
{
  if (reply->status == 503 && reply->retry_after_ms > 0)
    return ask->was_refused_before;

  return reply->status >= 502 && reply->status <= 504;
}

/* Takes @reply. Returns whether that settles it. */
static gboolean
take_reply (GTask *task, CrReply *reply)
{
  g_autoptr (CrReply) owned = reply;
  Ask *ask = g_task_get_task_data (task);

  ask->context->n_bytes += (gint64) g_bytes_get_size (reply->body);
  ask->mark.http_status = reply->status;
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
    end_pull (ask, cr_ask_end_for_wait (ask->context, reply));
  else if (!restart (ask, reply) && !shorten (ask, reply) && !narrow (ask, reply))
    take_refusal (ask, reply);
  return TRUE;
}

static void
got_reply_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *ask = g_task_get_task_data (task);
  GError *error = NULL;
  CrReply *reply = cr_client_send_finish (CR_CLIENT (source), result, &error);

  ask->context->n_requests++;
  if (reply != NULL ? !take_reply (task, reply) : !take_error (task, error))
    return;

  ask->is_asking = FALSE;
  go_on (g_steal_pointer (&task));
}

static void
ask_next (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);
  CrRequest request = { .url = ask->next,
                        .token = ask->context->parts.token,
                        .total_s = ask->context->patience_s };

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

  return ask->ready->len > 0 ||
         (ask->end != NULL && ask->end->result == CR_ASK_DONE &&
          ask->query->status != ask->mark.status) ||
         (ask->end != NULL && ask->end->result == CR_ASK_WAIT &&
          ask->query->http_status != ask->mark.http_status);
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
  ask->seen = g_hash_table_new (NULL, NULL);
  ask->n_before = query->pages > 0 ? query->n_received : 0;
  ask->was_refused_before = query->http_status == 503;
  ask->is_unlisted = query->outcome != NULL && query->pages == 0;
  ask->count = context->page_size;
  ask->next =
      query->next != NULL ? g_strdup (query->next) : cr_ask_url (context, query->path, ask->count);
  ask->mark_next = g_strdup (query->next);
  go_on (task);
}

CrAskEnd *
cr_pull_ask_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
