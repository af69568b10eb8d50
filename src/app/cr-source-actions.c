/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-source-actions.h"

#include "app/cr-catalog-dialog.h"
#include "app/cr-dialogs.h"
#include "app/cr-vendors-dialog.h"

#include <glib/gi18n.h>

void
cr_source_actions_import_file (CrWindow *window, const char *path)
{
  if (cr_window_get_engine (window) != NULL)
    cr_dialogs_present (GTK_WINDOW (cr_catalog_dialog_new (
        GTK_WINDOW (window), cr_window_get_engine (window), path, cr_window_get_person (window))));
}

static void
chosen_cb (const char *path, gpointer user_data)
{
  if (cr_window_may_go_on (user_data, "import-sources"))
    cr_source_actions_import_file (user_data, path);
}

void
cr_source_actions_import (CrWindow *window)
{
  if (cr_window_get_engine (window) != NULL)
    cr_dialogs_choose_path (GTK_WINDOW (window), FALSE, _ ("Choose a Published List of Portals"),
                            chosen_cb, g_object_ref (window), g_object_unref);
}

void
cr_source_actions_vendors (CrWindow *window)
{
  if (cr_window_get_engine (window) != NULL)
    cr_dialogs_present (GTK_WINDOW (cr_vendors_dialog_new (
        GTK_WINDOW (window), cr_window_get_engine (window), cr_window_get_person (window))));
}
