/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_WEBHOOKS_PAGE (cr_webhooks_page_get_type ())
G_DECLARE_FINAL_TYPE (CrWebhooksPage, cr_webhooks_page, CR, WEBHOOKS_PAGE, CrPage)

/* The other programs that are told what happens. */
GtkWidget *cr_webhooks_page_new (CrEngine *engine);

G_END_DECLS
