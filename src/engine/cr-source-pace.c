/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-source-pace.h"

#include "fhir/cr-portal-rules.h"
#include "store/cr-outages-table.h"

static gboolean
fill (CrSource *source, gint64 now_ms, GError **error)
{
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (source->type, error);
  CrSourceQuota *quota = &source->quota;

  if (rules == NULL)
    return FALSE;

  quota->max_parallel = MAX (1, cr_portal_rules_get_max_parallel (rules));
  quota->is_own = quota->per_minute > 0;
  if (!quota->is_own)
    quota->per_minute = cr_portal_rules_get_per_minute (rules);
  if (quota->day != cr_source_day (now_ms))
    quota->n = 0;
  return TRUE;
}

static gboolean
take_rules (GPtrArray *sources, gint64 now_ms, GError **error)
{
  for (guint i = 0; i < sources->len; i++)
    if (!fill (g_ptr_array_index (sources, i), now_ms, error))
      return FALSE;
  return TRUE;
}

gboolean
cr_source_pace_fill (CrDb *db, GPtrArray *sources, gint64 now_ms, GError **error)
{
  return cr_outages_table_fill (db, sources, error) && take_rules (sources, now_ms, error);
}

GPtrArray *
cr_source_pace_page (CrDb *db,
                     const CrListFilter *filter,
                     guint offset,
                     guint limit,
                     gint64 now_ms,
                     GError **error)
{
  g_autoptr (GPtrArray) sources =
      cr_outages_table_page_sources (db, filter->text, filter->type, offset, limit, error);

  return sources != NULL && take_rules (sources, now_ms, error) ? g_steal_pointer (&sources) : NULL;
}

CrSource *
cr_source_pace_get (CrDb *db, const char *id, gint64 now_ms, GError **error)
{
  g_autoptr (CrSource) source = cr_outages_table_get_source (db, id, error);

  return source != NULL && fill (source, now_ms, error) ? g_steal_pointer (&source) : NULL;
}
