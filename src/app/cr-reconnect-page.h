/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_RECONNECT_PAGE (cr_reconnect_page_get_type ())
G_DECLARE_FINAL_TYPE (CrReconnectPage, cr_reconnect_page, CR, RECONNECT_PAGE, CrPage)

/* Patients who must sign in again, or soon: the next to lapse first. */
GtkWidget *cr_reconnect_page_new (CrEngine *engine);

G_END_DECLS
