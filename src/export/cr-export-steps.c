/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-steps.h"

#include "base/cr-enum.h"
#include "base/cr-said.h"
#include "export/cr-export-plan.h"
#include "export/cr-fhir-batch.h"
#include "export/cr-withdrawing.h"
#include "store/cr-body.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-ranges-table.h"
#include "store/cr-record-loader.h"
#include "store/cr-records-table.h"
#include "store/cr-sources-table.h"
#include "store/cr-withdrawals-table.h"

#include <string.h>

/* A slice of a load: no read stays open for long. */
#define SLICE 10000
#define SLICE_BYTES (4 << 20)
#define PIECE_BYTES (128u << 10)
#define PAGE 500

/* Threads get copies: a run goes on being counted while an older state of it is written. */
CrExportRun *
cr_export_run_copy (CrExportRun *run)
{
  CrExportRun *copy = cr_export_run_new (run->id);

  copy->destination_id = g_strdup (run->destination_id);
  copy->status = run->status;
  copy->waiting_for = run->waiting_for;
  copy->wait_until_ms = run->wait_until_ms;
  copy->trigger = run->trigger;
  copy->retry_of = g_strdup (run->retry_of);
  copy->person = g_strdup (run->person);
  copy->is_forced = run->is_forced;
  copy->is_withdrawal = run->is_withdrawal;
  copy->upper_sequence = run->upper_sequence;
  copy->n_patients = run->n_patients;
  copy->n_resources = run->n_resources;
  copy->n_files = run->n_files;
  copy->bytes = run->bytes;
  copy->n_items = run->n_items;
  copy->n_failed_items = run->n_failed_items;
  copy->created_ms = run->created_ms;
  copy->started_ms = run->started_ms;
  copy->completed_ms = run->completed_ms;
  copy->error_code = g_strdup (run->error_code);
  copy->error_message = g_strdup (run->error_message);
  return copy;
}

void
cr_export_start_free (CrExportStart *self)
{
  g_free (self->run_id);
  g_free (self);
}

/* The upper bound is fixed once, before the first item is planned: what is stored later belongs to
 * a later run. */
gpointer
cr_export_start (CrDb *db, gpointer data, GError **error)
{
  CrExportStart *start = data;
  g_autoptr (CrExportRun) run = cr_runs_table_get (db, start->run_id, error);

  if (run == NULL || cr_run_status_is_final (run->status))
    return g_steal_pointer (&run);

  run->status = CR_RUN_RUNNING;
  run->waiting_for = CR_WAIT_NONE;
  run->wait_until_ms = 0;
  g_clear_pointer (&run->error_code, g_free);
  g_clear_pointer (&run->error_message, g_free);
  if (run->started_ms == 0)
    run->started_ms = start->now_ms;
  if (run->upper_sequence == 0)
    run->upper_sequence = cr_records_table_newest_sequence (db, error);
  if (run->upper_sequence < 0 || !cr_runs_table_save (db, run, error))
    return NULL;

  return g_steal_pointer (&run);
}

gpointer
cr_export_list_items (CrDb *db, gpointer run_id, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_read;

  do
    {
      g_autoptr (GPtrArray) page = cr_items_table_list (db, run_id, FALSE, items->len, PAGE, error);

      if (page == NULL)
        return NULL;
      n_read = page->len;
      for (guint i = 0; i < n_read; i++)
        g_ptr_array_add (items, g_object_ref (g_ptr_array_index (page, i)));
    }
  while (n_read == PAGE);

  return g_steal_pointer (&items);
}

CrExportLoad *
cr_export_load_new (CrExportRun *run, CrExportItem *item, gboolean is_second, gboolean takes_lines)
{
  CrExportLoad *self = g_new0 (CrExportLoad, 1);

  self->parcel.item = g_object_ref (item);
  self->parcel.run = cr_export_run_copy (run);
  self->parcel.records = g_ptr_array_new_with_free_func (g_object_unref);
  self->parcel.outcomes = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);
  self->parcel.base_urls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->dropped = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);
  self->held = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);
  self->is_second = self->parcel.is_second = is_second;
  self->takes_lines = takes_lines;
  return self;
}

