/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-state-label.h"

#include "app/cr-announce.h"
#include "app/cr-text-size.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

#define USUAL_CHARS 13

struct _CrStateLabel
{
  AdwBin parent_instance;

  GtkImage *icon;                   /* (unowned) */
  GtkLabel *label;                  /* (unowned) */
  const CrExplanation *explanation; /* (unowned) (nullable): static */
  char *about;                      /* (owned) (nullable) */
  char *more;                       /* (owned) (nullable) */
  const CrExplanation *told;        /* (unowned) (nullable): static */
  gboolean gives_way;
};

G_DEFINE_FINAL_TYPE (CrStateLabel, cr_state_label, ADW_TYPE_BIN)

static void
cr_state_label_finalize (GObject *object)
{
  CrStateLabel *self = CR_STATE_LABEL (object);

  g_free (self->about);
  g_free (self->more);
  G_OBJECT_CLASS (cr_state_label_parent_class)->finalize (object);
}

static void
cr_state_label_class_init (CrStateLabelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_state_label_finalize;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "state");
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
cr_state_label_init (CrStateLabel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->icon = GTK_IMAGE (gtk_image_new ());
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->icon), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->label, 0);
  gtk_label_set_wrap (self->label, cr_text_is_large (GTK_WIDGET (self)));
  /* A box measures a text that wraps for its own height, and would break a word beside two lines.
   */
  gtk_widget_set_hexpand (GTK_WIDGET (self->label), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), FALSE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->icon));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->label));
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
cr_state_label_new (void)
{
  return g_object_new (CR_TYPE_STATE_LABEL, NULL);
}

void
cr_state_label_tell (CrStateLabel *self, const char *about, const char *more)
{
  g_return_if_fail (CR_IS_STATE_LABEL (self));

  g_free (self->about);
  g_free (self->more);
  self->about = g_strdup (about);
  self->more = g_strdup (more);
  if (about == NULL)
    self->told = NULL;
}

static void
announce (CrStateLabel *self)
{
  g_autofree char *state = NULL;
  g_autofree char *words = NULL;

  if (self->about == NULL || self->told == self->explanation ||
      g_str_equal (self->explanation->tone, "accent"))
    return;
  self->told = self->explanation;
  state = cr_words_join (_ (self->explanation->title), self->more != NULL ? self->more : "", NULL);
  /* Translators: what has changed and how it is now, read out: “Records of Ana Ruiz: Pull failed”
   */
  words = g_strdup_printf (_ ("%s: %s"), self->about, state);
  cr_announce (GTK_WIDGET (self), words);
}

void
cr_state_label_set (CrStateLabel *self, const CrExplanation *explanation)
{
  const char *sentence;
  gboolean is_change;

  g_return_if_fail (CR_IS_STATE_LABEL (self));

  is_change = self->explanation != NULL;
  if (self->explanation == explanation && explanation != NULL)
    {
      cr_state_label_set_words (self, _ (explanation->title));
      return;
    }
  if (self->explanation != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self), self->explanation->tone);
  self->explanation = explanation;
  gtk_widget_set_visible (GTK_WIDGET (self), explanation != NULL);
  if (explanation == NULL)
    {
      self->told = NULL;
      return;
    }

  sentence = explanation->sentence == NULL || explanation->sentence[0] == '\0'
               ? explanation->title
               : explanation->sentence;
  gtk_image_set_from_icon_name (self->icon, explanation->icon);
  gtk_widget_add_css_class (GTK_WIDGET (self), explanation->tone);
  cr_tip_set (GTK_WIDGET (self), _ (sentence));
  cr_state_label_set_words (self, _ (explanation->title));
  if (is_change)
    announce (self);
}

void
cr_state_label_set_words (CrStateLabel *self, const char *words)
{
  g_return_if_fail (CR_IS_STATE_LABEL (self));

  /* Titles are short enough for one line wherever they stand; what is added may need two. */
  gtk_label_set_wrap (self->label, cr_text_is_large (GTK_WIDGET (self)) || self->gives_way ||
                                       self->explanation == NULL ||
                                       !g_str_equal (words, _ (self->explanation->title)));
  gtk_label_set_text (self->label, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

void
cr_state_label_give_way (CrStateLabel *self)
{
  g_return_if_fail (CR_IS_STATE_LABEL (self));

  self->gives_way = TRUE;
  gtk_label_set_wrap (self->label, TRUE);
  /* Lists measure a row for the least width of what is in it: most states are one line then. */
  if (!cr_text_is_large (GTK_WIDGET (self)))
    gtk_label_set_width_chars (self->label, USUAL_CHARS);
}
