/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-plan.h"

#include "base/cr-id.h"
#include "export/cr-fhir-batch.h"
#include "store/cr-claims-table.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-record-loader.h"
#include "store/cr-records-table.h"
#include "store/cr-withdrawals-table.h"

#include <string.h>

/* Records read in one go, so that no read stays open for long. */
#define PAGE 500
/* Records planned in one transaction. */
#define CHUNK 4000
/* Entries of the retry list that one run takes on. */
#define MAX_RETRIED 200000

typedef struct
{
  CrExportItem *item; /* (owned) */
  GPtrArray *entries; /* (owned): of CrExportEntry */
  char *type;         /* (owned) */
  char *patient_id;   /* (owned) */
  char *source_id;    /* (owned) */
  gsize n_bytes;
} Planned;

struct _CrExportPlan
{
  CrSender *sender;    /* (owned) */
  CrExportRun *run;    /* (owned): a copy that the main thread does not touch */
  GPtrArray *owners;   /* (owned): of CrConnection, sorted */
  GArray *watermarks;  /* (owned): of gint64, one an owner */
  GPtrArray *types;    /* (owned): of char *, parents first */
  GHashTable *parts;   /* (owned): type, or type and owner → how many items it has */
  GPtrArray *finished; /* (owned): of Planned, to be written */
  Planned *open;       /* (owned) (nullable): being filled */
  guint n_items;
  guint type; /* where reading stands */
  guint owner;
  gint64 after;
  gboolean is_rewind; /* sends again what was delivered */
  gboolean wants_withdrawals;
  gboolean looks_for_withdrawn;
  gboolean claims_ids;
  gboolean is_read; /* nothing left to read */
  gboolean is_written;
};

static void
planned_free (Planned *self)
{
  g_object_unref (self->item);
  g_ptr_array_unref (self->entries);
  g_free (self->type);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self);
}

CrExportPlan *
cr_export_plan_new (CrSender *sender, CrExportRun *run)
{
  CrExportPlan *self = g_new0 (CrExportPlan, 1);

  self->sender = g_object_ref (sender);
  self->run = g_object_ref (run);
  self->is_rewind = run->trigger == CR_RUN_TRIGGER_REWIND;
  self->parts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->finished = g_ptr_array_new_with_free_func ((GDestroyNotify) planned_free);
  self->types = g_ptr_array_new_with_free_func (g_free);
  self->watermarks = g_array_new (FALSE, TRUE, sizeof (gint64));
  return self;
}

void
cr_export_plan_free (CrExportPlan *self)
{
  if (self == NULL)
    return;

  g_clear_object (&self->sender);
  g_clear_object (&self->run);
  g_clear_pointer (&self->owners, g_ptr_array_unref);
  g_clear_pointer (&self->watermarks, g_array_unref);
  g_clear_pointer (&self->types, g_ptr_array_unref);
  g_clear_pointer (&self->parts, g_hash_table_unref);
  g_clear_pointer (&self->finished, g_ptr_array_unref);
  g_clear_pointer (&self->open, planned_free);
  g_free (self);
}

gboolean
cr_export_plan_is_done (CrExportPlan *self)
{
  return self->is_written;
}

static int
compare_types (const char *a, const char *b)
{
  guint left = cr_fhir_type_rank (a), right = cr_fhir_type_rank (b);

  return left != right ? (left < right ? -1 : 1) : strcmp (a, b);
}

