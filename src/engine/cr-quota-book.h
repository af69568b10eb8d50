/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-changes.h"
#include "pull/cr-source-gates.h"
#include "store/cr-store.h"

G_BEGIN_DECLS

/* Keeps in the store how many requests each source got today, and what it said of that. */
typedef struct _CrQuotaBook CrQuotaBook;

CrQuotaBook *
cr_quota_book_new (CrSourceGates *gates, CrStore *store, CrChanges *changes, CrClock clock);
/* The gates tell nothing any more; what was told is kept. */
void cr_quota_book_free (CrQuotaBook *self);

G_END_DECLS
