/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_ACTIVITY_PAGE (cr_activity_page_get_type ())
G_DECLARE_FINAL_TYPE (CrActivityPage, cr_activity_page, CR, ACTIVITY_PAGE, CrPage)

/* Who did what, and what happened. */
GtkWidget *cr_activity_page_new (CrEngine *engine);

G_END_DECLS
