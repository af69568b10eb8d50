/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-admin-banner.h"

#include "app/cr-actions.h"

#include <glib/gi18n.h>

#define LOOKS "cr-looks-soon"

typedef struct
{
  CrBanner *banner; /* (owned) */
  CrWindow *window; /* (owned) */
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  g_object_unref (look->banner);
  g_object_unref (look->window);
  g_free (look);
}

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
  Look *look = user_data;

  g_object_set_data (G_OBJECT (look->banner), LOOKS, NULL);
  cr_admin_banner_look (look->banner, look->window);
  return G_SOURCE_REMOVE;
}

void
cr_admin_banner_look_soon (CrBanner *self, CrWindow *window)
{
  Look *look;

  /* Badges change with every page of a pull; who may do everything has nothing to look for. */
  if (cr_window_is_admin (window))
    {
      cr_banner_hide (self);
      return;
    }
  if (g_object_get_data (G_OBJECT (self), LOOKS) != NULL)
    return;
  g_object_set_data (G_OBJECT (self), LOOKS, self);
  look = g_new (Look, 1);
  *look = (Look){ g_object_ref (self), g_object_ref (window) };
  g_idle_add_full (G_PRIORITY_LOW, look_cb, look, look_free);
}
