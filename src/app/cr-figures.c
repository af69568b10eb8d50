/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-figures.h"

#include "app/cr-even-layout.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"

struct _CrFigures
{
  AdwBin parent_instance;

  GtkWidget *box; /* (unowned): the child */
};

G_DEFINE_FINAL_TYPE (CrFigures, cr_figures, ADW_TYPE_BIN)

static GtkWidget *
figure_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *value = gtk_label_new (NULL);
  GtkWidget *name = gtk_label_new (NULL);

  gtk_widget_add_css_class (value, "title-4");
  gtk_widget_add_css_class (value, "numeric");
  gtk_widget_add_css_class (name, "caption");
  gtk_widget_add_css_class (name, "dim-label");
  gtk_label_set_xalign (GTK_LABEL (value), 0);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_wrap (GTK_LABEL (value), TRUE);
  gtk_label_set_wrap (GTK_LABEL (name), TRUE);
  gtk_box_append (GTK_BOX (box), value);
  gtk_box_append (GTK_BOX (box), name);
  return box;
}

static GtkWidget *
figure_at (CrFigures *self, guint position)
{
  GtkWidget *figure = gtk_widget_get_first_child (self->box);

  for (guint i = 0;; i++)
    {
      if (figure == NULL)
        {
          gtk_box_append (GTK_BOX (self->box), figure_new ());
          figure = gtk_widget_get_last_child (self->box);
        }
      if (i == position)
        return figure;
      figure = gtk_widget_get_next_sibling (figure);
    }
}

static void
cr_figures_class_init (CrFiguresClass *klass)
{
}

static void
cr_figures_init (CrFigures *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_layout_manager (self->box, cr_even_layout_new (18, 6));
  adw_bin_set_child (ADW_BIN (self), self->box);
}

void
cr_figures_set (CrFigures *self,
                guint position,
                const char *name,
                const char *value,
                const char *tooltip)
{
  g_autofree char *words = cr_words_begin (value);
  GtkWidget *box;

  g_return_if_fail (CR_IS_FIGURES (self));

  box = figure_at (self, position);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (box)), words);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (box)), name);
  cr_tip_set (box, tooltip);
}

void
cr_figures_set_number (CrFigures *self, guint position, const char *name, gint64 value)
{
  g_autofree char *number = cr_words_number (value);

  cr_figures_set (self, position, name, number, NULL);
}
