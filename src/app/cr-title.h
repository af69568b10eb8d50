/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

/* What the header says of @page. With large text a narrow header has no room for a title: it is the
 * @line below, unless the page itself begins with it. */
void cr_title_show (AdwWindowTitle *title, GtkLabel *line, CrPage *page, gboolean is_sandbox);

/* Below the header of a dialog wherever its buttons leave no room for all of it. */
void cr_title_lower (GtkWidget *header);

G_END_DECLS
