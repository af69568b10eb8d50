/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-removal-table.h"

#include "base/cr-json.h"
#include "store/cr-answers-table.h"
#include "store/cr-connections-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-records-private.h"
#include "store/cr-stmt-rows.h"
#include "store/cr-withdrawals-table.h"

/* Weighing ------------------------------------------------------------------------------------- */

#define OF " patient_id = :patient_id AND (:source_id IS NULL OR source_id = :source_id)"
#define STREAMS "(SELECT sid FROM stream WHERE" OF ")"

static gint64
count (CrDb *db, const char *sql, const char *patient_id, const char *source_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":source_id", source_id);
  return cr_stmt_read_number (stmt, -1, error);
}

/* A record's row knows how many versions it has. */
static gboolean
count_all (CrDb *db,
           CrRemoval *removal,
           const char *patient_id,
           const char *source_id,
           GError **error)
{
  const struct
  {
    gint64 *n;
    const char *sql;
  } counts[] = {
    { &removal->n_connections, "SELECT count(*) FROM connection WHERE" OF },
    { &removal->n_records, "SELECT coalesce (sum (n_records), 0) FROM stream WHERE" OF },
    { &removal->n_versions,
      "SELECT coalesce (sum (n), 0) FROM record WHERE seq > 0 AND sid IN " STREAMS },
    { &removal->n_pulls, "SELECT count(*) FROM pull WHERE" OF },
  };

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    if ((*counts[i].n = count (db, counts[i].sql, patient_id, source_id, error)) < 0)
      return FALSE;
  return TRUE;
}

static gboolean
count_places (CrDb *db,
              CrRemoval *removal,
              const char *patient_id,
              const char *source_id,
              GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT d.name, d.id, (SELECT count(*) FROM record r JOIN delivered x"
                       "   ON x.destination = d.n AND x.rid = r.rid AND x.seq > 0"
                       "   WHERE r.sid IN " STREAMS ") AS total"
                       " FROM destination d WHERE total > 0 ORDER BY d.folded");
  CrStep step;

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":source_id", source_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrRemovalPlace *place =
          cr_removal_add_place (removal, cr_stmt_text (stmt, 0), cr_stmt_int64 (stmt, 2));

      place->is_told = cr_withdrawals_wanted (db, cr_stmt_text (stmt, 1));
    }
  return step == CR_STEP_DONE;
}

static CrRemoval *
weigh (CrDb *db, const char *patient_id, const char *source_id, GError **error)
{
  g_autoptr (CrRemoval) removal = cr_removal_new ();

  if (!count_all (db, removal, patient_id, source_id, error) ||
      !count_places (db, removal, patient_id, source_id, error))
    return NULL;
  return g_steal_pointer (&removal);
}

CrRemoval *
cr_removal_weigh_patient (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (CrPatient) patient = cr_patients_table_get (db, patient_id, error);

  return patient != NULL ? weigh (db, patient_id, NULL, error) : NULL;
}

CrRemoval *
cr_removal_weigh_connection (CrDb *db, const char *connection_id, GError **error)
{
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, connection_id, error);

  return connection != NULL ? weigh (db, connection->patient_id, connection->source_id, error)
                            : NULL;
}

/* Removing ------------------------------------------------------------------------------------- */

static gboolean
run_for (CrDb *db, const char *sql, const char *name, const char *value, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_text (stmt, name, value);
  return cr_stmt_run (stmt, error);
}

/* The text as it stands inside JSON, with its quotation marks. */
static char *
quote (const char *text)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);

  json_node_set_string (node, text);
  return cr_json_node_to_text (node, FALSE);
}

/* An event that is about the patient, or names a connection of theirs, goes: nothing may be told
 * about somebody who is not here any more. Every event's body says whose it is; the clinic's ids
 * may be short words that stand in the bodies of others too. */
static gboolean
forget_events (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (GPtrArray) connections = cr_connections_table_list (db, patient_id, error);

  if (connections == NULL || !run_for (db,
                                       "DELETE FROM event WHERE json_valid (data)"
                                       " AND json_extract (data, '$.patient_id') = :patient_id",
                                       ":patient_id", patient_id, error))
    return FALSE;

  for (guint i = 0; i < connections->len; i++)
    {
      g_autofree char *quoted = quote (CR_CONNECTION (g_ptr_array_index (connections, i))->id);

      if (!run_for (db, "DELETE FROM event WHERE instr (data, :part) > 0", ":part", quoted, error))
        return FALSE;
    }
  return TRUE;
}

