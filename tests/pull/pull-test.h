/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cr-rig.h"
#include "model/cr-connection.h"
#include "model/cr-pull.h"
#include "pull/cr-pull-flow.h"

G_BEGIN_DECLS

/* A sandbox, one of its patients connected through the pages, and the pulls of that connection. */
typedef struct
{
  CrRig *rig;               /* (owned) */
  CrConnection *connection; /* (owned) */
  CrSource *source;         /* (owned) */
  guint person;
  guint suspend_after;       /* changes told; 0: never */
  guint cancel_after;        /* queries told; 0: never */
  guint max_pages;           /* of one query; 0: as the rules say */
  guint patience_s;          /* for one request; 0: the default */
  guint n_told;              /* since the pull began */
  CrPullFlow *flow;          /* (nullable): that runs */
  GCancellable *cancellable; /* (nullable): of that one */
} PullTest;

/* A small patient, and one whose Observations come in several pages. */
#define SMALL_PERSON 4
#define LARGE_PERSON 3

void pull_test_open (PullTest *test, guint person);
void pull_test_clear (PullTest *test);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PullTest, pull_test_clear)
/* Another patient of the same sandbox. */
void pull_test_connect (PullTest *test, guint person);
/* Runs the pull that is open, or a new one, until it is final, waits or is suspended. */
CrPull *pull_test_run (PullTest *test);
CrPull *pull_test_run_fails (PullTest *test, GError **error);
/* What a start of the engine does after a crash. */
void pull_test_requeue (PullTest *test);
/* The same, as the store has it. */
CrPull *pull_test_stored (PullTest *test, const char *id);
GPtrArray *pull_test_queries (PullTest *test, const char *pull_id);
/* The first query of that type; others of it are the parts it was asked in. */
CrQuery *pull_test_query (GPtrArray *queries, const char *type);
/* Every row that is not plainly done says why in words; a final pull leaves none open. */
void pull_test_check_words (CrPull *pull, GPtrArray *queries);
/* The store has what the sandbox says the patient has: nothing lost, nothing twice. */
void pull_test_check_all (PullTest *test);
guint pull_test_stored_count (PullTest *test, const char *type);

G_END_DECLS
