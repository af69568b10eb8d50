/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-work.h"

void
cr_work_free (CrWork *self)
{
  g_free (self->id);
  g_free (self->error_code);
  g_free (self->patient_id);
  g_free (self->name);
  g_free (self->about);
  g_free (self->type);
  g_free (self);
}

/**
 * cr_work_left_ms:
 *
 * By how far the last such pull got with as many pages; not before there is something to go by, and
 * never as good as over.
 *
 * Returns: milliseconds; -1 when it is not known
 */
gint64
cr_work_left_ms (const CrWork *self, gint64 now_ms)
{
  gint64 spent_ms = self->started_ms > 0 ? now_ms - self->started_ms : 0;
  double done = self->last_pages > 0 ? self->n_pages : self->n_done;
  double all = self->last_pages > 0 ? self->last_pages : self->n_all;
  double part = all > 0 ? MIN (done / all, 0.99) : 0;

  if (self->is_queued || self->waiting_for != CR_WAIT_NONE || part < 0.05 || spent_ms <= 0)
    return -1;
  return (gint64) ((double) spent_ms * (1 - part) / part);
}
