/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* What each connection comes to, as a number of CrRecordStatus; the worst of them is the patient's.
 * `cause` and `ended_ms` are of the last pull that came to an end of its own, `good_ms` says when
 * one last brought something in (at first: since when there was access). */
static const char *const views[] = {
  "CREATE VIEW connection_pulls AS"
  " SELECT c.n, c.id, c.patient_id, c.source_id, c.status, c.created_ms,"
  " EXISTS (SELECT 1 FROM hold h WHERE h.connection_id = c.id AND (h.status = 'open'"
  "  OR (h.status = 'rejected' AND h.n = (SELECT max (l.n) FROM hold l"
  "   WHERE l.connection_id = c.id)))) AS is_held,"
  " (SELECT p.status FROM pull p WHERE p.connection_id = c.id"
  "  AND p.status IN ('queued', 'running', 'waiting')) AS open,"
  " (SELECT p.n FROM pull p WHERE p.connection_id = c.id"
  "  AND p.status IN ('complete', 'partial', 'failed')"
  "  ORDER BY p.created_ms DESC, p.n DESC LIMIT 1) AS last,"
  " (SELECT p.finished_ms FROM pull p WHERE p.connection_id = c.id"
  "  AND p.status IN ('complete', 'partial')"
  "  ORDER BY p.created_ms DESC, p.n DESC LIMIT 1) AS good_ms"
  " FROM connection c",

  "CREATE VIEW connection_now AS"
  " SELECT s.n, s.id, s.patient_id, s.source_id,"
  " CASE WHEN s.status = 'disconnected' THEN 0 WHEN s.is_held THEN 7"
  "  WHEN s.status <> 'active' THEN 6"
  "  WHEN s.open IS NOT NULL AND (p.n IS NOT NULL OR s.open <> 'queued') THEN 2"
  "  WHEN p.n IS NULL THEN 3 WHEN p.status = 'complete' THEN 1 WHEN p.status = 'partial' THEN 4"
  "  ELSE 5 END AS status,"
  " coalesce (p.error_code, '') AS cause,"
  " coalesce (p.finished_ms, s.created_ms) AS ended_ms,"
  " CASE s.status WHEN 'active' THEN coalesce (s.good_ms, s.created_ms) ELSE 0 END AS good_ms"
  " FROM connection_pulls s LEFT JOIN pull p ON p.n = s.last",

  "CREATE VIEW patient_now AS"
  " SELECT p.n, p.id,"
  " coalesce ((SELECT max (s.status) FROM connection_standing s WHERE s.patient_id = p.id), 0)"
  "  AS status,"
  " coalesce ((SELECT min (s.good_ms) FROM connection_standing s WHERE s.patient_id = p.id"
  "  AND s.good_ms > 0), 0) AS good_ms"
  " FROM patient p",
};

/* Kept beside the tables it comes from, so that a hundred thousand patients are counted and paged
 * by what they need without looking at each. */
static const char *const tables =
    "CREATE TABLE connection_standing ("
    "  n INTEGER PRIMARY KEY, patient_id TEXT NOT NULL, source_id TEXT NOT NULL,"
    "  status INTEGER NOT NULL, cause TEXT NOT NULL, ended_ms INTEGER NOT NULL,"
    "  good_ms INTEGER NOT NULL);"
    "CREATE INDEX connection_standing_of_patient ON connection_standing (patient_id);"
    "CREATE INDEX connection_standing_bad ON connection_standing"
    "  (status, source_id, cause, ended_ms, patient_id) WHERE status >= 4;"
    "CREATE INDEX connection_standing_of_source ON connection_standing (source_id, status);"
    "CREATE TABLE patient_standing ("
    "  n INTEGER PRIMARY KEY REFERENCES patient (n) ON DELETE CASCADE,"
    "  status INTEGER NOT NULL, good_ms INTEGER NOT NULL);"
    "CREATE INDEX patient_standing_by_status ON patient_standing (status, n);"
    "CREATE INDEX patient_standing_stale ON patient_standing (good_ms, n) WHERE good_ms > 0;"
    "CREATE INDEX pull_running ON pull (started_ms) WHERE status = 'running';"
    "CREATE INDEX pull_queued ON pull (created_ms) WHERE status = 'queued';"
    "CREATE INDEX pull_waiting ON pull (waiting_for, source_id, started_ms, wait_until_ms)"
    "  WHERE status = 'waiting';"
    "CREATE TABLE slot_count ("
    "  slot INTEGER NOT NULL, what TEXT NOT NULL, n INTEGER NOT NULL,"
    "  PRIMARY KEY (slot, what)) WITHOUT ROWID;";

