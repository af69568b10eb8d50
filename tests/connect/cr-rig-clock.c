/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cr-rig.h"

static gint64 clock_offset_ms;
static gint64 wall_offset_ms;
static CrRig *current; /* (nullable): the one with a sandbox, whose time passes too */

gint64
cr_rig_clock (void)
{
  return cr_time_now_ms () + clock_offset_ms + wall_offset_ms;
}

/* Time that passes, passes for it too; a clock that somebody sets does not touch it. */
gint64
cr_rig_boot_clock (void)
{
  return cr_time_boot_ms () + clock_offset_ms;
}

void
cr_rig_set_clock_wrong (gint64 ms)
{
  wall_offset_ms = ms;
}

/* @rig: (nullable): whose sandbox goes by the time that passes */
void
cr_rig_clock_begin (CrRig *rig)
{
  current = rig;
  clock_offset_ms = wall_offset_ms = 0;
}

void
cr_rig_clock_tell (void)
{
  g_autofree char *parameters =
      g_strdup_printf ("{\"seconds\":%" G_GINT64_FORMAT "}", clock_offset_ms / 1000);

  if (current != NULL && current->sandbox != NULL)
    cr_rig_fault (current, "clock", parameters);
}

void
cr_rig_set_clock_offset (gint64 ms)
{
  clock_offset_ms = ms;
  cr_rig_clock_tell ();
}
