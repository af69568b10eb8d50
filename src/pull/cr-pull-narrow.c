/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-narrow.h"

#include "base/cr-said.h"
#include "fhir/cr-portal-rules.h"
#include "fhir/cr-resource.h"
#include "store/cr-pulls-table.h"

typedef struct
{
  CrQuery *query;   /* (owned) */
  GPtrArray *parts; /* (owned): of CrQuery */
} Narrow;

static void
narrow_free (gpointer data)
{
  Narrow *narrow = data;

  g_object_unref (narrow->query);
  g_ptr_array_unref (narrow->parts);
  g_free (narrow);
}

static gboolean
says (const char *text, const char *words)
{
  g_autofree char *folded = text != NULL ? g_ascii_strdown (text, -1) : NULL;

  return folded != NULL && strstr (folded, words) != NULL;
}

/* It is not the search, but what names the patient in it. */
static gboolean
dislikes_parameter (CrQuery *query, const char *text)
{
  const char *name = strchr (query->path, '?') + 1;
  g_autofree char *parameter = g_strndup (name, strcspn (name, "="));

  return says (text, "parameter") && says (text, parameter);
}

static char **
one_path (char *path)
{
  char **paths = g_new0 (char *, 2);

  paths[0] = path;
  return paths;
}

/**
 * cr_pull_narrow_paths:
 * @query: refused with 400
 *
 * Returns: (transfer full) (nullable): what to ask in its place: stretches of time where there is
 *   too much, a category at a time, or the same by another name for the patient; NULL when nothing
 *   of that is known
 */
char **
cr_pull_narrow_paths (CrPullContext *context, CrQuery *query, const CrReply *reply)
{
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (context->parts.source->type, NULL);
  gsize size;
  const char *body = g_bytes_get_data (reply->body, &size);
  g_autofree char *code = NULL;
  g_autofree char *text = cr_outcome_text (body, size, NULL, &code);
  g_autofree char *other = NULL;
  char **paths = NULL;

  if (rules == NULL || query->kind != CR_QUERY_KIND_SEARCH)
    return NULL;
  if (g_strcmp0 (code, "too-costly") == 0 || says (text, "too many") || says (text, "narrow"))
    paths = cr_portal_rules_split_by_date (rules, query, context->parts.clock ());
  if (paths != NULL)
    return paths;

  other = cr_portal_rules_other_parameter (rules, query);
  if (other != NULL && dislikes_parameter (query, text))
    return one_path (g_steal_pointer (&other));
  paths = cr_portal_rules_narrow (rules, query);
  if (paths != NULL)
    return paths;

  return other != NULL && !cr_portal_rules_is_part (rules, query)
           ? one_path (g_steal_pointer (&other))
           : NULL;
}

static gboolean
has_answered_part (GPtrArray *queries, const char *type)
{
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      if (query->status == CR_QUERY_COMPLETE && query->http_status < 400 &&
          g_str_equal (query->type, type))
        return TRUE;
    }

  return FALSE;
}

/**
 * cr_pull_narrow_weigh:
 * @queries: of CrQuery, all asked
 *
 * A portal that knows some categories and refuses another does not have that one: no failure. One
 * that refuses them all has not answered.
 *
 * Returns: (transfer full): of CrQuery: those that changed
 */
GPtrArray *
cr_pull_narrow_weigh (CrPullContext *context, GPtrArray *queries)
{
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (context->parts.source->type, NULL);
  GPtrArray *changed = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; rules != NULL && i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);
      char *words;

      if (query->status != CR_QUERY_FAILED || query->http_status != 400 || query->pages > 0 ||
          !cr_portal_rules_is_part (rules, query) || !has_answered_part (queries, query->type))
        continue;

      words = g_strdup_printf (CR_SAID ("The portal does not offer this part of %s. %s"),
                               query->type, query->outcome != NULL ? query->outcome : "");
      query->status = CR_QUERY_NOT_SUPPORTED;
      g_free (query->outcome);
      query->outcome = words;
      g_ptr_array_add (changed, g_object_ref (query));
    }

  return changed;
}

/* Writes into @query's row that it was asked in parts, and the portal's own words beside it. */
void
cr_pull_narrow_mark (CrQuery *query, const CrReply *reply, guint n_parts)
{
  gsize size;
  const char *body = g_bytes_get_data (reply->body, &size);
  g_autofree char *text = cr_outcome_text (body, size, NULL, NULL);

  query->status = CR_QUERY_COMPLETE;
  query->http_status = reply->status;
  g_free (query->outcome);
  query->outcome = g_strdup_printf (
      n_parts > 1
          ? CR_SAID ("The portal did not answer this search as a whole%s%s. It was asked in %u "
                     "parts, which have rows of their own.")
          : CR_SAID (
                "The portal did not answer this search%s%s. It was asked in %u other way, which "
                "has a row of its own."),
      text != NULL ? ": " : "", text != NULL ? text : "", n_parts);
  g_free (query->raw);
  query->raw = cr_ask_raw (reply->body);
}

static CrQuery *
part_new (CrQuery *query, guint n, const char *path, const char *hint)
{
  CrQuery *part = cr_query_new (query->pull_id, n);

  part->kind = CR_QUERY_KIND_SEARCH;
  g_free (part->type);
  part->type = g_strdup (query->type);
  g_free (part->path);
  part->path = g_strdup (path);
  part->outcome = g_strdup (hint);
  return part;
}

static gpointer
narrow_func (CrDb *db, gpointer data, GError **error)
{
  Narrow *narrow = data;

  if (!cr_queries_table_save (db, narrow->query, error) ||
      !cr_queries_table_add (db, narrow->parts, error))
    return NULL;
  return g_ptr_array_ref (narrow->parts);
}

static void
narrowed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *parts = cr_store_write_finish (CR_STORE (source), result, &error);

  if (parts != NULL)
    g_task_return_pointer (task, parts, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
cr_pull_narrow_async (CrPullContext *context,
                      CrQuery *query,
                      const char *const *paths,
                      const char *hint,
                      guint first_n,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Narrow *narrow = g_new0 (Narrow, 1);

  g_task_set_source_tag (task, cr_pull_narrow_async);
  narrow->query = g_object_ref (query);
  narrow->parts = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; paths[i] != NULL; i++)
    g_ptr_array_add (narrow->parts, part_new (query, first_n + i, paths[i], hint));
  cr_store_write_async (context->parts.store, CR_WRITE_FAST, narrow_func, narrow, narrow_free,
                        (GDestroyNotify) g_ptr_array_unref, NULL, narrowed_cb, task);
}

GPtrArray *
cr_pull_narrow_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
