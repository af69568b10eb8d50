/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_SUSPEND_DIALOG (cr_suspend_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrSuspendDialog, cr_suspend_dialog, CR, SUSPEND_DIALOG, AdwWindow)

/* Why patients cannot choose a source, and until when: suspended by the clinic, or not enabled by
 * its site. */
GtkWidget *
cr_suspend_dialog_new (GtkWindow *parent, CrEngine *engine, CrSource *source, const char *person);

G_END_DECLS
