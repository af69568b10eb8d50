/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-time.h"
#include "model/cr-connection.h"
#include "model/cr-pull.h"
#include "store/cr-records-table.h"
#include "store/cr-store.h"

G_BEGIN_DECLS

/* Keeps the pages of one query: the records and where the query then stands, in one transaction.
 * Pages are saved in the order given; what arrives while a transaction runs goes into the next one
 * together. */
typedef struct _CrPullSave CrPullSave;

CrPullSave *
cr_pull_save_new (CrStore *store, CrConnection *connection, CrQuery *query, CrClock clock);
CrPullSave *cr_pull_save_ref (CrPullSave *self);
void cr_pull_save_unref (CrPullSave *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPullSave, cr_pull_save_unref)

/* How a query stands after a page, or at its end. */
typedef struct
{
  CrQueryStatus status;
  const char *next; /* (nullable) */
  guint pages;
  guint n_skipped;
  gint64 since_ms;
  gint64 total;
  guint http_status;
  const char *error_code; /* (nullable) */
  const char *outcome;    /* (nullable) */
  const char *raw;        /* (nullable) */
} CrQueryMark;

/* What else goes into the transaction, after the records. */
typedef gboolean (*CrPullAlso) (CrDb *db,
                                const CrRecordOwner *owner,
                                gpointer data,
                                gint64 now_ms,
                                GError **error);
/* Goes with the next save; @data is given up. */
void cr_pull_save_also (CrPullSave *self, CrPullAlso also, gpointer data, GDestroyNotify destroy);

/* @bundles: (nullable): of CrBundle */
void cr_pull_save_async (CrPullSave *self,
                         GPtrArray *bundles,
                         const char *reached,
                         const CrQueryMark *mark,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
/* Copies what is stored now into @query. */
gboolean
cr_pull_save_finish (CrPullSave *self, GAsyncResult *result, CrQuery *query, GError **error);

G_END_DECLS
