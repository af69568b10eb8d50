/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_FLOW_LAYOUT (cr_flow_layout_get_type ())
G_DECLARE_FINAL_TYPE (CrFlowLayout, cr_flow_layout, CR, FLOW_LAYOUT, GtkLayoutManager)

/* Side by side like in a horizontal box while there is room for each, else what does not fit goes
 * on in the next line: for rows of words and buttons, which a narrow window or large text would
 * squeeze or cut off. Needs no more room than the widest child. */
GtkLayoutManager *cr_flow_layout_new (int spacing);
/* For what asks nobody how high it is in the room there is: no wider by itself. 0: any width. */
void cr_flow_layout_set_max_width (CrFlowLayout *self, int max_width);

G_END_DECLS
