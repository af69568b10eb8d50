/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-cells.h"
#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_PICKER (cr_picker_get_type ())
G_DECLARE_FINAL_TYPE (CrPicker, cr_picker, CR, PICKER, AdwBin)

typedef void (*CrPickerFunc) (gpointer item, gpointer user_data);

/* A searchable list of patients or sources, however many. */
void cr_picker_start (CrPicker *self,
                      CrEngine *engine,
                      CrListKind kind,
                      CrCellShow show,
                      CrPickerFunc func,
                      gpointer user_data);
/* Cells made of a title and a dim line under it. */
void cr_picker_set_cell (GtkWidget *cell, const char *title, const char *about);
GtkWidget *cr_picker_cell_new (void);
/* Such a cell that is never cut, with a time label behind it. */
GtkWidget *cr_picker_line_new (void);

G_END_DECLS
