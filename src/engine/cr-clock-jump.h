/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-time.h"

G_BEGIN_DECLS

/* Sees that somebody set the wall clock, by one that nobody sets and that sleep does not stop. */
typedef struct
{
  CrClock clock;
  CrClock boot_clock;
  gint64 offset_ms; /* of the one from the other, when last looked */
} CrClockJump;

void cr_clock_jump_init (CrClockJump *self, CrClock clock, CrClock boot_clock);
/* By how much since the last time; below 0: back. 0: not, or so little that it was an adjustment.
 */
gint64 cr_clock_jump_find (CrClockJump *self);

G_END_DECLS
