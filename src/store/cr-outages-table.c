/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-outages-table.h"

#include "store/cr-asked-table.h"
#include "store/cr-sources-table.h"
#include "store/cr-stmt-rows.h"

/* Pulls that wait because of their source; the first term is that of their index. */
#define WAITS                                                                                      \
  " status IN ('queued', 'running', 'waiting') AND status = 'waiting'"                             \
  " AND waiting_for IN ('source_outage', 'offline')"

void
cr_outage_free (gpointer outage)
{
  CrOutage *self = outage;

  g_free (self->source_id);
  g_free (self->code);
  g_free (self->message);
  g_free (self);
}

gboolean
cr_outages_table_note (CrDb *db, const CrOutage *outage, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO source_outage"
                       " (source_id, since_ms, next_try_ms, n_tries, code, message)"
                       " SELECT id, :since, :next, :n_tries, :code, :message FROM source"
                       " WHERE id = :id"
                       " ON CONFLICT (source_id) DO UPDATE SET next_try_ms = excluded.next_try_ms,"
                       " n_tries = excluded.n_tries, code = excluded.code,"
                       " message = excluded.message");

  cr_stmt_bind_text (stmt, ":id", outage->source_id);
  cr_stmt_bind_int64 (stmt, ":since", outage->since_ms);
  cr_stmt_bind_int64 (stmt, ":next", outage->next_try_ms);
  cr_stmt_bind_int64 (stmt, ":n_tries", outage->n_tries);
  cr_stmt_bind_text (stmt, ":code", outage->code);
  cr_stmt_bind_text (stmt, ":message", outage->message);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_outages_table_end (CrDb *db, const char *source_id, gint64 now_ms, GError **error)
{
  static const char *const changes[] = {
    "DELETE FROM source_outage WHERE source_id = :id",
    "UPDATE pull SET wait_until_ms = min (wait_until_ms, :now)"
    " WHERE source_id = :id AND" WAITS,
  };

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (CrStmt) stmt = cr_stmt_new (db, changes[i]);

      cr_stmt_bind_text (stmt, ":id", source_id);
      if (i > 0)
        cr_stmt_bind_int64 (stmt, ":now", now_ms);
      if (!cr_stmt_run (stmt, error))
        return FALSE;
    }

  return TRUE;
}

int
cr_outages_table_forget (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "DELETE FROM source_outage WHERE NOT EXISTS (SELECT 1 FROM pull AS p"
                       " WHERE p.source_id = source_outage.source_id"
                       " AND p.status IN ('queued', 'running', 'waiting')) RETURNING source_id");
  CrStep step;
  int n = 0;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    n++;
  return step == CR_STEP_DONE ? n : -1;
}

GPtrArray *
cr_outages_table_list (CrDb *db, GError **error)
{
  g_autoptr (GPtrArray) outages = g_ptr_array_new_with_free_func (cr_outage_free);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT source_id, since_ms, next_try_ms, n_tries, code, message"
                       " FROM source_outage ORDER BY since_ms, source_id");
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrOutage *outage = g_new0 (CrOutage, 1);

      outage->source_id = g_strdup (cr_stmt_text (stmt, 0));
      outage->since_ms = cr_stmt_int64 (stmt, 1);
      outage->next_try_ms = cr_stmt_int64 (stmt, 2);
      outage->n_tries = (guint) cr_stmt_int64 (stmt, 3);
      outage->code = g_strdup (cr_stmt_text (stmt, 4));
      outage->message = g_strdup (cr_stmt_text (stmt, 5));
      g_ptr_array_add (outages, outage);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&outages) : NULL;
}

static gint64
count_waiting (CrDb *db, const char *source_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(DISTINCT patient_id) FROM pull WHERE source_id = :id AND" WAITS);

  cr_stmt_bind_text (stmt, ":id", source_id);
  return cr_stmt_read_number (stmt, 0, error);
}

static gboolean
fill (CrDb *db, CrSource *source, const CrOutage *outage, GError **error)
{
  gint64 n = count_waiting (db, source->id, error);

  if (n < 0)
    return FALSE;

  source->out_since_ms = outage->since_ms;
  source->next_try_ms = outage->next_try_ms;
  source->n_waiting = (guint) n;
  source->outage_code = g_strdup (outage->code);
  source->outage_message = g_strdup (outage->message);
  return TRUE;
}

static gboolean
fill_all (CrDb *db, GPtrArray *sources, GError **error)
{
  g_autoptr (GPtrArray) outages = cr_outages_table_list (db, error);

  for (guint i = 0; outages != NULL && i < outages->len; i++)
    for (guint j = 0; j < sources->len; j++)
      {
        CrOutage *outage = g_ptr_array_index (outages, i);
        CrSource *source = g_ptr_array_index (sources, j);

        if (g_str_equal (source->id, outage->source_id) && !fill (db, source, outage, error))
          return FALSE;
      }

  return outages != NULL;
}

/* A source that answers, but wants to be asked less. */
static gboolean
fill_slow (CrDb *db, GPtrArray *sources, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT source_id, max (wait_until_ms), count(DISTINCT patient_id) FROM pull WHERE"
          " status IN ('queued', 'running', 'waiting') AND status = 'waiting'"
          " AND waiting_for = 'rate_limit' GROUP BY source_id");
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    for (guint i = 0; i < sources->len; i++)
      {
        CrSource *source = g_ptr_array_index (sources, i);

        if (!g_str_equal (source->id, cr_stmt_text (stmt, 0)) || source->out_since_ms > 0)
          continue;
        source->slow_until_ms = cr_stmt_int64 (stmt, 1);
        source->n_waiting = (guint) cr_stmt_int64 (stmt, 2);
      }
  return step == CR_STEP_DONE;
}

gboolean
cr_outages_table_fill (CrDb *db, GPtrArray *sources, GError **error)
{
  return fill_all (db, sources, error) && fill_slow (db, sources, error) &&
         cr_asked_table_fill (db, sources, error);
}

GPtrArray *
cr_outages_table_page_sources (CrDb *db,
                               const char *text,
                               const char *type,
                               guint offset,
                               guint limit,
                               GError **error)
{
  g_autoptr (GPtrArray) sources = cr_sources_table_list (db, text, type, offset, limit, error);

  return sources != NULL && cr_outages_table_fill (db, sources, error) ? g_steal_pointer (&sources)
                                                                       : NULL;
}

CrSource *
cr_outages_table_get_source (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrSource) source = cr_sources_table_get (db, id, error);
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  if (source == NULL)
    return NULL;
  g_ptr_array_add (one, source);
  return cr_outages_table_fill (db, one, error) ? g_steal_pointer (&source) : NULL;
}

GPtrArray *
cr_outages_table_list_sources (CrDb *db, GError **error)
{
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) outages = cr_outages_table_list (db, error);

  for (guint i = 0; outages != NULL && i < outages->len; i++)
    {
      CrOutage *outage = g_ptr_array_index (outages, i);
      CrSource *source = cr_sources_table_get (db, outage->source_id, error);

      if (source == NULL)
        return NULL;
      g_ptr_array_add (sources, source);
      if (!fill (db, source, outage, error))
        return NULL;
    }

  return outages != NULL ? g_steal_pointer (&sources) : NULL;
}
