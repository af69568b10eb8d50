/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-sender.h"

#include "base/cr-json.h"

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

void
cr_parcel_all_sent (CrParcel *self)
{
  for (guint i = 0; self->withdrawn != NULL && i < self->withdrawn->len; i++)
    {
      const CrWithdrawal *row = g_ptr_array_index (self->withdrawn, i);
      CrExportEntry *entry = cr_export_entry_new (row->n, 0);

      entry->status = CR_ITEM_SENT;
      g_ptr_array_add (self->outcomes, entry);
    }
  for (guint i = 0; i < self->records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (self->records, i);
      CrExportEntry *entry = cr_export_entry_new (record->rid, record->sequence);

      entry->status = CR_ITEM_SENT;
      g_ptr_array_add (self->outcomes, entry);
    }
}

static gboolean
has_owner (JsonObject *range, CrRecord *record)
{
  return range != NULL && g_str_equal (cr_json_string (range, "patient_id"), record->patient_id) &&
         g_str_equal (cr_json_string (range, "source_id"), record->source_id);
}

char *
cr_parcel_owners (CrParcel *self)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *ranges = json_array_new ();
  JsonObject *range = NULL;

  for (guint i = 0; i < self->records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (self->records, i);

      if (!has_owner (range, record))
        {
          range = json_object_new ();
          json_object_set_string_member (range, "patient_id", record->patient_id);
          json_object_set_string_member (range, "source_id", record->source_id);
          json_object_set_int_member (range, "first", i + 1);
          json_object_set_int_member (range, "count", 0);
          json_array_add_object_element (ranges, range);
        }
      json_object_set_int_member (range, "count", json_object_get_int_member (range, "count") + 1);
    }

  json_node_take_array (node, ranges);
  return cr_json_node_to_text (node, FALSE);
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
