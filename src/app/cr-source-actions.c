/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-source-actions.h"

#include "app/cr-catalog-dialog.h"
#include "app/cr-dialogs.h"
#include "app/cr-vendors-dialog.h"
#include "engine/cr-engine-catalog.h"

#include <glib/gi18n.h>

typedef struct
{
  CrWindow *window; /* (owned) */
  char *id;         /* (owned) */
} Suspend;

static void
suspend_free (gpointer data)
{
  Suspend *suspend = data;

  g_object_unref (suspend->window);
  g_free (suspend->id);
  g_free (suspend);
}

void
cr_source_actions_import_file (CrWindow *window, const char *path)
{
  if (cr_window_get_engine (window) != NULL)
    gtk_window_present (GTK_WINDOW (cr_catalog_dialog_new (
        GTK_WINDOW (window), cr_window_get_engine (window), path, cr_window_get_person (window))));
}

static void
chosen_cb (const char *path, gpointer user_data)
{
  cr_source_actions_import_file (user_data, path);
}

void
cr_source_actions_import (CrWindow *window)
{
  if (cr_window_get_engine (window) != NULL)
    cr_dialogs_choose_path (GTK_WINDOW (window), FALSE, _ ("Choose a Published List of Portals"),
                            chosen_cb, g_object_ref (window), g_object_unref);
}

static void
suspended_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWindow) window = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_set_source_status_finish (CR_ENGINE (engine), result, &error))
    cr_window_say_error (window, _ ("The source could not be suspended"), error);
}

static void
reason_cb (const char *reason, gpointer user_data)
{
  Suspend *suspend = user_data;

  if (cr_window_get_engine (suspend->window) != NULL)
    cr_engine_set_source_status_async (
        cr_window_get_engine (suspend->window), suspend->id, CR_SOURCE_SUSPENDED, reason, 0,
        cr_window_get_person (suspend->window), cr_window_get_cancellable (suspend->window),
        suspended_cb, g_object_ref (suspend->window));
}

void
cr_source_actions_suspend (CrWindow *window, const char *source_id)
{
  Suspend *suspend = g_new (Suspend, 1);

  *suspend = (Suspend){ g_object_ref (window), g_strdup (source_id) };
  cr_dialogs_ask_text (GTK_WINDOW (window), _ ("Suspend This Source?"),
                       _ ("Patients see it and cannot choose it until it is resumed. Those who are "
                          "connected stay connected. Say why, for whoever looks at it next."),
                       _ ("_Suspend"), reason_cb, suspend, suspend_free);
}

void
cr_source_actions_vendors (CrWindow *window)
{
  if (cr_window_get_engine (window) != NULL)
    gtk_window_present (GTK_WINDOW (cr_vendors_dialog_new (
        GTK_WINDOW (window), cr_window_get_engine (window), cr_window_get_person (window))));
}
