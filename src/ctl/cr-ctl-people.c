/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-json.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-wire.h"

#define MANY 1000

/* Patients ------------------------------------------------------------------------------------- */

static void
patient_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;

  if (cr_engine_save_patient_finish (CR_ENGINE (source), result, &error))
    cr_ctl_answer (call, cr_wire_patient (call->data, NULL, NULL), CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
}

void
cr_ctl_patient_add (CrCtlCall *call)
{
  CrPatient *patient = cr_patient_new (cr_ctl_value (call, 0));

  patient->name = g_strdup (cr_ctl_option (call, "name"));
  patient->email = g_strdup (cr_ctl_option (call, "email"));
  patient->birth_date = g_strdup (cr_ctl_option (call, "birth-date"));
  patient->sex = g_strdup (cr_ctl_option (call, "sex"));
  cr_ctl_set_data (call, patient, g_object_unref);
  cr_engine_save_patient_async (call->engine, patient, TRUE, cr_ctl_person (call),
                                call->cancellable, patient_added_cb, call);
}

void
cr_ctl_patient_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_PATIENTS, .text = cr_ctl_option (call, "q") };

  cr_ctl_list (call, &filter);
}

static void
patient_connections_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrPatient *patient = call->data;
  GError *error = NULL;
  g_autoptr (GPtrArray) connections = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (connections == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = cr_wire_patient (patient, connections, NULL);
  json_object_set_string_member (
      object, "record_status",
      cr_enum_to_string (CR_TYPE_RECORD_STATUS, (int) patient->record_status));
  json_object_set_int_member (object, "records", patient->n_records);
  cr_json_set_time (object, "last_pull_at", patient->last_pull_ms);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
patient_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS, .patient_id = cr_ctl_value (call, 0) };
  GError *error = NULL;
  CrPatient *patient = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (patient == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_set_data (call, patient, g_object_unref);
  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, patient_connections_cb,
                        call);
}

void
cr_ctl_patient_show (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_PATIENTS, patient_cb);
}

static void
patient_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_patient_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_patient_remove (CrCtlCall *call)
{
  cr_engine_remove_patient_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                  call->cancellable, patient_removed_cb, call);
}

/* Connections and holds ------------------------------------------------------------------------ */

void
cr_ctl_connection_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS, .patient_id = cr_ctl_value (call, 0) };

  cr_ctl_list (call, &filter);
}

static void
disconnected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_disconnect_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_connection_disconnect (CrCtlCall *call)
{
  cr_engine_disconnect_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                              call->cancellable, disconnected_cb, call);
}

static void
data_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_data_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_connection_remove_data (CrCtlCall *call)
{
  cr_engine_remove_data_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                               call->cancellable, data_removed_cb, call);
}

void
cr_ctl_hold_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_HOLDS, .open_only = !cr_ctl_has (call, "all") };

  cr_ctl_list (call, &filter);
}

static void
hold_decided_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_decide_hold_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_hold_release (CrCtlCall *call)
{
  cr_engine_decide_hold_async (call->engine, cr_ctl_value (call, 0), TRUE, cr_ctl_person (call),
                               call->cancellable, hold_decided_cb, call);
}

void
cr_ctl_hold_reject (CrCtlCall *call)
{
  cr_engine_decide_hold_async (call->engine, cr_ctl_value (call, 0), FALSE, cr_ctl_person (call),
                               call->cancellable, hold_decided_cb, call);
}

void
cr_ctl_auth_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_AUTH_EVENTS, .patient_id = cr_ctl_value (call, 0) };

  cr_ctl_list (call, &filter);
}
