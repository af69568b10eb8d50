/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull/cr-pull-ask.h"
#include "pull/cr-pull-page.h"
#include "pull/cr-pull-reach.h"

G_BEGIN_DECLS

/* A page that waits to be stored. */
typedef struct
{
  CrBundle *bundle; /* (owned) */
  gsize n_bytes;
  gboolean is_hashed;
  CrQueryMark mark; /* how the query stands after it; its texts are owned */
} CrAskPage;

void cr_ask_page_free (gpointer page);

/* One query being asked. */
typedef struct
{
  CrPullContext *context;
  CrQuery *query;      /* (owned) */
  CrPullSave *save;    /* (owned) */
  GHashTable *visited; /* (owned): URLs asked, so that a loop is seen */
  GPtrArray *ready;    /* (owned): of CrAskPage, in the order they came */
  gsize n_ready_bytes; /* of their bodies */
  guint n_hashing;
  char *next;       /* (owned) (nullable): page to ask next */
  CrQueryMark mark; /* how the query stands now */
  char *mark_next;  /* (owned) (nullable) */
  char *outcome;    /* (owned) (nullable) */
  char *raw;        /* (owned) (nullable) */
  GHashTable *seen; /* (owned): keys of the matches that came since @n_before */
  guint n_before;   /* matches stored before this run */
  guint n_told;     /* pages with an OperationOutcome, which some portals count too */
  guint n_other_patient;
  guint n_empty; /* pages without a match, one after the other */
  guint count;   /* of records a page; 0: the source's own */
  CrPullStamps stamps;
  gboolean is_resumed;
  gboolean is_asking;
  gboolean is_saving;
  gboolean has_restarted;
  gboolean has_asked_smaller;  /* because of what was missing */
  gboolean was_refused_before; /* the pull waited because of this very page */
  gboolean is_revinclude_ignored;
  gboolean is_unlisted; /* the portal does not say that it has the type */
  gboolean has_error_outcome;
  gboolean has_store_failed;
  CrAskEnd *end; /* (owned) (nullable): set once nothing more is asked */
} CrAsk;

/* How it goes on: where to ask next, or how it ended. */
char *cr_ask_first_url (CrAsk *ask);
void cr_ask_start_over (CrAsk *ask, guint count);
gboolean cr_ask_smaller (CrAsk *ask);
gint64 cr_ask_count_short (CrAsk *ask);
void cr_ask_come_to_end (CrAsk *ask);
void cr_ask_remember (CrAsk *ask);
/* Returns: (transfer none) (nullable): what is to be stored of it */
CrAskPage *cr_ask_take_page (CrAsk *ask, CrPullPage *page);

void cr_ask_end_query (CrAsk *ask, CrQueryStatus status, const char *code, const char *outcome);
void cr_ask_end_pull (CrAsk *ask, CrAskEnd *end);

G_END_DECLS
