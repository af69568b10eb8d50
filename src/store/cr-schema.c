/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#include "base/cr-error.h"
#include "store/cr-db-private.h"
#include "store/cr-schema-catalog.h"
#include "store/cr-schema-private.h"

/* History. A step that was released is never changed; the next one is added below it.
 *
 *  1  The first tables: patients, sources, sessions, connections, holds, pulls, records with their
 *     versions and references, destinations with runs, items and entries, the outbox, the audit.
 *  2  The catalog: what publishers say of a source, its states, its words; old addresses, vendors'
 *     client ids, logos.
 *  3  Notes about connections, work left by removals, the order of the reconnect list.
 *  4  The terms of access, and since when a portal knows a client id.
 *  5  What a portal listed once and lists no more.
 *  6  What became of the files that records link to, and of references that lead nowhere.
 *  7  How far each search of a connection has come in the portal's time.
 *  8  Forced retries, and indexes for the next attempt and for what is still to be sent.
 *  9  Which sources show a logo, and an index of the parts of their names.
 * 10  The end of a patient's permission among the ends of access.
 * 11  What a pull changed, its waits, its retries and what it asked.
 * 12  Who is told by webhook, and what was delivered.
 * 13  Keys of the API, and indexes for its lists. */
static const char *const people =
    "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"

    "CREATE TABLE patient ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT, email TEXT, birth_date TEXT,"
    "  sex TEXT, metadata TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    "  updated_ms INTEGER NOT NULL);"
    "CREATE INDEX patient_by_age ON patient (created_ms DESC, id);"
    "CREATE VIRTUAL TABLE patient_search USING fts5 (id, name, email, prefix = '1 2 3',"
    "  tokenize = 'unicode61 remove_diacritics 2');"

    "CREATE TABLE source ("
    "  id TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT, fhir_base_url TEXT NOT NULL UNIQUE,"
    "  portal_url TEXT, client_id TEXT, client_auth TEXT NOT NULL, scopes TEXT,"
    "  folded TEXT NOT NULL, created_ms INTEGER NOT NULL);"
    "CREATE INDEX source_by_name ON source (folded, id);"

    "CREATE TABLE session ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  patient_id TEXT NOT NULL REFERENCES patient (id) ON DELETE CASCADE,"
    "  url_key TEXT NOT NULL UNIQUE, status TEXT NOT NULL, source_id TEXT, recommended TEXT,"
    "  return_url TEXT, return_button_label TEXT, metadata TEXT NOT NULL,"
    "  expires_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, completed_ms INTEGER NOT NULL);"
    "CREATE INDEX session_of_patient ON session (patient_id, created_ms);"
    "CREATE INDEX session_by_age ON session (created_ms);"
    "CREATE INDEX session_open ON session (expires_ms) WHERE status = 'open';"

    "CREATE TABLE attempt ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,"
    "  patient_id TEXT NOT NULL, source_id TEXT NOT NULL, connection_id TEXT,"
    "  status TEXT NOT NULL, state TEXT NOT NULL UNIQUE, is_taken INTEGER NOT NULL,"
    "  sealed_verifier BLOB, redirect_uri TEXT, token_endpoint TEXT, scopes TEXT,"
    "  failure_code TEXT NOT NULL, failure_description TEXT, failure_ms INTEGER NOT NULL,"
    "  state_expires_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL);"
    "CREATE INDEX attempt_of_session ON attempt (session_id);"
    "CREATE INDEX attempt_failed ON attempt (patient_id, created_ms) WHERE status = 'failed';"
    "CREATE INDEX attempt_started ON attempt (state_expires_ms) WHERE status = 'started';"

    "CREATE TABLE auth_event ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  patient_id TEXT NOT NULL REFERENCES patient (id) ON DELETE CASCADE, session_id TEXT,"
    "  attempt_id TEXT, connection_id TEXT, source_id TEXT NOT NULL, step TEXT NOT NULL,"
    "  outcome TEXT NOT NULL, code TEXT NOT NULL, description TEXT, at_ms INTEGER NOT NULL);"
    "CREATE INDEX auth_event_of_patient ON auth_event (patient_id, at_ms);";

