/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What must come to its end before its owner is gone: a one-use token that a portal has replaced
 * already is lost if nobody waits for the answer. */
typedef struct
{
  GCancellable *at_once; /* (owned): of what nothing is lost with; cancelled when stopping */
  GCancellable *at_last; /* (owned): of the rest; cancelled when patience is over */
  guint n;
  guint patience_ms; /* default 20 000 */
  GTask *stopping;   /* (owned) (nullable) */
  GSource *patience; /* (owned) (nullable) */
} CrUnderWay;

void cr_under_way_init (CrUnderWay *self);
void cr_under_way_clear (CrUnderWay *self);
void cr_under_way_begin (CrUnderWay *self);
void cr_under_way_end (CrUnderWay *self);
gboolean cr_under_way_is_stopping (CrUnderWay *self);
/* Takes @task, and returns TRUE with it once nothing is under way; never before the caller is
 * back in the main loop. */
void cr_under_way_stop (CrUnderWay *self, GTask *task);

G_END_DECLS
