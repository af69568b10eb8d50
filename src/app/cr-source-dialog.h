/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_SOURCE_DIALOG (cr_source_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrSourceDialog, cr_source_dialog, CR, SOURCE_DIALOG, AdwWindow)

/* Add a source, or change @source (nullable), tested before it is saved. */
GtkWidget *
cr_source_dialog_new (GtkWindow *parent, CrEngine *engine, CrSource *source, const char *person);
void cr_source_dialog_test (CrSourceDialog *self);

G_END_DECLS