static const char *const flows =
    "CREATE TABLE connection ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  patient_id TEXT NOT NULL REFERENCES patient (id) ON DELETE CASCADE,"
    "  source_id TEXT NOT NULL REFERENCES source (id), portal_patient_id TEXT NOT NULL,"
    "  session_id TEXT, status TEXT NOT NULL, scopes TEXT, asked_scopes TEXT,"
    "  token_endpoint TEXT, has_refresh INTEGER NOT NULL, access_expires_ms INTEGER NOT NULL,"
    "  sealed_tokens BLOB, failure_code TEXT NOT NULL, failure_ms INTEGER NOT NULL,"
    "  next_pull_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
    "  UNIQUE (patient_id, source_id));"
    "CREATE INDEX connection_of_source ON connection (source_id);"
    "CREATE INDEX connection_due ON connection (next_pull_ms)"
    "  WHERE status = 'active' AND next_pull_ms > 0;"
    "CREATE INDEX connection_ends ON connection (access_expires_ms)"
    "  WHERE status = 'active' AND has_refresh = 0 AND access_expires_ms > 0;"

    "CREATE TABLE hold ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,"
    "  patient_id TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT,"
    "  person TEXT, created_ms INTEGER NOT NULL, decided_ms INTEGER NOT NULL);"
    "CREATE INDEX hold_of_connection ON hold (connection_id);"
    "CREATE INDEX hold_of_patient ON hold (patient_id);"
    "CREATE INDEX hold_open ON hold (created_ms) WHERE status = 'open';"

    "CREATE TABLE pull ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  patient_id TEXT NOT NULL REFERENCES patient (id) ON DELETE CASCADE,"
    "  connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,"
    "  source_id TEXT NOT NULL, status TEXT NOT NULL, waiting_for TEXT NOT NULL,"
    "  wait_until_ms INTEGER NOT NULL, cause TEXT NOT NULL, person TEXT,"
    "  created_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL,"
    "  requests INTEGER NOT NULL, pages INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    "  n_received INTEGER NOT NULL, n_new INTEGER NOT NULL, n_changed INTEGER NOT NULL,"
    "  n_unchanged INTEGER NOT NULL, n_failed_queries INTEGER NOT NULL, error_code TEXT,"
    "  error_message TEXT);"
    "CREATE UNIQUE INDEX pull_open ON pull (connection_id)"
    "  WHERE status IN ('queued', 'running', 'waiting');"
    "CREATE INDEX pull_of_connection ON pull (connection_id, created_ms);"
    "CREATE INDEX pull_of_patient ON pull (patient_id, created_ms);"
    "CREATE INDEX pull_by_age ON pull (created_ms);"

    "CREATE TABLE pull_query ("
    "  pull_id TEXT NOT NULL REFERENCES pull (id) ON DELETE CASCADE, n INTEGER NOT NULL,"
    "  kind TEXT NOT NULL, type TEXT NOT NULL, path TEXT NOT NULL, status TEXT NOT NULL,"
    "  next TEXT, pages INTEGER NOT NULL, n_received INTEGER NOT NULL, n_new INTEGER NOT NULL,"
    "  n_changed INTEGER NOT NULL, n_unchanged INTEGER NOT NULL, n_skipped INTEGER NOT NULL,"
    "  total INTEGER NOT NULL, http_status INTEGER NOT NULL, error_code TEXT, outcome TEXT,"
    "  raw TEXT, PRIMARY KEY (pull_id, n)) WITHOUT ROWID;";

/* A record that is only referred to has a row with seq 0, which becomes the record when it comes:
 * one index serves both, and what is missing is found by (sid, seq). A version knows the one before
 * it, so no index from record to version is needed, and versions are only ever appended. */