/* Runs keep their numbers. The file names of a layout by patient begin with the patient's id; what
 * is said of a part's lines holds it too. */
static gboolean
forget_in_items (CrDb *db, const char *patient_id, GError **error)
{
  g_autofree char *quoted = quote (patient_id);
  g_autofree char *owner = g_strconcat ("\"patient_id\":", quoted, NULL);
  g_autofree char *escaped = g_uri_escape_string (patient_id, "@ ", FALSE);
  g_autofree char *folder = g_strconcat ("patient_id=", escaped, "/", NULL);

  return run_for (db,
                  "UPDATE export_item SET lines = replace (lines, :part, '\"patient_id\":null')"
                  " WHERE instr (lines, :part) > 0",
                  ":part", owner, error) &&
         run_for (db,
                  "UPDATE export_item SET name = replace (name, :part, ''), sha256 = NULL"
                  " WHERE instr (name, :part) > 0",
                  ":part", folder, error);
}

/* What people did stays on record; for whom does not. */
static gboolean
forget_in_audit (CrDb *db, const char *patient_id, GError **error)
{
  return run_for (db, "UPDATE audit SET object = NULL WHERE object = :id", ":id", patient_id,
                  error);
}

gboolean
cr_removal_forget_names (CrDb *db, const char *patient_id, GError **error)
{
  return forget_events (db, patient_id, error) && forget_in_items (db, patient_id, error) &&
         forget_in_audit (db, patient_id, error) &&
         cr_answers_table_forget_patient (db, patient_id, error);
}

static CrRemoval *
settle (CrDb *db, CrRemoval *removal, gint64 now_ms, GError **error)
{
  removal->at_ms = now_ms;
  if (cr_removal_tasks_add (db, CR_REMOVAL_WIPE, "", now_ms, error))
    return removal;

  cr_removal_free (removal);
  return NULL;
}

CrRemoval *
cr_removal_of_patient (CrDb *db, const char *patient_id, gint64 now_ms, GError **error)
{
  g_autoptr (CrRemoval) removal = cr_removal_weigh_patient (db, patient_id, error);

  if (removal == NULL || !cr_withdrawals_note_removed (db, patient_id, NULL, now_ms, error) ||
      !cr_patients_table_remove (db, patient_id, error))
    return NULL;
  return settle (db, g_steal_pointer (&removal), now_ms, error);
}

static gboolean
cancel_pulls (CrDb *db, const char *connection_id, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE pull SET status = 'cancelled', waiting_for = 'none', wait_until_ms = 0,"
          " finished_ms = :now_ms WHERE connection_id = :id"
          " AND status IN ('queued', 'running', 'waiting')");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_text (stmt, ":id", connection_id);
  return cr_stmt_run (stmt, error);
}

/* Pulls keep their numbers; addresses, answers and texts that came from the portal go. */
static gboolean
forget_texts (CrDb *db, CrConnection *connection, GError **error)
{
  static const char *const of_connection[] = {
    "UPDATE pull_query SET status = 'failed', error_code = 'cancelled'"
    " WHERE status IN ('pending', 'running')"
    " AND pull_id IN (SELECT id FROM pull WHERE connection_id = :id)",
    "UPDATE pull_query SET path = '', next = NULL, outcome = NULL, raw = NULL"
    " WHERE pull_id IN (SELECT id FROM pull WHERE connection_id = :id)",
    "UPDATE pull SET error_message = NULL WHERE connection_id = :id",
    "UPDATE hold SET detail = NULL WHERE connection_id = :id",
    "DELETE FROM watermark WHERE connection_id = :id",
    /* the next pull asks for everything again */
    "DELETE FROM pull_mark WHERE connection_id = :id",
    "DELETE FROM pull_line WHERE pull IN (SELECT n FROM pull WHERE connection_id = :id)",
  };
  static const char *const of_sign_ins[] = {
    "UPDATE auth_event SET description = NULL WHERE patient_id = :patient_id"
    " AND source_id = :source_id AND outcome = 'failure'"
    " AND step NOT IN ('guard', 'disconnect')",
    "UPDATE attempt SET failure_description = NULL WHERE patient_id = :patient_id"
    " AND source_id = :source_id",
  };

  for (guint i = 0; i < G_N_ELEMENTS (of_connection); i++)
    if (!run_for (db, of_connection[i], ":id", connection->id, error))
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (of_sign_ins); i++)
    {
      g_autoptr (CrStmt) stmt = cr_stmt_new (db, of_sign_ins[i]);

      cr_stmt_bind_text (stmt, ":patient_id", connection->patient_id);
      cr_stmt_bind_text (stmt, ":source_id", connection->source_id);
      if (!cr_stmt_run (stmt, error))
        return FALSE;
    }
  return TRUE;
}

