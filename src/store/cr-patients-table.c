/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-patients-table.h"

#include "base/cr-said.h"
#include "model/cr-connection.h"
#include "model/cr-pull.h"
#include "store/cr-records-private.h"
#include "store/cr-removal-table.h"
#include "store/cr-search.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "patient.id, patient.name, patient.email, patient.birth_date, patient.sex, patient.metadata,"    \
  " patient.created_ms, patient.updated_ms"
#define MISSING CR_SAID ("There is no patient with this id.")
#define TAKEN CR_SAID ("A patient with this id is there already.")

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

/* One short look-up for each patient of a page, all of it by index. */
static gboolean
derive (CrDb *db, CrPatient *patient, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT s.status, (SELECT count(*) FROM connection c WHERE c.patient_id = :patient_id),"
          " (SELECT CASE WHEN p.finished_ms > 0 THEN p.finished_ms"
          "   WHEN p.started_ms > 0 THEN p.started_ms ELSE p.created_ms END FROM pull p"
          "   WHERE p.patient_id = :patient_id ORDER BY p.created_ms DESC, p.n DESC LIMIT 1)"
          " FROM patient w JOIN patient_standing s ON s.n = w.n WHERE w.id = :patient_id");
  CrStep step;
  gint64 n;

  cr_stmt_bind_text (stmt, ":patient_id", patient->id);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ERROR)
    return FALSE;
  if (step == CR_STEP_ROW)
    {
      patient->record_status = (CrRecordStatus) cr_stmt_int64 (stmt, 0);
      patient->n_connections = (guint) cr_stmt_int64 (stmt, 1);
      patient->last_pull_ms = cr_stmt_int64 (stmt, 2);
    }

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

/* Everyone is listed by age; whoever is searched for or in a group by the order they were added in,
 * which is nearly the same and needs no sorting. */
#define OF(page, order)                                                                            \
  "SELECT " COLUMNS " FROM (" page " LIMIT :limit OFFSET :offset) page"                            \
  " JOIN patient ON patient.n = page.n ORDER BY " order
#define EVERYONE "SELECT n FROM patient ORDER BY created_ms DESC, id"
#define FOUND "SELECT rowid AS n FROM patient_search WHERE patient_search MATCH :words"
#define FOUND_IN(group)                                                                            \
  "SELECT f.rowid AS n FROM patient_search f CROSS JOIN patient_standing s ON s.n = f.rowid"       \
  " WHERE patient_search MATCH :words AND " group
#define IN_STATUS "s.status = :group"
#define IS_STALE "s.good_ms > 0 AND s.good_ms < :group"
#define STANDING(group) "SELECT s.n FROM patient_standing s WHERE " group

typedef enum
{
  BY_NOTHING,
  BY_STATUS,
  BY_STALENESS,
} By;

static By
by_of (CrPatientGroup group)
{
  return group == CR_PATIENTS_ALL   ? BY_NOTHING
       : group == CR_PATIENTS_STALE ? BY_STALENESS
                                    : BY_STATUS;
}

static void
bind_group (CrStmt *stmt, CrPatientGroup group, gint64 now_ms, const char *words)
{
  if (words != NULL)
    cr_stmt_bind_text (stmt, ":words", words);
  if (group == CR_PATIENTS_STALE)
    cr_stmt_bind_int64 (stmt, ":group", now_ms - CR_PATIENT_STALE_MS);
  else if (group != CR_PATIENTS_ALL)
    cr_stmt_bind_int64 (stmt, ":group", (gint64) cr_patient_group_status (group));
}

/**
 * cr_patients_table_list:
 * @text: (nullable): beginnings of words of name, id and e-mail; %NULL or blank finds everyone
 *
 * Returns: (transfer full): a page of patients, newest first, with what is derived; of those who
 *   are stale the longest first
 */
GPtrArray *
cr_patients_table_list (CrDb *db,
                        const char *text,
                        CrPatientGroup group,
                        gint64 now_ms,
                        guint offset,
                        guint limit,
                        GError **error)
{
  static const char *const sql[][2] = {
    [BY_NOTHING] = { OF (EVERYONE, "patient.created_ms DESC, patient.id"),
                     OF (FOUND " ORDER BY rowid DESC", "patient.n DESC") },
    [BY_STATUS] = { OF (STANDING (IN_STATUS) " ORDER BY s.n DESC", "patient.n DESC"),
                    OF (FOUND_IN (IN_STATUS) " ORDER BY f.rowid DESC", "patient.n DESC") },
    [BY_STALENESS] = { "SELECT " COLUMNS " FROM (SELECT s.n, s.good_ms FROM patient_standing s"
                       " WHERE " IS_STALE " ORDER BY s.good_ms, s.n LIMIT :limit OFFSET :offset)"
                       " page JOIN patient ON patient.n = page.n ORDER BY page.good_ms, page.n",
                       OF (FOUND_IN (IS_STALE) " ORDER BY f.rowid DESC", "patient.n DESC") },
  };
  g_autofree char *words = cr_search_words (text);
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql[by_of (group)][words != NULL]);
  g_autoptr (GPtrArray) patients = NULL;

  bind_group (stmt, group, now_ms, words);
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
cr_patients_table_count (CrDb *db,
                         const char *text,
                         CrPatientGroup group,
                         gint64 now_ms,
                         GError **error)
{
  static const char *const sql[][2] = {
    [BY_NOTHING] = { "SELECT count(*) FROM patient", "SELECT count(*) FROM (" FOUND ")" },
    [BY_STATUS] = { "SELECT count(*) FROM (" STANDING (IN_STATUS) ")",
                    "SELECT count(*) FROM (" FOUND_IN (IN_STATUS) ")" },
    [BY_STALENESS] = { "SELECT count(*) FROM (" STANDING (IS_STALE) ")",
                       "SELECT count(*) FROM (" FOUND_IN (IS_STALE) ")" },
  };
  g_autofree char *words = cr_search_words (text);
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql[by_of (group)][words != NULL]);

  bind_group (stmt, group, now_ms, words);
  return cr_stmt_read_number (stmt, 0, error);
}
