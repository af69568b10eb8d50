/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-withdrawing.h"

#include "base/cr-enum.h"
#include "base/cr-id.h"
#include "base/cr-json.h"
#include "export/cr-fhir-batch.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-withdrawals-table.h"

#include <string.h>

void
cr_withdrawing_plan_free (CrWithdrawingPlan *self)
{
  g_object_unref (self->sender);
  g_object_unref (self->run);
  g_free (self);
}

/* Plan ----------------------------------------------------------------------------------------- */

/* Children before parents: a server that keeps references whole lets a record go only when nothing
 * points at it. Files come last. */
static int
compare (gconstpointer a, gconstpointer b)
{
  const CrWithdrawal *left = *(CrWithdrawal *const *) a, *right = *(CrWithdrawal *const *) b;
  guint left_rank = left->type != NULL ? cr_fhir_type_rank (left->type) : 0;
  guint right_rank = right->type != NULL ? cr_fhir_type_rank (right->type) : 0;
  int types = g_strcmp0 (right->type, left->type);

  if (left_rank != right_rank)
    return left_rank > right_rank ? -1 : 1;
  return types != 0 ? types : (left->n < right->n ? -1 : left->n > right->n);
}

static char *
name_item (CrWithdrawingPlan *self, guint n, const char *type)
{
  gboolean has_files = CR_SENDER_GET_CLASS (self->sender)->seal_async != NULL;

  return has_files ? g_strdup_printf ("%s/withdrawn-%u.json", self->run->id, n)
                   : g_strdup_printf ("Withdrawal %u: %s", n, type);
}

static CrExportItem *
add_item (CrWithdrawingPlan *self, CrDb *db, const char *type, guint n_rows, GError **error)
{
  g_autofree char *id = cr_id_new ("item_", self->run->started_ms);
  g_autoptr (CrExportItem) item = cr_export_item_new (id);

  item->run_id = g_strdup (self->run->id);
  item->destination_id = g_strdup (self->run->destination_id);
  item->n = self->run->n_items++;
  item->name = name_item (self, self->run->n_items, type);
  item->n_resources = n_rows;
  return cr_items_table_add (db, item, NULL, error) ? g_steal_pointer (&item) : NULL;
}

static guint
count_alike (CrWithdrawingPlan *self, GPtrArray *rows, guint first)
{
  CrSenderClass *klass = CR_SENDER_GET_CLASS (self->sender);
  const CrWithdrawal *one = g_ptr_array_index (rows, first);
  gboolean has_files = klass->seal_async != NULL;
  guint n = 1;

  while (first + n < rows->len && n < klass->max_records &&
         (has_files ||
          g_strcmp0 (one->type, ((CrWithdrawal *) g_ptr_array_index (rows, first + n))->type) == 0))
    n++;
  return n;
}

/* Rows of files mean nothing to a server of records, whatever the destination was before. */
static GPtrArray *
list_rows (CrWithdrawingPlan *self, CrDb *db, GError **error)
{
  CrExportRun *run = self->run;
  gboolean is_retry = cr_run_trigger_is_retry (run->trigger) && run->retry_of != NULL;
  GPtrArray *rows =
      is_retry ? cr_withdrawals_list_failed (db, run->retry_of,
                                             run->trigger == CR_RUN_TRIGGER_MANUAL_RETRY, error)
               : cr_withdrawals_list_waiting (db, run->destination_id, error);

  if (rows != NULL)
    g_ptr_array_sort (rows, compare);
  return rows;
}

/* -1 on error. */
static int
uses_source_ids (CrDb *db, const char *destination_id, GError **error)
{
  g_autoptr (CrDestination) destination = cr_destinations_table_get (db, destination_id, error);

  return destination == NULL ? -1
                             : g_strcmp0 (cr_destination_get (destination, "ids"), "source") == 0;
}

static gboolean
drop (CrWithdrawingPlan *self, CrDb *db, GError **error)
{
  const char *id = self->run->destination_id;
  int is_shared;

  if (!cr_withdrawals_wanted (db, id))
    return cr_withdrawals_drop_all (db, id, error);

  is_shared = uses_source_ids (db, id, error);
  return is_shared == 0 || (is_shared > 0 && cr_withdrawals_drop_shared (db, id, error));
}

/**
 * cr_withdrawing_plan:
 *
 * Puts what waits to be withdrawn into items, in one transaction. No other run of the destination
 * is at work meanwhile, so that nothing is withdrawn before it has arrived.
 */
gpointer
cr_withdrawing_plan (CrDb *db, gpointer data, GError **error)
{
  CrWithdrawingPlan *self = data;
  g_autoptr (GPtrArray) rows = NULL;

  if (!drop (self, db, error) || (rows = list_rows (self, db, error)) == NULL)
    return NULL;

  for (guint i = 0, n; i < rows->len; i += n)
    {
      const CrWithdrawal *first = g_ptr_array_index (rows, i);
      g_autoptr (CrExportItem) item = NULL;

      n = count_alike (self, rows, i);
      item = add_item (self, db, first->type != NULL ? first->type : "files", n, error);
      for (guint j = 0; item != NULL && j < n; j++)
        if (!cr_withdrawals_assign (db, g_ptr_array_index (rows, i + j), item->id, error))
          return NULL;
      if (item == NULL)
        return NULL;
    }

  return cr_runs_table_save (db, self->run, error) ? g_object_ref (self->run) : NULL;
}