/* Without records and without access, nothing ties the connection to that person at the portal any
 * more: whoever signs in next is compared anew. Nobody is called any more either, so what people
 * noted of the person for that goes too. */
static gboolean
forget_person (CrDb *db, const char *connection_id, GError **error)
{
  return run_for (db, "DELETE FROM hold WHERE connection_id = :id", ":id", connection_id, error) &&
         run_for (db, "DELETE FROM connection_note WHERE connection_id = :id", ":id", connection_id,
                  error) &&
         run_for (db, "UPDATE connection SET portal_patient_id = '' WHERE id = :id", ":id",
                  connection_id, error);
}

/**
 * cr_removal_of_data:
 *
 * Removes the records of a connection with all their versions, what exports know of them, and every
 * text in its history that came from the portal. Pulls that are open are cancelled. The connection,
 * its pulls' numbers and its steps stay, and while it is connected its tokens and its note. One
 * that is disconnected forgets who it was at the portal and what was noted of calls. Sessions go
 * with the patient.
 *
 * Returns: (transfer full): the receipt
 */
CrRemoval *
cr_removal_of_data (CrDb *db, const char *connection_id, gint64 now_ms, GError **error)
{
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, connection_id, error);
  g_autoptr (CrRemoval) removal = NULL;

  if (connection == NULL)
    return NULL;

  removal = weigh (db, connection->patient_id, connection->source_id, error);
  if (removal == NULL || !cancel_pulls (db, connection_id, now_ms, error) ||
      !cr_withdrawals_note_removed (db, connection->patient_id, connection->source_id, now_ms,
                                    error) ||
      !forget_texts (db, connection, error) ||
      !cr_streams_forget (db, connection->patient_id, connection->source_id, error))
    return NULL;
  if (connection->status == CR_CONNECTION_DISCONNECTED && !forget_person (db, connection_id, error))
    return NULL;

  return settle (db, g_steal_pointer (&removal), now_ms, error);
}

/* What is left to do --------------------------------------------------------------------------- */

void
cr_removal_task_free (CrRemovalTask *self)
{
  g_free (self->kind);
  g_free (self->name);
  g_free (self);
}

gboolean
cr_removal_tasks_add (CrDb *db, const char *kind, const char *name, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO removal_task (kind, name, queued_ms)"
                       " VALUES (:kind, :name, :now_ms) ON CONFLICT (kind, name) DO UPDATE SET"
                       " queued_ms = max (excluded.queued_ms, removal_task.queued_ms + 1)");

  cr_stmt_bind_text (stmt, ":kind", kind);
  cr_stmt_bind_text (stmt, ":name", name);
  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  return cr_stmt_run (stmt, error);
}

GPtrArray *
cr_removal_tasks_list (CrDb *db, GError **error)
{
  g_autoptr (GPtrArray) tasks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_removal_task_free);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT kind, name, queued_ms FROM removal_task t"
                       " WHERE NOT EXISTS (SELECT 1 FROM upload_note u WHERE u.removed_ms > 0"
                       "   AND substr (t.name, 1, length (u.destination_id) + 13) ="
                       "     'destination/' || u.destination_id || '/')"
                       " ORDER BY queued_ms, kind, name");
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrRemovalTask *task = g_new0 (CrRemovalTask, 1);

      task->kind = cr_stmt_dup_text (stmt, 0);
      task->name = cr_stmt_dup_text (stmt, 1);
      task->queued_ms = cr_stmt_int64 (stmt, 2);
      g_ptr_array_add (tasks, task);
    }
  return step == CR_STEP_DONE ? g_steal_pointer (&tasks) : NULL;
}

/* One that was queued again since it was read stays: what was done may not have covered it. */
gboolean
cr_removal_tasks_strike (CrDb *db, CrRemovalTask *task, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "DELETE FROM removal_task WHERE kind = :kind AND name = :name"
                       " AND queued_ms = :queued_ms");

  cr_stmt_bind_text (stmt, ":kind", task->kind);
  cr_stmt_bind_text (stmt, ":name", task->name);
  cr_stmt_bind_int64 (stmt, ":queued_ms", task->queued_ms);
  return cr_stmt_run (stmt, error);
}
