/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-scheduler.h"

G_BEGIN_DECLS

#define CR_TYPE_OUTSIDE (cr_outside_get_type ())
G_DECLARE_FINAL_TYPE (CrOutside, cr_outside, CR, OUTSIDE, GObject)

/* Tells the scheduler when the computer falls asleep and wakes, and when the network is back. */
CrOutside *cr_outside_new (CrScheduler *scheduler);

G_END_DECLS
