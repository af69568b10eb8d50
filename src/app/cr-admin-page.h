/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_ADMIN_PAGE (cr_admin_page_get_type ())
G_DECLARE_FINAL_TYPE (CrAdminPage, cr_admin_page, CR, ADMIN_PAGE, CrPage)

/* Stands in place of a section that is for admins until it is opened. */
GtkWidget *cr_admin_page_new (CrEngine *engine);

G_END_DECLS
