/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull/cr-pull-ask.h"

G_BEGIN_DECLS

/* A query got no answer, or one that speaks of an outage: is it the source, or this query alone?
 * Asks for a token and then for the source's description of itself, once and briefly.
 *
 * Gives the end of the pull when the source does not answer that either; NULL when it does. */
void cr_pull_probe_async (CrPullContext *context, GAsyncReadyCallback callback, gpointer user_data);
CrAskEnd *cr_pull_probe_finish (GAsyncResult *result);

void cr_pull_note_outage (CrPullContext *context, const CrReply *reply, const GError *error);

G_END_DECLS
