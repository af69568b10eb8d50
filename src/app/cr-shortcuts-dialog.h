/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_SHORTCUTS_DIALOG (cr_shortcuts_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrShortcutsDialog, cr_shortcuts_dialog, CR, SHORTCUTS_DIALOG, AdwWindow)

/* What can be done by which keys. GTK's own window has two columns, whose words do not wrap: it is
 * wider than a narrow window. */
GtkWidget *cr_shortcuts_dialog_new (GtkWindow *parent);

G_END_DECLS