/* Load ----------------------------------------------------------------------------------------- */

/* A record whose portal lists it again, or whose source is connected again, stays. */
static int
is_back (CrDb *db, const CrWithdrawal *row, GError **error)
{
  int is_withdrawn;

  if (row->cause == CR_WITHDRAWAL_REMOVED || row->rid == 0)
    return FALSE;

  is_withdrawn = cr_withdrawals_is_withdrawn (db, "", row->rid, TRUE, error);
  return is_withdrawn < 0 ? -1 : !is_withdrawn;
}

/* What something else still points at is tried again when the rest is gone. */
static gboolean
is_wanted (CrExportLoad *load, const CrWithdrawal *row)
{
  return load->is_second ? row->status == CR_ITEM_FAILED && row->answer == 409
                         : row->status == CR_ITEM_PENDING;
}

gpointer
cr_withdrawing_load (CrDb *db, CrExportLoad *load, GError **error)
{
  g_autoptr (GPtrArray) rows = cr_withdrawals_list (db, load->parcel.item->id, error);

  if (rows == NULL)
    return NULL;

  g_ptr_array_sort (rows, compare);
  load->parcel.withdrawn = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_withdrawal_free);
  for (guint i = 0; i < rows->len; i++)
    {
      CrWithdrawal *row = g_ptr_array_index (rows, i);
      int back = is_wanted (load, row) ? is_back (db, row, error) : FALSE;
      CrExportEntry *dropped;

      if (back < 0)
        return NULL;
      if (!is_wanted (load, row))
        continue;
      if (!back)
        {
          load->rank = row->type != NULL ? cr_fhir_type_rank (row->type) : 0;
          g_ptr_array_add (load->parcel.withdrawn, row);
          rows->pdata[i] = NULL;
          continue;
        }
      dropped = cr_export_entry_new (row->n, 0);
      dropped->status = CR_ITEM_SUPERSEDED;
      g_ptr_array_add (load->dropped, dropped);
    }

  load->is_done = TRUE;
  return NULL;
}

/* Storage -------------------------------------------------------------------------------------- */

static JsonObject *
name_record (const CrWithdrawal *row)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "cause",
                                 cr_enum_to_string (CR_TYPE_WITHDRAWAL_CAUSE, (int) row->cause));
  cr_json_set_string (object, "patient_id", row->patient_id);
  cr_json_set_string (object, "source_id", row->source_id);
  cr_json_set_string (object, "type", row->type);
  cr_json_set_string (object, "id", row->id);
  return object;
}

/**
 * cr_withdrawing_manifest:
 *
 * `withdrawn-<n>.json`: `run`, `destination`, `created_at`, `withdrawn` (records by `patient_id`,
 * `source_id`, `type` and `id`, with the `cause`) and `files`: those that are deleted, since they
 * hold nothing else. Lines in other files stay where they are; who reads them leaves these out.
 */
GBytes *
cr_withdrawing_manifest (CrParcel *parcel)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *records = json_array_new (), *files = json_array_new ();
  char *text;

  for (guint i = 0; i < parcel->withdrawn->len; i++)
    {
      const CrWithdrawal *row = g_ptr_array_index (parcel->withdrawn, i);

      if (row->file != NULL)
        json_array_add_string_element (files, row->file);
      else
        json_array_add_object_element (records, name_record (row));
    }
  json_object_set_string_member (object, "run", parcel->run->id);
  json_object_set_string_member (object, "destination", parcel->run->destination_id);
  cr_json_set_time (object, "created_at", parcel->run->created_ms);
  json_object_set_array_member (object, "withdrawn", records);
  json_object_set_array_member (object, "files", files);

  text = cr_json_object_to_text (object, FALSE);
  return g_bytes_new_take (text, strlen (text));
}

void
cr_withdrawing_named (CrParcel *parcel)
{
  for (guint i = 0; i < parcel->withdrawn->len; i++)
    {
      CrWithdrawal *row = g_ptr_array_index (parcel->withdrawn, i);
      CrExportEntry *entry;

      if (row->file != NULL)
        continue;
      entry = cr_export_entry_new (row->n, 0);
      entry->status = CR_ITEM_SENT;
      row->how = "manifest";
      g_ptr_array_add (parcel->outcomes, entry);
    }
}

CrExportEntry *
cr_withdrawing_refused (const CrWithdrawal *withdrawal,
                        CrErrorCode code,
                        gboolean is_retryable,
                        const char *message)
{
  CrExportEntry *entry = cr_export_entry_new (withdrawal->n, 0);

  entry->status = CR_ITEM_FAILED;
  entry->is_retryable = is_retryable;
  entry->error_code = g_strdup (cr_enum_to_string (CR_TYPE_ERROR_CODE, (int) code));
  entry->error_message = g_strdup (message);
  return entry;
}
