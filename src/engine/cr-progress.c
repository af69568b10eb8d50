/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-progress.h"

#include <gio/gio.h>

#define LEAST_US (100 * 1000)

struct _CrProgress
{
  gatomicrefcount refs;
  CrBackupTold told; /* (nullable): main thread only; NULL once it has ended */
  gpointer user_data;
  gint64 told_us; /* of the worker alone */
  CrBackupStep step;
};

typedef struct
{
  CrProgress *progress; /* (owned) */
  CrBackupStep step;
  double fraction;
} Telling;

CrProgress *
cr_progress_new (CrBackupTold told, gpointer user_data)
{
  CrProgress *self = g_new0 (CrProgress, 1);

  g_atomic_ref_count_init (&self->refs);
  self->told = told;
  self->user_data = user_data;
  return self;
}

CrProgress *
cr_progress_ref (CrProgress *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
cr_progress_unref (CrProgress *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    g_free (self);
}

static gboolean
tell_cb (gpointer user_data)
{
  Telling *telling = user_data;
  CrProgress *self = telling->progress;

  if (self->told != NULL)
    self->told (telling->step, telling->fraction, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
telling_free (gpointer data)
{
  Telling *telling = data;

  cr_progress_unref (telling->progress);
  g_free (telling);
}

void
cr_progress_tell (CrProgress *self, CrBackupStep step, gint64 done, gint64 total)
{
  gint64 now_us = g_get_monotonic_time ();
  Telling *telling;

  if (step == self->step && done < total && now_us - self->told_us < LEAST_US)
    return;

  self->step = step;
  self->told_us = now_us;
  telling = g_new (Telling, 1);
  *telling = (Telling){ cr_progress_ref (self), step,
                        total > 0 ? CLAMP ((double) done / (double) total, 0.0, 1.0) : 0.0 };
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, tell_cb, telling, telling_free);
}

void
cr_progress_end (CrProgress *self)
{
  self->told = NULL;
}
