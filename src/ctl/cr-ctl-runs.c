/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-time.h"
#include "engine/cr-wire.h"

#include <string.h>

#define MANY 1000

static gboolean
run_is_done (gpointer object)
{
  return cr_run_status_is_final (CR_EXPORT_RUN (object)->status);
}

static void
run_ended (CrCtlCall *call, GPtrArray *runs)
{
  CrExportRun *run = g_ptr_array_index (runs, 0);
  CrExit code = run->status == CR_RUN_COMPLETE ? CR_EXIT_DONE
              : run->status == CR_RUN_PARTIAL  ? CR_EXIT_PARTLY
                                               : CR_EXIT_FAILED;

  cr_ctl_answer (call, cr_wire_run (run, NULL), code);
}

/* Takes @run. */
static void
answer_run (CrCtlCall *call, CrExportRun *run, GError *error)
{
  g_autoptr (CrExportRun) owned = run;

  if (run == NULL)
    cr_ctl_fail (call, error);
  else if (cr_ctl_has (call, "wait"))
    cr_ctl_wait_for (call, CR_LIST_RUNS, g_strsplit (run->id, " ", -1), run_is_done, run_ended);
  else
    cr_ctl_answer (call, cr_wire_run (run, NULL), CR_EXIT_DONE);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrExportRun *run = cr_engine_start_export_finish (CR_ENGINE (source), result, &error);

  answer_run (user_data, run, error);
}

void
cr_ctl_destination_export (CrCtlCall *call)
{
  cr_engine_start_export_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                call->cancellable, exported_cb, call);
}

static void
retried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrExportRun *run = cr_engine_retry_run_finish (CR_ENGINE (source), result, &error);

  answer_run (user_data, run, error);
}

static void
previewed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (CrRetryPreview) preview =
      cr_engine_preview_retry_finish (CR_ENGINE (source), result, &error);

  if (preview != NULL)
    cr_ctl_answer (user_data, cr_wire_retry_preview (preview), CR_EXIT_DONE);
  else
    cr_ctl_fail (user_data, error);
}

/* --preview: says what it would do; --all: also what would likely end as before. */
void
cr_ctl_run_retry (CrCtlCall *call)
{
  if (cr_ctl_has (call, "preview"))
    {
      cr_engine_preview_retry_async (call->engine, cr_ctl_value (call, 0), call->cancellable,
                                     previewed_cb, call);
      return;
    }
  if (cr_ctl_has (call, "all"))
    {
      cr_engine_retry_all_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                 call->cancellable, retried_cb, call);
      return;
    }
  cr_engine_retry_run_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                             call->cancellable, retried_cb, call);
}

void
cr_ctl_run_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_RUNS, .destination_id = cr_ctl_value (call, 0) };

  cr_ctl_list (call, &filter);
}

static void
items_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) items = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (items != NULL)
    cr_ctl_answer (call, cr_wire_run (call->data, items), CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
}

static void
run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrListFilter filter = { .kind = CR_LIST_ITEMS, .run_id = cr_ctl_value (call, 0) };
  GError *error = NULL;
  CrExportRun *run = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (run == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_set_data (call, run, g_object_unref);
  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, items_cb, call);
}

void
cr_ctl_run_show (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_RUNS, run_cb);
}

/* A destination that was removed meanwhile has told whoever removed it. */
static void
rest_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrDestination) destination = cr_engine_get_finish (CR_ENGINE (source), result, &error);
  JsonObject *object = cr_wire_run (call->data, NULL);

  if (destination != NULL && destination->left_behind != NULL)
    json_object_set_string_member (object, "left_behind", destination->left_behind);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
run_stopped (CrCtlCall *call, GPtrArray *runs)
{
  CrExportRun *run = g_object_ref (g_ptr_array_index (runs, 0));

  cr_ctl_set_data (call, run, g_object_unref);
  cr_engine_get_async (call->engine, CR_LIST_DESTINATIONS, run->destination_id, call->cancellable,
                       rest_read_cb, call);
}