void
cr_export_load_free (CrExportLoad *self)
{
  if (self == NULL)
    return;

  g_clear_object (&self->parcel.item);
  g_clear_object (&self->parcel.run);
  g_clear_pointer (&self->parcel.records, g_ptr_array_unref);
  g_clear_pointer (&self->parcel.lines, cr_file_lines_free);
  g_clear_pointer (&self->parcel.outcomes, g_ptr_array_unref);
  g_clear_pointer (&self->parcel.base_urls, g_hash_table_unref);
  g_clear_pointer (&self->parcel.places, g_hash_table_unref);
  g_clear_pointer (&self->parcel.claimed, g_hash_table_unref);
  g_clear_pointer (&self->parcel.withdrawn, g_ptr_array_unref);
  g_clear_pointer (&self->ranges, g_array_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->dropped, g_ptr_array_unref);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_free (self);
}

static gboolean
is_missing_target (const CrExportEntry *entry)
{
  return entry->status == CR_ITEM_FAILED && entry->is_retryable &&
         g_strcmp0 (entry->error_code,
                    cr_enum_to_string (CR_TYPE_ERROR_CODE, CR_ERROR_NOT_FOUND)) == 0;
}

static void
remember_base (CrExportLoad *self, CrDb *db, const char *source_id)
{
  g_autoptr (CrSource) source = NULL;

  if (g_hash_table_contains (self->parcel.base_urls, source_id))
    return;

  source = cr_sources_table_get (db, source_id, NULL);
  if (source != NULL)
    g_hash_table_insert (self->parcel.base_urls, g_strdup (source_id),
                         g_strdup (source->fhir_base_url));
}

guint
cr_export_load_count (CrExportLoad *self)
{
  const CrParcel *parcel = &self->parcel;

  return parcel->withdrawn != NULL ? parcel->withdrawn->len
       : parcel->lines != NULL     ? parcel->lines->marks->len
                                   : parcel->records->len;
}

static void
drop (CrExportLoad *self, gint64 rid, gint64 sequence)
{
  CrExportEntry *dropped = cr_export_entry_new (rid, sequence);

  dropped->status = CR_ITEM_SUPERSEDED;
  g_ptr_array_add (self->dropped, dropped);
}

static void
hold_back (CrExportLoad *self, gint64 rid, gint64 sequence)
{
  CrExportEntry *held = cr_export_entry_new (rid, sequence);

  held->status = CR_ITEM_FAILED;
  held->is_retryable = TRUE;
  held->error_code = g_strdup (cr_enum_to_string (CR_TYPE_ERROR_CODE, CR_ERROR_CONFLICT));
  held->error_message = g_strdup (
      CR_SAID ("Held until a person has decided whether these records are the patient's"));
  g_ptr_array_add (self->held, held);
}

/* 1: it is not sent since it is withdrawn; -1: error */
static int
is_withdrawn (CrExportLoad *self, CrDb *db, gint64 rid, GError **error)
{
  return self->wants_withdrawals
           ? cr_withdrawals_is_withdrawn (db, self->parcel.run->destination_id, rid, TRUE, error)
           : 0;
}

/* The latest version is what is sent. A record that was removed since is not; one whose connection
 * is held by now goes to the retry list. What could not be read is neither. */
static gboolean
load_entry (CrExportLoad *self,
            CrDb *db,
            CrRecordLoader *loader,
            GHashTable *blocked,
            const CrExportEntry *entry,
            gsize *n_bytes,
            GError **error)
{
  g_autoptr (CrRecord) record = NULL;
  GError *failure = NULL;
  int is_gone;

  if (self->is_second ? !is_missing_target (entry) : entry->status != CR_ITEM_PENDING)
    return TRUE;

  record = cr_record_loader_get (loader, entry->rid, &failure);
  is_gone = failure == NULL ? is_withdrawn (self, db, entry->rid, &failure) : -1;
  if (is_gone < 0)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  if (record == NULL || record->body == NULL || is_gone > 0)
    {
      drop (self, entry->rid, entry->sequence);
      return TRUE;
    }
  if (cr_export_is_blocked (blocked, record->patient_id, record->source_id))
    {
      hold_back (self, entry->rid, entry->sequence);
      return TRUE;
    }

  remember_base (self, db, record->source_id);
  self->rank = cr_fhir_type_rank (record->type);
  *n_bytes += record->n_bytes;
  g_ptr_array_add (self->parcel.records, g_steal_pointer (&record));
  return TRUE;
}

