/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_UI(name) "/io/github/chartroom/Chartroom/" name ".ui"

/* Opens the display, before anything else. Where GTK paints without OpenGL (GSK_RENDERER=cairo)
 * none is loaded: Mesa's software renderer takes fifty megabytes before the first window. What is
 * set for that in the environment is gone again for the programs that are started later. */
gboolean cr_app_init_toolkit (void);
/* Starts libadwaita, registers the resources and loads the style sheet: once, with a display. */
void cr_app_init (void);

G_END_DECLS
