/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "connect/cr-connect-private.h"
#include "connect/cr-return-url.h"
#include "fhir/cr-judge-patient.h"
#include "model/cr-patient.h"
#include "store/cr-guard-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

#include <string.h>

#define KEY_BYTES 16
#define DEFAULT_LIFE_S 1800
#define MIN_LIFE_S 60
#define MAX_LIFE_S 86400
#define MAX_LABEL 60
#define MAX_RECOMMENDED 100

typedef struct
{
  CrPatient *patient; /* (owned) */
  CrSession *session; /* (owned) */
  char *session_url;  /* (owned) */
  CrTold *told;       /* (owned) */
} Making;

static void
making_free (gpointer data)
{
  Making *self = data;

  g_clear_object (&self->patient);
  g_clear_object (&self->session);
  g_free (self->session_url);
  g_clear_pointer (&self->told, cr_told_free);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *words)
{
  g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT, words);
  return FALSE;
}

static gboolean
check_label (const char *label, GError **error)
{
  glong n = label != NULL && g_utf8_validate (label, -1, NULL) ? g_utf8_strlen (label, -1) : 0;

  if (label == NULL)
    return TRUE;
  if (n < 1 || n > MAX_LABEL)
    return refuse (error, "return_button_label must have 1 to 60 characters");

  for (const char *p = label; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return refuse (error, "return_button_label must not hold control characters");

  return TRUE;
}

static gboolean
check_metadata (const char *metadata, GError **error)
{
  g_autoptr (JsonObject) object = NULL;

  if (metadata == NULL)
    return TRUE;

  object = cr_json_parse (metadata, -1, "metadata", NULL);
  return object != NULL || refuse (error, "metadata must be a JSON object");
}

static gboolean
check_sources (const CrSessionRequest *request, GError **error)
{
  if (request->source_id != NULL && request->recommended != NULL)
    return refuse (error, "connection_id and recommended_connection_ids exclude each other: give "
                          "one of them");
  if (request->source_id != NULL && request->source_id[0] == '\0')
    return refuse (error, "connection_id must not be empty");
  if (request->recommended == NULL)
    return TRUE;
  if (g_strv_length ((char **) request->recommended) > MAX_RECOMMENDED)
    return refuse (error, "recommended_connection_ids holds more than 100 ids");

  for (guint i = 0; request->recommended[i] != NULL; i++)
    if (request->recommended[i][0] == '\0')
      return refuse (error, "recommended_connection_ids must not hold an empty id");

  return TRUE;
}

static gboolean
check_request (const CrSessionRequest *request, GError **error)
{
  gint64 life_s = request->expires_in_s;

  if (request->patient_id == NULL || request->patient_id[0] == '\0')
    return refuse (error, "patient_id is required");
  if (life_s != 0 && (life_s < MIN_LIFE_S || life_s > MAX_LIFE_S))
    return refuse (error, "expires_in must be 60 to 86400 seconds");
  if (request->return_url != NULL && !cr_return_url_check (request->return_url, error))
    return FALSE;

  return check_label (request->return_button_label, error) &&
         check_metadata (request->metadata, error) && check_sources (request, error);
}

static CrPatient *
patient_of (const CrSessionRequest *request, gint64 now_ms)
{
  CrPatient *patient = cr_patient_new (request->patient_id);

  patient->name = g_strdup (request->patient_name);
  patient->email = g_strdup (request->patient_email);
  patient->created_ms = now_ms;
  patient->updated_ms = now_ms;
  return patient;
}

static CrSession *
session_of (const CrSessionRequest *request, gint64 now_ms)
{
  g_autofree char *id = cr_id_new ("ps_", now_ms);
  CrSession *session = cr_session_new (id);
  gint64 life_s = request->expires_in_s != 0 ? request->expires_in_s : DEFAULT_LIFE_S;

  session->patient_id = g_strdup (request->patient_id);
  session->url_key = cr_random_hex (KEY_BYTES);
  session->status = CR_SESSION_OPEN;
  session->source_id = g_strdup (request->source_id);
  session->recommended = g_strdupv ((char **) request->recommended);
  session->return_url = g_strdup (request->return_url);
  session->return_button_label = g_strdup (request->return_button_label);
  g_free (session->metadata);
  session->metadata = g_strdup (request->metadata != NULL ? request->metadata : "{}");
  session->created_ms = now_ms;
  session->expires_ms = now_ms + life_s * 1000;
  return session;
}

/* Puts the catalog's id in place of @id, which may be a FHIR base URL. */
static gboolean
resolve_source (CrDb *db, char **id, GError **error)
{
  g_autofree char *base = strstr (*id, "://") != NULL ? cr_source_normal_base (*id, NULL) : NULL;
  g_autoptr (CrSource) source = cr_sources_table_get (db, base != NULL ? base : *id, error);

  if (source == NULL)
    return FALSE;

  cr_set_text (id, source->id);
  return TRUE;
}

static gpointer
make (CrDb *db, gpointer data, GError **error)
{
  Making *self = data;
  CrSession *session = self->session;

  if (session->source_id != NULL && !resolve_source (db, &session->source_id, error))
    return NULL;
  for (guint i = 0; session->recommended != NULL && session->recommended[i] != NULL; i++)
    if (!resolve_source (db, &session->recommended[i], error))
      return NULL;

  if (!cr_patients_table_upsert (db, self->patient, error) ||
      !cr_guard_table_note_patient (db, self->patient->id, cr_judge_patient, session->created_ms,
                                    error) ||
      !cr_sessions_table_add (db, session, error))
    return NULL;

  cr_told_note (self->told, CR_CHANGE_PATIENT, self->patient->id);
  cr_told_note (self->told, CR_CHANGE_SESSION, session->id);
  return self;
}

static void
made_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Making *self = g_task_get_task_data (task);
  CrConnect *connect = g_task_get_source_object (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (object), result, &error) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  cr_told_tell (self->told, connect->changes);
  cr_changes_tell (connect->changes, CR_CHANGE_HOLD, NULL, self->patient->id);
  g_task_return_pointer (task, g_object_ref (self->session), g_object_unref);
}

/**
 * cr_connect_create_session_async:
 * @request: copied; without a return_url the session ends on a page of ours
 *
 * Makes a session, and its patient if missing; name and e-mail given here are stored or updated.
 *
 * Errors: CR_ERROR_BAD_INPUT naming the field; CR_ERROR_NOT_FOUND for a source
 */
void
cr_connect_create_session_async (CrConnect *self,
                                 const CrSessionRequest *request,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task;
  Making *making;
  GError *error = NULL;
  gint64 now_ms;

  g_return_if_fail (CR_IS_CONNECT (self));
  g_return_if_fail (request != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_connect_create_session_async);
  making = g_new0 (Making, 1);
  g_task_set_task_data (task, making, making_free);

  now_ms = self->clock ();
  if (check_request (request, &error))
    {
      making->patient = patient_of (request, now_ms);
      cr_patient_check (making->patient, &error);
    }
  if (error != NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  making->session = session_of (request, now_ms);
  if (making->session->return_url == NULL)
    making->session->return_url = cr_connect_get_session_url (self, making->session);
  making->told = cr_told_new (request->patient_id);
  cr_store_write_async (self->store, CR_WRITE_SURE, make, making, NULL, NULL, NULL, made_cb, task);
}

CrSession *
cr_connect_create_session_finish (CrConnect *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
