/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef const char *(*CrRowKey) (gpointer item);
typedef GtkWidget *(*CrRowMake) (gpointer owner); /* → a GtkListBoxRow */
typedef void (*CrRowShow) (GtkWidget *row, gpointer item, gpointer owner);

typedef struct
{
  CrRowKey key;
  CrRowMake make;
  CrRowShow show;
} CrRowKind;

/* Makes @box show @items in their order. A row whose key stays keeps its widget, so that an open
 * expander stays open while its state changes. */
void cr_rows_update (GtkListBox *box, GPtrArray *items, const CrRowKind *kind, gpointer owner);

/* The same in a few turns of the main loop, so that a window goes on meanwhile: as many rows as
 * there is time for are there at once, the others follow while the box is in its window, whose
 * @owner must be around it. @items must own what is in it and stay as it is. */
void cr_rows_fill (GtkListBox *box, GPtrArray *items, const CrRowKind *kind, gpointer owner);

/* Puts @items in the order of the rows that @box has of them, under the pointer; the others stay in
 * their order behind these. */
void cr_rows_keep_order (GtkListBox *box, GPtrArray *items, const CrRowKind *kind);

/* Small parts of rows. */
GtkWidget *cr_row_icon_button_new (const char *icon, const char *label);
void cr_row_button_set_action (GtkWidget *button, const char *action, const char *target);
/* @format: “Suspend %s”: without a name, all buttons of a list sound the same to a screen reader.
 */
void cr_row_button_set_name (GtkWidget *button, const char *format, const char *whose);

G_END_DECLS
