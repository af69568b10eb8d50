/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_CONNECTION_ROW (cr_connection_row_get_type ())
G_DECLARE_FINAL_TYPE (CrConnectionRow, cr_connection_row, CR, CONNECTION_ROW, GtkListBoxRow)

/* A patient at one source: state, times, what can be done, and the pull while it runs. */
GtkWidget *cr_connection_row_new (CrEngine *engine);
/* @hold: (nullable): open; @pull: (nullable): the latest */
void cr_connection_row_show (CrConnectionRow *self,
                             CrConnection *connection,
                             CrHold *hold,
                             CrPull *pull);
void cr_connection_row_set_only (CrConnectionRow *self, gboolean is_only);

G_END_DECLS
