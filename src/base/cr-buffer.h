/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes that grow to megabytes and are given back whole. They are pages of their own: growing moves
 * no byte, what is not written to takes no memory, and what is freed is the system's again, where
 * an allocator that serves several threads keeps it. */
typedef struct
{
  guint8 *data;
  gsize len;
  gsize size;
} CrBuffer;

void cr_buffer_reserve (CrBuffer *self, gsize n_more);
void cr_buffer_append (CrBuffer *self, gconstpointer data, gsize n_bytes);
void cr_buffer_clear (CrBuffer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrBuffer, cr_buffer_clear)
GBytes *cr_buffer_take (CrBuffer *self); /* empties it */

G_END_DECLS
