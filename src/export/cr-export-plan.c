/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-plan.h"

#include "base/cr-id.h"
#include "export/cr-fhir-batch.h"
#include "store/cr-claims-table.h"
#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-ranges-table.h"
#include "store/cr-record-loader.h"
#include "store/cr-records-table.h"
#include "store/cr-withdrawals-table.h"

#include <string.h>

/* Records read in one go, so that no read stays open for long. */
#define PAGE 2000
/* Records planned in one transaction. */
#define CHUNK 20000
/* Entries of the retry list that one run takes on. */
#define MAX_RETRIED 200000
/* Items get their places when all are known; until then they stand behind any place there is. */
#define NOT_YET (1u << 30)

typedef struct
{
  CrExportItem *item; /* (owned) */
  GArray *ranges;     /* (owned): of CrRange */
  GPtrArray *entries; /* (owned): of CrExportEntry: what was on the retry list */
  const char *type;   /* interned */
  char *patient_id;   /* (owned) */
  char *source_id;    /* (owned) */
  gsize n_bytes;
} Planned;

/* Where an item belongs. */
typedef struct
{
  const char *type; /* interned */
  guint n;          /* in the order in which they were opened */
  gboolean is_retried;
} Place;

struct _CrExportPlan
{
  CrSender *sender;    /* (owned) */
  CrExportRun *run;    /* (owned): a copy that the main thread does not touch */
  GPtrArray *owners;   /* (owned): of CrConnection, sorted */
  GPtrArray *left_out; /* (owned): of char *: connections that may not be among them */
  GArray *watermarks;  /* (owned): of gint64, one an owner */
  GHashTable *parts;   /* (owned): type, or type and owner → how many items it has */
  GPtrArray *finished; /* (owned): of Planned, to be written */
  GHashTable *open;    /* (owned): interned type → Planned, being filled */
  GArray *places;      /* (owned): of Place, one an item */
  guint owner;         /* where reading stands */
  gint64 sid;          /* of the owner; 0: not looked up yet, -1: it has nothing */
  gint64 after;
  gboolean is_rewind; /* sends again what was delivered */
  gboolean wants_withdrawals;
  gboolean looks_for_withdrawn;
  gboolean claims_ids;
  gboolean is_first; /* nothing was ever delivered there */
  gboolean is_read;  /* nothing left to read */
  gboolean is_begun; /* what an earlier try planned is gone */
  gboolean is_written;
};

static void
planned_free (Planned *self)
{
  g_object_unref (self->item);
  g_array_unref (self->ranges);
  g_ptr_array_unref (self->entries);
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
  self->open = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) planned_free);
  self->places = g_array_new (FALSE, FALSE, sizeof (Place));
  self->left_out = g_ptr_array_new_with_free_func (g_free);
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
  g_clear_pointer (&self->left_out, g_ptr_array_unref);
  g_clear_pointer (&self->watermarks, g_array_unref);
  g_clear_pointer (&self->parts, g_hash_table_unref);
  g_clear_pointer (&self->finished, g_ptr_array_unref);
  g_clear_pointer (&self->open, g_hash_table_unref);
  g_clear_pointer (&self->places, g_array_unref);
  g_free (self);
}

gboolean
cr_export_plan_is_done (CrExportPlan *self)
{
  return self->is_written;
}

guint
cr_export_plan_count_items (CrExportPlan *self)
{
  return self->places->len;
}

static int
compare_types (const char *a, const char *b)
{
  guint left = cr_fhir_type_rank (a), right = cr_fhir_type_rank (b);

  return left != right ? (left < right ? -1 : 1) : strcmp (a, b);
}

/* Parents first, then in the order they were opened; what was on the retry list comes last. */
static int
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *left = a, *right = b;
  int types = left->is_retried != right->is_retried ? left->is_retried - right->is_retried
            : left->is_retried                      ? 0
                                                    : compare_types (left->type, right->type);

  return types != 0 ? types : left->n < right->n ? -1 : 1;
}

/* Whose, and of what, a record is. */
typedef struct
{
  const char *type; /* interned */
  const char *patient_id;
  const char *source_id;
  gsize n_bytes;
} Head;

static char *
part_key (CrExportPlan *self, const Head *head)
{
  return cr_sender_one_owner_an_item (self->sender)
           ? g_strjoin ("\n", head->type, head->patient_id, head->source_id, NULL)
           : g_strdup (head->type);
}

static guint
next_part (CrExportPlan *self, const Head *head)
{
  g_autofree char *key = part_key (self, head);
  guint part = GPOINTER_TO_UINT (g_hash_table_lookup (self->parts, key)) + 1;

  g_hash_table_insert (self->parts, g_steal_pointer (&key), GUINT_TO_POINTER (part));
  return part;
}

static void
close_item (CrExportPlan *self, const char *type)
{
  gpointer planned = NULL;

  if (g_hash_table_steal_extended (self->open, type, NULL, &planned))
    g_ptr_array_add (self->finished, planned);
}

