/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-patients-table.h"

#include "model/cr-connection.h"
#include "model/cr-pull.h"
#include "store/cr-records-private.h"
#include "store/cr-removal-table.h"
#include "store/cr-search.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "patient.id, patient.name, patient.email, patient.birth_date, patient.sex, patient.metadata,"    \
  " patient.created_ms, patient.updated_ms"
#define MISSING "There is no patient with this id."
#define TAKEN "A patient with this id is there already."

static gpointer
read_patient (CrStmt *stmt)
{
  CrPatient *patient = cr_patient_new (cr_stmt_text (stmt, 0));

  patient->name = cr_stmt_dup_text (stmt, 1);
  patient->email = cr_stmt_dup_text (stmt, 2);
  patient->birth_date = cr_stmt_dup_text (stmt, 3);
  patient->sex = cr_stmt_dup_text (stmt, 4);
  patient->metadata = cr_stmt_dup_text (stmt, 5);
  patient->created_ms = cr_stmt_int64 (stmt, 6);
  patient->updated_ms = cr_stmt_int64 (stmt, 7);
  return patient;
}

static CrRecordStatus
status_of_last_pull (CrPullStatus status)
{
  switch (status)
    {
    case CR_PULL_COMPLETE:
      return CR_RECORD_STATUS_CURRENT;
    case CR_PULL_PARTIAL:
      return CR_RECORD_STATUS_PARTIAL;
    case CR_PULL_FAILED:
      return CR_RECORD_STATUS_FAILING;
    case CR_PULL_QUEUED:
    case CR_PULL_RUNNING:
    case CR_PULL_WAITING:
      return CR_RECORD_STATUS_PULLING;
    case CR_PULL_CANCELLED:
    default:
      return CR_RECORD_STATUS_WAITING_FIRST_PULL;
    }
}

/* The row: status of the connection, whether it waits for a decision, its open pull, the last pull
 * that came to an end of its own. */
static CrRecordStatus
status_of_connection (CrStmt *stmt)
{
  CrConnectionStatus status = cr_stmt_enum (stmt, 0, CR_TYPE_CONNECTION_STATUS);

  if (status == CR_CONNECTION_DISCONNECTED)
    return CR_RECORD_STATUS_NONE;
  if (cr_stmt_int64 (stmt, 1) != 0)
    return CR_RECORD_STATUS_HELD;
  if (status != CR_CONNECTION_ACTIVE)
    return CR_RECORD_STATUS_ACCESS_LAPSED;
  if (cr_stmt_text (stmt, 2) != NULL &&
      (cr_stmt_text (stmt, 3) != NULL ||
       cr_stmt_enum (stmt, 2, CR_TYPE_PULL_STATUS) != CR_PULL_QUEUED))
    return CR_RECORD_STATUS_PULLING;
  if (cr_stmt_text (stmt, 3) == NULL)
    return CR_RECORD_STATUS_WAITING_FIRST_PULL;
  return status_of_last_pull (cr_stmt_enum (stmt, 3, CR_TYPE_PULL_STATUS));
}

/* One short look-up for each patient of a page, all of it by index. */
static gboolean
derive (CrDb *db, CrPatient *patient, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT c.status,"
          " EXISTS (SELECT 1 FROM hold h WHERE h.connection_id = c.id AND (h.status = 'open'"
          "   OR (h.status = 'rejected' AND h.n = (SELECT max (l.n) FROM hold l"
          "     WHERE l.connection_id = c.id)))),"
          " (SELECT p.status FROM pull p WHERE p.connection_id = c.id"
          "   AND p.status IN ('queued', 'running', 'waiting')),"
          " (SELECT p.status FROM pull p WHERE p.connection_id = c.id"
          "   AND p.status IN ('complete', 'partial', 'failed')"
          "   ORDER BY p.created_ms DESC, p.n DESC LIMIT 1),"
          " (SELECT CASE WHEN p.finished_ms > 0 THEN p.finished_ms"
          "   WHEN p.started_ms > 0 THEN p.started_ms ELSE p.created_ms END FROM pull p"
          "   WHERE p.connection_id = c.id ORDER BY p.created_ms DESC, p.n DESC LIMIT 1)"
          " FROM connection c WHERE c.patient_id = :patient_id");
  CrStep step;
  gint64 n;

  cr_stmt_bind_text (stmt, ":patient_id", patient->id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      patient->n_connections++;
      patient->record_status = MAX (patient->record_status, status_of_connection (stmt));
      patient->last_pull_ms = MAX (patient->last_pull_ms, cr_stmt_int64 (stmt, 4));
    }
  if (step == CR_STEP_ERROR)
    return FALSE;

  n = cr_streams_count_records (db, patient->id, error);
  patient->n_records = (guint) MAX (n, 0);
  return n >= 0;
}

static void
bind_patient (CrStmt *stmt, CrPatient *patient)
{
  if (patient->metadata == NULL)
    patient->metadata = g_strdup ("{}");

  cr_stmt_bind_text (stmt, ":id", patient->id);
  cr_stmt_bind_text (stmt, ":name", patient->name);
  cr_stmt_bind_text (stmt, ":email", patient->email);
  cr_stmt_bind_text (stmt, ":birth_date", patient->birth_date);
  cr_stmt_bind_text (stmt, ":sex", patient->sex);
  cr_stmt_bind_text (stmt, ":metadata", patient->metadata);
  cr_stmt_bind_int64 (stmt, ":updated_ms", patient->updated_ms);
}

