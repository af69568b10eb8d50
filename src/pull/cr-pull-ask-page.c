/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-ask-private.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-time.h"
#include "fhir/cr-kin.h"

#include <string.h>

#define MAX_EMPTY_PAGES 5   /* where the portal says how many records there are */
#define MOST_EMPTY_PAGES 20 /* where it does not */
#define FAULT "bad_reply"

void
cr_ask_end_query (CrAsk *ask, CrQueryStatus status, const char *code, const char *outcome)
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

void
cr_ask_end_pull (CrAsk *ask, CrAskEnd *end)
{
  g_clear_pointer (&ask->next, g_free);
  if (ask->end == NULL)
    ask->end = end;
  else
    cr_ask_end_free (end);
}

/* Takes @url. A token that a portal writes into its links goes in the header alone, and must be
 * neither sent twice nor stored.
 *
 * Source: RFC 6750 §2 */
static char *
without_token (char *url)
{
  g_autofree char *owned = url;
  char *query = owned != NULL ? strchr (owned, '?') : NULL;
  g_auto (GStrv) terms = query != NULL ? g_strsplit (query + 1, "&", -1) : NULL;
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  g_autofree char *joined = NULL;

  if (query == NULL || strstr (query, "access_token=") == NULL)
    return g_steal_pointer (&owned);

  for (guint i = 0; terms[i] != NULL; i++)
    if (!g_str_has_prefix (terms[i], "access_token="))
      g_ptr_array_add (kept, terms[i]);
  g_ptr_array_add (kept, NULL);
  joined = g_strjoinv ("&", (char **) kept->pdata);
  *query = '\0';
  return *joined != '\0' ? g_strconcat (owned, "?", joined, NULL) : g_steal_pointer (&owned);
}

/* Why the page behind @link cannot be asked; NULL when it can. Sets @url. */
static const char *
check_next (CrAsk *ask, const char *link, const char *page_url, char **url)
{
  g_autofree char *origin = NULL;
  g_autofree char *base_origin = cr_origin_of (ask->context->parts.source->fhir_base_url);

  *url = without_token (g_uri_resolve_relative (page_url, link, G_URI_FLAGS_ENCODED, NULL));
  origin = *url != NULL ? cr_origin_of (*url) : NULL;
  if (origin == NULL)
    return CR_SAID ("The link to the next page is not a web address. What came before it is kept.");
  if (g_strcmp0 (origin, base_origin) != 0)
    return CR_SAID (
        "The link to the next page leads to another server, where this patient's access must "
        "not be sent. What came before it is kept.");
  if (g_hash_table_contains (ask->visited, *url))
    return CR_SAID ("The portal's pages lead in a circle. What came is kept; there may be more.");

  return NULL;
}

char *
cr_ask_first_url (CrAsk *ask)
{
  g_autofree char *since = cr_time_to_string (ask->mark.since_ms);
  g_autofree char *path = ask->mark.since_ms > 0
                            ? g_strconcat (ask->query->path, "&_lastUpdated=ge", since, NULL)
                            : g_strdup (ask->query->path);

  return cr_ask_url (ask->context, path, ask->count);
}

/* Begins again from the first page; what is stored stays. @count: records a page */
void
cr_ask_start_over (CrAsk *ask, guint count)
{
  g_hash_table_remove_all (ask->visited);
  g_hash_table_remove_all (ask->seen);
  ask->n_before = ask->n_told = ask->n_empty = 0;
  ask->mark.n_skipped = 0;
  ask->count = count;
  g_free (ask->next);
  ask->next = cr_ask_first_url (ask);
  g_free (ask->mark_next);
  ask->mark_next = g_strdup (ask->next);
}

/* Half as many records a page, as long as there is a half. */
gboolean
cr_ask_smaller (CrAsk *ask)
{
  if (ask->query->kind != CR_QUERY_KIND_SEARCH || ask->count < 2)
    return FALSE;

  cr_ask_start_over (ask, ask->count / 2);
  return TRUE;
}

/* How many of the announced matches did not come. A portal that counts what it says itself among
 * its matches is right, too. */
gint64
cr_ask_count_short (CrAsk *ask)
{
  gint64 n = (gint64) ask->n_before + g_hash_table_size (ask->seen) + ask->mark.n_skipped +
             ask->n_told + ask->n_other_patient;

  return ask->query->kind == CR_QUERY_KIND_SEARCH ? MAX (0, ask->mark.total - n) : 0;
}

