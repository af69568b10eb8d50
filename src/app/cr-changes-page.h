/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_CHANGES_PAGE (cr_changes_page_get_type ())
G_DECLARE_FINAL_TYPE (CrChangesPage, cr_changes_page, CR, CHANGES_PAGE, CrPage)

/* What one pull changed: each record opens. */
GtkWidget *cr_changes_page_new (CrEngine *engine, const char *pull_id);

G_END_DECLS
