/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-plan.h"

#include "base/cr-error.h"
#include "fhir/cr-judge-patient.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-guard-table.h"

#include <string.h>

static char *
owner_key (const char *patient_id, const char *source_id)
{
  return g_strconcat (patient_id, "\n", source_id, NULL);
}

/* Whose records @hold stops, if it is what counts for its connection. A connection that is gone has
 * none; one that could not be read is an error, or its records would leave. */
static gboolean
block_owner (CrDb *db, GHashTable *blocked, CrHold *hold, GError **error)
{
  GError *failure = NULL;
  g_autoptr (CrHold) latest = cr_holds_table_latest (db, hold->connection_id, &failure);
  g_autoptr (CrConnection) connection = NULL;

  if (latest != NULL && latest->status != CR_HOLD_RELEASED)
    connection = cr_connections_table_get (db, hold->connection_id, &failure);
  if (connection != NULL)
    g_hash_table_add (blocked, owner_key (connection->patient_id, connection->source_id));
  if (g_error_matches (failure, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_clear_error (&failure);
  if (failure == NULL)
    return TRUE;

  g_propagate_error (error, failure);
  return FALSE;
}

/**
 * cr_export_blocked_owners:
 *
 * Returns: (transfer full): a set for cr_export_is_blocked: patients and sources whose connection a
 *   hold stops, or whose hold ended in a rejection
 */
GHashTable *
cr_export_blocked_owners (CrDb *db, GError **error)
{
  g_autoptr (GHashTable) blocked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) holds = cr_holds_table_list (db, NULL, FALSE, error);

  if (holds == NULL)
    return NULL;

  for (guint i = 0; i < holds->len; i++)
    {
      CrHold *hold = g_ptr_array_index (holds, i);

      if (g_hash_table_add (seen, hold->connection_id) && !block_owner (db, blocked, hold, error))
        return NULL;
    }

  return g_steal_pointer (&blocked);
}

gboolean
cr_export_is_blocked (GHashTable *blocked, const char *patient_id, const char *source_id)
{
  g_autofree char *key = NULL;

  if (g_hash_table_size (blocked) == 0)
    return FALSE;

  key = owner_key (patient_id, source_id);
  return g_hash_table_contains (blocked, key);
}

/* Connections whose hold was opened or decided at or after @since_ms. */
static GHashTable *
recently_held (CrDb *db, gint64 since_ms, GError **error)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) holds = cr_holds_table_list (db, NULL, FALSE, error);

  if (holds == NULL)
    return NULL;

  for (guint i = 0; i < holds->len; i++)
    {
      CrHold *hold = g_ptr_array_index (holds, i);

      if (hold->created_ms >= since_ms || hold->decided_ms >= since_ms)
        g_hash_table_add (ids, g_strdup (hold->connection_id));
    }

  return g_steal_pointer (&ids);
}

static int
compare_owners (gconstpointer a, gconstpointer b)
{
  const CrConnection *left = *(CrConnection *const *) a;
  const CrConnection *right = *(CrConnection *const *) b;
  int patients = strcmp (left->patient_id, right->patient_id);

  return patients != 0 ? patients : strcmp (left->source_id, right->source_id);
}

/**
 * cr_export_owners:
 * @run: its start and its upper bound are fixed
 *
 * The connections a run is about: those that have something between their watermark and its upper
 * bound. Of a hundred thousand, one that nothing new came for costs no more than a look. The answer
 * is the same when the run is planned, when planning goes on after a crash and when watermarks move
 * at its end, or smaller: a connection that appeared, was held or was released since the start is
 * left out, so that a watermark never moves over what was not planned. What is left out is simply
 * sent by the next run. So is one whose patient at the portal is not the clinic's, or was not
 * compared with them yet: the end of its pull opens the hold, or queues that run.
 *
 * Returns: (transfer full) (element-type CrConnection): sorted by patient and source
 */
GPtrArray *
cr_export_owners (CrDb *db, CrExportRun *run, GError **error)
{
  g_autoptr (GPtrArray) owners = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) ids =
      cr_watermarks_table_list_behind (db, run->destination_id, run->upper_sequence, error);
  g_autoptr (GHashTable) blocked = NULL;
  g_autoptr (GHashTable) recent = NULL;

  if (ids == NULL || (blocked = cr_export_blocked_owners (db, error)) == NULL ||
      (recent = recently_held (db, run->started_ms, error)) == NULL)
    return NULL;

  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (CrConnection) connection =
          cr_connections_table_get (db, g_ptr_array_index (ids, i), error);

      int stops;

      if (connection == NULL)
        return NULL;
      if (connection->created_ms > run->started_ms ||
          g_hash_table_contains (recent, connection->id) ||
          cr_export_is_blocked (blocked, connection->patient_id, connection->source_id))
        continue;
      stops = cr_guard_table_stops (db, connection, cr_judge_patient, error);
      if (stops < 0)
        return NULL;
      if (!stops)
        g_ptr_array_add (owners, g_object_ref (connection));
    }
  g_ptr_array_sort (owners, compare_owners);

  return g_steal_pointer (&owners);
}
