/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-cells.h"

#include "app/cr-cell-layout.h"
#include "app/cr-row-name.h"
#include "app/cr-text-size.h"
#include "app/cr-tip.h"
#include "app/cr-wrap.h"
#include "engine/cr-list-row.h"

/* Of a name that would be cut after a few letters in one. */
#define LARGE_LINES 3

typedef struct
{
  CrCellMake make;
  CrCellShow show;
} Cell;

static void
show_item (GtkListItem *list_item)
{
  const Cell *cell = g_object_get_data (G_OBJECT (list_item), "cr-cell");
  CrListRow *row = gtk_list_item_get_item (list_item);
  GtkWidget *widget = gtk_list_item_get_child (list_item);
  gpointer item = row == NULL ? NULL : cr_list_row_get_item (row);

  gtk_widget_set_opacity (widget, item == NULL ? 0 : 1);
  if (item != NULL)
    cell->show (widget, item);
  cr_row_name_update (widget);
}

static void
item_changed_cb (CrListRow *row, GParamSpec *pspec, gpointer user_data)
{
  show_item (user_data);
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  const Cell *cell = user_data;
  GtkWidget *widget = cell->make ();

  g_object_set_data (G_OBJECT (list_item), "cr-cell", user_data);
  cr_row_name_watch (widget);
  gtk_list_item_set_child (list_item, widget);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  gpointer row = gtk_list_item_get_item (list_item);

  g_signal_connect_object (row, "notify::item", G_CALLBACK (item_changed_cb), list_item, 0);
  show_item (list_item);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (list_item), item_changed_cb,
                                        list_item);
}

GtkListItemFactory *
cr_cell_factory_new (CrCellMake make, CrCellShow show)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  Cell *cell = g_new (Cell, 1);

  *cell = (Cell){ make, show };
  g_object_set_data_full (G_OBJECT (factory), "cr-cell", cell, g_free);
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), cell);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), cell);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), cell);
  return factory;
}

GtkWidget *
cr_cell_label_new (void)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  cr_tip_tell_cut (label);
  if (cr_text_is_large (label))
    {
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_lines (GTK_LABEL (label), LARGE_LINES);
      cr_wrap_bound (label);
    }
  return label;
}

GtkWidget *
cr_cell_name_new (void)
{
  GtkWidget *name = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_wrap (GTK_LABEL (name), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (name), PANGO_WRAP_WORD_CHAR);
  cr_wrap_bound (name);
  return name;
}

GtkWidget *
cr_cell_stack_new (GtkWidget *first, GtkWidget *second)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_layout_manager (box, cr_cell_layout_new ());
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), first);
  if (second != NULL)
    gtk_box_append (GTK_BOX (box), second);
  return box;
}

static GtkWidget *
dim (GtkWidget *cell)
{
  gtk_widget_add_css_class (cell, "dim-label");
  gtk_widget_add_css_class (cell, "numeric");
  return cell;
}

GtkWidget *
cr_cell_dim_label_new (void)
{
  return dim (cr_cell_label_new ());
}

GtkWidget *
cr_cell_text_new (void)
{
  GtkWidget *text = gtk_inscription_new (NULL);

  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (text),
                                     GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  /* In all of a high row it would go on in a second line. */
  gtk_widget_set_valign (text, GTK_ALIGN_CENTER);
  cr_tip_tell_cut (text);
  if (cr_text_is_large (text))
    {
      gtk_inscription_set_wrap_mode (GTK_INSCRIPTION (text), PANGO_WRAP_WORD_CHAR);
      gtk_inscription_set_min_lines (GTK_INSCRIPTION (text), LARGE_LINES);
      gtk_inscription_set_nat_lines (GTK_INSCRIPTION (text), LARGE_LINES);
      gtk_inscription_set_yalign (GTK_INSCRIPTION (text), 0.5f);
    }
  return text;
}

GtkWidget *
cr_cell_dim_text_new (void)
{
  return dim (cr_cell_text_new ());
}

/* Pango turns the sides of a text that runs against its window: a label turns them back, an
 * inscription does not. What Pango goes by it only lists as deprecated in favour of FriBidi. */
static float
find_start (GtkWidget *cell, const char *text)
{
  gboolean is_rtl = gtk_widget_get_direction (cell) == GTK_TEXT_DIR_RTL;
  PangoDirection runs;

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  runs = pango_find_base_dir (text != NULL ? text : "", -1);
  G_GNUC_END_IGNORE_DEPRECATIONS
  return runs == (is_rtl ? PANGO_DIRECTION_LTR : PANGO_DIRECTION_RTL) ? 1 : 0;
}

void
cr_cell_text_set (GtkWidget *cell, const char *text, guint least, guint most)
{
  GtkInscription *inscription = GTK_INSCRIPTION (cell);
  guint n = text != NULL ? (guint) CLAMP (g_utf8_strlen (text, -1), least, most) : least;

  g_return_if_fail (GTK_IS_INSCRIPTION (cell));

  gtk_inscription_set_text (inscription, text);
  gtk_inscription_set_xalign (inscription, find_start (cell, text));
  if (n != gtk_inscription_get_nat_chars (inscription))
    gtk_inscription_set_nat_chars (inscription, n);
}

GtkColumnViewColumn *
cr_cell_column_new (const char *title, CrCellMake make, CrCellShow show, gboolean is_expanding)
{
  GtkColumnViewColumn *column =
      gtk_column_view_column_new (title, cr_cell_factory_new (make, show));

  gtk_column_view_column_set_expand (column, is_expanding);
  gtk_column_view_column_set_resizable (column, TRUE);
  return column;
}

/* GTK 4.8 gives room to hidden columns that expand or have a fixed width, so a hidden one has
 * neither. */
void
cr_cell_column_show (GtkColumnViewColumn *column, gboolean is_shown)
{
  if (is_shown == gtk_column_view_column_get_visible (column))
    return;

  if (!is_shown)
    {
      g_object_set_data (G_OBJECT (column), "cr-expands",
                         GINT_TO_POINTER (gtk_column_view_column_get_expand (column)));
      g_object_set_data (G_OBJECT (column), "cr-width",
                         GINT_TO_POINTER (gtk_column_view_column_get_fixed_width (column)));
      gtk_column_view_column_set_expand (column, FALSE);
      gtk_column_view_column_set_fixed_width (column, -1);
    }
  gtk_column_view_column_set_visible (column, is_shown);
  if (is_shown)
    {
      gtk_column_view_column_set_expand (
          column, GPOINTER_TO_INT (g_object_get_data (G_OBJECT (column), "cr-expands")));
      gtk_column_view_column_set_fixed_width (
          column, GPOINTER_TO_INT (g_object_get_data (G_OBJECT (column), "cr-width")));
    }
}
