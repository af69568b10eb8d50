/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-way.h"

#include <sys/resource.h>

/* A third of the processor where the other wants all of it: what waits for this thread waits a
 * little longer, not for ever. */
#define NICENESS 5

static _Thread_local gboolean is_given;

/**
 * cr_way_give:
 *
 * The thread that calls this, never the main one, gives way from then on where there are not
 * processors enough: a pull or an export does not take them from whoever draws the window or
 * answers a request. It stays so until the thread ends, for a priority is not given back
 * (setpriority(2), where Linux counts threads and not processes).
 */
void
cr_way_give (void)
{
#ifdef __linux__
  if (!is_given)
    setpriority (PRIO_PROCESS, 0, getpriority (PRIO_PROCESS, 0) + NICENESS);
#endif
  is_given = TRUE;
}
