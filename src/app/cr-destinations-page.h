/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_DESTINATIONS_PAGE (cr_destinations_page_get_type ())
G_DECLARE_FINAL_TYPE (CrDestinationsPage, cr_destinations_page, CR, DESTINATIONS_PAGE, CrPage)

GtkWidget *cr_destinations_page_new (CrEngine *engine);
/* The label of a kind of destination. */
const char *cr_destinations_page_kind_label (const char *kind);

G_END_DECLS
