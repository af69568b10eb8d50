/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull/cr-pull-ask.h"

G_BEGIN_DECLS

/* Reads one by one what a complete listing no longer has: 404 and 410 prove that it is gone, 200
 * that it is not; anything else proves nothing. @queries: of CrQuery, as they ended. */
void cr_pull_confirm_async (CrPullContext *context,
                            GPtrArray *queries,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
CrAskEnd *cr_pull_confirm_finish (GAsyncResult *result);

G_END_DECLS
