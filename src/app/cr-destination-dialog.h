/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_DESTINATION_DIALOG (cr_destination_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrDestinationDialog, cr_destination_dialog, CR, DESTINATION_DIALOG, AdwWindow)

/* Add a destination, or change @destination (nullable), tested before it is saved. */
GtkWidget *cr_destination_dialog_new (GtkWindow *parent,
                                      CrEngine *engine,
                                      CrDestination *destination,
                                      const char *person);
void cr_destination_dialog_test (CrDestinationDialog *self);

G_END_DECLS
