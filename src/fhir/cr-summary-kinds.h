/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *label;
  const char *paths; /* see cr_values_text() */
} CrSummaryRow;

/* What of a resource type is told, and where it stands. */
typedef struct
{
  const char *type;
  const char *title;        /* paths */
  const char *beside_title; /* (nullable): paths of a short value that belongs to the title */
  const char *date;         /* (nullable): paths */
  const char *status;       /* (nullable): paths */
  CrSummaryRow rows[14];    /* up to the first without a label */
} CrSummaryKind;

const CrSummaryKind *cr_summary_kind_find (const char *type);

G_END_DECLS
