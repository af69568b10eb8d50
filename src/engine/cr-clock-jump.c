/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-clock-jump.h"

#define LEAST_MS (30 * 1000)

static gint64
offset_ms (CrClockJump *self)
{
  return self->clock () - self->boot_clock ();
}

void
cr_clock_jump_init (CrClockJump *self, CrClock clock, CrClock boot_clock)
{
  self->clock = clock;
  self->boot_clock = boot_clock;
  self->offset_ms = offset_ms (self);
}

gint64
cr_clock_jump_find (CrClockJump *self)
{
  gint64 now_ms = offset_ms (self);
  gint64 jump_ms = now_ms - self->offset_ms;

  if (ABS (jump_ms) < LEAST_MS)
    return 0;

  self->offset_ms = now_ms;
  return jump_ms;
}
