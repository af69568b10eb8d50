/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-title.h"

#include "app/cr-head-layout.h"
#include "app/cr-text-size.h"
#include "app/cr-tip.h"

#include <glib/gi18n.h>

void
cr_title_show (AdwWindowTitle *title, GtkLabel *line, CrPage *page, gboolean is_sandbox)
{
  const char *words = page == NULL ? NULL : cr_page_get_title (page);
  gboolean is_below, is_headed = FALSE;

  g_return_if_fail (ADW_IS_WINDOW_TITLE (title));
  g_return_if_fail (GTK_IS_LABEL (line));

  words = words != NULL ? words : "Chartroom";
  is_below = page != NULL && cr_page_get_narrow (page) && cr_text_is_large (GTK_WIDGET (line));
  if (page != NULL)
    g_object_get (page, "headed", &is_headed, NULL);
  adw_window_title_set_title (title, is_below ? "" : words);
  adw_window_title_set_subtitle (title,
                                 page != NULL && is_sandbox && !is_below ? _ ("Sandbox") : "");
  cr_tip_tell_cut (GTK_WIDGET (title));
  gtk_label_set_text (line, words);
  gtk_widget_set_visible (GTK_WIDGET (line), is_below && !is_headed);
}

/* Lowered -------------------------------------------------------------------------------------- */

#define LOWERED "cr-lowered"

static gboolean
is_anything (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  const char *words = g_value_get_string (from);

  g_value_set_boolean (to, words != NULL && words[0] != '\0');
  return TRUE;
}

static void
add_line (GtkWidget *box, gpointer source, const char *property, const char *style)
{
  GtkWidget *line = gtk_label_new (NULL);

  gtk_label_set_wrap (GTK_LABEL (line), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (line), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (line), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (line, style);
  g_object_bind_property (source, property, line, "label", G_BINDING_SYNC_CREATE);
  g_object_bind_property_full (source, property, line, "visible", G_BINDING_SYNC_CREATE,
                               is_anything, NULL, NULL, NULL);
  gtk_box_append (GTK_BOX (box), line);
}

void
cr_title_lower (GtkWidget *header)
{
  GtkWidget *parent = gtk_widget_get_parent (header);
  GtkWidget *head, *title, *lines;

  g_return_if_fail (ADW_IS_HEADER_BAR (header));

  if (!GTK_IS_BOX (parent) || g_object_get_data (G_OBJECT (header), LOWERED) != NULL)
    return;

  head = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  title = adw_header_bar_get_title_widget (ADW_HEADER_BAR (header));
  lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_layout_manager (head, cr_head_layout_new ());
  gtk_widget_add_css_class (head, "head");
  if (adw_style_manager_get_high_contrast (adw_style_manager_get_default ()))
    gtk_widget_add_css_class (head, "high-contrast");
  gtk_widget_set_can_target (lines, FALSE); /* the window is moved by it, as by the bar */
  if (title != NULL)
    {
      add_line (lines, title, "title", "heading");
      add_line (lines, title, "subtitle", "dim-label");
      gtk_widget_set_visible (title, FALSE);
    }
  else
    {
      add_line (lines, gtk_widget_get_root (header), "title", "heading");
      adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), adw_bin_new ());
    }
  gtk_box_insert_child_after (GTK_BOX (parent), head, header);
  g_object_ref (header);
  gtk_box_remove (GTK_BOX (parent), header);
  gtk_box_append (GTK_BOX (head), header);
  g_object_unref (header);
  gtk_box_append (GTK_BOX (head), lines);
  g_object_set_data (G_OBJECT (header), LOWERED, lines);
}
