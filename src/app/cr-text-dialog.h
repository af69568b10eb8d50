/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_TEXT_DIALOG (cr_text_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrTextDialog, cr_text_dialog, CR, TEXT_DIALOG, AdwWindow)

/* Text as it came in, monospaced, to read and to copy. */
void cr_text_dialog_present (GtkWindow *parent, const char *title, const char *text);

G_END_DECLS
