/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "net/cr-room.h"

G_BEGIN_DECLS

/* One message to one server and its whole answer: deadlines, the size cap, TLS. No redirect, no
 * retry, no credential. */
typedef struct
{
  guint connect_ms;
  guint idle_ms;
  gint64 end_us; /* of g_get_monotonic_time (): when the whole must be over */
  gsize max_bytes;
  gsize cut_bytes;          /* 0: none. Reading ends there, and that is no failure */
  gboolean refuses_private; /* see cr-address.h */
  CrRoom *room; /* (unowned) (nullable): that a good answer takes its share of as long as its body
                   is held. What finds no room is not read yet, and no deadline runs meanwhile */
} CrHopLimits;

/* Ends a source of our own and forgets it. */
void cr_stop_source (GSource **source);

void cr_hop_send_async (SoupSession *session,
                        SoupMessage *message,
                        const CrHopLimits *limits,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
/* @was_sent: (out): whether the server may have seen any of it; set on failure too. */
GBytes *cr_hop_send_finish (GAsyncResult *result, gboolean *was_sent, GError **error);

G_END_DECLS
