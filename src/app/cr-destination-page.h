/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_DESTINATION_PAGE (cr_destination_page_get_type ())
G_DECLARE_FINAL_TYPE (CrDestinationPage, cr_destination_page, CR, DESTINATION_PAGE, CrPage)

GtkWidget *cr_destination_page_new (CrEngine *engine, const char *destination_id);
const char *cr_destination_page_get_id (CrDestinationPage *self);

G_END_DECLS
