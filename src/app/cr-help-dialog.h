/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_HELP_DIALOG (cr_help_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrHelpDialog, cr_help_dialog, CR, HELP_DIALOG, AdwWindow)

/* What to do when something needs somebody, where to find what, and what each state means. */
GtkWidget *cr_help_dialog_new (GtkWindow *parent);

G_END_DECLS
