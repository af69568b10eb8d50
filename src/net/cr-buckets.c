/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-buckets.h"

#define MAX_VISITORS 4096

struct _CrBuckets
{
  double per_second;
  double burst;
  GHashTable *buckets; /* (owned): visitor (owned) → Bucket (owned) */
};

typedef struct
{
  double left;
  gint64 at_us;
} Bucket;

CrBuckets *
cr_buckets_new (double per_second, double burst)
{
  CrBuckets *self = g_new0 (CrBuckets, 1);

  self->per_second = per_second;
  self->burst = burst;
  self->buckets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
cr_buckets_free (CrBuckets *self)
{
  if (self == NULL)
    return;

  g_hash_table_unref (self->buckets);
  g_free (self);
}

static void
refill (CrBuckets *self, Bucket *bucket, gint64 now_us)
{
  double since_s = (double) (now_us - bucket->at_us) / G_USEC_PER_SEC;

  bucket->left = MIN (self->burst, bucket->left + since_s * self->per_second);
  bucket->at_us = now_us;
}

/* A full bucket says no more than none. */
static void
forget_idle (CrBuckets *self, gint64 now_us)
{
  GHashTableIter iter;
  gpointer bucket;

  g_hash_table_iter_init (&iter, self->buckets);
  while (g_hash_table_iter_next (&iter, NULL, &bucket))
    {
      refill (self, bucket, now_us);
      if (((Bucket *) bucket)->left >= self->burst)
        g_hash_table_iter_remove (&iter);
    }
  if (g_hash_table_size (self->buckets) >= MAX_VISITORS)
    g_hash_table_remove_all (self->buckets);
}

gboolean
cr_buckets_take (CrBuckets *self, const char *visitor, gint64 now_us)
{
  Bucket *bucket = g_hash_table_lookup (self->buckets, visitor);

  if (bucket == NULL)
    {
      if (g_hash_table_size (self->buckets) >= MAX_VISITORS)
        forget_idle (self, now_us);
      bucket = g_new0 (Bucket, 1);
      bucket->left = self->burst;
      bucket->at_us = now_us;
      g_hash_table_insert (self->buckets, g_strdup (visitor), bucket);
    }

  refill (self, bucket, now_us);
  if (bucket->left < 1)
    return FALSE;

  bucket->left--;
  return TRUE;
}
