/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-rows.h"

#include "app/cr-tip.h"
#include "app/cr-wrap.h"

#define KEY "cr-row-key"

static GHashTable *
collect_rows (GtkListBox *box)
{
  GHashTable *rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (box, i)) != NULL; i++)
    {
      const char *key = g_object_get_data (G_OBJECT (row), KEY);

      if (key != NULL)
        g_hash_table_insert (rows, g_strdup (key), g_object_ref (row));
    }
  return rows;
}

static GtkWidget *
make_row (const CrRowKind *kind, const char *key, gpointer owner)
{
  GtkWidget *row = kind->make (owner);

  cr_wrap_bound (row);
  g_object_set_data_full (G_OBJECT (row), KEY, g_strdup (key), g_free);
  return row;
}

static void
place (GtkListBox *box, GtkWidget *row, int position)
{
  if ((GtkWidget *) gtk_list_box_get_row_at_index (box, position) == row)
    return;

  g_object_ref (row);
  if (gtk_widget_get_parent (row) != NULL)
    gtk_list_box_remove (box, row);
  gtk_list_box_insert (box, row, position);
  g_object_unref (row);
}

void
cr_rows_update (GtkListBox *box, GPtrArray *items, const CrRowKind *kind, gpointer owner)
{
  g_autoptr (GHashTable) rows = collect_rows (box);
  GtkListBoxRow *rest;

  for (guint i = 0; i < items->len; i++)
    {
      gpointer item = items->pdata[i];
      const char *key = kind->key (item);
      GtkWidget *row = g_hash_table_lookup (rows, key);

      if (row == NULL)
        row = make_row (kind, key, owner);
      place (box, row, (int) i);
      kind->show (row, item, owner);
    }
  while ((rest = gtk_list_box_get_row_at_index (box, (int) items->len)) != NULL)
    gtk_list_box_remove (box, GTK_WIDGET (rest));
}

GtkWidget *
cr_row_icon_button_new (const char *icon, const char *label)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  cr_tip_set (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  return button;
}

void
cr_row_button_set_action (GtkWidget *button, const char *action, const char *target)
{
  if (target != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", target);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
}

/* Formats come from our own calls and their translations, which msgfmt checks. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void
cr_row_button_set_name (GtkWidget *button, const char *format, const char *whose)
{
  g_autofree char *name = g_strdup_printf (format, whose);

  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}
#pragma GCC diagnostic pop
