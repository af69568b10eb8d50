/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an Observation measured, when it has one number. */
typedef struct
{
  GPtrArray *codes; /* (owned): texts `system|code`; of a code without codings its own text */
  char *date;       /* (owned) */
  gint64 at_s;
  double value;
  char *text; /* (owned): with the unit, as written */
  char *unit; /* (owned): the code, or the unit's words; empty for a bare number */
  gboolean has_low;
  gboolean has_high;
  double low;
  double high;
} CrMeasure;

CrMeasure *cr_measure_read (const char *body, gsize n_bytes);
void cr_measure_free (CrMeasure *self);
gboolean cr_measure_is_of_one_kind (const CrMeasure *self, const CrMeasure *other);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrMeasure, cr_measure_free)

G_END_DECLS
