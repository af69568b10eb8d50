/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "base/cr-error.h"
#include "engine/cr-source-pace.h"
#include "fhir/cr-judge-patient.h"
#include "fhir/cr-resource.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-guard-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-pages.h"
#include "store/cr-patients-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-record-stretch.h"
#include "store/cr-sources-table.h"
#include "store/cr-webhooks-table.h"

#define PATIENT_ID_SYSTEM "urn:medblocks:patient-id"

/* Pages ---------------------------------------------------------------------------------------- */

static void
page_ask_free (gpointer data)
{
  CrPageAsk *copy = data;

  g_free ((char *) copy->id);
  g_free ((char *) copy->owner);
  g_free ((char *) copy->email);
  g_free ((char *) copy->text);
  g_free ((char *) copy->type);
  g_free ((char *) copy->status);
  g_free ((char *) copy->key);
  g_free (copy);
}

static CrPageAsk *
page_ask_copy (const CrPageAsk *from)
{
  CrPageAsk *copy = g_memdup2 (from, sizeof *from);

  copy->id = g_strdup (from->id);
  copy->owner = g_strdup (from->owner);
  copy->email = g_strdup (from->email);
  copy->text = g_strdup (from->text);
  copy->type = g_strdup (from->type);
  copy->status = g_strdup (from->status);
  copy->key = g_strdup (from->key);
  return copy;
}

/* Whose list it is must be there: an empty list of somebody unknown would be a lie. */
static gboolean
check_owner (CrDb *db, const CrPageAsk *asked, GError **error)
{
  g_autoptr (GObject) owner = NULL;

  switch (asked->kind)
    {
    case CR_PAGE_SESSIONS:
    case CR_PAGE_PATIENT_PULLS:
      owner = (GObject *) cr_patients_table_get (db, asked->owner, error);
      return owner != NULL;
    case CR_PAGE_RUNS:
      owner = (GObject *) cr_destinations_table_get (db, asked->owner, error);
      return owner != NULL;
    case CR_PAGE_ITEMS:
      owner = (GObject *) cr_runs_table_get (db, asked->owner, error);
      return owner != NULL;
    case CR_PAGE_DELIVERIES:
      owner = (GObject *) cr_webhooks_table_get (db, asked->owner, error);
      return owner != NULL;
    case CR_PAGE_WEBHOOKS:
    case CR_PAGE_PATIENTS:
    case CR_PAGE_SOURCES:
    case CR_PAGE_PULLS:
    case CR_PAGE_DESTINATIONS:
      break;
    }

  return TRUE;
}

static gpointer
page_func (CrDb *db, gpointer data, GError **error)
{
  const CrPageAsk *asked = data;
  g_autoptr (CrListPage) page =
      check_owner (db, asked, error) ? cr_pages_read (db, asked, error) : NULL;

  if (page != NULL && asked->kind == CR_PAGE_SOURCES &&
      !cr_source_pace_fill (db, page->rows, asked->now_ms, error))
    return NULL;
  return g_steal_pointer (&page);
}

/**
 * cr_engine_page_async:
 *
 * Errors: CR_ERROR_NOT_FOUND when whose list it is is not there
 */
void
cr_engine_page_async (CrEngine *self,
                      const CrPageAsk *asked,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  CrPageAsk *copy = page_ask_copy (asked);

  copy->now_ms = self->clock ();
  cr_engine_read (self, CR_READ_SCREEN, page_func, copy, page_ask_free,
                  (GDestroyNotify) cr_list_page_free,
                  cr_engine_task (self, cr_engine_page_async, cancellable, callback, user_data));
}

CrListPage *
cr_engine_page_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Whole objects -------------------------------------------------------------------------------- */

static gpointer
patient_func (CrDb *db, gpointer data, GError **error)
{
  return cr_pages_get_patient (db, data, error);
}

static gpointer
session_func (CrDb *db, gpointer data, GError **error)
{
  return cr_pages_get_session (db, data, error);
}

/**
 * cr_engine_get_whole_async:
 * @kind: CR_LIST_PATIENTS, with connections and failed attempts; CR_LIST_SESSIONS, with attempts
 */
void
cr_engine_get_whole_async (CrEngine *self,
                           CrListKind kind,
                           const char *id,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_return_if_fail (kind == CR_LIST_PATIENTS || kind == CR_LIST_SESSIONS);

  cr_engine_read (
      self, CR_READ_SCREEN, kind == CR_LIST_PATIENTS ? patient_func : session_func, g_strdup (id),
      g_free, g_object_unref,
      cr_engine_task (self, cr_engine_get_whole_async, cancellable, callback, user_data));
}

gpointer
cr_engine_get_whole_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Records -------------------------------------------------------------------------------------- */

static void
stretch_ask_free (gpointer data)
{
  CrStretchAsk *copy = data;

  g_free ((char *) copy->patient_id);
  g_free ((char *) copy->types);
  g_free (copy);
}

