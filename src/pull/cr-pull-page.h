/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-bundle.h"
#include "net/cr-client.h"

G_BEGIN_DECLS

/* One answer of a query, looked through away from the main thread: all that says where to ask next
 * and how the query stands. What its records hold is for cr_pull_page_hash_async(). */
typedef struct
{
  GBytes *body;     /* (owned) */
  char *url;        /* (owned): that was asked */
  CrBundle *bundle; /* (owned) (nullable): NULL when the body is none */
  guint n_matches;
  guint n_fresh; /* of them, that were not seen before */
  guint n_included;
  guint n_other_patient; /* not to be kept */
  guint n_unstamped;     /* matches without a usable meta.lastUpdated */
  gint64 newest_ms;      /* of those that have one; 0: none */
} CrPullPage;

/* What the page is held against. */
typedef struct
{
  const char *base_url;
  const char *type;     /* of what is searched or read */
  GHashTable *patients; /* set of the ids of Patients that are this one; must not change any more */
  gboolean is_one;      /* a read, no searchset */
  gint64 latest_ms;     /* stamps after it are none */
  GHashTable *seen; /* (nullable): set of what tells matches apart, added to: nobody else's until
                       the end */
  gboolean is_kept; /* it is hashed at once, and its body is a copy outside of the room that
                       answers share: it may wait long until it is stored */
} CrPullPageRules;

void cr_pull_page_free (CrPullPage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPullPage, cr_pull_page_free)

/* Gives a page without a bundle, and an error, for a body that cannot be read. */
void cr_pull_page_read_async (const CrReply *reply,
                              const CrPullPageRules *rules,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
CrPullPage *cr_pull_page_read_finish (GAsyncResult *result, GError **error);

/* The long part of the work, cr_bundle_hash(), while the next page is on its way. */
void cr_pull_page_hash_async (CrBundle *bundle,
                              gboolean is_late,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean cr_pull_page_hash_finish (GAsyncResult *result, GError **error);

/* Marks what is about somebody else; returns how many. */
guint cr_pull_page_check_patients (CrBundle *bundle, GHashTable *patients);

G_END_DECLS
