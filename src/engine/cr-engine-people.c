/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "base/cr-said.h"
#include "engine/cr-engine-keys.h"
#include "engine/cr-logo-fetch.h"
#include "engine/cr-source-move.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "connect/cr-lapse.h"
#include "fhir/cr-judge-patient.h"
#include "net/cr-ca-file.h"
#include "store/cr-connections-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-guard-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-removal-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

#define MAX_NOTE_CHARS 2000

static gboolean
finish_boolean (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/* Patients ------------------------------------------------------------------------------------- */

static gpointer
add_patient_func (CrDb *db, gpointer data, GError **error)
{
  return cr_patients_table_add (db, data, error) ? CR_DONE : NULL;
}

static gpointer
update_patient_func (CrDb *db, gpointer data, GError **error)
{
  CrPatient *patient = data;

  return cr_patients_table_update (db, patient, error) &&
                 cr_guard_table_note_patient (db, patient->id, cr_judge_patient,
                                              patient->updated_ms, error)
           ? CR_DONE
           : NULL;
}

void
cr_engine_save_patient_async (CrEngine *self,
                              CrPatient *patient,
                              gboolean is_new,
                              const char *person,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_save_patient_async, cancellable, callback, user_data);
  GError *error = NULL;
  CrVerb verb = { .func = is_new ? add_patient_func : update_patient_func,
                  .free_data = g_object_unref,
                  .person = person,
                  .action = is_new ? "patient.add" : "patient.edit",
                  .object = patient->id,
                  .change = CR_CHANGE_PATIENT,
                  .patient_id = patient->id };

  if (!cr_patient_check (patient, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  patient->updated_ms = self->clock ();
  if (is_new)
    patient->created_ms = patient->updated_ms;
  verb.data = g_object_ref (patient);
  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_save_patient_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  gboolean ok = finish_boolean (result, error);

  if (ok)
    cr_changes_tell (self->changes, CR_CHANGE_HOLD, NULL, NULL);
  return ok;
}

/* Sources -------------------------------------------------------------------------------------- */

static void
take (char **into, const char *value)
{
  g_free (*into);
  *into = g_strdup (value);
}

/* What people edit; what its publisher says of it, and its state, stay. */
static void
edit_source (CrSource *old, CrSource *source)
{
  take (&old->name, source->name);
  take (&old->type, source->type);
  take (&old->fhir_base_url, source->fhir_base_url);
  take (&old->portal_url, source->portal_url);
  take (&old->client_id, source->client_id);
  take (&old->scopes, source->scopes);
  take (&old->parameters, source->parameters);
  take (&old->ca_file, source->ca_file);
  old->client_auth = source->client_auth;
  old->uses_vendor_client = source->uses_vendor_client;
}

typedef struct
{
  CrSource *source; /* (owned) */
  GPtrArray *told;  /* (owned): of CrTold, once it is committed */
  gint64 now_ms;
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;

  g_object_unref (saving->source);
  g_ptr_array_unref (saving->told);
  g_free (saving);
}

static gpointer
save_source_func (CrDb *db, gpointer data, GError **error)
{
  Saving *saving = data;
  CrSource *source = saving->source;
  g_autoptr (CrSource) old = cr_sources_table_get (db, source->id, NULL);
  g_autofree char *old_base = NULL;

  if (old == NULL)
    return cr_sources_table_add (db, source, error) ? g_object_ref (source) : NULL;

  old_base = g_strdup (old->fhir_base_url);
  edit_source (old, source);
  if (strcmp (old_base, old->fhir_base_url) != 0 &&
      !cr_source_move (db, old, old_base, saving->told, saving->now_ms, error))
    return NULL;
  return cr_sources_table_update (db, old, error) ? g_steal_pointer (&old) : NULL;
}

static void
save_source_row (CrEngine *self, CrSource *source, const char *person, GTask *task)
{
  Saving *saving = g_new0 (Saving, 1);
  CrVerb verb = { .func = save_source_func,
                  .data = saving,
                  .free_data = saving_free,
                  .free_result = g_object_unref,
                  .person = person,
                  .action = "source.save",
                  .object = source->id,
                  .change = CR_CHANGE_SOURCE };

  saving->source = g_object_ref (source);
  saving->told = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_told_free);
  saving->now_ms = self->clock ();
  g_object_set_data_full (G_OBJECT (task), "told", g_ptr_array_ref (saving->told),
                          (GDestroyNotify) g_ptr_array_unref);
  cr_engine_run_verb (self, &verb, task);
}

static void
source_secret_kept_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  CrSource *source = g_task_get_task_data (task);
  GError *error = NULL;

  if (!cr_vault_set_finish (CR_VAULT (vault), result, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  save_source_row (self, source, g_object_get_data (G_OBJECT (task), "person"), task);
}

static void
source_keys_made_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  g_autofree char *set = cr_engine_key_set_finish (CR_ENGINE (engine), result, &error);

  if (set == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  save_source_row (CR_ENGINE (engine), g_task_get_task_data (task),
                   g_object_get_data (G_OBJECT (task), "person"), task);
}

static gboolean
check_ca_file (CrSource *source, GError **error)
{
  g_autoptr (GTlsDatabase) authorities = NULL;

  if (source->ca_file == NULL || source->ca_file[0] == '\0')
    return TRUE;

  authorities = cr_ca_file_load (source->ca_file, error);
  return authorities != NULL;
}

static gboolean
check_source (CrSource *source, GError **error)
{
  char *base = cr_source_normal_base (source->fhir_base_url, error);

  if (base == NULL)
    return FALSE;

  g_free (source->fhir_base_url);
  source->fhir_base_url = base;
  if (source->name == NULL || source->name[0] == '\0')
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "A source needs a name.");
      return FALSE;
    }

  return check_ca_file (source, error);
}

