/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-logo-row.h"

#include "app/cr-dialogs.h"
#include "app/cr-logo-view.h"
#include "app/cr-rows.h"
#include "base/cr-error.h"
#include "engine/cr-engine-logos.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrLogoRow
{
  AdwActionRow parent_instance;

  AdwAvatar *avatar;
  GtkWidget *choose;
  GtkWidget *remove;

  CrEngine *engine;          /* (owned) (nullable) */
  char *source_id;           /* (owned) (nullable) */
  char *person;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrLogoRow, cr_logo_row, ADW_TYPE_ACTION_ROW)

/* Takes @error. */
static void
done (CrLogoRow *self, GError *error)
{
  gboolean is_cancelled = cr_error_is_cancelled (error);

  if (!is_cancelled)
    {
      adw_action_row_set_subtitle (
          ADW_ACTION_ROW (self),
          error != NULL ? cr_local_words (error->message)
                        : _ ("Patients see it too. PNG, JPEG, GIF or WebP, at most 256 KB."));
      cr_logo_view_show (self->avatar, self->engine, self->source_id);
    }
  g_clear_error (&error);
}

static void
set_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrLogoRow) self = user_data;
  GError *error = NULL;

  cr_engine_set_logo_finish (CR_ENGINE (engine), result, &error);
  done (self, error);
}

static void
removed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrLogoRow) self = user_data;
  GError *error = NULL;

  cr_engine_remove_logo_finish (CR_ENGINE (engine), result, &error);
  done (self, error);
}

static void
chosen_cb (const char *path, gpointer user_data)
{
  CrLogoRow *self = user_data;
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (self->engine != NULL)
    cr_engine_set_logo_async (self->engine, self->source_id, file, self->person, self->cancellable,
                              set_cb, g_object_ref (self));
}

static void
choose_cb (CrLogoRow *self)
{
  cr_dialogs_choose_path (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), FALSE,
                          _ ("Choose a Logo"), chosen_cb, g_object_ref (self), g_object_unref);
}

static void
remove_now (gpointer user_data)
{
  CrLogoRow *self = user_data;

  if (self->engine != NULL)
    cr_engine_remove_logo_async (self->engine, self->source_id, self->person, self->cancellable,
                                 removed_cb, g_object_ref (self));
}

static void
remove_cb (CrLogoRow *self)
{
  cr_dialogs_confirm (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _ ("Remove This Logo?"),
                      _ ("Patients see the portal’s name alone. Only a file that you still have "
                         "brings the logo back."),
                      _ ("_Remove"), remove_now, g_object_ref (self), g_object_unref);
}

static void
cr_logo_row_dispose (GObject *object)
{
  CrLogoRow *self = CR_LOGO_ROW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_logo_row_parent_class)->dispose (object);
}

static void
cr_logo_row_finalize (GObject *object)
{
  CrLogoRow *self = CR_LOGO_ROW (object);

  g_clear_object (&self->cancellable);
  g_free (self->source_id);
  g_free (self->person);
  G_OBJECT_CLASS (cr_logo_row_parent_class)->finalize (object);
}

static void
cr_logo_row_class_init (CrLogoRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_logo_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_logo_row_finalize;
}

static void
cr_logo_row_init (CrLogoRow *self)
{
  self->cancellable = g_cancellable_new ();
  self->avatar = ADW_AVATAR (adw_avatar_new (32, NULL, TRUE));
  self->choose = cr_row_icon_button_new ("document-open-symbolic", _ ("Choose a logo from a file"));
  self->remove = cr_row_icon_button_new ("edit-undo-symbolic", _ ("Show the publisher’s logo"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), _ ("Logo"));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), GTK_WIDGET (self->avatar));
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->choose);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->remove);
  g_signal_connect_swapped (self->choose, "clicked", G_CALLBACK (choose_cb), self);
  g_signal_connect_swapped (self->remove, "clicked", G_CALLBACK (remove_cb), self);
}

GtkWidget *
cr_logo_row_new (CrEngine *engine, CrSource *source, const char *person)
{
  CrLogoRow *self = g_object_new (CR_TYPE_LOGO_ROW, NULL);

  self->engine = g_object_ref (engine);
  self->source_id = g_strdup (source->id);
  self->person = g_strdup (person);
  adw_avatar_set_text (self->avatar, source->name);
  done (self, NULL);
  return GTK_WIDGET (self);
}
