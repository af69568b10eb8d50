/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-look-note.h"

#include "app/cr-window.h"
#include "engine/cr-engine-looks.h"

void
cr_look_note (GtkWidget *widget, CrEngine *engine, const char *patient_id, CrLookKind kind)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (widget));

  while (window != NULL && !CR_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  if (window != NULL && engine != NULL)
    cr_engine_note_look (engine, patient_id, kind, cr_window_get_person (CR_WINDOW (window)));
}