static void
close_items (CrExportPlan *self)
{
  g_autoptr (GList) types = g_hash_table_get_keys (self->open);

  for (GList *at = types; at != NULL; at = at->next)
    close_item (self, at->data);
}

static gboolean
fits (CrExportPlan *self, const Planned *open, const Head *head)
{
  CrSenderClass *klass = CR_SENDER_GET_CLASS (self->sender);

  return open->item->n_resources < klass->max_records &&
         open->n_bytes + head->n_bytes + 1 <= klass->max_bytes &&
         (!cr_sender_one_owner_an_item (self->sender) ||
          (g_str_equal (open->patient_id, head->patient_id) &&
           g_str_equal (open->source_id, head->source_id)));
}

static Planned *
open_item (CrExportPlan *self, const Head *head, gboolean is_retried)
{
  Planned *planned = g_new0 (Planned, 1);
  g_autofree char *id = cr_id_new ("item_", self->run->started_ms);
  Place place = { head->type, self->places->len, is_retried };

  planned->item = cr_export_item_new (id);
  planned->item->run_id = g_strdup (self->run->id);
  planned->item->destination_id = g_strdup (self->run->destination_id);
  planned->item->n = NOT_YET + place.n;
  planned->item->name = cr_sender_name_item (self->sender, self->run, head->type, head->patient_id,
                                             head->source_id, next_part (self, head));
  planned->ranges = g_array_new (FALSE, FALSE, sizeof (CrRange));
  planned->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_entry_free);
  planned->type = head->type;
  planned->patient_id = g_strdup (head->patient_id);
  planned->source_id = g_strdup (head->source_id);
  g_array_append_val (self->places, place);
  g_hash_table_insert (self->open, (gpointer) head->type, planned);
  return planned;
}

/* The item that a record goes into, counted as one of it. */
static Planned *
find_item (CrExportPlan *self, const Head *head, gboolean is_retried)
{
  Planned *planned = g_hash_table_lookup (self->open, head->type);

  if (planned != NULL && !fits (self, planned, head))
    {
      close_item (self, head->type);
      planned = NULL;
    }
  if (planned == NULL)
    planned = open_item (self, head, is_retried);

  planned->item->n_resources += 1;
  planned->n_bytes += head->n_bytes + 1; /* with the end of its line */
  return planned;
}

static void
add_head (CrExportPlan *self, const Head *whose, const CrRecordHead *head)
{
  Planned *planned = find_item (self, whose, FALSE);
  CrRange *last = planned->ranges->len > 0
                    ? &g_array_index (planned->ranges, CrRange, planned->ranges->len - 1)
                    : NULL;
  CrRange next = { self->sid, head->type, head->sequence, head->sequence };

  if (last != NULL && last->sid == next.sid && last->last + 1 == next.first)
    last->last = next.last;
  else
    g_array_append_val (planned->ranges, next);
}

static gboolean
collect_watermarks (CrExportPlan *self, CrDb *db, GError **error)
{
  for (guint i = 0; i < self->owners->len; i++)
    {
      CrConnection *owner = g_ptr_array_index (self->owners, i);
      gint64 watermark = cr_watermarks_table_get (db, self->run->destination_id, owner->id, error);

      if (watermark < 0)
        return FALSE;
      g_array_append_val (self->watermarks, watermark);
    }

  return TRUE;
}

/**
 * cr_export_plan_begin:
 *
 * Finds whose records the run is about.
 */
gpointer
cr_export_plan_begin (CrDb *db, gpointer data, GError **error)
{
  CrExportPlan *self = data;
  int any = cr_delivered_table_any (db, self->run->destination_id, error);

  self->is_first = any == 0;
  self->wants_withdrawals = cr_withdrawals_wanted (db, self->run->destination_id);
  self->claims_ids = cr_claims_matter (db, self->run->destination_id);
  self->looks_for_withdrawn = cr_withdrawals_matter (db, self->run->destination_id);
  self->owners = any >= 0 ? cr_export_owners (db, self->run, self->left_out, error) : NULL;
  if (self->owners == NULL || !collect_watermarks (self, db, error))
    return NULL;

  /* A retry is about the retry list alone. */
  self->is_read = cr_run_trigger_is_retry (self->run->trigger);
  return NULL;
}

/* -1 on error */
static int
is_to_be_sent (CrExportPlan *self, CrDb *db, const CrRecordHead *head, GError **error)
{
  int is_withdrawn;

  if (!self->is_rewind && head->delivered >= head->sequence)
    return FALSE;
  if (!self->looks_for_withdrawn)
    return TRUE;

  is_withdrawn = cr_withdrawals_is_withdrawn (db, self->run->destination_id, head->rid,
                                              self->wants_withdrawals, error);
  return is_withdrawn < 0 ? -1 : !is_withdrawn;
}

static gboolean
find_stream (CrExportPlan *self, CrDb *db, CrConnection *owner, GError **error)
{
  CrRecordOwner whose = { owner->patient_id, owner->source_id, owner->portal_patient_id };

  if (self->sid != 0)
    return TRUE;

  self->sid = cr_record_heads_stream (db, &whose, error);
  self->after = g_array_index (self->watermarks, gint64, self->owner);
  if (self->sid < 0)
    return FALSE;
  if (self->sid == 0)
    self->sid = -1;
  return TRUE;
}

