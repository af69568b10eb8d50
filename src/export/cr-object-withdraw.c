/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "export/cr-object-sender.h"
#include "export/cr-withdrawing.h"

typedef struct
{
  CrParcel *parcel; /* (unowned) */
  guint next;
  char *key; /* (owned) (nullable): of the file that is looked at */
} Taking;

static void
taking_free (gpointer data)
{
  Taking *self = data;

  g_free (self->key);
  g_free (self);
}

static void take_next (GTask *task);

static CrWithdrawal *
current (Taking *self)
{
  return g_ptr_array_index (self->parcel->withdrawn, self->next - 1);
}

static void
done (Taking *self, guint status)
{
  CrWithdrawal *row = current (self);
  CrExportEntry *entry = cr_export_entry_new (row->n, 0);

  row->how = "file";
  row->answer = status;
  entry->status = CR_ITEM_SENT;
  g_ptr_array_add (self->parcel->outcomes, entry);
}

static void
refuse (Taking *self, guint status, CrErrorCode code, gboolean is_retryable, const char *message)
{
  CrWithdrawal *row = current (self);

  row->how = "file";
  row->answer = status;
  g_ptr_array_add (self->parcel->outcomes,
                   cr_withdrawing_refused (row, code, is_retryable, message));
}

/* A refusal is the file's; what keeps everything from going on is the parcel's. Takes @error. */
static void
take_error (GTask *task, guint status, GError *error)
{
  g_autoptr (GError) owned = error;

  if (status != 401 && status != 403)
    {
      g_task_return_error (task, g_steal_pointer (&owned));
      g_object_unref (task);
      return;
    }

  refuse (g_task_get_task_data (task), status, CR_ERROR_REFUSED, TRUE, owned->message);
  take_next (task);
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrObjectSender *self = CR_OBJECT_SENDER (source);
  Taking *taking = g_task_get_task_data (task);
  CrObjectCall call = { .verb = CR_OBJECT_DELETE, .key = taking->key };
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_object_sender_call_finish (self, result, &error);

  if (reply == NULL ||
      (reply->status != 404 &&
       !cr_object_sender_check (self, &call, reply, CR_SAID ("delete files"), &error)))
    {
      take_error (task, reply != NULL ? reply->status : 0, error);
      return;
    }

  done (taking, reply->status);
  take_next (task);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrObjectSender *self = CR_OBJECT_SENDER (source);
  Taking *taking = g_task_get_task_data (task);
  CrWithdrawal *row = current (taking);
  CrDifference each = { .bytes = row->bytes, .sha256 = row->sha256 };
  CrObjectCall call = { .verb = CR_OBJECT_HEAD, .key = taking->key };
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_object_sender_call_finish (self, result, &error);

  if (reply != NULL && reply->status == 404)
    {
      done (taking, 404);
      take_next (task);
    }
  else if (reply == NULL ||
           !cr_object_sender_check (self, &call, reply, CR_SAID ("read files"), &error))
    take_error (task, reply != NULL ? reply->status : 0, error);
  else if (cr_object_sender_compare (self, &each, reply) == CR_SAMENESS_NO)
    {
      refuse (
          taking, reply->status, CR_ERROR_CONFLICT, FALSE,
          CR_SAID (
              "The file is not as it was written, so it stays; look at it and delete it by hand"));
      take_next (task);
    }
  else
    {
      call.verb = CR_OBJECT_DELETE;
      cr_object_sender_call_async (self, &call, g_task_get_cancellable (task), deleted_cb, task);
    }
}

/* Takes @task. */
static void
take_next (GTask *task)
{
  CrObjectSender *self = g_task_get_source_object (task);
  Taking *taking = g_task_get_task_data (task);
  GPtrArray *withdrawn = taking->parcel->withdrawn;
  CrObjectCall call = { .verb = CR_OBJECT_HEAD };

  while (taking->next < withdrawn->len &&
         ((CrWithdrawal *) g_ptr_array_index (withdrawn, taking->next))->file == NULL)
    taking->next++;
  if (taking->next >= withdrawn->len)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  taking->next++;
  g_free (taking->key);
  taking->key = cr_object_layout_key (cr_object_sender_get_layout (self), current (taking)->file);
  call.key = taking->key;
  cr_object_sender_call_async (self, &call, g_task_get_cancellable (task), looked_cb, task);
}

static void
named_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Taking *taking = g_task_get_task_data (task);
  GError *error = NULL;

  if (!cr_object_upload_finish (CR_OBJECT_SENDER (source), result, &taking->parcel->retry_after_ms,
                                &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  cr_withdrawing_named (taking->parcel);
  take_next (task);
}

/**
 * cr_object_withdraw_async:
 *
 * Writes the file that names what is withdrawn; then deletes the files that hold nothing else, if
 * they are as they were written.
 */
void
cr_object_withdraw_async (CrSender *sender,
                          CrParcel *parcel,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  CrObjectSender *self = CR_OBJECT_SENDER (sender);
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  Taking *taking = g_new0 (Taking, 1);
  g_autoptr (GBytes) manifest = cr_withdrawing_manifest (parcel);
  g_autofree char *key =
      cr_object_layout_key (cr_object_sender_get_layout (self), parcel->item->name);

  taking->parcel = parcel;
  g_task_set_source_tag (task, cr_object_withdraw_async);
  g_task_set_task_data (task, taking, taking_free);
  parcel->item->bytes = (gint64) g_bytes_get_size (manifest);
  cr_object_upload_async (self, key, manifest, NULL, "application/json", cancellable, named_cb,
                          task);
}
