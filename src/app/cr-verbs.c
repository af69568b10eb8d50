/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-actions.h"

#include "app/cr-dialogs.h"
#include "app/cr-removal-words.h"
#include "app/cr-words.h"
#include "engine/cr-engine-catalog.h"
#include "engine/cr-engine-webhooks.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

typedef void (*Start) (CrEngine *engine,
                       const char *id,
                       const char *person,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
typedef gboolean (*Finish) (CrEngine *engine, GAsyncResult *result, GError **error);
typedef CrRemoval *(*FinishRemoval) (CrEngine *engine, GAsyncResult *result, GError **error);

/* One row for each: the words before (for what cannot be undone), after, and when it failed. */
typedef struct
{
  const char *action;
  Start start;
  Finish finish;
  const char *done;
  const char *failed;
  const char *heading;          /* (nullable): asks first */
  const char *body;             /* (nullable) */
  const char *verb;             /* (nullable) */
  FinishRemoval finish_removal; /* (nullable): in place of @finish; gives a receipt */
  gboolean weighs;              /* says how much there is before it asks */
  CrListKind kind;              /* of what it is asked for, when it asks */
  gboolean is_nameless;         /* asks without saying for what */
  const char *undo;             /* (nullable): the action that takes it back */
  gboolean ends_with_run;       /* there is nothing to take back once the run has ended */
} Verb;

typedef struct
{
  CrWindow *window; /* (owned) */
  const Verb *verb; /* static */
  char *id;         /* (owned) */
  char *name;       /* (owned) (nullable): of what it is asked for */
} Call;

static Call *
call_new (CrWindow *window, const Verb *verb, const char *id)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ g_object_ref (window), verb, g_strdup (id), NULL };
  return call;
}

static void
call_free (gpointer data)
{
  Call *call = data;

  g_object_unref (call->window);
  g_free (call->id);
  g_free (call->name);
  g_free (call);
}

static void
start_pull (CrEngine *engine,
            const char *id,
            const char *person,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  cr_engine_start_pull_async (engine, id, NULL, FALSE, person, cancellable, callback, user_data);
}

static gboolean
finish_pull (CrEngine *engine, GAsyncResult *result, GError **error)
{
  g_autoptr (GPtrArray) pulls = cr_engine_start_pull_finish (engine, result, error);

  return pulls != NULL;
}

static gboolean
finish_export (CrEngine *engine, GAsyncResult *result, GError **error)
{
  g_autoptr (CrExportRun) run = cr_engine_start_export_finish (engine, result, error);

  return run != NULL;
}

static gboolean
finish_retry (CrEngine *engine, GAsyncResult *result, GError **error)
{
  g_autoptr (CrExportRun) run = cr_engine_retry_run_finish (engine, result, error);

  return run != NULL;
}

static void
start_enable (CrEngine *engine,
              const char *id,
              const char *person,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  cr_engine_enable_destination_async (engine, id, TRUE, person, cancellable, callback, user_data);
}

static void
start_disable (CrEngine *engine,
               const char *id,
               const char *person,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  cr_engine_enable_destination_async (engine, id, FALSE, person, cancellable, callback, user_data);
}

static void
start_release (CrEngine *engine,
               const char *id,
               const char *person,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  cr_engine_decide_hold_async (engine, id, TRUE, person, cancellable, callback, user_data);
}

static void
start_reject (CrEngine *engine,
              const char *id,
              const char *person,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  cr_engine_decide_hold_async (engine, id, FALSE, person, cancellable, callback, user_data);
}