/* One page of one owner, in the order of numbers: each type fills an item of its own. */
static gboolean
read_page (CrExportPlan *self, CrDb *db, guint *n_read, GError **error)
{
  CrConnection *owner = g_ptr_array_index (self->owners, self->owner);
  Head whose = { NULL, owner->patient_id, owner->source_id, 0 };
  g_autoptr (GArray) heads = NULL;

  if (!find_stream (self, db, owner, error))
    return FALSE;

  heads = cr_record_heads_list (db, self->sid, self->is_first ? NULL : self->run->destination_id,
                                self->after, self->run->upper_sequence, PAGE, error);
  if (heads == NULL)
    return FALSE;

  for (guint i = 0; i < heads->len; i++)
    {
      const CrRecordHead *head = &g_array_index (heads, CrRecordHead, i);
      int is_sent = is_to_be_sent (self, db, head, error);

      if (is_sent < 0)
        return FALSE;
      self->after = head->sequence;
      if (!is_sent)
        continue;
      whose.type = cr_db_type_name (db, head->type);
      whose.n_bytes = head->n_bytes;
      add_head (self, &whose, head);
    }
  *n_read += heads->len;

  if (heads->len < PAGE)
    {
      self->sid = 0;
      self->owner += 1;
      if (cr_sender_one_owner_an_item (self->sender))
        close_items (self);
    }
  return TRUE;
}

/**
 * cr_export_plan_read:
 *
 * Plans the next ten thousands of records.
 */
gpointer
cr_export_plan_read (CrDb *db, gpointer data, GError **error)
{
  CrExportPlan *self = data;
  guint n_read = 0;

  while (!self->is_read && n_read < CHUNK)
    {
      if (self->owner >= self->owners->len)
        self->is_read = TRUE;
      else if (!read_page (self, db, &n_read, error))
        return NULL;
      else
        n_read += 1;
    }
  if (self->is_read)
    close_items (self);

  return NULL;
}

static gboolean
claim_ids (CrExportPlan *self, CrDb *db, const Planned *planned, GError **error)
{
  const char *id = self->run->destination_id;

  for (guint i = 0; self->claims_ids && i < planned->ranges->len; i++)
    if (!cr_claims_table_take (db, id, &g_array_index (planned->ranges, CrRange, i), error))
      return FALSE;
  for (guint i = 0; self->claims_ids && i < planned->entries->len; i++)
    {
      const CrExportEntry *entry = g_ptr_array_index (planned->entries, i);

      if (!cr_claims_table_take_one (db, id, entry->rid, error))
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
          !cr_ranges_table_add (db, planned->item->id, planned->ranges, error) ||
          !claim_ids (self, db, planned, error))
        return FALSE;
    }

  g_ptr_array_set_size (self->finished, 0);
  return TRUE;
}

static gboolean
write_places (CrExportPlan *self, CrDb *db, GError **error)
{
  g_array_sort (self->places, compare_places);
  for (guint i = 0; i < self->places->len; i++)
    {
      const Place *place = &g_array_index (self->places, Place, i);

      if (!cr_items_table_move (db, self->run->id, NOT_YET + place->n, i, error))
        return FALSE;
    }

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

      Head head = { g_intern_string (record->type), record->patient_id, record->source_id,
                    record->n_bytes };
      Planned *planned;

      if (!cr_entries_table_supersede (db, self->run->destination_id, record->rid, record->sequence,
                                       error))
        return FALSE;
      planned = find_item (self, &head, TRUE);
      g_ptr_array_add (planned->entries, cr_export_entry_new (record->rid, record->sequence));
    }
  close_items (self);

  return write_finished (self, db, error);
}

static gboolean
begin_writing (CrExportPlan *self, CrDb *db, GError **error)
{
  if (self->is_begun)
    return TRUE;

  for (guint i = 0; i < self->left_out->len; i++)
    if (!cr_left_out_table_add (db, self->run->id, g_ptr_array_index (self->left_out, i), error))
      return FALSE;
  return cr_items_table_forget (db, self->run->id, error);
}

/**
 * cr_export_plan_write:
 *
 * Writes what was read. The first call forgets what a try that was cut off has planned. The last
 * takes on the retry list and sets the run's number of items in the same transaction: a run that
 * has items is planned.
 */
gpointer
cr_export_plan_write (CrDb *db, gpointer data, GError **error)
{
  CrExportPlan *self = data;

  if (!begin_writing (self, db, error) || !write_finished (self, db, error))
    return NULL;

  self->is_begun = TRUE;
  if (!self->is_read)
    return NULL;

  if (!take_on_failed (self, db, error) || !write_places (self, db, error))
    return NULL;
  self->run->n_items = self->places->len;
  if (!cr_runs_table_save (db, self->run, error))
    return NULL;

  self->is_written = TRUE;
  return NULL;
}