static void
run_cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;

  if (!cr_engine_cancel_run_finish (CR_ENGINE (source), result, &error))
    cr_ctl_fail (call, error);
  else
    cr_ctl_wait_for (call, CR_LIST_RUNS, g_strsplit (cr_ctl_value (call, 0), " ", -1), run_is_done,
                     run_stopped);
}

void
cr_ctl_run_cancel (CrCtlCall *call)
{
  cr_engine_cancel_run_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                              call->cancellable, run_cancelled_cb, call);
}

static void
receipt_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    cr_ctl_finish (call, TRUE, NULL);
  else
    cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_READ_ONLY, "The file cannot be written: %s",
                                    error->message));
}

static void
save_receipt (CrCtlCall *call, JsonObject *receipt)
{
  g_autofree char *path = cr_ctl_file (call, cr_ctl_option (call, "output"));
  g_autoptr (GFile) file = g_file_new_for_path (path);
  char *text = cr_json_object_to_text (receipt, TRUE);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

  json_object_unref (receipt);
  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE,
                                       G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                       call->cancellable, receipt_saved_cb, call);
}

static void
receipt_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrReceipt) receipt = cr_engine_receipt_finish (CR_ENGINE (source), result, &error);

  if (receipt == NULL)
    cr_ctl_fail (call, error);
  else if (!receipt->run->is_withdrawal)
    cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                    "This run withdrew nothing, so it has no receipt."));
  else if (cr_ctl_option (call, "output") != NULL)
    save_receipt (call, cr_wire_receipt (receipt));
  else
    cr_ctl_answer (call, cr_wire_receipt (receipt), CR_EXIT_DONE);
}

/* --output: into a file, whole. */
void
cr_ctl_run_receipt (CrCtlCall *call)
{
  cr_engine_receipt_async (call->engine, cr_ctl_value (call, 0), call->cancellable, receipt_cb,
                           call);
}

static gboolean
run_is_still (gpointer object)
{
  CrExportRun *run = object;

  return cr_run_status_is_final (run->status) || run->waiting_for == CR_WAIT_PAUSED;
}

/* Answers when what was out is finished: then nothing more is sent. */
static void
run_paused_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;

  if (!cr_engine_pause_run_finish (CR_ENGINE (source), result, &error))
    cr_ctl_fail (call, error);
  else
    cr_ctl_wait_for (call, CR_LIST_RUNS, g_strsplit (cr_ctl_value (call, 0), " ", -1), run_is_still,
                     run_stopped);
}

void
cr_ctl_run_pause (CrCtlCall *call)
{
  cr_engine_pause_run_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                             call->cancellable, run_paused_cb, call);
}

static void
run_resumed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_resume_run_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_run_resume (CrCtlCall *call)
{
  cr_engine_resume_run_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                              call->cancellable, run_resumed_cb, call);
}

static void
rewound_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrExportRun *run = cr_engine_rewind_finish (CR_ENGINE (source), result, &error);

  answer_run (user_data, run, error);
}

static void
rewind_counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  gint64 n_held;
  gint64 n = cr_engine_count_rewind_finish (CR_ENGINE (source), result, &n_held, &error);
  JsonObject *object;

  if (error != NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = json_object_new ();
  json_object_set_int_member (object, "records", n);
  json_object_set_int_member (object, "held", n_held);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

/* --count: only says how many records would be sent again, and how many more are held. */
void
cr_ctl_destination_rewind (CrCtlCall *call)
{
  static const char *const required[] = { "to", NULL };
  gint64 to_ms = 0;

  if (!cr_ctl_require (call, required))
    return;
  if (!cr_time_from_string (cr_ctl_option (call, "to"), &to_ms))
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                      "--to takes a time such as 2026-01-31T00:00:00Z."));
      return;
    }

  if (cr_ctl_has (call, "count"))
    cr_engine_count_rewind_async (call->engine, cr_ctl_value (call, 0), to_ms, call->cancellable,
                                  rewind_counted_cb, call);
  else
    cr_engine_rewind_async (call->engine, cr_ctl_value (call, 0), to_ms, cr_ctl_person (call),
                            call->cancellable, rewound_cb, call);
}
