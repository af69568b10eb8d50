/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-narrow.h"

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

/**
 * cr_pull_narrow_paths:
 * @query: refused with 400
 *
 * Returns: (transfer full) (nullable): what to ask in its place; NULL when nothing narrower is
 * known
 */
char **
cr_pull_narrow_paths (CrPullContext *context, CrQuery *query)
{
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (context->parts.source->type, NULL);

  return rules != NULL ? cr_portal_rules_narrow (rules, query) : NULL;
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
  query->outcome =
      g_strdup_printf ("The portal did not answer this search as a whole%s%s. It was asked in %u "
                       "parts, which have rows of their own.",
                       text != NULL ? ": " : "", text != NULL ? text : "", n_parts);
  g_free (query->raw);
  query->raw = cr_ask_raw (reply->body);
}

static CrQuery *
part_new (CrQuery *query, guint n, const char *path)
{
  CrQuery *part = cr_query_new (query->pull_id, n);

  part->kind = CR_QUERY_KIND_SEARCH;
  g_free (part->type);
  part->type = g_strdup (query->type);
  g_free (part->path);
  part->path = g_strdup (path);
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
    g_ptr_array_add (narrow->parts, part_new (query, first_n + i, paths[i]));
  cr_store_write_async (context->parts.store, CR_WRITE_FAST, narrow_func, narrow, narrow_free,
                        (GDestroyNotify) g_ptr_array_unref, NULL, narrowed_cb, task);
}

GPtrArray *
cr_pull_narrow_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
