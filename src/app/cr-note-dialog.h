/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_NOTE_DIALOG (cr_note_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrNoteDialog, cr_note_dialog, CR, NOTE_DIALOG, AdwWindow)

/* Whether the patient was told to sign in again, and a line about it. */
GtkWidget *cr_note_dialog_new (GtkWindow *parent,
                               CrEngine *engine,
                               CrConnection *connection,
                               const char *person);

/* “Called today 09:14 by Ana” */
char *cr_note_dialog_say_call (CrConnection *connection);

G_END_DECLS
