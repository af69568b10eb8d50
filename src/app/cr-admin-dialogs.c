/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-admin-dialogs.h"

#include "app/cr-api-key-dialog.h"
#include "app/cr-backup-dialog.h"
#include "app/cr-catalog-dialog.h"
#include "app/cr-destination-dialog.h"
#include "app/cr-dialogs.h"
#include "app/cr-preferences-dialog.h"
#include "app/cr-source-dialog.h"
#include "app/cr-suspend-dialog.h"
#include "app/cr-vendors-dialog.h"
#include "app/cr-webhook-dialog.h"

static gboolean
is_for_admins (GtkWindow *dialog)
{
  const GType types[] = { CR_TYPE_API_KEY_DIALOG,     CR_TYPE_BACKUP_DIALOG,
                          CR_TYPE_CATALOG_DIALOG,     CR_TYPE_DESTINATION_DIALOG,
                          CR_TYPE_PREFERENCES_DIALOG, CR_TYPE_SOURCE_DIALOG,
                          CR_TYPE_SUSPEND_DIALOG,     CR_TYPE_VENDORS_DIALOG,
                          CR_TYPE_WEBHOOK_DIALOG };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (G_TYPE_CHECK_INSTANCE_TYPE (dialog, types[i]))
      return TRUE;
  return FALSE;
}

/* What stands over one of them goes with it. */
static gboolean
is_over_one (GtkWindow *dialog, GtkWindow *window)
{
  for (; dialog != NULL && dialog != window; dialog = gtk_window_get_transient_for (dialog))
    if (is_for_admins (dialog))
      return TRUE;
  return FALSE;
}

void
cr_admin_dialogs_close (GtkWindow *window, gboolean asks_too)
{
  g_autoptr (GPtrArray) dialogs = cr_dialogs_list (window);

  for (guint i = 0; i < dialogs->len; i++)
    {
      GtkWindow *dialog = g_ptr_array_index (dialogs, i);

      if (CR_IS_BACKUP_DIALOG (dialog))
        cr_backup_dialog_leave (CR_BACKUP_DIALOG (dialog));
      else if (is_over_one (dialog, window) || (asks_too && ADW_IS_MESSAGE_DIALOG (dialog)))
        gtk_window_destroy (dialog);
    }
}