void
cr_engine_save_source_async (CrEngine *self,
                             CrSource *source,
                             const char *secret,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_save_source_async, cancellable, callback, user_data);
  g_autofree char *name = NULL;
  GError *error = NULL;

  if (!check_source (source, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  if (source->id == NULL || source->id[0] == '\0')
    {
      g_free (source->id);
      source->created_ms = self->clock ();
      source->id = cr_id_new ("fhirsrc_", source->created_ms);
    }
  g_task_set_task_data (task, g_object_ref (source), g_object_unref);
  g_object_set_data_full (G_OBJECT (task), "person", g_strdup (person), g_free);
  if (source->client_auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT)
    {
      cr_engine_key_set_async (self, CR_KEY_SET_SHOW, NULL, cancellable, source_keys_made_cb, task);
      return;
    }
  if (secret == NULL)
    {
      save_source_row (self, source, person, task);
      return;
    }

  name = g_strconcat ("source/", source->id, NULL);
  cr_vault_set_async (self->vault, name, "Chartroom: client secret of a portal", secret,
                      cancellable, source_secret_kept_cb, task);
}

CrSource *
cr_engine_save_source_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  CrSource *source = g_task_propagate_pointer (G_TASK (result), error);
  GPtrArray *told = g_object_get_data (G_OBJECT (result), "told");

  for (guint i = 0; source != NULL && i < told->len; i++)
    cr_told_tell (g_ptr_array_index (told, i), self->changes);
  if (source != NULL)
    cr_engine_go_on_fetching_logos (self);
  return source;
}

static gpointer
remove_source_func (CrDb *db, gpointer data, GError **error)
{
  CrSource *source = data;
  g_autofree char *secret = g_strconcat ("source/", source->id, NULL);

  return cr_sources_table_remove (db, source->id, error) &&
                 cr_removal_tasks_add (db, CR_REMOVAL_KEYRING, secret, source->created_ms, error)
           ? CR_DONE
           : NULL;
}

void
cr_engine_remove_source_async (CrEngine *self,
                               const char *id,
                               const char *person,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_remove_source_async, cancellable, callback, user_data);
  CrSource *source = cr_source_new (id);
  CrVerb verb = { .func = remove_source_func,
                  .data = source,
                  .free_data = g_object_unref,
                  .person = person,
                  .action = "source.remove",
                  .object = id,
                  .change = CR_CHANGE_SOURCE };

  source->created_ms = self->clock ();
  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_remove_source_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  gboolean ok = finish_boolean (result, error);

  if (ok)
    cr_engine_go_on_removing (self);
  return ok;
}

