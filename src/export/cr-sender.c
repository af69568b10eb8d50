/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-sender.h"

G_DEFINE_ABSTRACT_TYPE (CrSender, cr_sender, G_TYPE_OBJECT)

static void
cr_sender_class_init (CrSenderClass *klass)
{
  klass->max_records = 100;
  klass->max_bytes = 1 << 20;
  klass->max_parallel = 1;
}

static void
cr_sender_init (CrSender *self)
{
}

gboolean
cr_sender_one_owner_an_item (CrSender *self)
{
  CrSenderClass *klass = CR_SENDER_GET_CLASS (self);

  return klass->one_owner_an_item != NULL && klass->one_owner_an_item (self);
}

char *
cr_sender_name_item (CrSender *self,
                     CrExportRun *run,
                     const char *type,
                     const char *patient_id,
                     const char *source_id,
                     guint part)
{
  return CR_SENDER_GET_CLASS (self)->name_item (self, run, type, patient_id, source_id, part);
}

static void
add_outcome (CrParcel *self, gint64 rid, gint64 sequence)
{
  CrExportEntry *entry = cr_export_entry_new (rid, sequence);

  entry->status = CR_ITEM_SENT;
  g_ptr_array_add (self->outcomes, entry);
}

void
cr_parcel_list_outcomes (CrParcel *self)
{
  for (guint i = 0; self->withdrawn != NULL && i < self->withdrawn->len; i++)
    add_outcome (self, ((CrWithdrawal *) g_ptr_array_index (self->withdrawn, i))->n, 0);
  for (guint i = 0; i < self->records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (self->records, i);

      add_outcome (self, record->rid, record->sequence);
    }
  for (guint i = 0; self->lines != NULL && i < self->lines->marks->len; i++)
    {
      const CrRecordMark *mark = &g_array_index (self->lines->marks, CrRecordMark, i);

      add_outcome (self, mark->rid, mark->sequence);
    }
}

void
cr_parcel_all_sent (CrParcel *self)
{
  if (self->lines != NULL)
    self->are_sent = TRUE;
  else
    cr_parcel_list_outcomes (self);
}

char *
cr_parcel_owners (CrParcel *self)
{
  g_autoptr (GArray) owners = NULL;

  if (self->lines != NULL)
    return cr_file_lines_owners (self->lines->owners);

  owners = cr_file_lines_owners_new ();
  for (guint i = 0; i < self->records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (self->records, i);

      cr_file_lines_add_owner (owners, record->patient_id, record->source_id);
    }
  return cr_file_lines_owners (owners);
}

/**
 * cr_sender_test_async:
 *
 * Tries the destination with what it was made from: reads, writes, reads back and removes again.
 * A destination that answers and refuses is not an error but a finding; cancelling is the only
 * error.
 */
void
cr_sender_test_async (CrSender *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (CR_IS_SENDER (self));

  CR_SENDER_GET_CLASS (self)->test_async (self, cancellable, callback, user_data);
}

/**
 * cr_sender_test_finish:
 *
 * Returns: (transfer full) (element-type CrFinding): what was found, in the order it was tried
 */
GPtrArray *
cr_sender_test_finish (CrSender *self, GAsyncResult *result, GError **error)
{
  return CR_SENDER_GET_CLASS (self)->test_finish (self, result, error);
}

/**
 * cr_sender_send_async:
 * @parcel: kept by the caller until the callback ran
 */
void
cr_sender_send_async (CrSender *self,
                      CrParcel *parcel,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (CR_IS_SENDER (self));

  CR_SENDER_GET_CLASS (self)->send_async (self, parcel, cancellable, callback, user_data);
}

gboolean
cr_sender_send_finish (CrSender *self, GAsyncResult *result, GError **error)
{
  return CR_SENDER_GET_CLASS (self)->send_finish (self, result, error);
}

/**
 * cr_sender_seal_async:
 * @items: (element-type CrExportItem): those of the run that arrived, in their order
 *
 * Repeatable. Senders that have nothing to seal are done at once.
 */
void
cr_sender_seal_async (CrSender *self,
                      CrExportRun *run,
                      GPtrArray *items,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  CrSenderClass *klass = CR_SENDER_GET_CLASS (self);

  g_return_if_fail (CR_IS_SENDER (self));

  if (klass->seal_async != NULL)
    klass->seal_async (self, run, items, cancellable, callback, user_data);
  else
    {
      g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

      g_task_set_source_tag (task, cr_sender_seal_async);
      g_task_return_boolean (task, TRUE);
    }
}

gboolean
cr_sender_seal_finish (CrSender *self, GAsyncResult *result, GError **error)
{
  CrSenderClass *klass = CR_SENDER_GET_CLASS (self);

  if (klass->seal_finish != NULL)
    return klass->seal_finish (self, result, error);

  return g_task_propagate_boolean (G_TASK (result), error);
}
