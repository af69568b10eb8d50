/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-once.h"

#include <string.h>

#define DAY_US ((gint64) 24 * 60 * 60 * G_USEC_PER_SEC)
#define MAX_BYTES (16 * 1024 * 1024)
#define MAX_ENTRIES 10000

typedef struct
{
  char *key;     /* (owned) */
  char *request; /* (owned) */
  gint64 at_us;
  guint status; /* 0: under way */
  char *body;   /* (owned) (nullable) */
  GList *link;  /* (unowned): its place in the order */
} Entry;

struct _CrApiOnce
{
  GHashTable *entries; /* (owned): key (unowned) → Entry (owned) */
  GQueue order;        /* of Entry (unowned), oldest first */
  gsize n_bytes;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->key);
  g_free (entry->request);
  g_free (entry->body);
  g_free (entry);
}

CrApiOnce *
cr_api_once_new (void)
{
  CrApiOnce *self = g_new0 (CrApiOnce, 1);

  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  g_queue_init (&self->order);
  return self;
}

void
cr_api_once_free (CrApiOnce *self)
{
  g_queue_clear (&self->order);
  g_hash_table_unref (self->entries);
  g_free (self);
}

static void
drop (CrApiOnce *self, Entry *entry)
{
  self->n_bytes -= entry->body != NULL ? strlen (entry->body) : 0;
  g_queue_delete_link (&self->order, entry->link);
  g_hash_table_remove (self->entries, entry->key);
}

static void
make_room (CrApiOnce *self, gint64 now_us)
{
  GList *next;

  for (GList *l = self->order.head; l != NULL; l = next)
    {
      Entry *entry = l->data;
      gboolean is_much =
          self->n_bytes > MAX_BYTES || g_hash_table_size (self->entries) >= MAX_ENTRIES;

      next = l->next;
      if (entry->status != 0 && (is_much || now_us - entry->at_us > DAY_US))
        drop (self, entry);
      else if (!is_much)
        return;
    }
}

CrApiOnceState
cr_api_once_begin (CrApiOnce *self,
                   const char *key,
                   const char *request,
                   gint64 now_us,
                   guint *status,
                   char **body)
{
  Entry *entry;

  make_room (self, now_us);
  entry = g_hash_table_lookup (self->entries, key);
  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->key = g_strdup (key);
      entry->request = g_strdup (request);
      entry->at_us = now_us;
      g_queue_push_tail (&self->order, entry);
      entry->link = self->order.tail;
      g_hash_table_insert (self->entries, entry->key, entry);
      return CR_API_ONCE_NEW;
    }
  if (strcmp (entry->request, request) != 0)
    return CR_API_ONCE_OTHER;
  if (entry->status == 0)
    return CR_API_ONCE_RUNNING;

  *status = entry->status;
  *body = g_strdup (entry->body);
  return CR_API_ONCE_DONE;
}

/* What may go better the next time is not kept. */
void
cr_api_once_settle (CrApiOnce *self, const char *key, guint status, const char *body)
{
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry == NULL)
    return;
  if (status >= 500 || status == 429)
    {
      drop (self, entry);
      return;
    }

  entry->status = status;
  entry->body = g_strdup (body);
  self->n_bytes += strlen (body);
}

void
cr_api_once_forget (CrApiOnce *self)
{
  GList *next;

  for (GList *l = self->order.head; l != NULL; l = next)
    {
      Entry *entry = l->data;

      next = l->next;
      if (entry->status != 0)
        drop (self, entry);
    }
}
