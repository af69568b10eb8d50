/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_SPLIT (cr_split_get_type ())
G_DECLARE_FINAL_TYPE (CrSplit, cr_split, CR, SPLIT, GtkWidget)

/* A sidebar beside content; below `threshold` pixels (or when both do not fit) the content has all
 * the room and `collapsed` says so. */
void cr_split_try_again (CrSplit *self);
gboolean cr_split_get_collapsed (CrSplit *self);

G_END_DECLS