#define STAND(patient)                                                                             \
  "INSERT INTO patient_standing (n, status, good_ms) SELECT n, status, good_ms FROM patient_now"   \
  " WHERE id = " patient                                                                           \
  " ON CONFLICT (n) DO UPDATE SET status = excluded.status, good_ms = excluded.good_ms;"
#define LOOK_AGAIN(connection, patient)                                                            \
  "INSERT INTO connection_standing (n, patient_id, source_id, status, cause, ended_ms, good_ms)"   \
  " SELECT n, patient_id, source_id, status, cause, ended_ms, good_ms FROM connection_now"         \
  " WHERE " connection " ON CONFLICT (n) DO UPDATE SET status = excluded.status,"                  \
  " cause = excluded.cause, ended_ms = excluded.ended_ms, good_ms = excluded.good_ms;" STAND (     \
      patient)
#define ON(name, event, connection, patient)                                                       \
  "CREATE TRIGGER standing_" name " AFTER " event " BEGIN " LOOK_AGAIN (connection, patient) " EN" \
                                                                                             "D"

static const char *const triggers[] = {
  "CREATE TRIGGER standing_new_patient AFTER INSERT ON patient BEGIN " STAND ("NEW.id") " END",
  ON ("new_connection", "INSERT ON connection", "n = NEW.n", "NEW.patient_id"),
  ON ("connection",
      "UPDATE OF status ON connection WHEN NEW.status <> OLD.status",
      "n = NEW.n",
      "NEW.patient_id"),
  "CREATE TRIGGER standing_old_connection AFTER DELETE ON connection BEGIN"
  " DELETE FROM connection_standing WHERE n = OLD.n;" STAND ("OLD.patient_id") " END",
  ON ("new_pull", "INSERT ON pull", "id = NEW.connection_id", "NEW.patient_id"),
  ON ("pull",
      "UPDATE OF status ON pull WHEN NEW.status <> OLD.status",
      "id = NEW.connection_id",
      "NEW.patient_id"),
  ON ("new_hold", "INSERT ON hold", "id = NEW.connection_id", "NEW.patient_id"),
  ON ("old_hold", "DELETE ON hold", "id = OLD.connection_id", "OLD.patient_id"),
  ON ("hold",
      "UPDATE OF status ON hold WHEN NEW.status <> OLD.status",
      "id = NEW.connection_id",
      "NEW.patient_id"),
};

/* How many pulls came to which end, in quarters of an hour, of which every day of every time zone
 * is made. */
#define SLOT "finished_ms / 900000"
static const char *const count_pulls =
    "CREATE TRIGGER count_pull AFTER UPDATE OF status ON pull WHEN NEW.status <> OLD.status"
    " AND NEW.status IN ('complete', 'partial', 'failed', 'cancelled')"
    " BEGIN INSERT INTO slot_count (slot, what, n)"
    " VALUES (NEW." SLOT ", 'pull.' || NEW.status, 1)"
    " ON CONFLICT (slot, what) DO UPDATE SET n = slot_count.n + 1; END";

static const char *const first =
    "INSERT INTO connection_standing (n, patient_id, source_id, status, cause, ended_ms, good_ms)"
    " SELECT n, patient_id, source_id, status, cause, ended_ms, good_ms FROM connection_now;"
    "INSERT INTO patient_standing (n, status, good_ms)"
    " SELECT n, status, good_ms FROM patient_now;"
    "INSERT INTO slot_count (slot, what, n) SELECT " SLOT ", 'pull.' || status, count(*) FROM pull"
    " WHERE status IN ('complete', 'partial', 'failed', 'cancelled') GROUP BY 1, 2;"
    "INSERT INTO slot_count (slot, what, n) SELECT " SLOT ", 'landed', sum (n_new + n_changed)"
    " FROM pull WHERE finished_ms > 0 GROUP BY 1;";

/* Triggers, because what a patient's records come to depends on four tables, and a place that
 * forgot to say so would leave a patient off the list of those who need somebody. */
gboolean
cr_schema_add_standing (CrDb *db, GError **error)
{
  if (!cr_db_exec (db, tables, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    if (!cr_db_exec (db, views[i], error))
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (triggers); i++)
    if (!cr_db_exec (db, triggers[i], error))
      return FALSE;
  return cr_db_exec (db, count_pulls, error) && cr_db_exec (db, first, error);
}
