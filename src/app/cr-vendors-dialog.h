/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_VENDORS_DIALOG (cr_vendors_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrVendorsDialog, cr_vendors_dialog, CR, VENDORS_DIALOG, AdwWindow)

/* The clinic's client ids with vendors, for all of their sites without one of their own. */
GtkWidget *cr_vendors_dialog_new (GtkWindow *parent, CrEngine *engine, const char *person);

G_END_DECLS
