/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-plan.h"

#include "base/cr-error.h"
#include "fhir/cr-judge-patient.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
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

/* What keeps connections out of a run. */
typedef struct
{
  GHashTable *blocked; /* (owned) */
  GHashTable *recent;  /* (owned) */
  GHashTable *before;  /* (owned): when the run was planned */
} Reasons;

static void
reasons_clear (Reasons *self)
{
  g_clear_pointer (&self->blocked, g_hash_table_unref);
  g_clear_pointer (&self->recent, g_hash_table_unref);
  g_clear_pointer (&self->before, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reasons, reasons_clear)

static gboolean
reasons_read (Reasons *self, CrDb *db, CrExportRun *run, GError **error)
{
  return (self->blocked = cr_export_blocked_owners (db, error)) != NULL &&
         (self->recent = recently_held (db, run->started_ms, error)) != NULL &&
         (self->before = cr_left_out_table_list (db, run->id, error)) != NULL;
}

/* -1 on error. */
static int
is_left_out (CrDb *db,
             const Reasons *self,
             CrExportRun *run,
             CrConnection *connection,
             GError **error)
{
  if (connection->created_ms > run->started_ms ||
      g_hash_table_contains (self->recent, connection->id) ||
      g_hash_table_contains (self->before, connection->id) ||
      cr_export_is_blocked (self->blocked, connection->patient_id, connection->source_id))
    return TRUE;
  return cr_guard_table_stops (db, connection, cr_judge_patient, error);
}

/**
 * cr_export_owners:
 * @run: its start and its upper bound are fixed
 * @left_out: (nullable) (element-type utf8): gets the ids of those that would have something; who
 *   plans the run keeps them with it
 *
 * The connections a run is about: those that have something between their watermark and its upper
 * bound. Of a hundred thousand, one that nothing new came for costs no more than a look. The answer
 * is the same when the run is planned, when planning goes on after a crash and when watermarks move
 * at its end, or smaller: a connection that appeared, was held or was released since the start, or
 * was left out before, is left out, so that a watermark never moves over what was not planned. What
 * is left out is simply sent by the next run. So is one whose patient at the portal is not the
 * clinic's, or was not compared with them yet: the end of its pull opens the hold, or queues that
 * run.
 *
 * Returns: (transfer full) (element-type CrConnection): sorted by patient and source
 */
GPtrArray *
cr_export_owners (CrDb *db, CrExportRun *run, GPtrArray *left_out, GError **error)
{
  g_autoptr (GPtrArray) owners = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) ids =
      cr_watermarks_table_list_behind (db, run->destination_id, run->upper_sequence, error);
  g_auto (Reasons) reasons = { 0 };

  if (ids == NULL || !reasons_read (&reasons, db, run, error))
    return NULL;

  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (CrConnection) connection =
          cr_connections_table_get (db, g_ptr_array_index (ids, i), error);
      int is_out = connection != NULL ? is_left_out (db, &reasons, run, connection, error) : -1;

      if (is_out < 0)
        return NULL;
      if (!is_out)
        g_ptr_array_add (owners, g_object_ref (connection));
      else if (left_out != NULL)
        g_ptr_array_add (left_out, g_strdup (connection->id));
    }
  g_ptr_array_sort (owners, compare_owners);

  return g_steal_pointer (&owners);
}