static int
compare_records (gconstpointer a, gconstpointer b)
{
  const CrRecord *left = *(CrRecord *const *) a, *right = *(CrRecord *const *) b;
  int patients = strcmp (left->patient_id, right->patient_id);
  int sources = patients != 0 ? patients : strcmp (left->source_id, right->source_id);

  return sources != 0                      ? sources
       : left->sequence != right->sequence ? (left->sequence < right->sequence ? -1 : 1)
                                           : 0;
}

static gboolean
load_entries (CrExportLoad *self, CrDb *db, GHashTable *blocked, GError **error)
{
  g_autoptr (CrRecordLoader) loader = cr_record_loader_new (db);
  guint end;
  gsize n_bytes = 0;

  if (self->entries == NULL)
    self->entries = cr_entries_table_list (db, self->parcel.item->id, error);
  if (self->entries == NULL)
    return FALSE;

  end = MIN (self->position + SLICE, self->entries->len);
  for (; self->position < end && n_bytes < SLICE_BYTES; self->position++)
    if (!load_entry (self, db, loader, blocked, g_ptr_array_index (self->entries, self->position),
                     &n_bytes, error))
      return FALSE;

  self->is_done = self->position >= self->entries->len;
  if (self->is_done)
    g_ptr_array_sort (self->parcel.records, compare_records);
  return TRUE;
}

static void
add_record (CrExportLoad *self,
            CrDb *db,
            const CrStreamOwner *owner,
            const CrRange *range,
            const CrRangeRecord *row)
{
  CrRecord *record = cr_record_new (row->rid);

  record->patient_id = g_strdup (owner->patient_id);
  record->source_id = g_strdup (owner->source_id);
  record->type = g_strdup (cr_db_type_name (db, range->type));
  record->id = g_strdup (row->id);
  record->sequence = row->sequence;
  record->n_bytes = row->n_bytes;
  record->body = g_bytes_new (row->body, row->n_bytes);
  remember_base (self, db, record->source_id);
  g_ptr_array_add (self->parcel.records, record);
}

/* From the database straight into the file: once in memory is enough. */
static gboolean
add_large (CrExportLoad *self, CrDb *db, const CrLine *line, GError **error)
{
  g_autoptr (CrBody) body = cr_body_open (db, line->mark.sequence, error);
  g_autofree guint8 *piece = g_malloc (PIECE_BYTES);
  gsize size = body != NULL ? cr_body_size (body) : 0;

  if (body == NULL)
    return FALSE;

  cr_buffer_reserve (&self->parcel.lines->bytes, size + 1);
  for (gsize at = 0; at < size; at += PIECE_BYTES)
    {
      gsize n = MIN (size - at, PIECE_BYTES);

      if (!cr_body_read (body, at, piece, n, error))
        return FALSE;
      cr_file_lines_add_piece (self->parcel.lines, piece, n);
    }
  cr_file_lines_end (self->parcel.lines, line);
  return TRUE;
}

static gboolean
load_row (CrExportLoad *self,
          CrDb *db,
          const CrStreamOwner *owner,
          const CrRange *range,
          const CrRangeRecord *row,
          GError **error)
{
  CrLine line = {
    owner->patient_id, owner->source_id, { row->rid, row->sequence }, row->body, row->n_bytes
  };
  int is_gone = is_withdrawn (self, db, row->rid, error);

  if (is_gone != 0)
    return is_gone > 0;
  if (row->body == NULL)
    return add_large (self, db, &line, error);
  if (self->takes_lines)
    return cr_file_lines_add (self->parcel.lines, &line, error);

  add_record (self, db, owner, range, row);
  return TRUE;
}

/* Goes on in one range until its end or that of the slice. */
static gboolean
load_range (CrExportLoad *self,
            CrDb *db,
            CrRangeReader *reader,
            const CrStreamOwner *owner,
            gboolean is_held,
            gsize *n_bytes,
            GError **error)
{
  const CrRange *range = &g_array_index (self->ranges, CrRange, self->position);
  GError *failure = NULL;
  CrRangeRecord row;

  cr_range_reader_open (reader, range, self->after);
  while (*n_bytes < SLICE_BYTES && cr_range_reader_next (reader, &row, &failure))
    {
      if (is_held)
        hold_back (self, row.rid, row.sequence);
      else if (!load_row (self, db, owner, range, &row, error))
        return FALSE;
      *n_bytes += row.n_bytes;
      self->after = row.sequence;
    }
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }

  return TRUE;
}

