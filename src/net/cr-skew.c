/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-skew.h"

#define DAY_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))
#define MOST_LATENCY_MS (5 * 60 * G_GINT64_CONSTANT (1000))
#define MOST_SERVERS 32

struct _CrSkew
{
  GObject parent_instance;

  CrClock clock;
  CrClock boot;
  GHashTable *said; /* (owned): origin (owned) → Said (owned): the last of each server */
  CrSkewState state;
};

G_DEFINE_FINAL_TYPE (CrSkew, cr_skew, G_TYPE_OBJECT)

static guint changed_signal;

typedef struct
{
  gint64 ahead_ms; /* the true time less the boot clock */
  gint64 boot_ms;  /* when it was said */
} Said;

static void
cr_skew_finalize (GObject *object)
{
  g_hash_table_unref (CR_SKEW (object)->said);

  G_OBJECT_CLASS (cr_skew_parent_class)->finalize (object);
}

static void
cr_skew_class_init (CrSkewClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_skew_finalize;

  changed_signal = g_signal_new ("changed", CR_TYPE_SKEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
cr_skew_init (CrSkew *self)
{
  self->said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

CrSkew *
cr_skew_new (CrClock clock, CrClock boot)
{
  CrSkew *self = g_object_new (CR_TYPE_SKEW, NULL);

  self->clock = clock;
  self->boot = boot;
  return self;
}

void
cr_skew_set_boot_clock (CrSkew *self, CrClock boot)
{
  g_return_if_fail (CR_IS_SKEW (self));

  self->boot = boot;
}

static void
drop_old (CrSkew *self)
{
  gint64 boot_ms = self->boot ();
  GHashTableIter iter;
  Said *said;

  g_hash_table_iter_init (&iter, self->said);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &said))
    if (boot_ms - said->boot_ms > DAY_MS)
      g_hash_table_iter_remove (&iter);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 other = *(const gint64 *) b;

  return one < other ? -1 : one > other;
}

/* The median over the servers; of two in the middle the one that thinks better of our clock, so
 * that no single server makes it wrong. FALSE: nobody said. */
static gboolean
measure (CrSkew *self, gint64 *skew_ms)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 ours_ms = self->clock () - self->boot ();
  gint64 low, high;
  GHashTableIter iter;
  Said *said;

  drop_old (self);
  g_hash_table_iter_init (&iter, self->said);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &said))
    {
      gint64 one = ours_ms - said->ahead_ms;

      g_array_append_val (all, one);
    }
  if (all->len == 0)
    return FALSE;

  g_array_sort (all, compare);
  low = g_array_index (all, gint64, (all->len - 1) / 2);
  high = g_array_index (all, gint64, all->len / 2);
  *skew_ms = ABS (low) <= ABS (high) ? low : high;
  return TRUE;
}

/**
 * cr_skew_note:
 *
 * The server said its time somewhere between the request and the answer; our clock is not found
 * wrong for what lies between. An answer that took longer than 5 minutes says nothing.
 *
 * Source: RFC 9110 §6.6.1
 */
void
cr_skew_note (CrSkew *self, const char *origin, gint64 date_ms, gint64 latency_ms)
{
  Said *said;
  gint64 now_ms;

  g_return_if_fail (CR_IS_SKEW (self));
  g_return_if_fail (origin != NULL);

  if (date_ms <= 0 || latency_ms > MOST_LATENCY_MS)
    return;
  if (g_hash_table_size (self->said) >= MOST_SERVERS && !g_hash_table_contains (self->said, origin))
    return;

  now_ms = self->clock ();
  said = g_new0 (Said, 1);
  said->boot_ms = self->boot ();
  said->ahead_ms = CLAMP (now_ms, date_ms, date_ms + MAX (latency_ms, 0)) - said->boot_ms;
  g_hash_table_replace (self->said, g_strdup (origin), said);
  cr_skew_look (self);
}

/**
 * cr_skew_look:
 *
 * Tells `changed` when the clock was set since, too.
 */
CrSkewState
cr_skew_look (CrSkew *self)
{
  gint64 skew_ms = 0;
  CrSkewState state = CR_SKEW_UNKNOWN;

  g_return_val_if_fail (CR_IS_SKEW (self), CR_SKEW_UNKNOWN);

  if (measure (self, &skew_ms))
    state = ABS (skew_ms) > CR_SKEW_SLACK_MS ? CR_SKEW_WRONG : CR_SKEW_FINE;
  if (state != self->state)
    {
      self->state = state;
      g_signal_emit (self, changed_signal, 0);
    }

  return state;
}

gint64
cr_skew_get_ms (CrSkew *self)
{
  gint64 skew_ms = 0;

  g_return_val_if_fail (CR_IS_SKEW (self), 0);

  return measure (self, &skew_ms) ? skew_ms : 0;
}

gint64
cr_skew_right_ms (CrSkew *self, gint64 ms)
{
  gint64 skew_ms;

  g_return_val_if_fail (CR_IS_SKEW (self), ms);

  skew_ms = cr_skew_get_ms (self);
  return ms - (ABS (skew_ms) > CR_SKEW_SLACK_MS ? skew_ms : 0);
}

gint64
cr_skew_now_ms (CrSkew *self)
{
  g_return_val_if_fail (CR_IS_SKEW (self), 0);

  return cr_skew_right_ms (self, self->clock ());
}
