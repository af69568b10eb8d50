/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "net/cr-socket.h"

G_BEGIN_DECLS

/* Locks a workspace; one that `chartroomctl serve` holds is asked for, and had once that one has
 * finished its step. CR_ERROR_IN_USE when whoever holds it does not give it. */
void cr_workspace_take_async (CrWorkspace *workspace,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean cr_workspace_take_finish (CrWorkspace *workspace, GAsyncResult *result, GError **error);

/* The other side: lets others ask @engine for its workspace; @give_up is called once, after the
 * answer. */
typedef void (*CrGiveUp) (gpointer user_data);
void cr_engine_offer_takeover (CrEngine *engine, CrGiveUp give_up, gpointer user_data);

G_END_DECLS
