/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-action-switch.h"

#define KEY "cr-action-switch"

typedef struct
{
  char *on;            /* (owned): without the window's prefix */
  char *off;           /* (owned) */
  char *id;            /* (owned) */
  GActionGroup *group; /* (unowned) (nullable): the window, while it is in one */
  gulong handler_id;
  gboolean is_showing;
} Actions;

static void
actions_free (gpointer data)
{
  Actions *self = data;

  g_free (self->on);
  g_free (self->off);
  g_free (self->id);
  g_free (self);
}

static Actions *
actions_of (GtkSwitch *toggle)
{
  return g_object_get_data (G_OBJECT (toggle), KEY);
}

static gboolean
state_set_cb (GtkSwitch *toggle, gboolean is_on, Actions *self)
{
  g_autofree char *action = g_strconcat ("win.", is_on ? self->on : self->off, NULL);

  if (!self->is_showing)
    gtk_widget_activate_action (GTK_WIDGET (toggle), action, "s", self->id);
  return FALSE;
}

static void
follow (GtkSwitch *toggle)
{
  Actions *self = actions_of (toggle);

  if (self->group != NULL)
    gtk_widget_set_sensitive (GTK_WIDGET (toggle),
                              g_action_group_get_action_enabled (self->group, self->on) &&
                                  g_action_group_get_action_enabled (self->group, self->off));
}

static void
enabled_cb (GActionGroup *group, const char *action, gboolean is_enabled, GtkSwitch *toggle)
{
  Actions *self = actions_of (toggle);

  if (g_str_equal (action, self->on) || g_str_equal (action, self->off))
    follow (toggle);
}

static void
root_cb (GtkSwitch *toggle, GParamSpec *pspec, Actions *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (toggle));

  if (self->group != NULL)
    g_signal_handler_disconnect (self->group, self->handler_id);
  self->group = G_IS_ACTION_GROUP (root) ? G_ACTION_GROUP (root) : NULL;
  if (self->group == NULL)
    return;
  self->handler_id = g_signal_connect_object (self->group, "action-enabled-changed",
                                              G_CALLBACK (enabled_cb), toggle, 0);
  follow (toggle);
}

void
cr_action_switch_set_up (GtkSwitch *toggle, const char *on, const char *off, const char *id)
{
  Actions *self = g_new0 (Actions, 1);

  g_return_if_fail (GTK_IS_SWITCH (toggle));

  self->on = g_strdup (on);
  self->off = g_strdup (off);
  self->id = g_strdup (id);
  g_object_set_data_full (G_OBJECT (toggle), KEY, self, actions_free);
  g_signal_connect (toggle, "state-set", G_CALLBACK (state_set_cb), self);
  g_signal_connect (toggle, "notify::root", G_CALLBACK (root_cb), self);
}

void
cr_action_switch_show (GtkSwitch *toggle, gboolean is_on)
{
  Actions *self = actions_of (toggle);

  g_return_if_fail (self != NULL);

  self->is_showing = TRUE;
  gtk_switch_set_active (toggle, is_on);
  self->is_showing = FALSE;
}
