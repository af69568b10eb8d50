/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_PREFERENCES_DIALOG (cr_preferences_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrPreferencesDialog, cr_preferences_dialog, CR, PREFERENCES_DIALOG, AdwWindow)

/* @engine: (nullable) */
GtkWidget *cr_preferences_dialog_new (GtkWindow *parent,
                                      CrEngine *engine,
                                      const char *person,
                                      gboolean is_admin);
/* What was chosen, when the program starts. */
void cr_preferences_dialog_apply (void);

G_END_DECLS