static void
source_tested_cb (GObject *connect, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *findings = cr_connect_test_source_finish (CR_CONNECT (connect), result, &error);

  if (findings != NULL)
    g_task_return_pointer (task, findings, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
cr_engine_test_source_async (CrEngine *self,
                             CrSource *source,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_test_source_async, cancellable, callback, user_data);

  cr_connect_test_source_async (self->connect, source, cancellable, source_tested_cb, task);
}

GPtrArray *
cr_engine_test_source_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Sessions ------------------------------------------------------------------------------------- */

static gpointer
note_func (CrDb *db, gpointer data, GError **error)
{
  return g_object_ref (data);
}

static void
session_made_cb (GObject *connect, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (CrSession) session =
      cr_connect_create_session_finish (CR_CONNECT (connect), result, &error);
  CrVerb verb = { .func = note_func,
                  .free_data = g_object_unref,
                  .free_result = g_object_unref,
                  .person = g_object_get_data (G_OBJECT (task), "person"),
                  .action = "session.create",
                  .change = CR_CHANGE_SESSION };

  if (session == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  verb.data = g_object_ref (session);
  verb.object = session->id;
  verb.patient_id = session->patient_id;
  cr_engine_run_verb (self, &verb, task);
}

void
cr_engine_create_session_async (CrEngine *self,
                                const CrSessionSpec *spec,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_create_session_async, cancellable, callback, user_data);
  CrSessionRequest request = { .patient_id = spec->patient_id,
                               .patient_name = spec->patient_name,
                               .patient_email = spec->patient_email,
                               .source_id = spec->source_id,
                               .recommended = spec->recommended,
                               .return_url = spec->return_url,
                               .return_button_label = spec->return_button_label,
                               .expires_in_s = spec->expires_in_s,
                               .metadata = spec->metadata };

  if (self->public_url == NULL)
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_BAD_INPUT,
                               "The patient pages are not open, so a session could not be used. "
                               "Start “chartroomctl serve” or the window first.");
      g_object_unref (task);
      return;
    }

  g_object_set_data_full (G_OBJECT (task), "person", g_strdup (person), g_free);
  cr_connect_create_session_async (self->connect, &request, cancellable, session_made_cb, task);
}

/* The scheduler must know when this one ends. */
CrSession *
cr_engine_create_session_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  CrSession *session = g_task_propagate_pointer (G_TASK (result), error);

  if (session != NULL && !self->is_closing)
    cr_scheduler_wake (self->scheduler);
  return session;
}

char *
cr_engine_get_session_url (CrEngine *self, CrSession *session)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return cr_connect_get_session_url (self->connect, session);
}

/* Connections ---------------------------------------------------------------------------------- */

static gpointer
done_func (CrDb *db, gpointer data, GError **error)
{
  return CR_DONE;
}

static void
disconnected_cb (GObject *tokens, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  GError *error = NULL;
  CrVerb verb = { .func = done_func,
                  .person = g_object_get_data (G_OBJECT (task), "person"),
                  .action = "connection.disconnect",
                  .object = g_object_get_data (G_OBJECT (task), "id"),
                  .change = CR_CHANGE_CONNECTION };

  if (!cr_tokens_disconnect_finish (CR_TOKENS (tokens), result, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  cr_engine_run_verb (self, &verb, task);
}

void
cr_engine_disconnect_async (CrEngine *self,
                            const char *connection_id,
                            const char *person,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_disconnect_async, cancellable, callback, user_data);

  g_object_set_data_full (G_OBJECT (task), "person", g_strdup (person), g_free);
  g_object_set_data_full (G_OBJECT (task), "id", g_strdup (connection_id), g_free);
  cr_tokens_disconnect_async (self->tokens, connection_id, cancellable, disconnected_cb, task);
}

gboolean
cr_engine_disconnect_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return finish_boolean (result, error);
}

typedef struct
{
  char *id;     /* (owned) */
  char *text;   /* (owned) (nullable) */
  char *person; /* (owned) (nullable) */
  gint64 called_ms;
  gint64 now_ms;
} Note;

static void
note_free (gpointer data)
{
  Note *note = data;

  g_free (note->id);
  g_free (note->text);
  g_free (note->person);
  g_free (note);
}

static gpointer
save_note_func (CrDb *db, gpointer data, GError **error)
{
  Note *note = data;
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, note->id, error);

  return connection != NULL && cr_notes_table_save (db, note->id, note->text, note->called_ms,
                                                    note->person, note->now_ms, error)
           ? CR_DONE
           : NULL;
}

