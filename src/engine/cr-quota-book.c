/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-quota-book.h"

#include "fhir/cr-resource.h"
#include "net/cr-allowance.h"
#include "store/cr-asked-table.h"

/* What a crash may take from the count. */
#define KEEP_S 3

struct _CrQuotaBook
{
  CrStore *store;     /* (owned) */
  CrChanges *changes; /* (owned) */
  CrClock clock;
  GHashTable *news; /* (owned): id of a source to CrSourceQuota: since they were last kept */
  guint timer;
};

static gpointer
write_func (CrDb *db, gpointer data, GError **error)
{
  GHashTableIter iter;
  gpointer source_id, quota;

  g_hash_table_iter_init (&iter, data);
  while (g_hash_table_iter_next (&iter, &source_id, &quota))
    if (!cr_asked_table_add (db, source_id, quota, error))
      return NULL;
  return data;
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrChanges) changes = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (source), result, &error) == NULL)
    g_warning ("How much the portals were asked could not be noted: %s", error->message);
  else
    cr_changes_tell (changes, CR_CHANGE_SOURCE, NULL, NULL);
}

static GHashTable *
news_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
keep (CrQuotaBook *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (g_hash_table_size (self->news) == 0)
    return;

  cr_store_write_async (self->store, CR_WRITE_FAST, write_func, self->news,
                        (GDestroyNotify) g_hash_table_unref, NULL, NULL, written_cb,
                        g_object_ref (self->changes));
  self->news = news_new ();
}

static gboolean
timer_cb (gpointer user_data)
{
  CrQuotaBook *self = user_data;

  self->timer = 0;
  keep (self);
  return G_SOURCE_REMOVE;
}

static CrSourceQuota *
news_of (CrQuotaBook *self, const char *source_id)
{
  int day = cr_source_day (self->clock ());
  CrSourceQuota *quota = g_hash_table_lookup (self->news, source_id);

  if (quota != NULL && quota->day != day)
    {
      keep (self);
      quota = NULL;
    }
  if (quota == NULL)
    {
      quota = g_new0 (CrSourceQuota, 1);
      quota->day = day;
      g_hash_table_insert (self->news, g_strdup (source_id), quota);
    }
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds (KEEP_S, timer_cb, self);
  return quota;
}

/* A 429 may also say that the records are being prepared. */
static gboolean
is_slowed (const CrReply *reply)
{
  gsize size;
  const char *body = g_bytes_get_data (reply->body, &size);
  g_autofree char *code = NULL;
  g_autofree char *text = NULL;

  if (reply->status != 429)
    return FALSE;
  text = cr_outcome_text (body, size, NULL, &code);
  return g_strcmp0 (code, "transient") != 0;
}

static void
asked_cb (const char *source_id, int n, const CrReply *reply, gpointer user_data)
{
  CrQuotaBook *self = user_data;
  CrAllowance said = reply != NULL ? cr_allowance_read (reply) : (CrAllowance){ 0 };
  CrSourceQuota *quota;

  if (n == 0 && said.n == 0 && (reply == NULL || !is_slowed (reply)))
    return;

  quota = news_of (self, source_id);
  quota->n += n;
  if (said.n > 0)
    {
      quota->said_n = said.n;
      quota->said_s = said.window_s;
      quota->said_ms = self->clock ();
    }
  if (reply != NULL && is_slowed (reply))
    {
      quota->slowed_ms = self->clock ();
      quota->slowed_n = quota->n;
      quota->slowed_for_ms = reply->retry_after_ms;
    }
}

CrQuotaBook *
cr_quota_book_new (CrSourceGates *gates, CrStore *store, CrChanges *changes, CrClock clock)
{
  CrQuotaBook *self = g_new0 (CrQuotaBook, 1);

  self->store = g_object_ref (store);
  self->changes = g_object_ref (changes);
  self->clock = clock;
  self->news = news_new ();
  cr_source_gates_watch_asked (gates, asked_cb, self);
  return self;
}

void
cr_quota_book_free (CrQuotaBook *self)
{
  keep (self);
  g_object_unref (self->store);
  g_object_unref (self->changes);
  g_hash_table_unref (self->news);
  g_free (self);
}
