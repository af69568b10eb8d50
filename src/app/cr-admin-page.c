/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-admin-page.h"

#include <glib/gi18n.h>

struct _CrAdminPage
{
  CrPage parent_instance;
};

G_DEFINE_FINAL_TYPE (CrAdminPage, cr_admin_page, CR_TYPE_PAGE)

static void
cr_admin_page_class_init (CrAdminPageClass *klass)
{
}

static void
cr_admin_page_init (CrAdminPage *self)
{
  GtkWidget *status = adw_status_page_new ();
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Open…"));

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (status), "changes-prevent-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (status), _ ("For Admins"));
  adw_status_page_set_description (
      ADW_STATUS_PAGE (status),
      _ ("Where records come from and where they go is behind a lock of its own. Patients, their "
         "records and the reconnect list stay open to everybody at this desk."));
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  gtk_widget_add_css_class (button, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.open-admin");
  adw_status_page_set_child (ADW_STATUS_PAGE (status), button);
  adw_bin_set_child (ADW_BIN (self), status);
}

GtkWidget *
cr_admin_page_new (CrEngine *engine)
{
  CrAdminPage *self = g_object_new (CR_TYPE_ADMIN_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  return GTK_WIDGET (self);
}
