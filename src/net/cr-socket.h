/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The other side of a private socket: posts @body to @path and hands over each piece of the answer
 * as it comes. */
typedef void (*CrSocketPiece) (GBytes *piece, gpointer user_data);
void cr_socket_post_async (int folder_fd,
                           const char *name,
                           const char *path,
                           GBytes *body,
                           guint begin_ms,
                           CrSocketPiece piece,
                           gpointer piece_data,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean cr_socket_post_finish (GAsyncResult *result,
                                guint *status,
                                GError **error); /* CR_ERROR_NOT_FOUND: nobody listens */

G_END_DECLS
