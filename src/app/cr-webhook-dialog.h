/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-webhooks.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_WEBHOOK_DIALOG (cr_webhook_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrWebhookDialog, cr_webhook_dialog, CR, WEBHOOK_DIALOG, AdwWindow)

/* Adds an endpoint, or changes @endpoint. */
GtkWidget *cr_webhook_dialog_new (GtkWindow *parent,
                                  CrEngine *engine,
                                  CrWebhookEndpoint *endpoint, /* (nullable) */
                                  const char *person);
/* A new secret, once: what is not copied now can only be rotated. Takes @secret. */
void cr_webhook_dialog_show_secret (GtkWindow *parent, char *secret, gboolean is_rotated);
char *cr_webhook_dialog_say_events (CrWebhookEndpoint *endpoint);

G_END_DECLS
