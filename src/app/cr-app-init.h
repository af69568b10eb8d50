/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_UI(name) "/io/github/chartroom/Chartroom/" name ".ui"

/* Starts the toolkit, registers the resources and loads the style sheet: once, with a display. */
void cr_app_init (void);

G_END_DECLS
