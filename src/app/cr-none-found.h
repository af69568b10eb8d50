/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A list without rows must say so: @label shows @words as long as @model, which is a CrListModel
 * just begun, has answered with nothing. The label is for one model after another. */
void cr_none_found_follow (GtkLabel *label, GListModel *model, const char *words);

G_END_DECLS
