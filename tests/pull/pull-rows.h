/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull-test.h"

G_BEGIN_DECLS

/* One way in which portals fail: what the pull, and the query of the type that is struck, then say.
 */
typedef struct
{
  const char *name;
  const char *fault;      /* (nullable) */
  const char *parameters; /* (nullable) */
  const char *type;
  CrPullStatus pull;
  CrQueryStatus query;
  const char *words;  /* (nullable): in the query's outcome; NULL: it says nothing */
  gboolean keeps_all; /* everything is stored all the same */
  const char *vendor; /* (nullable): whose rules */
  guint person;       /* 0: the large one */
  guint max_pages;
  guint patience_s;
  gboolean is_odd; /* the store has more or other than the portal lists: not compared */
  void (*check) (PullTest *test, CrPull *pull, GPtrArray *queries); /* (nullable) */
} PullRow;

/* Adds a test for each, below @folder. */
void pull_rows_add (const char *folder, const PullRow *rows, guint n_rows);

G_END_DECLS
