/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-admin-banner.h"

#include "app/cr-actions.h"

#include <glib/gi18n.h>

#define LOOKS "cr-looks-soon"
#define PAUSE_MS 200

void
cr_admin_banner_look (CrBanner *self, CrWindow *window)
{
  CrPage *page = cr_window_get_page (window);

  if (page != NULL && !cr_window_is_admin (window) &&
      cr_actions_are_behind_lock (GTK_WIDGET (page)))
    cr_banner_show (self, "changes-prevent-symbolic", _ ("Administrator screens are locked."),
                    _ ("Unlock…"), "win.open-admin");
  else
    cr_banner_hide (self);
}

static gboolean
look_cb (gpointer user_data)
{
  CrBanner *self = user_data;
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (self));

  g_object_steal_data (G_OBJECT (self), LOOKS);
  if (CR_IS_WINDOW (window))
    cr_admin_banner_look (self, CR_WINDOW (window));
  return G_SOURCE_REMOVE;
}

static void
stop_looking (gpointer id)
{
  g_source_remove (GPOINTER_TO_UINT (id));
}

static void
look_soon (CrBanner *self)
{
  guint id;

  if (g_object_get_data (G_OBJECT (self), LOOKS) != NULL)
    return;
  id = g_timeout_add_full (G_PRIORITY_LOW, PAUSE_MS, look_cb, self, NULL);
  g_object_set_data_full (G_OBJECT (self), LOOKS, GUINT_TO_POINTER (id), stop_looking);
}

/* Who may do everything has nothing to look for. */
static void
painted_cb (GdkFrameClock *clock, CrBanner *self)
{
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (self));

  if (CR_IS_WINDOW (window) && !cr_window_is_admin (CR_WINDOW (window)))
    look_soon (self);
}

static void
realized_cb (CrBanner *self)
{
  g_signal_connect_object (gtk_widget_get_frame_clock (GTK_WIDGET (self)), "after-paint",
                           G_CALLBACK (painted_cb), self, 0);
}

void
cr_admin_banner_watch (CrBanner *self)
{
  g_signal_connect (self, "realize", G_CALLBACK (realized_cb), NULL);
}