static int
compare_types_cb (gconstpointer a, gconstpointer b)
{
  return compare_types (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
collect_types (CrExportPlan *self, CrDb *db, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->owners->len; i++)
    {
      CrConnection *owner = g_ptr_array_index (self->owners, i);
      g_autoptr (GPtrArray) counts =
          cr_records_table_count_types (db, owner->patient_id, owner->source_id, error);
      gint64 watermark;

      if (counts == NULL)
        return FALSE;
      for (guint j = 0; j < counts->len; j++)
        {
          CrTypeCount *count = g_ptr_array_index (counts, j);

          if (g_hash_table_add (seen, g_strdup (count->type)))
            g_ptr_array_add (self->types, g_strdup (count->type));
        }

      watermark = cr_watermarks_table_get (db, self->run->destination_id, owner->id, error);
      if (watermark < 0)
        return FALSE;
      g_array_append_val (self->watermarks, watermark);
    }
  g_ptr_array_sort (self->types, compare_types_cb);

  return TRUE;
}

static char *
part_key (CrExportPlan *self, CrRecord *record)
{
  return cr_sender_one_owner_an_item (self->sender)
           ? g_strjoin ("\n", record->type, record->patient_id, record->source_id, NULL)
           : g_strdup (record->type);
}

static guint
next_part (CrExportPlan *self, CrRecord *record)
{
  g_autofree char *key = part_key (self, record);
  guint part = GPOINTER_TO_UINT (g_hash_table_lookup (self->parts, key)) + 1;

  g_hash_table_insert (self->parts, g_steal_pointer (&key), GUINT_TO_POINTER (part));
  return part;
}

static void
close_item (CrExportPlan *self)
{
  if (self->open != NULL)
    g_ptr_array_add (self->finished, g_steal_pointer (&self->open));
}

static gboolean
fits (CrExportPlan *self, CrRecord *record)
{
  CrSenderClass *klass = CR_SENDER_GET_CLASS (self->sender);
  Planned *open = self->open;

  return open != NULL && open->entries->len < klass->max_records &&
         open->n_bytes + record->n_bytes <= klass->max_bytes &&
         (!klass->one_type_an_item || g_str_equal (open->type, record->type)) &&
         (!cr_sender_one_owner_an_item (self->sender) ||
          (g_str_equal (open->patient_id, record->patient_id) &&
           g_str_equal (open->source_id, record->source_id)));
}

static Planned *
open_item (CrExportPlan *self, CrRecord *record)
{
  Planned *planned = g_new0 (Planned, 1);
  g_autofree char *id = cr_id_new ("item_", self->run->started_ms);

  planned->item = cr_export_item_new (id);
  planned->item->run_id = g_strdup (self->run->id);
  planned->item->destination_id = g_strdup (self->run->destination_id);
  planned->item->n = self->n_items++;
  planned->item->name =
      cr_sender_name_item (self->sender, self->run, record->type, record->patient_id,
                           record->source_id, next_part (self, record));
  planned->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);
  planned->type = g_strdup (record->type);
  planned->patient_id = g_strdup (record->patient_id);
  planned->source_id = g_strdup (record->source_id);
  return planned;
}

static void
add_record (CrExportPlan *self, CrRecord *record)
{
  if (!fits (self, record))
    {
      close_item (self);
      self->open = open_item (self, record);
    }

  g_ptr_array_add (self->open->entries, cr_export_entry_new (record->rid, record->sequence));
  self->open->item->n_resources += 1;
  self->open->n_bytes += record->n_bytes;
}

/* Puts the position behind @record, if it is not there already. */
static void
skip_to (CrExportPlan *self, CrRecord *record)
{
  guint type = 0, owner = 0;

  while (type < self->types->len &&
         compare_types (g_ptr_array_index (self->types, type), record->type) < 0)
    type++;
  while (owner < self->owners->len)
    {
      CrConnection *connection = g_ptr_array_index (self->owners, owner);
      int patients = strcmp (connection->patient_id, record->patient_id);

      if (patients > 0 || (patients == 0 && strcmp (connection->source_id, record->source_id) >= 0))
        break;
      owner++;
    }

  if (type > self->type || (type == self->type && owner > self->owner))
    {
      self->type = type;
      self->owner = owner;
      self->after = 0;
    }
  if (type == self->type && owner == self->owner)
    self->after = MAX (self->after, record->sequence);
}

/* An item that was planned before a crash: counts its part, and goes on behind it. */
static gboolean
take_up (CrExportPlan *self, CrDb *db, CrExportItem *item, gboolean is_last, GError **error)
{
  g_autoptr (GPtrArray) entries = cr_entries_table_list (db, item->id, error);

  if (entries == NULL)
    return FALSE;

  for (guint i = 0; i < entries->len && (i == 0 || is_last); i++)
    {
      CrExportEntry *entry = g_ptr_array_index (entries, i);
      g_autoptr (CrRecord) record = cr_records_table_get_by_rid (db, entry->rid, 0, NULL);

      if (record == NULL)
        continue;
      /* The record may have a newer version by now: what counts is where planning stood. */
      record->sequence = entry->sequence;
      if (i == 0)
        next_part (self, record);
      if (is_last)
        skip_to (self, record);
    }

  return TRUE;
}

static gboolean
resume (CrExportPlan *self, CrDb *db, GError **error)
{
  for (;;)
    {
      g_autoptr (GPtrArray) items =
          cr_items_table_list (db, self->run->id, FALSE, self->n_items, PAGE, error);
      gboolean is_end;

      if (items == NULL)
        return FALSE;
      is_end = items->len < PAGE;
      for (guint i = 0; i < items->len; i++)
        if (!take_up (self, db, g_ptr_array_index (items, i), is_end && i + 1 == items->len, error))
          return FALSE;
      self->n_items += items->len;
      if (is_end)
        return TRUE;
    }
}

