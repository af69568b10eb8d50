/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_OVERVIEW_PAGE (cr_overview_page_get_type ())
G_DECLARE_FINAL_TYPE (CrOverviewPage, cr_overview_page, CR, OVERVIEW_PAGE, CrPage)

GtkWidget *cr_overview_page_new (CrEngine *engine);

G_END_DECLS
