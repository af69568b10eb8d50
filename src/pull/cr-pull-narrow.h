/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull/cr-pull-ask.h"

G_BEGIN_DECLS

/* Some portals refuse a search by patient alone with 400 and want a category or the like beside it:
 * such a query is asked again in parts, which are further queries of the pull. */
char **cr_pull_narrow_paths (CrPullContext *context, CrQuery *query, const CrReply *reply);
GPtrArray *cr_pull_narrow_weigh (CrPullContext *context, GPtrArray *queries);
void cr_pull_narrow_mark (CrQuery *query, const CrReply *reply, guint n_parts);

/* Stores @query at its end and adds a query for each of @paths, from number @first_n, in one
 * transaction. → GPtrArray of CrQuery */
void cr_pull_narrow_async (CrPullContext *context,
                           CrQuery *query,
                           const char *const *paths,
                           const char *hint,
                           guint first_n,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
GPtrArray *cr_pull_narrow_finish (GAsyncResult *result, GError **error);

G_END_DECLS