/**
 * cr_export_plan_begin:
 *
 * Finds whose records the run is about and where planning stands: a run whose planning was cut off
 * goes on behind the last item it wrote.
 */
gpointer
cr_export_plan_begin (CrDb *db, gpointer data, GError **error)
{
  CrExportPlan *self = data;

  self->wants_withdrawals = cr_withdrawals_wanted (db, self->run->destination_id);
  self->claims_ids = cr_claims_matter (db, self->run->destination_id);
  self->looks_for_withdrawn = cr_withdrawals_matter (db, self->run->destination_id);
  self->owners = cr_export_owners (db, self->run, error);
  if (self->owners == NULL || !collect_types (self, db, error) || !resume (self, db, error))
    return NULL;

  /* A retry is about the retry list alone. */
  self->is_read = cr_run_trigger_is_retry (self->run->trigger);
  return NULL;
}

/* One page of one type of one owner. */
static gboolean
read_page (CrExportPlan *self, CrDb *db, guint *n_read, GError **error)
{
  CrConnection *owner = g_ptr_array_index (self->owners, self->owner);
  CrRecordOwner whose = { owner->patient_id, owner->source_id, owner->portal_patient_id };
  gint64 watermark = g_array_index (self->watermarks, gint64, self->owner);
  const char *type = g_ptr_array_index (self->types, self->type);
  g_autoptr (GArray) heads =
      cr_record_heads_list (db, &whose, type, self->run->destination_id,
                            MAX (self->after, watermark), self->run->upper_sequence, PAGE, error);
  g_autoptr (CrRecord) record = NULL;

  if (heads == NULL)
    return FALSE;

  record = cr_record_new (0);
  record->patient_id = g_strdup (owner->patient_id);
  record->source_id = g_strdup (owner->source_id);
  record->type = g_strdup (type);
  for (guint i = 0; i < heads->len; i++)
    {
      const CrRecordHead *head = &g_array_index (heads, CrRecordHead, i);

      const char *destination_id = self->run->destination_id;
      int is_withdrawn = self->looks_for_withdrawn
                           ? cr_withdrawals_is_withdrawn (db, destination_id, head->rid,
                                                          self->wants_withdrawals, error)
                           : FALSE;

      if (is_withdrawn < 0)
        return FALSE;
      record->rid = head->rid;
      record->sequence = self->after = head->sequence;
      record->n_bytes = head->n_bytes;
      if ((self->is_rewind || head->delivered < head->sequence) && !is_withdrawn)
        add_record (self, record);
    }
  *n_read += heads->len;

  if (heads->len < PAGE)
    {
      self->after = 0;
      self->owner += 1;
    }
  return TRUE;
}

/**
 * cr_export_plan_read:
 *
 * Plans the next few thousand records, parents first.
 */
gpointer
cr_export_plan_read (CrDb *db, gpointer data, GError **error)
{
  CrExportPlan *self = data;
  guint n_read = 0;

  while (!self->is_read && n_read < CHUNK)
    {
      if (self->owner >= self->owners->len)
        {
          self->owner = 0;
          self->type += 1;
        }
      if (self->type >= self->types->len || self->owners->len == 0)
        self->is_read = TRUE;
      else if (!read_page (self, db, &n_read, error))
        return NULL;
    }
  if (self->is_read)
    close_item (self);

  return NULL;
}