/* Every Patient that leaves says who it is here. One that cannot be read stays as it came. */
static void
add_identifier (CrRecord *record)
{
  GBytes *body;

  if (!g_str_equal (record->type, "Patient"))
    return;

  body = cr_resource_add_identifier (record->body, PATIENT_ID_SYSTEM, record->patient_id, NULL);
  if (body == NULL)
    return;
  g_bytes_unref (record->body);
  record->body = body;
}

static gpointer
stretch_func (CrDb *db, gpointer data, GError **error)
{
  const CrStretchAsk *asked = data;
  g_autoptr (CrPatient) patient = cr_patients_table_get (db, asked->patient_id, error);
  CrStretch *stretch = patient != NULL ? cr_record_stretch_read (db, asked, error) : NULL;

  for (guint i = 0; stretch != NULL && i < stretch->records->len; i++)
    add_identifier (g_ptr_array_index (stretch->records, i));
  return stretch;
}

/**
 * cr_engine_read_stretch_async:
 *
 * Latest versions for another program: none whose connection waits for a decision, and the patient
 * identifier added.
 */
void
cr_engine_read_stretch_async (CrEngine *self,
                              const CrStretchAsk *asked,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  CrStretchAsk *copy = g_memdup2 (asked, sizeof *asked);

  copy->patient_id = g_strdup (asked->patient_id);
  copy->types = g_strdup (asked->types);
  cr_engine_read (
      self, CR_READ_BULK, stretch_func, copy, stretch_ask_free, (GDestroyNotify) cr_stretch_free,
      cr_engine_task (self, cr_engine_read_stretch_async, cancellable, callback, user_data));
}

CrStretch *
cr_engine_read_stretch_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gpointer
mark_func (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrPatient) patient = cr_patients_table_get (db, data, error);

  return patient != NULL ? cr_record_stretch_mark (db, data, error) : NULL;
}

void
cr_engine_mark_records_async (CrEngine *self,
                              const char *patient_id,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  cr_engine_read (
      self, CR_READ_SCREEN, mark_func, g_strdup (patient_id), g_free, g_free,
      cr_engine_task (self, cr_engine_mark_records_async, cancellable, callback, user_data));
}

char *
cr_engine_mark_records_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Events --------------------------------------------------------------------------------------- */

typedef struct
{
  char *after_id; /* (owned) (nullable) */
  guint limit;
} EventsAsk;

static void
events_ask_free (gpointer data)
{
  EventsAsk *asked = data;

  g_free (asked->after_id);
  g_free (asked);
}

static gpointer
events_func (CrDb *db, gpointer data, GError **error)
{
  EventsAsk *asked = data;

  return asked->after_id == NULL ? cr_events_table_list_newest (db, 0, asked->limit, error)
                                 : cr_events_table_list (db, asked->after_id, asked->limit, error);
}

/**
 * cr_engine_read_events_async:
 * @after_id: (nullable): the events behind this one, oldest first; %NULL: the newest, newest first
 */
void
cr_engine_read_events_async (CrEngine *self,
                             const char *after_id,
                             guint limit,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  EventsAsk *asked = g_new0 (EventsAsk, 1);

  asked->after_id = g_strdup (after_id);
  asked->limit = limit;
  cr_engine_read (
      self, CR_READ_SCREEN, events_func, asked, events_ask_free, (GDestroyNotify) g_ptr_array_unref,
      cr_engine_task (self, cr_engine_read_events_async, cancellable, callback, user_data));
}

GPtrArray *
cr_engine_read_events_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* A patient replaced --------------------------------------------------------------------------- */

/* What only the clinic's own screens know stays. */
static gpointer
replace_func (CrDb *db, gpointer data, GError **error)
{
  CrPatient *patient = data;
  g_autoptr (CrPatient) old = cr_patients_table_get (db, patient->id, error);

  if (old == NULL)
    return NULL;

  if (patient->birth_date == NULL)
    patient->birth_date = g_strdup (old->birth_date);
  if (patient->sex == NULL)
    patient->sex = g_strdup (old->sex);
  patient->created_ms = old->created_ms;
  return cr_patients_table_update (db, patient, error) &&
                 cr_guard_table_note_patient (db, patient->id, cr_judge_patient,
                                              patient->updated_ms, error)
           ? g_object_ref (patient)
           : NULL;
}

/**
 * cr_engine_replace_patient_async:
 * @patient: its name, e-mail and metadata take the place of those stored, also when unset; birth
 *   date and sex only when set
 */
void
cr_engine_replace_patient_async (CrEngine *self,
                                 CrPatient *patient,
                                 const char *person,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_replace_patient_async, cancellable, callback, user_data);
  GError *error = NULL;
  CrVerb verb = { .func = replace_func,
                  .free_data = g_object_unref,
                  .free_result = g_object_unref,
                  .person = person,
                  .action = "patient.edit",
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
  verb.data = g_object_ref (patient);
  cr_engine_run_verb (self, &verb, task);
}

CrPatient *
cr_engine_replace_patient_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  CrPatient *patient = g_task_propagate_pointer (G_TASK (result), error);

  if (patient != NULL)
    cr_changes_tell (self->changes, CR_CHANGE_HOLD, NULL, patient->id);
  return patient;
}
