/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-banner.h"

#include "app/cr-announce.h"

struct _CrBanner
{
  AdwBin parent_instance;

  GtkRevealer *revealer;
  GtkImage *icon;
  GtkLabel *label;
  GtkButton *button;
};

G_DEFINE_FINAL_TYPE (CrBanner, cr_banner, ADW_TYPE_BIN)

static void
cr_banner_class_init (CrBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/chartroom/Chartroom/cr-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, CrBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, CrBanner, icon);
  gtk_widget_class_bind_template_child (widget_class, CrBanner, label);
  gtk_widget_class_bind_template_child (widget_class, CrBanner, button);
  gtk_widget_class_set_css_name (widget_class, "banner");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
}

/* What is folded away is read out all the same, so it says nothing then. */
static void
folded_cb (CrBanner *self)
{
  if (gtk_revealer_get_child_revealed (self->revealer))
    return;

  gtk_label_set_text (self->label, "");
  gtk_widget_set_visible (GTK_WIDGET (self->button), FALSE);
}

static void
cr_banner_init (CrBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->revealer, "notify::child-revealed", G_CALLBACK (folded_cb), self);
}

void
cr_banner_show (CrBanner *self,
                const char *icon,
                const char *text,
                const char *button,
                const char *action)
{
  g_return_if_fail (CR_IS_BANNER (self));

  gtk_image_set_from_icon_name (self->icon, icon);
  gtk_label_set_text (self->label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->button), button != NULL);
  if (button != NULL)
    gtk_button_set_label (self->button, button);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), action);
  /* Its words change with the time that passes: once is enough. */
  if (!gtk_revealer_get_reveal_child (self->revealer))
    cr_announce (GTK_WIDGET (self), text);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
}

void
cr_banner_set_action (CrBanner *self, const char *action, GVariant *target)
{
  g_return_if_fail (CR_IS_BANNER (self));

  /* the target first: an action without the one it needs is complained of */
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), NULL);
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (self->button), target);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), action);
}

void
cr_banner_hide (CrBanner *self)
{
  g_return_if_fail (CR_IS_BANNER (self));

  gtk_revealer_set_reveal_child (self->revealer, FALSE);
}
