/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-turn.h"

#define USED_US 3000

static GSource *watch; /* (owned): never ready, but looked at in every turn */
static gint64 begun_us;

static gboolean
watch_check (GSource *source)
{
  begun_us = g_get_monotonic_time ();
  return FALSE;
}

static gboolean
watch_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/**
 * cr_turn_is_used:
 *
 * Whether this turn of the main loop has done something for a while. What is ready when a turn
 * begins is all done in it, whatever its priority: a frame that became due meanwhile, and then each
 * idle function. Work that can wait asks here first, on the main thread, and waits for the next
 * turn.
 */
gboolean
cr_turn_is_used (void)
{
  static GSourceFuncs funcs = { NULL, watch_check, watch_dispatch, NULL, NULL, NULL };

  if (watch == NULL)
    {
      watch = g_source_new (&funcs, sizeof (GSource));
      g_source_set_name (watch, "turn");
      g_source_set_priority (watch, G_PRIORITY_HIGH);
      g_source_attach (watch, NULL);
      return FALSE;
    }
  return g_get_monotonic_time () - begun_us > USED_US;
}
