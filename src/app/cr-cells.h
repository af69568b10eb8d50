/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef GtkWidget *(*CrCellMake) (void);
typedef void (*CrCellShow) (GtkWidget *cell, gpointer item);

/* Cells over a model of CrListRow: @show is called with the row's item whenever it is there or
 * changes; while it is being loaded the cell is invisible but keeps its place. */
GtkListItemFactory *cr_cell_factory_new (CrCellMake make, CrCellShow show);
GtkWidget *cr_cell_label_new (void);
GtkWidget *cr_cell_dim_label_new (void);
/* Goes on in as many lines as it needs: a name that is cut may be another patient's. */
GtkWidget *cr_cell_name_new (void);
/* Of a column view, with one below the other; @second (nullable). */
GtkWidget *cr_cell_stack_new (GtkWidget *first, GtkWidget *second);

/* For the many rows of a list. Unlike a label it is not laid out anew for each text: it asks for
 * room by the number of letters, between @least and @most, and cuts the text that needs more. */
GtkWidget *cr_cell_text_new (void);
GtkWidget *cr_cell_dim_text_new (void);
void cr_cell_text_set (GtkWidget *cell, const char *text, guint least, guint most);
GtkColumnViewColumn *
cr_cell_column_new (const char *title, CrCellMake make, CrCellShow show, gboolean is_expanding);
void cr_cell_column_show (GtkColumnViewColumn *column, gboolean is_shown);

G_END_DECLS
