/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many requests a source takes in a minute: a bucket of tokens that fills with time. All zero:
 * never asked yet, and full. */
typedef struct
{
  guint per_minute; /* that @tokens were counted by; 0: no limit */
  double tokens;
  gint64 filled_ms;
} CrBudget;

/* @now_ms: of a clock that nobody sets. Returns: 0: one was taken; else how long until there is
 * one. */
gint64 cr_budget_take (CrBudget *self, guint per_minute, gint64 now_ms);

G_END_DECLS
