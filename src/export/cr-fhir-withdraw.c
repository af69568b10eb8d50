/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "export/cr-fhir-sender.h"
#include "export/cr-withdrawing.h"

/* A Bundle of type batch, one deletion an entry.
 * Source: FHIR R4, http.html “delete” and “batch/transaction” */
static GBytes *
make_batch (CrFhirSender *sender, GPtrArray *withdrawn)
{
  GString *text = g_string_new ("{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[");

  for (guint i = 0; i < withdrawn->len; i++)
    {
      const CrWithdrawal *row = g_ptr_array_index (withdrawn, i);
      CrSought sought = { .type = row->type,
                          .id = row->id,
                          .patient_id = row->patient_id,
                          .source_id = row->source_id,
                          .place = row->place };
      g_autofree char *id = cr_fhir_sender_id_of (sender, &sought);

      g_string_append_printf (text, "%s{\"request\":{\"method\":\"DELETE\",\"url\":\"%s/%s\"}}",
                              i > 0 ? "," : "", row->type, id);
    }
  g_string_append (text, "]}");
  return g_string_free_to_bytes (text);
}

static const struct
{
  guint status;
  CrErrorCode code;
  gboolean is_retryable;
  const char *words;
} refusals[] = {
  { 401, CR_ERROR_SIGN_IN, TRUE, CR_SAID ("The server asked to sign in for deleting") },
  { 403, CR_ERROR_REFUSED, FALSE,
    CR_SAID ("The server does not permit deleting; permit it there") },
  { 405, CR_ERROR_REFUSED, FALSE,
    CR_SAID ("The server does not delete; delete the record there by hand") },
  { 409, CR_ERROR_CONFLICT, TRUE, CR_SAID ("Other records at the server still point at this one") },
  { 412, CR_ERROR_CONFLICT, TRUE,
    CR_SAID ("The server wants to be asked for one version of the record") },
};

static CrExportEntry *
refuse (const CrWithdrawal *row)
{
  guint status = row->answer;
  gboolean is_busy = status == 408 || status == 425 || status == 429 || status >= 500;
  CrErrorCode code = is_busy ? CR_ERROR_BUSY : CR_ERROR_REFUSED;
  const char *words = is_busy ? CR_SAID ("The server failed to delete the record")
                              : CR_SAID ("The server did not delete the record");
  gboolean is_retryable = is_busy;
  g_autofree char *message = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (refusals[i].status == status)
      {
        code = refusals[i].code;
        words = refusals[i].words;
        is_retryable = refusals[i].is_retryable;
      }

  message = g_strdup_printf (CR_SAID ("%s (%u)"), words, status);
  return cr_withdrawing_refused (row, code, is_retryable, message);
}

/* What is not there any more need not be deleted. */
static void
take_answer (CrParcel *parcel, CrWithdrawal *row, const CrFhirAnswer *answer)
{
  CrExportEntry *entry;

  row->how = "delete";
  row->answer = answer->status;
  if ((answer->status < 200 || answer->status >= 300) && answer->status != 404 &&
      answer->status != 410)
    {
      g_ptr_array_add (parcel->outcomes, refuse (row));
      return;
    }

  entry = cr_export_entry_new (row->n, 0);
  entry->status = CR_ITEM_SENT;
  g_ptr_array_add (parcel->outcomes, entry);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrParcel *parcel = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) answers = cr_fhir_answer_read_finish (result, &error);

  if (answers == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  for (guint i = 0; i < parcel->withdrawn->len; i++)
    take_answer (parcel, g_ptr_array_index (parcel->withdrawn, i), g_ptr_array_index (answers, i));
  g_task_return_boolean (task, TRUE);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrParcel *parcel = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  g_autoptr (CrReply) reply =
      cr_fhir_sender_call_finish (g_task_get_source_object (task), result, &error);

  if (reply != NULL && cr_reply_check_ours (reply, &error))
    {
      cr_fhir_answer_read_async (reply->body, parcel->withdrawn->len, cancellable, read_cb,
                                 g_steal_pointer (&task));
      return;
    }

  if (reply != NULL)
    parcel->retry_after_ms = reply->retry_after_ms;
  g_task_return_error (task, error);
}

/**
 * cr_fhir_withdraw_async:
 *
 * Asks the server to delete records, by the ids they have there: only ids that an answer said it
 * keeps one of ours under.
 */
void
cr_fhir_withdraw_async (CrSender *sender,
                        CrParcel *parcel,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  g_autoptr (GBytes) body = make_batch (CR_FHIR_SENDER (sender), parcel->withdrawn);

  g_task_set_source_tag (task, cr_fhir_withdraw_async);
  g_task_set_task_data (task, parcel, NULL);
  parcel->item->bytes = (gint64) g_bytes_get_size (body);
  cr_fhir_sender_call_async (CR_FHIR_SENDER (sender), &(CrFhirCall){ "POST", "", body },
                             cancellable, sent_cb, task);
}
