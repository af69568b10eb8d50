/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cr-demo.h"

#include "model/cr-explain.h"
#include "sandbox/cr-sandbox-visitor.h"

#include <string.h>
#include <unistd.h>

#define PERSON "demo"
#define MANY 100000
#define LOOK_MS 250

typedef struct
{
  CrEngine *engine;          /* (owned) */
  CrSandboxVisitor *visitor; /* (owned) (nullable): a new one for each patient */
  GPtrArray *people;         /* (owned) (nullable) */
  char *source_id;           /* (owned) (nullable) */
  guint position;            /* of the patient in hand */
  gint64 begun_us;
  gboolean show_progress;
  gboolean is_tty;
  GPtrArray *pulls;       /* (owned) (nullable): as last read */
  GPtrArray *runs;        /* (owned) (nullable) */
  CrDemoSummary *summary; /* (owned) */
} Demo;

void
cr_demo_summary_free (CrDemoSummary *self)
{
  g_free (self->trouble);
  g_free (self);
}

static void
demo_free (gpointer data)
{
  Demo *demo = data;

  g_object_unref (demo->engine);
  g_clear_object (&demo->visitor);
  g_clear_pointer (&demo->people, g_ptr_array_unref);
  g_clear_pointer (&demo->pulls, g_ptr_array_unref);
  g_clear_pointer (&demo->runs, g_ptr_array_unref);
  g_clear_pointer (&demo->summary, cr_demo_summary_free);
  g_free (demo->source_id);
  g_free (demo);
}

static void G_GNUC_PRINTF (2, 3) say (Demo *demo, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  if (!demo->show_progress)
    return;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr (demo->is_tty ? "\r\033[K%s" : "%s\n", text);
}

static void
note_trouble (Demo *demo, const char *words)
{
  demo->summary->ok = FALSE;
  if (demo->summary->trouble == NULL)
    demo->summary->trouble = g_strdup (words);
}

/* Takes @task and @error. */
static void
fail (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* The end -------------------------------------------------------------------------------------- */

static void
add_up (Demo *demo, GPtrArray *destinations)
{
  CrDemoSummary *summary = demo->summary;

  if (summary->n_connections < demo->people->len)
    note_trouble (demo, "A patient could not be connected.");
  summary->n_pulls = demo->pulls->len;
  summary->n_runs = demo->runs->len;
  for (guint i = 0; i < demo->pulls->len; i++)
    {
      CrPull *pull = g_ptr_array_index (demo->pulls, i);

      if (pull->status != CR_PULL_COMPLETE)
        note_trouble (demo, cr_explain_pull (pull->status)->sentence);
    }
  for (guint i = 0; i < demo->runs->len; i++)
    {
      CrExportRun *run = g_ptr_array_index (demo->runs, i);

      if (run->status != CR_RUN_COMPLETE)
        note_trouble (demo, run->error_message != NULL ? run->error_message
                                                       : cr_explain_run (run->status)->sentence);
    }
  for (guint i = 0; i < destinations->len; i++)
    {
      CrDestination *destination = g_ptr_array_index (destinations, i);

      summary->n_delivered += destination->n_delivered;
      if (destination->n_failing > 0)
        note_trouble (demo, "A destination refused some of the records.");
    }
}

static void
destinations_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) destinations = cr_engine_list_finish (demo->engine, result, &error);

  if (destinations == NULL)
    {
      fail (task, error);
      return;
    }

  add_up (demo, destinations);
  demo->summary->seconds = (double) (g_get_monotonic_time () - demo->begun_us) / G_USEC_PER_SEC;
  if (demo->show_progress && demo->is_tty)
    g_printerr ("\r\033[K");
  g_task_return_pointer (task, g_steal_pointer (&demo->summary),
                         (GDestroyNotify) cr_demo_summary_free);
  g_object_unref (task);
}

static void
patients_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  CrListFilter filter = { .kind = CR_LIST_DESTINATIONS };
  GError *error = NULL;
  g_autoptr (GPtrArray) patients = cr_engine_list_finish (demo->engine, result, &error);

  if (patients == NULL)
    {
      fail (task, error);
      return;
    }

  demo->summary->n_patients = patients->len;
  for (guint i = 0; i < patients->len; i++)
    {
      CrPatient *patient = g_ptr_array_index (patients, i);

      demo->summary->n_records += patient->n_records;
      demo->summary->n_connections += patient->n_connections;
      demo->summary->n_held += patient->record_status == CR_RECORD_STATUS_HELD;
    }
  cr_engine_list_async (demo->engine, &filter, 0, MANY, g_task_get_cancellable (task),
                        destinations_cb, task);
}

/* Waiting -------------------------------------------------------------------------------------- */

static void look (GTask *task);