static const char *const records =
    "CREATE TABLE stream ("
    "  sid INTEGER PRIMARY KEY, patient_id TEXT NOT NULL, source_id TEXT NOT NULL,"
    "  portal_patient_id TEXT NOT NULL, n_records INTEGER NOT NULL,"
    "  UNIQUE (patient_id, source_id, portal_patient_id));"
    "CREATE TABLE rtype (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE tally ("
    "  sid INTEGER NOT NULL, type INTEGER NOT NULL, n INTEGER NOT NULL,"
    "  PRIMARY KEY (sid, type)) WITHOUT ROWID;"
    "CREATE TABLE record ("
    "  rid INTEGER PRIMARY KEY, sid INTEGER NOT NULL, type INTEGER NOT NULL, id TEXT NOT NULL,"
    "  seq INTEGER NOT NULL, n INTEGER NOT NULL, sha256 BLOB, content BLOB,"
    "  first_seen_ms INTEGER NOT NULL, confirmed_ms INTEGER NOT NULL, stamp_version TEXT,"
    "  stamp_updated TEXT, UNIQUE (sid, type, id));"
    "CREATE INDEX record_by_sequence ON record (sid, seq);"
    "CREATE TABLE version ("
    "  seq INTEGER PRIMARY KEY, rid INTEGER NOT NULL, n INTEGER NOT NULL,"
    "  previous INTEGER NOT NULL, received_ms INTEGER NOT NULL, pull INTEGER,"
    "  reached TEXT NOT NULL, sha256 BLOB NOT NULL, bytes INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE TABLE reference ("
    "  rid INTEGER NOT NULL, to_rid INTEGER NOT NULL, PRIMARY KEY (rid, to_rid)) WITHOUT ROWID;"
    "CREATE INDEX reference_back ON reference (to_rid, rid);";

static const char *const exports =
    "CREATE TABLE destination ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    "  folded TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, settings TEXT NOT NULL,"
    "  is_enabled INTEGER NOT NULL, action_required TEXT, created_ms INTEGER NOT NULL,"
    "  updated_ms INTEGER NOT NULL, last_exported_ms INTEGER NOT NULL,"
    "  n_delivered INTEGER NOT NULL);"
    "CREATE TABLE watermark ("
    "  destination_id TEXT NOT NULL REFERENCES destination (id) ON DELETE CASCADE,"
    "  connection_id TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,"
    "  sequence INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (destination_id, connection_id)) WITHOUT ROWID;"
    "CREATE INDEX watermark_of_connection ON watermark (connection_id);"

    "CREATE TABLE export_run ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  destination_id TEXT NOT NULL REFERENCES destination (id) ON DELETE CASCADE,"
    "  status TEXT NOT NULL, waiting_for TEXT NOT NULL, wait_until_ms INTEGER NOT NULL,"
    "  cause TEXT NOT NULL, retry_of TEXT, person TEXT, upper_sequence INTEGER NOT NULL,"
    "  n_patients INTEGER NOT NULL, n_resources INTEGER NOT NULL, n_files INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL, n_items INTEGER NOT NULL, n_failed_items INTEGER NOT NULL,"
    "  created_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL, completed_ms INTEGER NOT NULL,"
    "  error_code TEXT, error_message TEXT);"
    "CREATE INDEX run_of_destination ON export_run (destination_id, created_ms);"
    "CREATE INDEX run_by_status ON export_run (destination_id, status, created_ms);"
    "CREATE INDEX run_by_age ON export_run (created_ms);"
    "CREATE INDEX run_open ON export_run (created_ms)"
    "  WHERE status IN ('queued', 'running', 'waiting');"

    "CREATE TABLE export_item ("
    "  item INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  run_id TEXT NOT NULL REFERENCES export_run (id) ON DELETE CASCADE,"
    "  destination_id TEXT NOT NULL, n INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,"
    "  is_retryable INTEGER NOT NULL, n_resources INTEGER NOT NULL, n_failed INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL, sha256 TEXT, attempts INTEGER NOT NULL,"
    "  next_attempt_ms INTEGER NOT NULL, error_code TEXT, error_message TEXT, lines TEXT,"
    "  UNIQUE (run_id, n));"

    "CREATE TABLE export_entry ("
    "  item INTEGER NOT NULL REFERENCES export_item (item) ON DELETE CASCADE,"
    "  rid INTEGER NOT NULL, destination INTEGER NOT NULL, seq INTEGER NOT NULL,"
    "  status TEXT NOT NULL, is_retryable INTEGER NOT NULL, error_code TEXT, error_message TEXT,"
    "  PRIMARY KEY (item, rid)) WITHOUT ROWID;"
    "CREATE INDEX entry_failed ON export_entry (destination, rid) WHERE status = 'failed';"
    "CREATE INDEX entry_of_record ON export_entry (rid);"
    "CREATE TABLE delivered ("
    "  destination INTEGER NOT NULL, rid INTEGER NOT NULL, seq INTEGER NOT NULL, place TEXT,"
    "  PRIMARY KEY (destination, rid)) WITHOUT ROWID;";

