/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_ROOM_LAYOUT (cr_room_layout_get_type ())
G_DECLARE_FINAL_TYPE (CrRoomLayout, cr_room_layout, CR, ROOM_LAYOUT, GtkLayoutManager)

/* For a child that scrolls, in a stack: it is as high as there is room, and how wide it must be
 * does not depend on that. A stack asks for both at every layout, and GTK answers by laying out
 * each text that wraps at half a dozen widths. */
GtkLayoutManager *cr_room_layout_new (void);

G_END_DECLS
