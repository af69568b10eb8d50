/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-reach.h"

#include "store/cr-pull-marks-table.h"

/* How long copies at the portal may lag behind. */
#define OVERLAP_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

typedef struct
{
  char *connection_id; /* (owned) */
  char *path;          /* (owned) */
  char *scopes;        /* (owned) (nullable) */
  gint64 since_ms;
  gint64 full_ms;
} Reach;

static void
reach_free (gpointer data)
{
  Reach *reach = data;

  g_free (reach->connection_id);
  g_free (reach->path);
  g_free (reach->scopes);
  g_free (reach);
}

static gboolean
save_reach (CrDb *db, const CrRecordOwner *owner, gpointer data, gint64 now_ms, GError **error)
{
  Reach *reach = data;

  return cr_pull_marks_table_set (db, reach->connection_id, reach->path, reach->scopes,
                                  reach->since_ms, reach->full_ms, error);
}

/* No further than the newest of the portal's own stamps or the pull's start, by the portal's clock,
 * and a day less. Without stamps on every record nothing is known. */
void
cr_pull_reach_keep (CrPullSave *save,
                    CrPullContext *context,
                    const char *path,
                    const CrPullStamps *stamps)
{
  CrPullParts *parts = &context->parts;
  Reach *reach = g_new0 (Reach, 1);
  gint64 start_ms = parts->pull->started_ms - stamps->skew_ms;

  reach->connection_id = g_strdup (parts->connection->id);
  reach->path = g_strdup (path);
  reach->scopes = g_strdup (parts->connection->scopes);
  if (stamps->n_unstamped == 0)
    {
      reach->since_ms =
          (stamps->newest_ms > 0 ? MIN (stamps->newest_ms, start_ms) : start_ms) - OVERLAP_MS;
      reach->since_ms = MAX (reach->since_ms, stamps->since_ms);
      reach->full_ms = stamps->since_ms == 0 ? parts->pull->started_ms : 0;
    }

  cr_pull_save_also (save, save_reach, reach, reach_free);
}