static gboolean
look_cb (gpointer user_data)
{
  look (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
is_settled (Demo *demo)
{
  guint n_open = 0, n_received = 0;
  guint n_delivered = 0;

  for (guint i = 0; i < demo->pulls->len; i++)
    {
      CrPull *pull = g_ptr_array_index (demo->pulls, i);

      n_open += !cr_pull_status_is_final (pull->status);
      n_received += pull->n_received;
    }
  for (guint i = 0; i < demo->runs->len; i++)
    {
      CrExportRun *run = g_ptr_array_index (demo->runs, i);

      n_open += !cr_run_status_is_final (run->status);
      n_delivered += run->n_resources;
    }

  say (demo, "%u of %u patients connected · %u records in · %u delivered · %u still at work",
       demo->position, demo->people->len, n_received, n_delivered, n_open);
  return n_open == 0 && demo->position == demo->people->len;
}

static void
runs_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  CrListFilter filter = { .kind = CR_LIST_PATIENTS };
  GError *error = NULL;

  g_clear_pointer (&demo->runs, g_ptr_array_unref);
  demo->runs = cr_engine_list_finish (demo->engine, result, &error);
  if (demo->runs == NULL)
    fail (task, error);
  else if (is_settled (demo))
    cr_engine_list_async (demo->engine, &filter, 0, MANY, g_task_get_cancellable (task),
                          patients_cb, task);
  else
    g_timeout_add (LOOK_MS, look_cb, task);
}

static void
pulls_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  CrListFilter filter = { .kind = CR_LIST_RUNS };
  GError *error = NULL;

  g_clear_pointer (&demo->pulls, g_ptr_array_unref);
  demo->pulls = cr_engine_list_finish (demo->engine, result, &error);
  if (demo->pulls == NULL)
    fail (task, error);
  else
    cr_engine_list_async (demo->engine, &filter, 0, MANY, g_task_get_cancellable (task), runs_cb,
                          task);
}

/* Pulls first: a pull that ends queues its exports in the same transaction, so no run can be missed
 * between the two reads. */
static void
look (GTask *task)
{
  Demo *demo = g_task_get_task_data (task);
  CrListFilter filter = { .kind = CR_LIST_PULLS };

  cr_engine_list_async (demo->engine, &filter, 0, MANY, g_task_get_cancellable (task), pulls_cb,
                        task);
}

/* Connecting ----------------------------------------------------------------------------------- */

static void connect_next (GTask *task);

static void
walked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *url =
      cr_sandbox_visitor_walk_finish (CR_SANDBOX_VISITOR (source), result, &error);

  if (url == NULL)
    {
      fail (task, error);
      return;
    }
  if (strstr (url, "success=false") != NULL)
    note_trouble (demo, "A patient could not be connected.");

  demo->position++;
  connect_next (task);
}

static void
session_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  CrSandboxPerson *person = g_ptr_array_index (demo->people, demo->position);
  GError *error = NULL;
  g_autoptr (CrSession) session = cr_engine_create_session_finish (demo->engine, result, &error);
  g_autofree char *url = NULL;

  if (session == NULL)
    {
      fail (task, error);
      return;
    }

  url = cr_engine_get_session_url (demo->engine, session);
  g_clear_object (&demo->visitor);
  demo->visitor = cr_sandbox_visitor_new ();
  cr_sandbox_visitor_walk_async (demo->visitor, url, person->username, person->password, walked_cb,
                                 task);
}

/* Takes @task. */
static void
connect_next (GTask *task)
{
  Demo *demo = g_task_get_task_data (task);
  CrSandboxPerson *person;
  CrSessionSpec spec = { .source_id = demo->source_id };

  if (demo->position == demo->people->len)
    {
      look (task);
      return;
    }

  person = g_ptr_array_index (demo->people, demo->position);
  say (demo, "%u of %u patients connected", demo->position, demo->people->len);
  spec.patient_id = person->clinic_id;
  cr_engine_create_session_async (demo->engine, &spec, PERSON, g_task_get_cancellable (task),
                                  session_cb, task);
}

static void
sources_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) sources = cr_engine_list_finish (demo->engine, result, &error);

  if (sources == NULL)
    {
      fail (task, error);
      return;
    }

  demo->source_id = g_strdup (CR_SOURCE (g_ptr_array_index (sources, 0))->id);
  connect_next (task);
}

static void
people_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  CrListFilter filter = { .kind = CR_LIST_SOURCES };
  GError *error = NULL;

  demo->people = cr_sandbox_visitor_people_finish (demo->visitor, result, &error);
  if (demo->people == NULL)
    fail (task, error);
  else
    cr_engine_list_async (demo->engine, &filter, 0, 1, g_task_get_cancellable (task), sources_cb,
                          task);
}

static void
sandbox_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Demo *demo = g_task_get_task_data (task);
  GError *error = NULL;

  if (!cr_engine_start_sandbox_finish (demo->engine, result, &error))
    {
      fail (task, error);
      return;
    }

  demo->visitor = cr_sandbox_visitor_new ();
  cr_sandbox_visitor_people_async (demo->visitor, cr_engine_get_sandbox_uri (demo->engine),
                                   people_cb, task);
}

void
cr_demo_run_async (CrEngine *engine,
                   gboolean show_progress,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Demo *demo = g_new0 (Demo, 1);

  g_task_set_source_tag (task, cr_demo_run_async);
  g_task_set_task_data (task, demo, demo_free);
  demo->engine = g_object_ref (engine);
  demo->begun_us = g_get_monotonic_time ();
  demo->show_progress = show_progress;
  demo->is_tty = isatty (STDERR_FILENO);
  demo->summary = g_new0 (CrDemoSummary, 1);
  demo->summary->ok = TRUE;
  cr_engine_start_sandbox_async (engine, PERSON, cancellable, sandbox_cb, task);
}

CrDemoSummary *
cr_demo_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
