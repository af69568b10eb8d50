/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-engine-backup.h"

#include <string.h>

static const char *
say_step (CrBackupStep step)
{
  static const char *const words[] = {
    [CR_BACKUP_COPYING] = "Copying",
    [CR_BACKUP_WRITING] = "Writing",
    [CR_BACKUP_READING] = "Reading",
    [CR_BACKUP_CHECKING] = "Checking",
  };

  return words[step];
}

static void
told_cb (CrBackupStep step, double fraction, gpointer user_data)
{
  CrCtlCall *call = user_data;
  g_autofree char *text = g_strdup_printf ("\r%-8s %3.0f %%", say_step (step), 100.0 * fraction);

  if (call->input->is_terminal)
    call->write (TRUE, text, strlen (text), call->write_data);
}

static void
end_line (CrCtlCall *call)
{
  static const char clear[] = "\r              \r";

  if (call->input->is_terminal)
    call->write (TRUE, clear, strlen (clear), call->write_data);
}

static void
add_counts (JsonObject *object, const CrBackup *backup)
{
  json_object_set_int_member (object, "patients", backup->n_patients);
  json_object_set_int_member (object, "active_connections", backup->n_active);
  json_object_set_int_member (object, "records", backup->n_records);
  json_object_set_int_member (object, "sources", backup->n_sources);
  json_object_set_int_member (object, "destinations", backup->n_destinations);
  json_object_set_int_member (object, "webhooks", backup->n_webhooks);
}

static JsonObject *
describe (const CrBackup *backup)
{
  JsonObject *object = json_object_new ();

  cr_json_set_time (object, "created_at", backup->created_ms);
  cr_json_set_string (object, "version", backup->version);
  cr_json_set_string (object, "clinic", backup->clinic);
  json_object_set_boolean_member (object, "sandbox", backup->is_sandbox);
  json_object_set_boolean_member (object, "secrets", backup->has_secrets);
  add_counts (object, backup);
  json_object_set_int_member (object, "bytes", backup->n_bytes);
  return object;
}

/* Making --------------------------------------------------------------------------------------- */

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrBackup) backup = cr_engine_back_up_finish (CR_ENGINE (source), result, &error);

  end_line (call);
  if (backup != NULL)
    cr_ctl_answer (call, describe (backup), CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
}

static gboolean
has_passphrase (CrCtlCall *call)
{
  if (call->input->secret != NULL)
    return TRUE;
  cr_ctl_fail (call, g_error_new_literal (CR_ERROR, CR_ERROR_BAD_INPUT,
                                          "The passphrase did not come on standard input."));
  return FALSE;
}

void
cr_ctl_backup_create (CrCtlCall *call)
{
  g_autofree char *path = cr_ctl_file (call, cr_ctl_value (call, 0));
  CrBackupOrder order = { .path = path,
                          .passphrase = call->input->secret,
                          .no_secrets = cr_ctl_has (call, "without-secrets"),
                          .replaces = cr_ctl_has (call, "replace"),
                          .told = told_cb,
                          .told_data = call };

  call->starts_work = FALSE;
  if (has_passphrase (call))
    cr_engine_back_up_async (call->engine, &order, cr_ctl_person (call), call->cancellable, made_cb,
                             call);
}

/* Rehearsing and restoring --------------------------------------------------------------------- */

typedef struct
{
  CrRehearsal *rehearsal; /* (owned) (nullable) */
  JsonObject *answer;     /* (owned) (nullable) */
  gboolean restores;
} Restoring;

static void
restoring_free (gpointer data)
{
  Restoring *restoring = data;

  g_clear_object (&restoring->rehearsal);
  g_clear_pointer (&restoring->answer, json_object_unref);
  g_free (restoring);
}

static void
answer (CrCtlCall *call, gboolean is_done)
{
  Restoring *restoring = call->data;

  json_object_set_boolean_member (restoring->answer, "restored", is_done);
  cr_ctl_answer (call, g_steal_pointer (&restoring->answer), CR_EXIT_DONE);
}

