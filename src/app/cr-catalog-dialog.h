/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_CATALOG_DIALOG (cr_catalog_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrCatalogDialog, cr_catalog_dialog, CR, CATALOG_DIALOG, AdwWindow)

/* Reads a published list of portals, shows what it would change, and does it when told to. */
GtkWidget *
cr_catalog_dialog_new (GtkWindow *parent, CrEngine *engine, const char *path, const char *person);

G_END_DECLS
