/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_WEBHOOK_PAGE (cr_webhook_page_get_type ())
G_DECLARE_FINAL_TYPE (CrWebhookPage, cr_webhook_page, CR, WEBHOOK_PAGE, CrPage)

/* One endpoint: whether events reach it, and each of them with its attempts. */
GtkWidget *cr_webhook_page_new (CrEngine *engine, const char *webhook_id);
const char *cr_webhook_page_get_id (CrWebhookPage *self);

G_END_DECLS