static gint64
row_of (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT n FROM patient WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_number (stmt, 0, error);
}

static gboolean
index_patient (CrDb *db, CrPatient *patient, GError **error)
{
  gint64 n = row_of (db, patient->id, error);

  return n > 0 && cr_search_put (db, n, patient->id, patient->name, patient->email, error);
}

gboolean
cr_patients_table_add (CrDb *db, CrPatient *patient, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO patient (id, name, email, birth_date, sex, metadata, created_ms, updated_ms)"
          " VALUES (:id, :name, :email, :birth_date, :sex, :metadata, :created_ms, :updated_ms)");

  if (patient->updated_ms == 0)
    patient->updated_ms = patient->created_ms;
  bind_patient (stmt, patient);
  cr_stmt_bind_int64 (stmt, ":created_ms", patient->created_ms);
  return cr_stmt_run_add (stmt, TAKEN, error) && index_patient (db, patient, error);
}

gboolean
cr_patients_table_update (CrDb *db, CrPatient *patient, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE patient SET name = :name, email = :email, birth_date = :birth_date, sex = :sex,"
          " metadata = :metadata, updated_ms = :updated_ms WHERE id = :id");

  bind_patient (stmt, patient);
  return cr_stmt_run_change (stmt, MISSING, error) && index_patient (db, patient, error);
}

/* What is set replaces what is there, the rest stays; the object then holds both. */
static void
keep_unset (CrPatient *patient, CrPatient *old)
{
  char **fields[][2] = { { &patient->name, &old->name },
                         { &patient->email, &old->email },
                         { &patient->birth_date, &old->birth_date },
                         { &patient->sex, &old->sex },
                         { &patient->metadata, &old->metadata } };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (*fields[i][0] == NULL)
      *fields[i][0] = g_strdup (*fields[i][1]);
  patient->created_ms = old->created_ms;
}

gboolean
cr_patients_table_upsert (CrDb *db, CrPatient *patient, GError **error)
{
  g_autoptr (CrPatient) old = NULL;
  gint64 n = row_of (db, patient->id, error);

  if (n < 0)
    return FALSE;
  if (n == 0)
    return cr_patients_table_add (db, patient, error);

  old = cr_patients_table_get (db, patient->id, error);
  if (old == NULL)
    return FALSE;
  keep_unset (patient, old);
  return cr_patients_table_update (db, patient, error);
}

/**
 * cr_patients_table_remove:
 *
 * Removes a patient with everything of theirs, and the events that name them. Entries of the audit
 * and items of export runs stay without the id.
 */
gboolean
cr_patients_table_remove (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM patient WHERE id = :id");
  gint64 n = row_of (db, id, error);

  if (n < 0 ||
      (n > 0 && (!cr_streams_forget (db, id, NULL, error) || !cr_search_remove (db, n, error) ||
                 !cr_removal_forget_names (db, id, error))))
    return FALSE;

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run_change (stmt, MISSING, error);
}

CrPatient *
cr_patients_table_get (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT " COLUMNS " FROM patient WHERE id = :id");
  g_autoptr (CrPatient) patient = NULL;

  cr_stmt_bind_text (stmt, ":id", id);
  patient = cr_stmt_read_one (stmt, read_patient, MISSING, error);
  if (patient == NULL || !derive (db, patient, error))
    return NULL;
  return g_steal_pointer (&patient);
}

/**
 * cr_patients_table_list:
 * @text: (nullable): beginnings of words of name, id and e-mail; %NULL or blank finds everyone
 *
 * Returns: (transfer full): a page of patients, newest first, with what is derived
 */
GPtrArray *
cr_patients_table_list (CrDb *db, const char *text, guint offset, guint limit, GError **error)
{
  g_autofree char *words = cr_search_words (text);
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, words != NULL ? "SELECT " COLUMNS " FROM patient WHERE " CR_SEARCH_PATIENT
                          " ORDER BY created_ms DESC, id LIMIT :limit OFFSET :offset"
                        : "SELECT " COLUMNS " FROM (SELECT n FROM patient"
                          " ORDER BY created_ms DESC, id LIMIT :limit OFFSET :offset) page"
                          " JOIN patient ON patient.n = page.n"
                          " ORDER BY patient.created_ms DESC, patient.id");
  g_autoptr (GPtrArray) patients = NULL;

  if (words != NULL)
    cr_stmt_bind_text (stmt, ":words", words);
  cr_stmt_bind_page (stmt, offset, limit);
  patients = cr_stmt_read_list (stmt, read_patient, error);
  if (patients == NULL)
    return NULL;

  for (guint i = 0; i < patients->len; i++)
    if (!derive (db, g_ptr_array_index (patients, i), error))
      return NULL;
  return g_steal_pointer (&patients);
}

gint64
cr_patients_table_count (CrDb *db, const char *text, GError **error)
{
  g_autofree char *words = cr_search_words (text);
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, words != NULL ? "SELECT count(*) FROM patient_search"
                                                             " WHERE patient_search MATCH :words"
                                                           : "SELECT count(*) FROM patient");

  if (words != NULL)
    cr_stmt_bind_text (stmt, ":words", words);
  return cr_stmt_read_number (stmt, 0, error);
}