static const Verb verbs[] = {
  { "pull-now", start_pull, finish_pull, N_ ("Pulling records"),
    N_ ("The pull could not be started") },
  { "cancel-pull", cr_engine_cancel_pull_async, cr_engine_cancel_pull_finish,
    N_ ("The pull stops after this page"), N_ ("The pull could not be cancelled") },
  { .action = "disconnect",
    .start = cr_engine_disconnect_async,
    .finish = cr_engine_disconnect_finish,
    .done = N_ ("Disconnected"),
    .failed = N_ ("The source could not be disconnected"),
    .heading = N_ ("Disconnect This Source?"),
    .body = N_ ("The portal is asked to take its access back, and no more records are fetched. All "
                "that is here stays, and goes on to the destinations. To undo this the patient "
                "must sign in again."),
    .verb = N_ ("_Disconnect"),
    .weighs = TRUE,
    .kind = CR_LIST_CONNECTIONS },
  { .action = "remove-data",
    .start = cr_engine_remove_data_async,
    .finish_removal = cr_engine_remove_data_finish,
    .done = N_ ("The records were removed"),
    .failed = N_ ("The records could not be removed"),
    .heading = N_ ("Remove This Connection’s Records?"),
    .body = N_ ("All records that came from this source for this patient are deleted here, with "
                "their versions, and wiped from the files. The connection stays: while it is "
                "active, its next pull fetches them again. This cannot be undone."),
    .verb = N_ ("_Remove"),
    .weighs = TRUE,
    .kind = CR_LIST_CONNECTIONS },
  { .action = "remove-connection",
    .start = cr_engine_remove_connection_async,
    .finish_removal = cr_engine_remove_connection_finish,
    .done = N_ ("Disconnected, and the records were removed"),
    .failed = N_ ("The connection could not be removed"),
    .heading = N_ ("Disconnect and Remove the Records?"),
    .body = N_ ("The portal is asked to take its access back, no more records are fetched, and all "
                "that came from this source for this patient is deleted here and wiped from the "
                "files. This cannot be undone."),
    .verb = N_ ("Disconnect and _Remove"),
    .weighs = TRUE,
    .kind = CR_LIST_CONNECTIONS },
  { .action = "remove-patient",
    .start = cr_engine_remove_patient_async,
    .finish_removal = cr_engine_remove_patient_finish,
    .done = N_ ("The patient was removed"),
    .failed = N_ ("The patient could not be removed"),
    .heading = N_ ("Remove This Patient?"),
    .body = N_ ("The portals are asked to take their access back. The patient, the connections and "
                "all records are deleted here and wiped from the files. This cannot be undone."),
    .verb = N_ ("_Remove"),
    .weighs = TRUE,
    .kind = CR_LIST_PATIENTS },
  { "remove-source", cr_engine_remove_source_async, cr_engine_remove_source_finish,
    N_ ("The source was removed"), N_ ("The source could not be removed"),
    N_ ("Remove This Source?"), N_ ("Patients can no longer be connected to it."), N_ ("_Remove"),
    .kind = CR_LIST_SOURCES },
  { "resume-source", cr_engine_resume_source_async, cr_engine_resume_source_finish,
    N_ ("Patients can choose the source again"), N_ ("The source could not be resumed") },
  { "try-source", cr_engine_try_source_async, cr_engine_try_source_finish,
    N_ ("The portal answers; who waited goes on"), N_ ("The portal still does not answer") },
  { "remove-destination", cr_engine_remove_destination_async, cr_engine_remove_destination_finish,
    N_ ("The destination was removed"), N_ ("The destination could not be removed"),
    N_ ("Remove This Destination?"),
    N_ ("Nothing more is delivered there, and its runs are forgotten. What was delivered stays "
        "where it is."),
    N_ ("_Remove"), .kind = CR_LIST_DESTINATIONS },
  { "enable-destination", start_enable, cr_engine_enable_destination_finish,
    N_ ("Enabled: it catches up now"), N_ ("The destination could not be enabled"),
    .undo = "win.disable-destination" },
  { "disable-destination", start_disable, cr_engine_enable_destination_finish,
    N_ ("Disabled: nothing is sent there until it is enabled"),
    N_ ("The destination could not be disabled"), .undo = "win.enable-destination" },
  { "export-now", cr_engine_start_export_async, finish_export, N_ ("Exporting"),
    N_ ("The export could not be started") },
  { "retry-run", cr_engine_retry_run_async, finish_retry, N_ ("Retrying what failed"),
    N_ ("The retry could not be started") },
  { "cancel-run", cr_engine_cancel_run_async, cr_engine_cancel_run_finish,
    N_ ("The export stops after this step"), N_ ("The export could not be cancelled") },
  { "pause-run", cr_engine_pause_run_async, cr_engine_pause_run_finish,
    N_ ("The export pauses after this step"), N_ ("The export could not be paused"),
    .undo = "win.resume-run", .ends_with_run = TRUE },
  { "resume-run", cr_engine_resume_run_async, cr_engine_resume_run_finish,
    N_ ("The export goes on"), N_ ("The export could not be resumed"), .undo = "win.pause-run" },
  { "retry-all", cr_engine_retry_all_async, finish_retry, N_ ("Retrying all that failed"),
    N_ ("The retry could not be started") },
  { "remove-webhook", cr_engine_remove_webhook_async, cr_engine_remove_webhook_finish,
    N_ ("The endpoint was removed"), N_ ("The endpoint could not be removed"),
    N_ ("Remove This Endpoint?"),
    N_ ("It is told nothing more. Its signing secret, what waits for it and the list of what was "
        "delivered are removed too. This cannot be undone."),
    N_ ("_Remove"), .kind = CR_LIST_WEBHOOKS },
  { "give-up-delivery", cr_engine_give_up_delivery_async, cr_engine_give_up_delivery_finish,
    N_ ("Given up: no more attempts are made"), N_ ("The event could not be given up"),
    N_ ("Give Up This Event?"),
    N_ ("Chartroom does not try again by itself. The event stays in the list and can be sent by "
        "hand, once at a time."),
    N_ ("_Give Up"), .is_nameless = TRUE },
  { "release-hold", start_release, cr_engine_decide_hold_finish,
    N_ ("Released: the records are delivered now"), N_ ("The hold could not be released") },
  { "reject-hold", start_reject, cr_engine_decide_hold_finish,
    N_ ("Rejected: the records stay here"), N_ ("The hold could not be rejected") },
};