static char *
say_short (CrAsk *ask)
{
  return g_strdup_printf (
      CR_SAID ("The portal announced %lld records and sent %lld. What came is kept."),
      (long long) ask->mark.total, (long long) ask->mark.total - cr_ask_count_short (ask));
}

static char *
say_other_patient (CrAsk *ask)
{
  return g_strdup_printf (CR_SAID ("%u of the records that the portal sent are about another "
                                   "patient. They were not kept."),
                          ask->n_other_patient);
}

/* What a search that came to its end leaves to be said. */
static char *
note_at_end (CrAsk *ask)
{
  if (ask->outcome != NULL)
    return g_strdup (ask->outcome);
  if (ask->mark.n_skipped > 0)
    return g_strdup_printf (CR_SAID ("%u of the portal's entries came without a record."),
                            ask->mark.n_skipped);
  if (cr_ask_count_short (ask) > 0)
    return say_short (ask);
  if (ask->is_revinclude_ignored)
    return g_strdup (
        CR_SAID ("The portal does not send what its records come from together with them."));
  if (ask->mark.since_ms > 0)
    {
      g_autofree char *since = cr_time_to_string (ask->mark.since_ms);

      return g_strdup_printf (CR_SAID ("Only what changed since %.10s was asked for."), since);
    }

  return NULL;
}

/* The last page came. What was announced and did not come is asked for once more, as some portals
 * lose records between pages of one size and not of another. */
void
cr_ask_come_to_end (CrAsk *ask)
{
  g_autofree char *words = NULL;

  if (ask->n_other_patient > 0)
    {
      words = say_other_patient (ask);
      cr_ask_end_query (ask, CR_QUERY_FAILED, "bad_reply", words);
    }
  else if (ask->has_error_outcome)
    cr_ask_end_query (ask, CR_QUERY_FAILED, "bad_reply", ask->outcome);
  else if (cr_ask_count_short (ask) > 0 && !ask->has_asked_smaller && ask->context->totals_count &&
           cr_ask_smaller (ask))
    ask->has_asked_smaller = TRUE;
  else if (cr_ask_count_short (ask) > 0 && ask->context->totals_count)
    {
      words = say_short (ask);
      cr_ask_end_query (ask, CR_QUERY_FAILED, "bad_reply", words);
    }
  else
    {
      words = note_at_end (ask);
      cr_ask_end_query (ask, CR_QUERY_COMPLETE, NULL, words);
    }
}

/* The Patient that was read must be the one who gave access. One that another took the place of
 * says so itself. */