/* A record that is alone in its file may be a large one. */
static CrRangeContent
content_of (CrExportLoad *self, CrDb *db)
{
  const CrRange *first = &g_array_index (self->ranges, CrRange, 0);
  gboolean is_alone = self->ranges->len == 1 && first->first == first->last;

  if (!self->takes_lines)
    return CR_RANGE_BODIES_AND_IDS;

  return is_alone && !g_str_equal (cr_db_type_name (db, first->type), "Patient") ? CR_RANGE_SIZES
                                                                                 : CR_RANGE_BODIES;
}

/* What was planned, as far as it is still the latest version and there. */
static gboolean
load_ranges (CrExportLoad *self, CrDb *db, GHashTable *blocked, GError **error)
{
  g_autoptr (CrRangeReader) reader = cr_range_reader_new (db, content_of (self, db));
  g_auto (CrStreamOwner) owner = { 0 };
  gsize n_bytes = 0;

  for (; self->position < self->ranges->len; self->position++)
    {
      const CrRange *range = &g_array_index (self->ranges, CrRange, self->position);
      GError *failure = NULL;
      const char *type = cr_db_type_name (db, range->type);

      self->rank = cr_fhir_type_rank (type);
      if (self->takes_lines && self->parcel.lines == NULL)
        self->parcel.lines = cr_file_lines_new (type);
      if (cr_stream_owner_find (db, &owner, range->sid, &failure) &&
          !load_range (self, db, reader, &owner,
                       cr_export_is_blocked (blocked, owner.patient_id, owner.source_id), &n_bytes,
                       error))
        return FALSE;
      if (failure != NULL)
        {
          g_propagate_error (error, failure);
          return FALSE;
        }
      if (n_bytes >= SLICE_BYTES)
        return TRUE;
      self->after = 0;
    }

  self->is_done = TRUE;
  return TRUE;
}

gpointer
cr_export_load (CrDb *db, gpointer data, GError **error)
{
  CrExportLoad *self = data;
  g_autoptr (GHashTable) blocked = NULL;

  if (self->parcel.run->is_withdrawal)
    return cr_withdrawing_load (db, self, error);

  blocked = cr_export_blocked_owners (db, error);
  if (blocked == NULL)
    return NULL;
  self->wants_withdrawals = cr_withdrawals_wanted (db, self->parcel.run->destination_id);
  if (self->ranges == NULL)
    self->ranges = cr_ranges_table_list (db, self->parcel.item->id, error);
  if (self->ranges == NULL)
    return NULL;

  if (self->ranges->len > 0)
    load_ranges (self, db, blocked, error);
  else
    load_entries (self, db, blocked, error);
  return NULL;
}

void
cr_export_settle_free (CrExportSettle *self)
{
  g_clear_object (&self->item);
  g_clear_object (&self->run);
  g_clear_pointer (&self->sent, g_array_unref);
  g_clear_pointer (&self->outcomes, g_ptr_array_unref);
  g_clear_pointer (&self->withdrawn, g_ptr_array_unref);
  cr_export_load_free (self->load);
  g_free (self);
}

/* Item, entries and the run's figures in one transaction: a crash leaves all of it or nothing, and
 * then the item is sent again, which changes nothing at the destination. */
gpointer
cr_export_settle (CrDb *db, gpointer data, GError **error)
{
  CrExportSettle *self = data;
  gboolean ok = self->run->is_withdrawal
                  ? cr_withdrawals_settle (db, self->item, self->withdrawn, self->outcomes,
                                           self->now_ms, error)
                  : cr_entries_table_settle (db, self->item, self->sent, self->outcomes,
                                             self->now_ms, error);

  if (ok)
    cr_runs_table_save (db, self->run, error);
  return NULL;
}

void
cr_export_end_free (CrExportEnd *self)
{
  g_clear_object (&self->run);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->sealed, g_ptr_array_unref);
  g_free (self->action_required);
  g_free (self);
}

