/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

G_BEGIN_DECLS

/* The bytes of one version, read in pieces: a large one is never whole in memory. Lives within one
 * function of the store. */
typedef struct _CrBody CrBody;

CrBody *cr_body_open (CrDb *db, gint64 sequence, GError **error);
void cr_body_close (CrBody *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBody, cr_body_close)
gsize cr_body_size (CrBody *self);
gboolean cr_body_read (CrBody *self, gsize offset, gpointer piece, gsize n_bytes, GError **error);

G_END_DECLS
