/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_SOURCES_PAGE (cr_sources_page_get_type ())
G_DECLARE_FINAL_TYPE (CrSourcesPage, cr_sources_page, CR, SOURCES_PAGE, CrPage)

GtkWidget *cr_sources_page_new (CrEngine *engine);

G_END_DECLS