/* An item that was not sent and failed with the run: its entries are on the retry list. */
static gboolean
leave_item (CrExportEnd *self, CrDb *db, CrExportItem *item, GError **error)
{
  g_autoptr (GPtrArray) entries = cr_entries_table_list (db, item->id, error);
  gint64 n_planned;

  if (entries == NULL)
    return FALSE;
  n_planned =
      cr_ranges_table_fail (db, item->id, self->run->error_code, self->run->error_message, error);
  if (n_planned < 0)
    return FALSE;

  for (guint i = 0; i < entries->len; i++)
    {
      CrExportEntry *entry = g_ptr_array_index (entries, i);

      entry->status = self->leave_as;
      entry->is_retryable = self->leave_as == CR_ITEM_FAILED;
      g_free (entry->error_code);
      g_free (entry->error_message);
      entry->error_code = g_strdup (self->run->error_code);
      entry->error_message = g_strdup (self->run->error_message);
    }

  item->status = self->leave_as;
  item->is_retryable = self->leave_as == CR_ITEM_FAILED;
  item->n_failed = self->leave_as == CR_ITEM_FAILED ? entries->len + (guint) n_planned : 0;
  g_free (item->error_code);
  g_free (item->error_message);
  item->error_code = g_strdup (self->run->error_code);
  item->error_message = g_strdup (self->run->error_message);
  if (self->leave_as == CR_ITEM_FAILED)
    self->run->n_failed_items += 1;
  return cr_entries_table_settle (db, item, NULL, entries, self->now_ms, error);
}

static gboolean
end_item (CrExportEnd *self, CrDb *db, CrExportItem *item, GError **error)
{
  if (item->status != CR_ITEM_PENDING)
    return TRUE;
  if (self->leave_as == CR_ITEM_FAILED && self->run->is_withdrawal)
    return cr_withdrawals_leave (db, self->run, self->run->error_message, error);
  if (self->leave_as != CR_ITEM_PENDING)
    return leave_item (self, db, item, error);

  return item->attempts == 0 || cr_items_table_save (db, item, error);
}

/* Watermarks say: up to here everything was delivered or is on the retry list. They move in the
 * same transaction that ends the run, over what was planned and no further. */
static gboolean
move_watermarks (CrExportEnd *self, CrDb *db, GError **error)
{
  g_autoptr (GPtrArray) owners = cr_export_owners (db, self->run, NULL, error);

  if (owners == NULL)
    return FALSE;

  for (guint i = 0; i < owners->len; i++)
    {
      CrConnection *owner = g_ptr_array_index (owners, i);
      gint64 watermark = cr_watermarks_table_get (db, self->run->destination_id, owner->id, error);

      if (watermark < 0)
        return FALSE;
      if (watermark < self->run->upper_sequence &&
          !cr_watermarks_table_set (db, self->run->destination_id, owner->id,
                                    self->run->upper_sequence, self->now_ms, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
set_action (CrExportEnd *self, CrDb *db, GError **error)
{
  g_autoptr (CrDestination) destination = NULL;

  if (self->action_required == NULL && !self->clears_action)
    return TRUE;

  destination = cr_destinations_table_get (db, self->run->destination_id, error);
  if (destination == NULL)
    return FALSE;
  if (g_strcmp0 (destination->action_required, self->action_required) == 0)
    return TRUE;

  g_free (destination->action_required);
  destination->action_required = g_strdup (self->action_required);
  destination->updated_ms = self->now_ms;
  return cr_destinations_table_update (db, destination, error);
}

gpointer
cr_export_end (CrDb *db, gpointer data, GError **error)
{
  CrExportEnd *self = data;

  /* Items of an earlier try that this one never came to. */
  if (self->items == NULL && self->leave_as != CR_ITEM_PENDING)
    self->items = cr_export_list_items (db, self->run->id, error);
  if (self->items == NULL && self->leave_as != CR_ITEM_PENDING)
    return NULL;

  if (self->leave_as == CR_ITEM_SUPERSEDED && !cr_items_table_leave (db, self->run, error))
    return NULL;
  for (guint i = 0;
       self->leave_as != CR_ITEM_SUPERSEDED && self->items != NULL && i < self->items->len; i++)
    if (!end_item (self, db, g_ptr_array_index (self->items, i), error))
      return NULL;

  for (guint i = 0; i < self->sealed->len; i++)
    if (!cr_unsealed_table_strike (db, g_ptr_array_index (self->sealed, i), error))
      return NULL;
  if (self->moves_watermarks && !move_watermarks (self, db, error))
    return NULL;
  if (!cr_runs_table_save (db, self->run, error) || !set_action (self, db, error) ||
      (self->plans_retry && !cr_runs_table_plan_retry (db, self->run, self->now_ms, error)))
    return NULL;

  return g_object_ref (self->run);
}
