/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-sections.h"

G_BEGIN_DECLS

/* The rows of the sidebar, each with how many of its things need somebody. */
void cr_sidebar_fill (GtkListBox *sidebar, GtkMenuButton *menu);
void cr_sidebar_show_badges (GtkListBox *sidebar, CrBadges *badges);

G_END_DECLS