static gboolean
check_patient (CrAsk *ask, CrPullPage *page)
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
      cr_ask_end_pull (
          ask, cr_ask_end_for_error (
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

/* What was wrong with a page stands in the row from then on, so that a query which goes on after a
 * wait or a crash does not end as if all had been well. */
static void
note_fault (CrAsk *ask)
{
  if (ask->n_other_patient > 0)
    {
      g_free (ask->outcome);
      ask->outcome = say_other_patient (ask);
    }
  if (ask->n_other_patient > 0 || ask->has_error_outcome)
    ask->mark.error_code = FAULT;
}

/* What the pages said that came before this run. */
void
cr_ask_remember (CrAsk *ask)
{
  CrQuery *query = ask->query;

  g_free (ask->outcome);
  ask->outcome = g_strdup (query->outcome);
  ask->has_error_outcome = g_strcmp0 (query->error_code, FAULT) == 0;
  ask->mark.error_code = ask->has_error_outcome ? FAULT : NULL;
}

/* Some self links name a place of the portal's own, and say nothing of what was asked for. */
static gboolean
repeats_question (CrAsk *ask, const char *self_link)
{
  const char *query = strchr (ask->query->path, '?');
  g_autofree char *name = query != NULL ? g_strndup (query, 1 + strcspn (query, "=")) : NULL;

  return self_link != NULL && name != NULL && strstr (self_link, name + 1) != NULL;
}

static void
count_page (CrAsk *ask, CrPullPage *page)
{
  CrBundle *bundle = page->bundle;
  const char *severity = cr_bundle_get_outcome_severity (bundle);
  const char *self_link = cr_bundle_get_self_link (bundle);

  ask->n_empty = page->n_matches > 0 ? 0 : ask->n_empty + 1;
  ask->n_other_patient += page->n_other_patient;
  ask->mark.pages++;
  ask->mark.n_skipped += cr_bundle_get_n_skipped (bundle);
  if (cr_bundle_get_total (bundle) >= 0)
    ask->mark.total = cr_bundle_get_total (bundle);
  ask->stamps.newest_ms = MAX (ask->stamps.newest_ms, page->newest_ms);
  ask->stamps.n_unstamped += page->n_unstamped;
  /* A filter that the portal does not repeat was not used: this is all there is. */
  if (ask->mark.pages == 1 && repeats_question (ask, self_link) &&
      strstr (self_link, "_lastUpdated") == NULL)
    ask->mark.since_ms = 0;
  if (self_link != NULL && strstr (ask->query->path, "_revinclude=") != NULL)
    ask->is_revinclude_ignored |= strstr (self_link, "_revinclude") == NULL;

  if (severity != NULL)
    {
      ask->n_told++;
      g_free (ask->outcome);
      ask->outcome = g_strdup (cr_bundle_get_outcome_text (bundle));
      ask->has_error_outcome |= g_str_equal (severity, "error") || g_str_equal (severity, "fatal");
    }
  note_fault (ask);
}

/* Why nothing more is asked although the portal says there is more; NULL: go on. */
static const char *
check_going_on (CrAsk *ask, guint n_fresh, guint n_matches)
{
  if (n_matches > 0 && n_fresh == 0)
    return CR_SAID (
        "The portal's pages repeat what came before. What came is kept; there may be more.");
  if (ask->n_empty >= MOST_EMPTY_PAGES)
    return CR_SAID (
        "The portal's pages are empty, one after the other, and each says that there are more. "
        "What came is kept; there may be more.");
  if (ask->context->max_pages > 0 && ask->mark.pages >= ask->context->max_pages)
    return CR_SAID (
        "The portal has more pages than are asked for at once. What came is kept; there is "
        "more.");

  return NULL;
}

void
cr_ask_page_free (gpointer page)
{
  CrAskPage *self = page;

  cr_bundle_unref (self->bundle);
  g_free ((char *) self->mark.next);
  g_free ((char *) self->mark.outcome);
  g_free (self);
}

static CrAskPage *
add_ready (CrAsk *ask, CrPullPage *page)
{
  CrAskPage *ready = g_new0 (CrAskPage, 1);

  ready->bundle = cr_bundle_ref (page->bundle);
  ready->n_bytes = g_bytes_get_size (page->body);
  ask->n_ready_bytes += ready->n_bytes;
  g_ptr_array_add (ask->ready, ready);
  return ready;
}

/* Where the next page is, or how it ended. */
static void
find_next (CrAsk *ask, CrPullPage *page)
{
  const char *link = cr_bundle_get_next (page->bundle);
  const char *trouble = NULL;

  g_clear_pointer (&ask->next, g_free);
  if (link != NULL)
    trouble = check_next (ask, link, page->url, &ask->next);
  if (link != NULL && trouble == NULL)
    trouble = check_going_on (ask, page->n_fresh, page->n_matches);
  g_free (ask->mark_next);
  ask->mark_next = trouble == NULL ? g_strdup (ask->next) : NULL;

  if (trouble != NULL)
    cr_ask_end_query (ask, CR_QUERY_FAILED, "bad_reply", trouble);
  else if (link == NULL ||
           (ask->n_empty >= MAX_EMPTY_PAGES && ask->mark.total >= 0 && ask->context->totals_count))
    cr_ask_come_to_end (ask);
}

CrAskPage *
cr_ask_take_page (CrAsk *ask, CrPullPage *page)
{
  CrAskPage *ready;

  if (!check_patient (ask, page))
    return NULL;

  count_page (ask, page);
  ready = add_ready (ask, page);
  if (cr_ask_is_merged (ask->query, page->bundle))
    {
      g_free (ask->outcome);
      ask->outcome = g_strdup (CR_ASK_MERGED);
    }
  find_next (ask, page);
  ready->mark = ask->mark;
  ready->mark.next = g_strdup (ask->mark_next);
  ready->mark.outcome = g_strdup (ask->outcome);
  return ready;
}