static void
restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (cr_engine_restore_finish (CR_ENGINE (source), result, &error))
    answer (user_data, TRUE);
  else
    cr_ctl_fail (user_data, error);
}

/* Where no engine can be opened there is no store to close either. */
static void
committed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;

  if (cr_restore_commit_finish (CR_REHEARSAL (source), result, &error) &&
      cr_restore_apply (call->workspace, &error))
    answer (call, TRUE);
  else
    cr_ctl_fail (call, error);
}

static void
go_on (CrCtlCall *call)
{
  Restoring *restoring = call->data;
  gboolean with_secrets = !cr_ctl_has (call, "without-secrets");

  if (!restoring->restores || cr_ctl_has (call, "dry-run"))
    answer (call, FALSE);
  else if (call->engine != NULL)
    cr_engine_restore_async (call->engine, restoring->rehearsal, with_secrets, cr_ctl_person (call),
                             call->cancellable, restored_cb, call);
  else
    cr_restore_commit_async (restoring->rehearsal, with_secrets, cr_ctl_person (call),
                             cr_time_now_ms (), call->cancellable, committed_cb, call);
}

static void
weighed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  Restoring *restoring = call->data;
  GError *error = NULL;
  g_autoptr (CrBackup) now = cr_engine_weigh_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (now == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }
  object = json_object_new ();
  add_counts (object, now);
  json_object_set_int_member (object, "removals_since_backup", now->n_removals);
  json_object_set_object_member (restoring->answer, "replaces", object);
  go_on (call);
}

static void
rehearsed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  Restoring *restoring = call->data;
  CrBackup *backup;
  GError *error = NULL;

  end_line (call);
  restoring->rehearsal = cr_restore_rehearse_finish (result, &error);
  if (restoring->rehearsal == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  backup = cr_rehearsal_get_backup (restoring->rehearsal);
  restoring->answer = describe (backup);
  json_object_set_int_member (restoring->answer, "broken_rules", backup->n_wrong);
  if (call->engine != NULL && restoring->restores)
    cr_engine_weigh_async (call->engine, backup->created_ms, call->cancellable, weighed_cb, call);
  else
    go_on (call);
}

static void
rehearse (CrCtlCall *call, gboolean restores)
{
  g_autofree char *path = cr_ctl_file (call, cr_ctl_value (call, 0));
  Restoring *restoring = g_new0 (Restoring, 1);

  call->starts_work = FALSE;
  restoring->restores = restores;
  cr_ctl_set_data (call, restoring, restoring_free);
  if (has_passphrase (call))
    cr_restore_rehearse_async (call->workspace, path, call->input->secret, told_cb, call,
                               call->cancellable, rehearsed_cb, call);
}

/* Back to what stands aside since the last restore. */
void
cr_ctl_backup_undo (CrCtlCall *call)
{
  Restoring *restoring = g_new0 (Restoring, 1);

  call->starts_work = FALSE;
  restoring->restores = TRUE;
  cr_ctl_set_data (call, restoring, restoring_free);
  cr_restore_rehearse_async (call->workspace, NULL, NULL, told_cb, call, call->cancellable,
                             rehearsed_cb, call);
}

static void
discarded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  JsonObject *object;

  if (!cr_engine_discard_aside_finish (CR_ENGINE (source), result, &error))
    {
      cr_ctl_fail (call, error);
      return;
    }
  object = json_object_new ();
  json_object_set_boolean_member (object, "discarded", TRUE);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

void
cr_ctl_backup_discard (CrCtlCall *call)
{
  cr_engine_discard_aside_async (call->engine, cr_ctl_person (call), call->cancellable,
                                 discarded_cb, call);
}

void
cr_ctl_backup_check (CrCtlCall *call)
{
  rehearse (call, FALSE);
}

void
cr_ctl_backup_restore (CrCtlCall *call)
{
  rehearse (call, TRUE);
}
