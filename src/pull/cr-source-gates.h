/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-time.h"
#include "net/cr-client.h"

G_BEGIN_DECLS

/* What all pulls of one source share: how many requests at a time, and that it asked for patience
 * or does not answer. */
typedef struct _CrSourceGates CrSourceGates;

CrSourceGates *cr_source_gates_new (CrClock clock);
CrSourceGates *cr_source_gates_ref (CrSourceGates *self);
void cr_source_gates_unref (CrSourceGates *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSourceGates, cr_source_gates_unref)

/* Sends once it is this request's turn at @source_id, at most @max_parallel at a time. While the
 * source has asked for patience nothing is sent: the answer is what the source said, with the time
 * that is left. When the time is over one request goes first and the others wait for how it ends.
 */
void cr_source_gates_send_async (CrSourceGates *self,
                                 CrClient *client,
                                 const char *source_id,
                                 guint max_parallel,
                                 const CrRequest *request,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
CrReply *cr_source_gates_send_finish (GAsyncResult *result, GError **error);
gboolean cr_source_gates_send_lacks_token (GAsyncResult *result);
/* From when it was sent, not from when it was asked for; -1: it was not sent. */
gint64 cr_source_gates_took_ms (GAsyncResult *result);

void cr_source_gates_heed (CrSourceGates *self, const char *source_id, const CrReply *reply);
/* The source does not answer anybody, or does again. */
void cr_source_gates_set_outage (CrSourceGates *self, const char *source_id, const GError *error);
gboolean cr_source_gates_is_out (CrSourceGates *self, const char *source_id);
void cr_source_gates_clear (CrSourceGates *self, const char *source_id);

G_END_DECLS
