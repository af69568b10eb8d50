/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-id.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"

static gboolean
can_join (CrExportRun *run, const char *destination_id, CrRunTrigger trigger)
{
  return g_str_equal (run->destination_id, destination_id) && run->status == CR_RUN_QUEUED &&
         !cr_run_trigger_is_retry (run->trigger) && run->upper_sequence == 0 &&
         run->is_withdrawal == (trigger == CR_RUN_TRIGGER_WITHDRAWAL);
}

/* A retry of a withdrawal is one. */
static gboolean
is_withdrawal (CrDb *db, CrRunTrigger trigger, const char *retry_of)
{
  g_autoptr (CrExportRun) old = retry_of != NULL ? cr_runs_table_get (db, retry_of, NULL) : NULL;

  return trigger == CR_RUN_TRIGGER_WITHDRAWAL || (old != NULL && old->is_withdrawal);
}

CrExportRun *
cr_runs_table_queue (CrDb *db,
                     const char *destination_id,
                     CrRunTrigger trigger,
                     const char *retry_of,
                     const char *person,
                     gint64 now_ms,
                     GError **error)
{
  g_autoptr (GPtrArray) open = cr_runs_table_list_open (db, error);
  g_autofree char *id = cr_id_new ("run_", now_ms);
  g_autoptr (CrExportRun) run = cr_export_run_new (id);

  if (open == NULL)
    return NULL;
  for (guint i = 0;
       !cr_run_trigger_is_retry (trigger) && trigger != CR_RUN_TRIGGER_REWIND && i < open->len; i++)
    if (can_join (g_ptr_array_index (open, i), destination_id, trigger))
      return g_object_ref (g_ptr_array_index (open, i));

  run->destination_id = g_strdup (destination_id);
  run->trigger = trigger;
  run->retry_of = g_strdup (retry_of);
  run->person = g_strdup (person);
  run->is_withdrawal = is_withdrawal (db, trigger, retry_of);
  run->created_ms = now_ms;
  return cr_runs_table_add (db, run, error) ? g_steal_pointer (&run) : NULL;
}

gboolean
cr_runs_table_queue_all (CrDb *db,
                         CrRunTrigger trigger,
                         const char *person,
                         gint64 now_ms,
                         GError **error)
{
  g_autoptr (GPtrArray) destinations = cr_destinations_table_list (db, error);

  if (destinations == NULL)
    return FALSE;

  for (guint i = 0; i < destinations->len; i++)
    {
      CrDestination *destination = g_ptr_array_index (destinations, i);
      g_autoptr (CrExportRun) run = NULL;

      if (!destination->is_enabled)
        continue;
      run = cr_runs_table_queue (db, destination->id, trigger, NULL, person, now_ms, error);
      if (run == NULL)
        return FALSE;
    }

  return TRUE;
}
