/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-api-keys-group.h"

#include "app/cr-api-key-dialog.h"
#include "app/cr-app-init.h"
#include "app/cr-dialogs.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrApiKeysGroup
{
  AdwPreferencesGroup parent_instance;

  GtkListBox *list;

  CrEngine *engine; /* (owned) (nullable) */
  char *person;     /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrApiKeysGroup, cr_api_keys_group, ADW_TYPE_PREFERENCES_GROUP)

static GtkWindow *
window_of (CrApiKeysGroup *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static gboolean
is_over (CrApiKey *key)
{
  return key->revoked_ms > 0 || (key->expires_ms > 0 && key->expires_ms <= cr_words_now_ms ());
}

static char *
say_state (CrApiKey *key)
{
  gint64 now_ms = cr_words_now_ms ();
  g_autofree char *revoked = cr_words_time (key->revoked_ms, now_ms);
  g_autofree char *expires = cr_words_exact_time (key->expires_ms);

  if (key->revoked_ms > 0)
    return g_strdup_printf (_ ("Revoked %s"), revoked);
  if (is_over (key))
    return g_strdup (_ ("Expired"));
  if (key->expires_ms > 0)
    return g_strdup_printf (_ ("Until %s"), expires);
  return g_strdup ("");
}

static char *
describe (CrApiKey *key)
{
  g_autofree char *state = say_state (key);
  g_autofree char *time = cr_words_time (key->used_ms, cr_words_now_ms ());
  g_autofree char *used =
      key->used_ms > 0 ? g_strdup_printf (_ ("Last used %s"), time) : g_strdup (_ ("Never used"));

  return cr_words_join (state, key->is_read_only ? _ ("Reads only") : _ ("Reads and writes"), used,
                        key->id, NULL);
}

typedef struct
{
  CrApiKeysGroup *group; /* (owned) */
  char *id;              /* (owned) */
} Revocation;

static void
revocation_free (gpointer data)
{
  Revocation *revocation = data;

  g_object_unref (revocation->group);
  g_free (revocation->id);
  g_free (revocation);
}

static void
revoked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrApiKeysGroup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_revoke_api_key_finish (CR_ENGINE (source), result, &error) &&
      !cr_error_is_cancelled (error) && window_of (self) != NULL)
    cr_dialogs_say (window_of (self), _ ("The Key Could Not Be Revoked"),
                    cr_local_words (error->message));
}

static void
end_key (gpointer user_data)
{
  Revocation *revocation = user_data;
  CrApiKeysGroup *self = revocation->group;

  cr_engine_revoke_api_key_async (self->engine, revocation->id, self->person, NULL, revoked_cb,
                                  g_object_ref (self));
}

static void
revoke_cb (GtkButton *button, CrApiKeysGroup *self)
{
  Revocation *revocation = g_new0 (Revocation, 1);
  g_autofree char *heading = g_strdup_printf (
      _ ("Revoke “%s”?"), (const char *) g_object_get_data (G_OBJECT (button), "name"));

  revocation->group = g_object_ref (self);
  revocation->id = g_strdup (g_object_get_data (G_OBJECT (button), "id"));
  cr_dialogs_confirm (window_of (self), heading,
                      _ ("The program that uses this key is let in no more, from now on. This "
                         "cannot be taken back; a new key can be made."),
                      _ ("_Revoke"), end_key, revocation, revocation_free);
}

static GtkWidget *
make_button (CrApiKeysGroup *self, CrApiKey *key)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Revoke…"));
  g_autofree char *label = g_strdup_printf (_ ("Revoke the key “%s”"), key->name);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  g_object_set_data_full (G_OBJECT (button), "id", g_strdup (key->id), g_free);
  g_object_set_data_full (G_OBJECT (button), "name", g_strdup (key->name), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (revoke_cb), self);
  return button;
}

static GtkWidget *
make_row (CrApiKeysGroup *self, CrApiKey *key)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *words = describe (key);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), key->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  cr_time_tip_set (row, key->used_ms, key->revoked_ms);
  if (!is_over (key))
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), make_button (self, key));
  else
    gtk_widget_add_css_class (row, "dim-label");
  return row;
}

static void
fill (CrApiKeysGroup *self)
{
  g_autoptr (GPtrArray) keys = cr_engine_dup_api_keys (self->engine);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  for (guint i = 0; i < keys->len; i++)
    gtk_list_box_append (self->list, make_row (self, g_ptr_array_index (keys, i)));
  gtk_widget_set_visible (GTK_WIDGET (self->list), keys->len > 0);
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrApiKeysGroup *self)
{
  if (kind == CR_CHANGE_SETTING)
    fill (self);
}

static void
add_cb (CrApiKeysGroup *self)
{
  GtkWidget *dialog = cr_api_key_dialog_new (window_of (self), self->engine, self->person);

  g_signal_connect_object (dialog, "destroy", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  cr_dialogs_present (GTK_WINDOW (dialog));
}

static void
cr_api_keys_group_dispose (GObject *object)
{
  CrApiKeysGroup *self = CR_API_KEYS_GROUP (object);

  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_api_keys_group_parent_class)->dispose (object);
}

static void
cr_api_keys_group_finalize (GObject *object)
{
  CrApiKeysGroup *self = CR_API_KEYS_GROUP (object);

  g_free (self->person);
  G_OBJECT_CLASS (cr_api_keys_group_parent_class)->finalize (object);
}

static void
cr_api_keys_group_class_init (CrApiKeysGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_api_keys_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_api_keys_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-api-keys-group"));
  gtk_widget_class_bind_template_child (widget_class, CrApiKeysGroup, list);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
}

static void
cr_api_keys_group_init (CrApiKeysGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
cr_api_keys_group_set_engine (CrApiKeysGroup *self, CrEngine *engine, const char *person)
{
  g_return_if_fail (CR_IS_API_KEYS_GROUP (self));
  g_return_if_fail (self->engine == NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  g_signal_connect_object (engine, "changed", G_CALLBACK (changed_cb), self, 0);
  fill (self);
}
