/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-changes.h"
#include "pull/cr-source-gates.h"
#include "store/cr-store.h"

G_BEGIN_DECLS

/* Keeps in the store which sources answer nobody: one entry a source from when it is found out to
 * when it answers again, however many patients wait. And how much each is asked. */
typedef struct _CrOutageBook CrOutageBook;

/* @over: a source answers again, and the store says so. */
CrOutageBook *cr_outage_book_new (CrSourceGates *gates,
                                  CrStore *store,
                                  CrChanges *changes,
                                  CrClock clock,
                                  void (*over) (gpointer user_data),
                                  gpointer user_data);
void cr_outage_book_free (CrOutageBook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrOutageBook, cr_outage_book_free)

/* What the store had when the engine began, of CrOutage. */
void cr_outage_book_restore (CrOutageBook *self, GPtrArray *outages);
/* Without a network nobody answers, and no source is to blame. */
void cr_outage_book_set_offline (CrOutageBook *self, gboolean is_offline);

G_END_DECLS
