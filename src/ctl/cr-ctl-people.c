/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-error.h"
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
  cr_ctl_note_look (call, CR_LOOK_PATIENT);
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

/* Takes @error and @removal. */
static void
answer_removal (CrCtlCall *call, CrRemoval *removal, GError *error)
{
  JsonObject *object;

  if (removal == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = cr_wire_removal (removal);
  json_object_set_string_member (object, "id", cr_ctl_value (call, 0));
  json_object_set_boolean_member (object, "ok", TRUE);
  cr_removal_free (removal);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
weighed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrRemoval *removal = cr_engine_weigh_removal_finish (CR_ENGINE (source), result, &error);

  answer_removal (user_data, removal, error);
}

static void
patient_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrRemoval *removal = cr_engine_remove_patient_finish (CR_ENGINE (source), result, &error);

  answer_removal (user_data, removal, error);
}

void
cr_ctl_patient_remove (CrCtlCall *call)
{
  if (cr_ctl_has (call, "dry-run"))
    cr_engine_weigh_removal_async (call->engine, CR_LIST_PATIENTS, cr_ctl_value (call, 0),
                                   call->cancellable, weighed_cb, call);
  else
    cr_engine_remove_patient_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                    call->cancellable, patient_removed_cb, call);
}

/* Connections and holds ------------------------------------------------------------------------ */

static void
reconnect_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) connections = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;
  JsonArray *data;

  if (connections == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = json_object_new ();
  data = json_array_new ();
  for (guint i = 0; i < connections->len; i++)
    json_array_add_object_element (
        data, cr_wire_reconnect (g_ptr_array_index (connections, i), cr_time_now_ms ()));
  json_object_set_array_member (object, "data", data);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

/* One of the nicks of an enum, or a refusal that lists them. */
static gboolean
read_choice (CrCtlCall *call, const char *name, GType type, int *value)
{
  const char *text = cr_ctl_option (call, name);

  if (text == NULL || cr_enum_from_string (type, text, value))
    return TRUE;

  cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                  "--%s does not know “%s”. See chartroomctl --help.", name, text));
  return FALSE;
}

static void
list_reconnect (CrCtlCall *call)
{
  int called = CR_CALLED_ALL, sort = CR_RECONNECT_BY_DAYS;
  CrListFilter filter = { .kind = CR_LIST_RECONNECT,
                          .text = cr_ctl_option (call, "q"),
                          .within_days = cr_ctl_number (call, "within", 0) };

  if (!read_choice (call, "calls", CR_TYPE_CALLED, &called) ||
      !read_choice (call, "sort", CR_TYPE_RECONNECT_SORT, &sort))
    return;

  filter.called = (CrCalled) called;
  filter.sort = (CrReconnectSort) sort;
  cr_engine_list_async (call->engine, &filter, cr_ctl_number (call, "offset", 0),
                        cr_ctl_number (call, "limit", MANY), call->cancellable, reconnect_listed_cb,
                        call);
}

void
cr_ctl_connection_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS, .patient_id = cr_ctl_value (call, 0) };

  if (cr_ctl_has (call, "reconnect"))
    list_reconnect (call);
  else if (filter.patient_id == NULL)
    cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                    "Name a patient, or list those who must sign in again with "
                                    "--reconnect."));
  else
    cr_ctl_list (call, &filter);
}

static void
noted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_note_connection_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_connection_note (CrCtlCall *call)
{
  const char *text = cr_ctl_value (call, 1);
  gint64 called_ms = cr_ctl_has (call, "called")     ? cr_time_now_ms ()
                   : cr_ctl_has (call, "not-called") ? 0
                                                     : CR_ENGINE_KEEP;

  if (text == NULL && called_ms == CR_ENGINE_KEEP)
    cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                    "Nothing to note: give a text, or --called."));
  else
    cr_engine_note_connection_async (call->engine, cr_ctl_value (call, 0), text, called_ms,
                                     cr_ctl_person (call), call->cancellable, noted_cb, call);
}

static void
disconnected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_disconnect_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

static void
data_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrRemoval *removal = cr_engine_remove_data_finish (CR_ENGINE (source), result, &error);

  answer_removal (user_data, removal, error);
}

static void
weigh_connection (CrCtlCall *call)
{
  cr_engine_weigh_removal_async (call->engine, CR_LIST_CONNECTIONS, cr_ctl_value (call, 0),
                                 call->cancellable, weighed_cb, call);
}

void
cr_ctl_connection_disconnect (CrCtlCall *call)
{
  const char *id = cr_ctl_value (call, 0);

  if (cr_ctl_has (call, "dry-run"))
    weigh_connection (call);
  else if (cr_ctl_has (call, "remove-data"))
    cr_engine_remove_connection_async (call->engine, id, cr_ctl_person (call), call->cancellable,
                                       data_removed_cb, call);
  else
    cr_engine_disconnect_async (call->engine, id, cr_ctl_person (call), call->cancellable,
                                disconnected_cb, call);
}

void
cr_ctl_connection_remove_data (CrCtlCall *call)
{
  if (cr_ctl_has (call, "dry-run"))
    weigh_connection (call);
  else
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
cr_ctl_look_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_LOOKS, .patient_id = cr_ctl_value (call, 0) };

  cr_ctl_list (call, &filter);
}

void
cr_ctl_auth_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_AUTH_EVENTS, .patient_id = cr_ctl_value (call, 0) };

  cr_ctl_list (call, &filter);
}
