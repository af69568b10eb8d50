/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-sidebar.h"

#include "app/cr-row-name.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

static GtkWidget *
make_row (const CrSection *section)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new (_ (section->title));
  GtkWidget *badge = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (badge, "badge");
  gtk_widget_add_css_class (badge, "numeric");
  gtk_widget_set_valign (badge, GTK_ALIGN_CENTER);
  gtk_widget_set_visible (badge, FALSE);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name (section->icon));
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), badge);
  return box;
}

void
cr_sidebar_fill (GtkListBox *sidebar, GtkMenuButton *button)
{
  g_autoptr (GMenu) menu = g_menu_new ();

  for (guint i = 0; i < cr_n_sections; i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (_ (cr_sections[i].title), NULL);

      gtk_list_box_append (sidebar, make_row (&cr_sections[i]));
      cr_row_name_set (GTK_WIDGET (gtk_list_box_get_row_at_index (sidebar, (int) i)));
      g_menu_item_set_action_and_target (item, "win.section", "s", cr_sections[i].name);
      g_menu_append_item (menu, item);
    }
  gtk_menu_button_set_menu_model (button, G_MENU_MODEL (menu));
}

void
cr_sidebar_show_badges (GtkListBox *sidebar, CrBadges *badges)
{
  for (guint i = 0; i < cr_n_sections; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (sidebar, (int) i);
      GtkWidget *badge = gtk_widget_get_last_child (gtk_list_box_row_get_child (row));
      guint n = cr_sections[i].badge == NULL ? 0 : cr_sections[i].badge (badges);
      g_autofree char *text = cr_words_number (n);
      g_autofree char *words =
          g_strdup_printf (ngettext ("%s needs somebody", "%s need somebody", n), text);

      gtk_label_set_text (GTK_LABEL (badge), text);
      cr_tip_set (badge, words);
      gtk_widget_set_visible (badge, n > 0);
      cr_row_name_set (GTK_WIDGET (row));
    }
}
