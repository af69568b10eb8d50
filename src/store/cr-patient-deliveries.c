/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-patient-deliveries.h"

#include "store/cr-destinations-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-stmt.h"

static gboolean
count_delivered (CrDb *db, const char *patient_id, CrPatientDelivery *delivery, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(*), coalesce (sum (v.seq >= r.seq), 0),"
          " coalesce (sum (EXISTS (SELECT 1 FROM export_entry e WHERE e.destination = d.n"
          "  AND e.rid = r.rid AND e.status = 'failed')), 0)"
          " FROM destination d JOIN stream st ON st.patient_id = :patient_id"
          " JOIN record r ON r.sid = st.sid AND r.seq > 0"
          " LEFT JOIN delivered v ON v.destination = d.n AND v.rid = r.rid AND v.seq > 0"
          " WHERE d.id = :destination_id");
  CrStep step;

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":destination_id", delivery->destination_id);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ROW)
    {
      delivery->n_stored = cr_stmt_int64 (stmt, 0);
      delivery->n_delivered = cr_stmt_int64 (stmt, 1);
      delivery->n_failing = cr_stmt_int64 (stmt, 2);
    }
  return step != CR_STEP_ERROR;
}

static gboolean
read_last (CrDb *db, const char *patient_id, CrPatientDelivery *delivery, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT max (w.updated_ms) FROM connection c JOIN watermark w ON w.connection_id = c.id"
          " WHERE c.patient_id = :patient_id AND w.destination_id = :destination_id");
  CrStep step;

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":destination_id", delivery->destination_id);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ROW)
    delivery->last_ms = cr_stmt_int64 (stmt, 0);
  return step != CR_STEP_ERROR;
}

static gboolean
read_error (CrDb *db, const char *patient_id, CrPatientDelivery *delivery, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT e.error_message FROM destination d JOIN stream st ON st.patient_id = :patient_id"
          " JOIN record r ON r.sid = st.sid AND r.seq > 0"
          " JOIN export_entry e ON e.destination = d.n AND e.rid = r.rid AND e.status = 'failed'"
          " WHERE d.id = :destination_id ORDER BY e.item DESC LIMIT 1");
  CrStep step = CR_STEP_DONE;

  if (delivery->n_failing == 0)
    return TRUE;

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  cr_stmt_bind_text (stmt, ":destination_id", delivery->destination_id);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ROW)
    delivery->error = cr_stmt_dup_text (stmt, 0);
  return step != CR_STEP_ERROR;
}

/**
 * cr_patient_deliveries_list:
 *
 * Counts each of the patient's records, so it is for the bulk reader.
 *
 * Returns: (transfer full) (element-type CrPatientDelivery): one for each destination, in the order
 *   of their list
 */
GPtrArray *
cr_patient_deliveries_list (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (GPtrArray) deliveries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_patient_delivery_free);
  g_autoptr (GPtrArray) destinations = NULL;
  g_autoptr (CrPatient) patient = cr_patients_table_get (db, patient_id, error);

  if (patient == NULL || (destinations = cr_destinations_table_list (db, error)) == NULL)
    return NULL;

  for (guint i = 0; i < destinations->len; i++)
    {
      CrDestination *destination = g_ptr_array_index (destinations, i);
      CrPatientDelivery *delivery = cr_patient_delivery_new ();

      g_ptr_array_add (deliveries, delivery);
      delivery->destination_id = g_strdup (destination->id);
      delivery->name = g_strdup (destination->name);
      delivery->status = destination->status;
      delivery->is_held = patient->record_status == CR_RECORD_STATUS_HELD;
      if (!count_delivered (db, patient_id, delivery, error) ||
          !read_last (db, patient_id, delivery, error) ||
          !read_error (db, patient_id, delivery, error))
        return NULL;
    }
  return g_steal_pointer (&deliveries);
}

/**
 * cr_patient_deliveries_count:
 * @n: (out): how many patients the destination has got records of
 *
 * Looks at each patient's records until one is found that was delivered: of 100 000 patients that
 * takes a quarter of a second, so it is for the bulk reader.
 */
gboolean
cr_patient_deliveries_count (CrDb *db, const char *destination_id, gint64 *n, GError **error)
{
  /* In another order each record that was delivered would be looked up. */
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT count(DISTINCT st.patient_id) FROM destination d CROSS JOIN stream st"
          " WHERE d.id = :destination_id AND EXISTS (SELECT 1 FROM record r"
          "  CROSS JOIN delivered v ON v.destination = d.n AND v.rid = r.rid AND v.seq > 0"
          "  WHERE r.sid = st.sid AND r.seq > 0)");
  CrStep step;

  cr_stmt_bind_text (stmt, ":destination_id", destination_id);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ROW)
    *n = cr_stmt_int64 (stmt, 0);
  return step == CR_STEP_ROW;
}