/* Takes @removal. */
static void
show_receipt (Call *call, CrRemoval *removal, const GError *error)
{
  g_autofree char *words = removal != NULL ? cr_removal_words_receipt (removal) : NULL;

  /* The window may have been closed while the files were wiped. */
  if (removal != NULL && cr_window_get_engine (call->window) != NULL)
    cr_window_say_more (call->window, _ (call->verb->done), _ ("_Receipt"), words);
  else if (removal == NULL)
    cr_window_say_error (call->window, _ (call->verb->failed), error);
  g_clear_pointer (&removal, cr_removal_free);
}

/* What could not be tidied at a storage is for a person to read, not only to see pass by. */
static void
say_done (Call *call, CrEngine *engine, GAsyncResult *result)
{
  g_autofree char *rest = cr_engine_dup_rest (engine, result);

  if (rest != NULL)
    cr_window_say_more (call->window, _ (call->verb->done), _ ("_What Remains"),
                        cr_local_words (rest));
  else
    cr_window_say (call->window, _ (call->verb->done));
}

static void
got_run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AdwToast) toast = user_data;
  g_autoptr (CrExportRun) run = cr_engine_get_finish (CR_ENGINE (source), result, NULL);

  if (run != NULL && cr_run_status_is_final (run->status) &&
      g_signal_handlers_disconnect_by_data (source, toast) > 0)
    adw_toast_dismiss (toast);
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient,
            AdwToast *toast)
{
  GVariant *target = adw_toast_get_action_target_value (toast);

  if (kind == CR_CHANGE_RUN)
    cr_engine_get_async (engine, CR_LIST_RUNS, g_variant_get_string (target, NULL), NULL,
                         got_run_cb, g_object_ref (toast));
}

/* It may end by itself, or by somebody elsewhere. */
static void
offer_undo (Call *call, CrEngine *engine)
{
  const Verb *verb = call->verb;
  AdwToast *toast = cr_window_say_undo (call->window, _ (verb->done), verb->undo, call->id);

  if (!verb->ends_with_run)
    return;
  g_signal_connect_object (engine, "changed", G_CALLBACK (changed_cb), toast, 0);
  changed_cb (engine, CR_CHANGE_RUN, call->id, NULL, toast);
}

static void
finished_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;

  /* What was said of it before is so no more. */
  if (cr_window_get_engine (call->window) != NULL)
    cr_window_unsay (call->window, call->id);
  if (call->verb->finish_removal != NULL)
    {
      CrRemoval *removal = call->verb->finish_removal (CR_ENGINE (source), result, &error);

      show_receipt (call, removal, error);
    }
  else if (!call->verb->finish (CR_ENGINE (source), result, &error))
    cr_window_say_error (call->window, _ (call->verb->failed), error);
  else if (call->verb->undo != NULL)
    offer_undo (call, CR_ENGINE (source));
  else
    say_done (call, CR_ENGINE (source), result);
  call_free (call);
}

