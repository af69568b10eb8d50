/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull/cr-pull-ask.h"

G_BEGIN_DECLS

/* Stores the pull as it now is, and reads its queries and, as far as the store knows, the Patients
 * that are the same person. */
void cr_pull_begin_async (CrPullContext *context, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *cr_pull_begin_finish (CrStore *store, GAsyncResult *result, char ***kin, GError **error);

/* Stores a plan, and finds out for each of its searches since when it needs to be asked. */
void cr_pull_plan_store_async (CrPullContext *context,
                               GPtrArray *queries,
                               guint full_every_days,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

G_END_DECLS
