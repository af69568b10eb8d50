/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-api-keys.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_API_KEY_DIALOG (cr_api_key_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrApiKeyDialog, cr_api_key_dialog, CR, API_KEY_DIALOG, AdwWindow)

/* Makes a key for another program and shows it, once. */
GtkWidget *cr_api_key_dialog_new (GtkWindow *parent, CrEngine *engine, const char *person);

G_END_DECLS
