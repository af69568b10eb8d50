/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-notice-group.h"

#include "app/cr-app-init.h"
#include "app/cr-background.h"
#include "app/cr-dialogs.h"
#include "app/cr-settings.h"
#include "base/cr-error.h"
#include "engine/cr-engine-desk.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>
#include <string.h>

struct _CrNoticeGroup
{
  AdwPreferencesGroup parent_instance;

  GtkSwitch *begin;
  GtkSwitch *end;
  GtkEditable *digest;
  GtkWidget *running;
  GtkSwitch *goes_on;
  GtkSwitch *autostart;

  CrEngine *engine;    /* (owned) (nullable) */
  char *person;        /* (owned) (nullable) */
  GSettings *settings; /* (owned) (nullable): the schema is not installed */
  gboolean is_filling;
};

G_DEFINE_FINAL_TYPE (CrNoticeGroup, cr_notice_group, ADW_TYPE_PREFERENCES_GROUP)

static void
complain (CrNoticeGroup *self, const GError *error)
{
  if (!cr_error_is_cancelled (error) && self->engine != NULL)
    cr_dialogs_say (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                    _ ("The Setting Could Not Be Kept"), cr_local_words (error->message));
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrNoticeGroup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_set_setting_finish (CR_ENGINE (source), result, &error))
    complain (self, error);
}

static void
keep (CrNoticeGroup *self, const char *key, const char *value)
{
  if (!self->is_filling && self->engine != NULL)
    cr_engine_set_setting_async (self->engine, key, value, self->person, NULL, kept_cb,
                                 g_object_ref (self));
}

static void
begin_cb (CrNoticeGroup *self)
{
  keep (self, "notice-begin", gtk_switch_get_active (self->begin) ? "yes" : "no");
}

static void
end_cb (CrNoticeGroup *self)
{
  keep (self, "notice-end", gtk_switch_get_active (self->end) ? "yes" : "no");
}

static void
digest_cb (CrNoticeGroup *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->digest)));

  keep (self, "notice-digest", text);
}

static void
autostarted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrNoticeGroup) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean wanted = gtk_switch_get_active (self->autostart);

  if (cr_background_set_autostart_finish (result, &error))
    {
      if (self->settings != NULL)
        g_settings_set_boolean (self->settings, "autostart", wanted);
      return;
    }
  self->is_filling = TRUE;
  gtk_switch_set_active (self->autostart, !wanted);
  self->is_filling = FALSE;
  complain (self, error);
}

static void
autostart_cb (CrNoticeGroup *self)
{
  if (!self->is_filling && self->engine != NULL)
    cr_background_set_autostart_async (gtk_switch_get_active (self->autostart), NULL,
                                       autostarted_cb, g_object_ref (self));
}

static void
cr_notice_group_dispose (GObject *object)
{
  CrNoticeGroup *self = CR_NOTICE_GROUP (object);

  g_clear_object (&self->engine);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (cr_notice_group_parent_class)->dispose (object);
}

static void
cr_notice_group_finalize (GObject *object)
{
  CrNoticeGroup *self = CR_NOTICE_GROUP (object);

  g_free (self->person);
  G_OBJECT_CLASS (cr_notice_group_parent_class)->finalize (object);
}

static void
cr_notice_group_class_init (CrNoticeGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_notice_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_notice_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-notice-group"));
  gtk_widget_class_bind_template_child (widget_class, CrNoticeGroup, begin);
  gtk_widget_class_bind_template_child (widget_class, CrNoticeGroup, end);
  gtk_widget_class_bind_template_child (widget_class, CrNoticeGroup, digest);
  gtk_widget_class_bind_template_child (widget_class, CrNoticeGroup, running);
  gtk_widget_class_bind_template_child (widget_class, CrNoticeGroup, goes_on);
  gtk_widget_class_bind_template_child (widget_class, CrNoticeGroup, autostart);
  gtk_widget_class_bind_template_callback (widget_class, begin_cb);
  gtk_widget_class_bind_template_callback (widget_class, end_cb);
  gtk_widget_class_bind_template_callback (widget_class, digest_cb);
  gtk_widget_class_bind_template_callback (widget_class, autostart_cb);
}

static void
cr_notice_group_init (CrNoticeGroup *self)
{
  self->is_filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->settings = cr_settings_new ();
  gtk_widget_set_visible (self->running, self->settings != NULL);
  if (self->settings != NULL)
    {
      g_settings_bind (self->settings, "goes-on", self->goes_on, "active", G_SETTINGS_BIND_DEFAULT);
      gtk_switch_set_active (self->autostart, g_settings_get_boolean (self->settings, "autostart"));
    }
  self->is_filling = FALSE;
}

static gboolean
is_yes (CrNoticeGroup *self, const char *key)
{
  return g_strcmp0 (cr_engine_read_setting (self->engine, key), "yes") == 0;
}

void
cr_notice_group_set_engine (CrNoticeGroup *self, CrEngine *engine, const char *person)
{
  const char *digest;

  g_return_if_fail (CR_IS_NOTICE_GROUP (self));
  g_return_if_fail (self->engine == NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  digest = cr_engine_read_setting (engine, "notice-digest");
  self->is_filling = TRUE;
  gtk_switch_set_active (self->begin, is_yes (self, "notice-begin"));
  gtk_switch_set_active (self->end, is_yes (self, "notice-end"));
  gtk_editable_set_text (self->digest, digest != NULL ? digest : "");
  self->is_filling = FALSE;
}