void
cr_engine_note_connection_async (CrEngine *self,
                                 const char *connection_id,
                                 const char *text,
                                 gint64 called_ms,
                                 const char *person,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_note_connection_async, cancellable, callback, user_data);
  Note *note;
  CrVerb verb = { .func = save_note_func,
                  .free_data = note_free,
                  .person = person,
                  .action = "connection.note",
                  .object = connection_id,
                  .change = CR_CHANGE_CONNECTION };

  if (text != NULL &&
      (!g_utf8_validate (text, -1, NULL) || g_utf8_strlen (text, -1) > MAX_NOTE_CHARS))
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_BAD_INPUT,
                               "A note has at most %d characters.", MAX_NOTE_CHARS);
      g_object_unref (task);
      return;
    }

  note = g_new0 (Note, 1);
  note->id = g_strdup (connection_id);
  note->text = g_strdup (text);
  note->person = g_strdup (person);
  note->called_ms = called_ms;
  note->now_ms = self->clock ();
  verb.data = note;
  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_note_connection_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return finish_boolean (result, error);
}

/* Holds ---------------------------------------------------------------------------------------- */

typedef struct
{
  char *id;     /* (owned) */
  char *person; /* (owned) */
  gboolean release;
  gint64 now_ms;
} Decision;

static void
decision_free (gpointer data)
{
  Decision *decision = data;

  g_free (decision->id);
  g_free (decision->person);
  g_free (decision);
}

static gboolean
log_decision (CrDb *db, Decision *decision, GError **error)
{
  g_autoptr (CrHold) hold = cr_holds_table_get (db, decision->id, error);
  g_autoptr (CrConnection) connection =
      hold != NULL ? cr_connections_table_get (db, hold->connection_id, error) : NULL;
  g_autoptr (CrAuthEvent) event = NULL;
  g_autofree char *words = NULL;

  if (connection == NULL)
    return FALSE;

  words = g_strdup_printf (
      decision->release
          ? CR_SAID ("%s decided that this is the right patient. The records are free.")
          : CR_SAID ("%s decided that this is not the right patient. The records stay "
                     "here and nobody else can read them."),
      decision->person != NULL ? decision->person : "Somebody");
  event = cr_auth_event_of_connection (connection, CR_AUTH_STEP_DECISION,
                                       decision->release ? CR_AUTH_OUTCOME_SUCCESS
                                                         : CR_AUTH_OUTCOME_FAILURE,
                                       CR_FAILURE_NONE, words, decision->now_ms);
  return cr_auth_events_table_add (db, event, error);
}

static gpointer
decide_func (CrDb *db, gpointer data, GError **error)
{
  Decision *decision = data;
  CrHoldStatus status = decision->release ? CR_HOLD_RELEASED : CR_HOLD_REJECTED;

  if (!cr_holds_table_decide (db, decision->id, status, decision->person, decision->now_ms,
                              error) ||
      !log_decision (db, decision, error))
    return NULL;
  if (decision->release && !cr_runs_table_queue_all (db, CR_RUN_TRIGGER_HOLD_RELEASED,
                                                     decision->person, decision->now_ms, error))
    return NULL;

  return CR_DONE;
}

void
cr_engine_decide_hold_async (CrEngine *self,
                             const char *hold_id,
                             gboolean release,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_decide_hold_async, cancellable, callback, user_data);
  Decision *decision = g_new0 (Decision, 1);
  CrVerb verb = { .func = decide_func,
                  .data = decision,
                  .free_data = decision_free,
                  .person = person,
                  .action = release ? "hold.release" : "hold.reject",
                  .object = hold_id,
                  .change = CR_CHANGE_HOLD };

  decision->id = g_strdup (hold_id);
  decision->person = g_strdup (person);
  decision->release = release;
  decision->now_ms = self->clock ();
  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_decide_hold_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  gboolean ok = finish_boolean (result, error);

  if (ok)
    {
      cr_changes_tell (self->changes, CR_CHANGE_AUTH_EVENT, NULL, NULL);
      cr_changes_tell (self->changes, CR_CHANGE_RUN, NULL, NULL);
    }
  return ok;
}
