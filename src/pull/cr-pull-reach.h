/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull/cr-pull-ask.h"

G_BEGIN_DECLS

/* What a search that came to its end saw of the portal's stamps. */
typedef struct
{
  gint64 newest_ms;  /* 0: none */
  guint n_unstamped; /* matches without one */
  gint64 since_ms;   /* only what changed since was asked for; 0: all of it */
  gint64 skew_ms;    /* our clock less the portal's */
} CrPullStamps;

/* Keeps, with the next save, since when the same search need only ask for changes. */
void cr_pull_reach_keep (CrPullSave *save,
                         CrPullContext *context,
                         const char *path,
                         const CrPullStamps *stamps);

G_END_DECLS
