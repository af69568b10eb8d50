/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How many bytes of answers are held at a time by all who ask at once, however many they are and
 * however long it takes to store them. */
typedef struct _CrRoom CrRoom;

CrRoom *cr_room_new (gsize max_bytes, guint patience_ms);
CrRoom *cr_room_ref (CrRoom *self);
void cr_room_unref (CrRoom *self);
gsize cr_room_get_held (CrRoom *self);

/* What one answer takes of it. */
typedef struct _CrRoomShare CrRoomShare;

CrRoomShare *cr_room_enter (CrRoom *self);
/* On any thread; not while it waits. */
void cr_room_share_leave (CrRoomShare *self);
/* Takes both. Returns: (transfer full): the same bytes, which leave when nobody holds them */
GBytes *cr_room_share_hold (CrRoomShare *self, GBytes *bytes);
void cr_room_share_shrink (CrRoomShare *self, gsize n_bytes);
/* Grows to @n_bytes in all, at once when there is room. */
gboolean cr_room_share_try (CrRoomShare *self, gsize n_bytes);
void cr_room_share_grow_async (CrRoomShare *self,
                               gsize n_bytes,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean cr_room_share_grow_finish (GAsyncResult *result, GError **error);

G_END_DECLS