static gboolean
claim_ids (CrExportPlan *self, CrDb *db, GPtrArray *entries, GError **error)
{
  for (guint i = 0; self->claims_ids && i < entries->len; i++)
    {
      const CrExportEntry *entry = g_ptr_array_index (entries, i);

      if (!cr_claims_table_take (db, self->run->destination_id, entry->rid, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
write_finished (CrExportPlan *self, CrDb *db, GError **error)
{
  for (guint i = 0; i < self->finished->len; i++)
    {
      Planned *planned = g_ptr_array_index (self->finished, i);

      if (!cr_items_table_add (db, planned->item, planned->entries, error) ||
          !claim_ids (self, db, planned->entries, error))
        return FALSE;
    }

  g_ptr_array_set_size (self->finished, 0);
  return TRUE;
}

/* TRUE when this run plans the record anyway, because it is new to the destination. */
static gboolean
is_planned (CrExportPlan *self, CrRecord *record)
{
  for (guint i = 0; i < self->owners->len && !cr_run_trigger_is_retry (self->run->trigger); i++)
    {
      CrConnection *owner = g_ptr_array_index (self->owners, i);

      if (g_str_equal (owner->patient_id, record->patient_id) &&
          g_str_equal (owner->source_id, record->source_id))
        return record->sequence > g_array_index (self->watermarks, gint64, i) &&
               record->sequence <= self->run->upper_sequence;
    }

  return FALSE;
}

static int
compare_records (gconstpointer a, gconstpointer b)
{
  const CrRecord *left = *(CrRecord *const *) a, *right = *(CrRecord *const *) b;
  int types = compare_types (left->type, right->type);
  int patients = types != 0 ? types : strcmp (left->patient_id, right->patient_id);
  int sources = patients != 0 ? patients : strcmp (left->source_id, right->source_id);

  return sources != 0 ? sources : (left->sequence < right->sequence ? -1 : 1);
}

/* Whether a retry takes on everything: a person said so, or has changed the destination. -1 on
 * error. */
static int
retries_all (CrExportPlan *self, CrDb *db, GError **error)
{
  g_autoptr (CrExportRun) old = NULL;

  if (self->run->is_forced || self->run->retry_of == NULL)
    return TRUE;
  if (self->run->trigger == CR_RUN_TRIGGER_AUTOMATIC_RETRY)
    return FALSE;

  old = cr_runs_table_get (db, self->run->retry_of, error);
  return old != NULL ? cr_runs_table_is_edited (db, old, error) : -1;
}

/* @retries_all: also what would end as before */
static GPtrArray *
pick_retried (CrExportPlan *self,
              CrDb *db,
              GPtrArray *failed,
              GHashTable *blocked,
              gboolean retries_all)
{
  gboolean is_retry = cr_run_trigger_is_retry (self->run->trigger);
  GPtrArray *records = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < failed->len; i++)
    {
      CrExportEntry *entry = g_ptr_array_index (failed, i);
      g_autoptr (CrRecord) record = NULL;

      if (!is_retry && !entry->is_retryable)
        continue;
      if (!g_hash_table_add (seen, g_memdup2 (&entry->rid, sizeof entry->rid)))
        continue;
      record = cr_records_table_get_by_rid (db, entry->rid, 0, NULL);
      if (record == NULL || is_planned (self, record) ||
          cr_export_is_blocked (blocked, record->patient_id, record->source_id) ||
          (!retries_all && !entry->is_retryable && record->sequence == entry->sequence))
        continue;
      g_clear_pointer (&record->body, g_bytes_unref);
      g_ptr_array_add (records, g_steal_pointer (&record));
    }
  g_ptr_array_sort (records, compare_records);

  return records;
}

/* The retry list's records that this run takes on, latest versions, each once. Who retries by hand
 * what can only end as before has mended it at the other end: then all of it is sent. */
static GPtrArray *
list_retried (CrExportPlan *self, CrDb *db, GError **error)
{
  gboolean is_retry = cr_run_trigger_is_retry (self->run->trigger);
  int takes_all = is_retry ? retries_all (self, db, error) : FALSE;
  g_autoptr (GHashTable) blocked = cr_export_blocked_owners (db, error);
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (GPtrArray) failed =
      blocked != NULL && takes_all >= 0
          ? cr_entries_table_list_failed (db, self->run->destination_id,
                                          is_retry ? self->run->retry_of : NULL, MAX_RETRIED, error)
          : NULL;

  if (failed == NULL)
    return NULL;

  records = pick_retried (self, db, failed, blocked, takes_all);
  if (records->len > 0 || takes_all || self->run->trigger != CR_RUN_TRIGGER_MANUAL_RETRY)
    return g_steal_pointer (&records);

  return pick_retried (self, db, failed, blocked, TRUE);
}

/* Moves what failed earlier from its old items into new ones of this run: in one transaction, so
 * that each is on exactly one list at any time. */
static gboolean
take_on_failed (CrExportPlan *self, CrDb *db, GError **error)
{
  g_autoptr (GPtrArray) records = list_retried (self, db, error);

  if (records == NULL)
    return FALSE;

  for (guint i = 0; i < records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (records, i);

      if (!cr_entries_table_supersede (db, self->run->destination_id, record->rid, record->sequence,
                                       error))
        return FALSE;
      add_record (self, record);
    }
  close_item (self);

  return write_finished (self, db, error);
}

/**
 * cr_export_plan_write:
 *
 * Writes what was read. The last call takes on the retry list and sets the run's number of items in
 * the same transaction: a run that has items is planned.
 */
gpointer
cr_export_plan_write (CrDb *db, gpointer data, GError **error)
{
  CrExportPlan *self = data;

  if (!write_finished (self, db, error))
    return NULL;
  if (!self->is_read)
    return NULL;

  if (!take_on_failed (self, db, error))
    return NULL;
  self->run->n_items = self->n_items;
  if (!cr_runs_table_save (db, self->run, error))
    return NULL;

  self->is_written = TRUE;
  return NULL;
}