static const char *const logs =
    "CREATE TABLE event ("
    "  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, data TEXT NOT NULL,"
    "  created_ms INTEGER NOT NULL);"
    "CREATE TABLE audit ("
    "  n INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, person TEXT NOT NULL, action TEXT NOT NULL,"
    "  object TEXT, detail TEXT);"
    "CREATE INDEX audit_by_age ON audit (at_ms);";

static gboolean
make_first_tables (CrDb *db, GError **error)
{
  return cr_db_exec (db, people, error) && cr_db_exec (db, flows, error) &&
         cr_db_exec (db, records, error) && cr_db_exec (db, exports, error) &&
         cr_db_exec (db, logs, error);
}

/* A step that was released is never changed; the next one is added below it. One a line, so that
 * two additions do not meet. */
/* clang-format off */
static const CrSchemaStep steps[] = {
  make_first_tables, /* patients, connections, pulls, records, destinations, the outbox, the audit */
  cr_schema_add_catalog, /* what publishers say of a source, its states, its words; vendors' client ids */
  cr_schema_add_reconnect, /* notes about connections, work left by removals, the reconnect list */
  cr_schema_add_terms, /* the terms of access, and since when a portal knows a client id */
  cr_schema_add_absence, /* what a portal listed once and lists no more */
  cr_schema_add_attachments, /* what became of the files and references of records */
  cr_schema_add_pull_marks, /* how far each search has come in the portal's time */
  cr_schema_add_retries, /* forced retries, the next attempt, what is still to be sent */
  cr_schema_add_logos, /* which sources show a logo, and the parts of their names */
  cr_schema_add_consent_end, /* the end of a patient's permission among the ends of access */
  cr_schema_add_history, /* what a pull changed, its waits, its retries and what it asked */
  cr_schema_add_webhooks, /* who is told what happened */
  cr_schema_add_withdrawals, /* what is to be withdrawn at destinations, and receipts */
  cr_schema_add_claims, /* which record stands for a name at a destination */
  cr_schema_add_standing, /* what each connection and patient comes to, counts by quarters of an hour */
  cr_schema_add_pace, /* retries of pulls, stops of them, and sources that do not answer */
  cr_schema_add_api, /* keys of other programs */
  cr_schema_add_answers, /* what the API answered to writes that may be asked for again */
  cr_schema_add_ranges, /* what export items are about to send, as stretches of numbers */
  cr_schema_add_ca_file, /* authorities of single sources */
  cr_schema_add_desk, /* people, locks, what was told on the desktop */
  cr_schema_add_stretches, /* what points at a record, in stretches */
  cr_schema_add_sizes, /* what the plan of an export reads, in one index */
  cr_schema_add_unsealed, /* runs whose files have no manifest yet */
  cr_schema_add_uploads, /* files in parts that were begun at a storage */
  cr_schema_add_left_out, /* connections that runs left out when they were planned */
  cr_schema_add_failed, /* when items of an export failed */
  cr_schema_add_looks, /* who looked at a patient's records */
  cr_schema_add_asked, /* how much each source was asked, and what it said of that */
};
/* clang-format on */

/**
 * cr_schema_newest:
 *
 * Returns: the number of the schema this program works with
 */
guint
cr_schema_newest (void)
{
  return G_N_ELEMENTS (steps);
}