static void
do_it (gpointer user_data)
{
  Call *call = user_data;
  CrEngine *engine = cr_window_get_engine (call->window);

  if (engine != NULL)
    call->verb->start (engine, call->id, cr_window_get_person (call->window),
                       cr_window_get_cancellable (call->window), finished_cb,
                       call_new (call->window, call->verb, call->id));
}

/* Takes @call. Whom or what it is about stands first: the window behind may show another. */
static void
confirm (Call *call, const char *weight)
{
  const Verb *verb = call->verb;
  g_autofree char *body = NULL;

  if (!cr_window_may_go_on (call->window, verb->action))
    {
      call_free (call);
      return;
    }
  body = call->name == NULL ? g_strdup (_ (verb->body))
       : weight != NULL     ? g_strdup_printf ("%s\n\n%s\n\n%s", call->name, _ (verb->body), weight)
                            : g_strdup_printf ("%s\n\n%s", call->name, _ (verb->body));
  cr_dialogs_confirm (GTK_WINDOW (call->window), _ (verb->heading), body, _ (verb->verb), do_it,
                      call, call_free);
}

static void
weighed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRemoval) removal =
      cr_engine_weigh_removal_finish (CR_ENGINE (source), result, &error);
  g_autofree char *weight = NULL;

  if (removal == NULL)
    {
      cr_window_say_error (call->window, _ (call->verb->failed), error);
      call_free (call);
      return;
    }

  weight = cr_removal_words_weight (removal);
  confirm (call, weight);
}

static char *
name_of_webhook (CrWebhookEndpoint *endpoint)
{
  return endpoint->description != NULL ? cr_words_join (endpoint->description, endpoint->url, NULL)
                                       : g_strdup (endpoint->url);
}

static char *
name_of (gpointer object)
{
  if (CR_IS_PATIENT (object))
    return g_strdup (cr_patient_get_title (object));
  if (CR_IS_CONNECTION (object))
    {
      CrConnection *connection = object;
      const char *patient = connection->patient_name;

      return g_strdup_printf ("%s · %s", patient != NULL ? patient : connection->patient_id,
                              connection->source_name);
    }
  if (CR_IS_SOURCE (object))
    return g_strdup (CR_SOURCE (object)->name);
  if (CR_IS_DESTINATION (object))
    return g_strdup (CR_DESTINATION (object)->name);
  return name_of_webhook (object);
}

static void
named_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (object == NULL)
    {
      cr_window_say_error (call->window, _ (call->verb->failed), error);
      call_free (call);
      return;
    }

  call->name = name_of (object);
  if (call->verb->weighs)
    cr_engine_weigh_removal_async (CR_ENGINE (source), call->verb->kind, call->id,
                                   cr_window_get_cancellable (call->window), weighed_cb, call);
  else
    confirm (call, NULL);
}

static void
activate_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const Verb *verb = g_object_get_data (G_OBJECT (action), "cr-verb");
  Call *call = call_new (CR_WINDOW (user_data), verb, g_variant_get_string (parameter, NULL));

  CrEngine *engine = cr_window_get_engine (call->window);

  if (verb->is_nameless && engine != NULL)
    confirm (call, NULL);
  else if (verb->heading != NULL && engine != NULL)
    cr_engine_get_async (engine, verb->kind, call->id, cr_window_get_cancellable (call->window),
                         named_cb, call);
  else
    {
      do_it (call);
      call_free (call);
    }
}

void
cr_verbs_add (CrWindow *window)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_autoptr (GSimpleAction) action =
          g_simple_action_new (verbs[i].action, G_VARIANT_TYPE_STRING);

      g_object_set_data (G_OBJECT (action), "cr-verb", (gpointer) &verbs[i]);
      g_signal_connect (action, "activate", G_CALLBACK (activate_cb), window);
      g_action_map_add_action (G_ACTION_MAP (window), G_ACTION (action));
    }
}
