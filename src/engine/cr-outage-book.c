/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-outage-book.h"

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "engine/cr-quota-book.h"
#include "store/cr-outages-table.h"

struct _CrOutageBook
{
  CrSourceGates *gates; /* (owned) */
  CrStore *store;       /* (owned) */
  CrChanges *changes;   /* (owned) */
  CrClock clock;
  void (*over) (gpointer user_data);
  gpointer user_data;  /* (unowned) */
  CrQuotaBook *quotas; /* (owned) */
  gboolean is_offline;
};

/* One entry on its way to the store. */
typedef struct
{
  CrChanges *changes; /* (owned) */
  CrOutage *outage;   /* (owned) */
  gint64 now_ms;
  gboolean is_over;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_object_unref (entry->changes);
  cr_outage_free (entry->outage);
  g_free (entry);
}

static gpointer
write_func (CrDb *db, gpointer data, GError **error)
{
  Entry *entry = data;
  gboolean ok = entry->is_over
                  ? cr_outages_table_end (db, entry->outage->source_id, entry->now_ms, error)
                  : cr_outages_table_note (db, entry->outage, error);

  return GINT_TO_POINTER (ok);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrChanges) changes = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (source), result, &error) == NULL)
    g_warning ("A portal's outage could not be noted: %s", error->message);
  cr_changes_tell (changes, CR_CHANGE_SOURCE, NULL, NULL);
  cr_changes_tell (changes, CR_CHANGE_PULL, NULL, NULL);
}

static void
told_cb (const char *source_id,
         const GError *trouble,
         guint n_tries,
         gint64 wait_ms,
         gpointer user_data)
{
  CrOutageBook *self = user_data;
  Entry *entry;

  if (trouble != NULL && self->is_offline)
    return;

  entry = g_new0 (Entry, 1);
  entry->changes = g_object_ref (self->changes);
  entry->outage = g_new0 (CrOutage, 1);
  entry->now_ms = self->clock ();
  entry->is_over = trouble == NULL;
  entry->outage->source_id = g_strdup (source_id);
  entry->outage->since_ms = entry->now_ms;
  entry->outage->next_try_ms = entry->now_ms + wait_ms;
  entry->outage->n_tries = n_tries;
  if (trouble != NULL)
    {
      entry->outage->code = g_strdup (cr_error_nick (trouble));
      entry->outage->message = g_strdup (trouble->message);
    }
  cr_store_write_async (self->store, CR_WRITE_FAST, write_func, entry, entry_free, NULL, NULL,
                        written_cb, g_object_ref (self->changes));
  /* The writer takes what is ordered in that order, so whoever looks now sees it. */
  if (trouble == NULL)
    self->over (self->user_data);
}

CrOutageBook *
cr_outage_book_new (CrSourceGates *gates,
                    CrStore *store,
                    CrChanges *changes,
                    CrClock clock,
                    void (*over) (gpointer user_data),
                    gpointer user_data)
{
  CrOutageBook *self = g_new0 (CrOutageBook, 1);

  self->gates = cr_source_gates_ref (gates);
  self->store = g_object_ref (store);
  self->changes = g_object_ref (changes);
  self->clock = clock;
  self->over = over;
  self->user_data = user_data;
  self->quotas = cr_quota_book_new (gates, store, changes, clock);
  cr_source_gates_watch (gates, told_cb, self);
  return self;
}

void
cr_outage_book_free (CrOutageBook *self)
{
  cr_source_gates_stop (self->gates);
  cr_quota_book_free (self->quotas);
  cr_source_gates_unref (self->gates);
  g_object_unref (self->store);
  g_object_unref (self->changes);
  g_free (self);
}

void
cr_outage_book_restore (CrOutageBook *self, GPtrArray *outages)
{
  for (guint i = 0; i < outages->len; i++)
    {
      CrOutage *outage = g_ptr_array_index (outages, i);
      g_autoptr (GError) error = NULL;
      int code = CR_ERROR_BUSY;

      cr_enum_from_string (CR_TYPE_ERROR_CODE, outage->code, &code);
      error = g_error_new_literal (CR_ERROR, code,
                                   outage->message != NULL ? outage->message
                                                           : "The portal does not answer.");
      cr_source_gates_restore (self->gates, outage->source_id, error, outage->n_tries,
                               outage->next_try_ms - self->clock ());
    }
}

void
cr_outage_book_set_offline (CrOutageBook *self, gboolean is_offline)
{
  self->is_offline = is_offline;
  if (!is_offline)
    cr_source_gates_forgive (self->gates, NULL);
}