static gint64
read_version (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "PRAGMA user_version");

  return cr_stmt_step (stmt, error) == CR_STEP_ROW ? cr_stmt_int64 (stmt, 0) : -1;
}

static gboolean
take_step (CrDb *db, CrSchemaStep step, gint64 version, GError **error)
{
  /* A pragma takes no bound values; the number is ours. */
  g_autofree char *mark = g_strdup_printf ("PRAGMA user_version = %d", (int) version + 1);

  if (!cr_db_begin (db, error))
    return FALSE;
  if (step (db, error) && cr_db_exec (db, mark, error) && cr_db_commit (db, error))
    return TRUE;

  cr_db_rollback (db);
  return FALSE;
}

/* Makes an empty file that only we may read; FALSE when the name is taken. */
static gboolean
claim_name (const char *path)
{
  int fd = g_open (path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

  return fd >= 0 && g_close (fd, NULL);
}

/* The file as it was, beside it, under a name that was free. */
static gboolean
copy_first (CrDb *db, gint64 version, GError **error)
{
  const char *path = sqlite3_db_filename (db->handle, "main");
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "VACUUM INTO :copy");
  g_autofree char *copy = NULL;

  if (path == NULL || path[0] == '\0')
    return TRUE;

  copy = g_strdup_printf ("%s.before-%d", path, (int) version + 1);
  for (guint i = 2; !claim_name (copy); i++)
    {
      if (errno != EEXIST || i > 99)
        {
          cr_db_set_error (db, SQLITE_CANTOPEN, error);
          return FALSE;
        }
      g_free (copy);
      copy = g_strdup_printf ("%s.before-%d-%u", path, (int) version + 1, i);
    }

  cr_stmt_bind_text (stmt, ":copy", copy);
  if (cr_stmt_run (stmt, error))
    return TRUE;

  g_unlink (copy);
  return FALSE;
}

/**
 * cr_schema_migrate_with:
 * @taken: (array length=n_taken): all steps from the first, in place of those of this program
 *
 * What cr_schema_migrate() does, for tests of steps that are still to come.
 */
gboolean
cr_schema_migrate_with (CrDb *db, const CrSchemaStep *taken, guint n_taken, GError **error)
{
  gint64 version = read_version (db, error);

  if (version < 0)
    return FALSE;
  if (version > (gint64) n_taken)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_TOO_NEW,
                           "Chartroom's data were written by a newer version. Install that version "
                           "or a later one; nothing was changed.");
      return FALSE;
    }
  if (version > 0 && version < (gint64) n_taken && !copy_first (db, version, error))
    return FALSE;

  for (; version < (gint64) n_taken; version++)
    if (!take_step (db, taken[version], version, error))
      return FALSE;
  return TRUE;
}

/**
 * cr_schema_migrate:
 *
 * Brings the tables to the newest schema, each step in a transaction of its own. A file that holds
 * an older schema is first copied to `<name>.before-<step>`.
 *
 * Returns: %FALSE with CR_ERROR_TOO_NEW, and nothing changed, when a newer version wrote the file
 */
gboolean
cr_schema_migrate (CrDb *db, GError **error)
{
  return cr_schema_migrate_with (db, steps, G_N_ELEMENTS (steps), error);
}

/**
 * cr_schema_drop_copies:
 *
 * A copy made before a migration still holds what is removed from the file, so a removal takes the
 * copies with it.
 */
gboolean
cr_schema_drop_copies (CrDb *db)
{
  const char *path = sqlite3_db_filename (db->handle, "main");
  g_autofree char *folder = g_path_get_dirname (path != NULL ? path : "");
  g_autofree char *base = g_path_get_basename (path != NULL ? path : "");
  g_autofree char *prefix = g_strconcat (base, ".before-", NULL);
  g_autoptr (GDir) dir = NULL;
  const char *name;
  gboolean ok = TRUE;

  if (path == NULL || path[0] == '\0' || (dir = g_dir_open (folder, 0, NULL)) == NULL)
    return TRUE;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *copy = g_build_filename (folder, name, NULL);

      if (g_str_has_prefix (name, prefix))
        ok &= g_unlink (copy) == 0;
    }
  return ok;
}
