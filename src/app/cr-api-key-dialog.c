/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-api-key-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-problem.h"
#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)

/* In the order of the rows; 0: never. */
static const guint days[] = { 0, 30, 90, 365 };

struct _CrApiKeyDialog
{
  AdwWindow parent_instance;

  GtkStack *stack;
  GtkButton *cancel;
  GtkButton *create;
  GtkButton *done;
  GtkEditable *name;
  GtkSwitch *read_only;
  AdwComboRow *expiry;
  GtkLabel *problem;
  GtkLabel *key;
  GtkButton *copy;

  CrEngine *engine;          /* (owned) (nullable) */
  char *person;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrApiKeyDialog, cr_api_key_dialog, ADW_TYPE_WINDOW)

static void
name_cb (CrApiKeyDialog *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->name)));

  gtk_widget_set_sensitive (GTK_WIDGET (self->create), text[0] != '\0');
}

static void
show_key (CrApiKeyDialog *self, const char *text)
{
  gtk_label_set_text (self->key, text);
  gtk_stack_set_visible_child_name (self->stack, "key");
  gtk_widget_set_visible (GTK_WIDGET (self->cancel), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->create), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->done), TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->copy));
}

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrApiKeyDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  char *text = NULL;
  g_autoptr (CrApiKey) key =
      cr_engine_create_api_key_finish (CR_ENGINE (source), result, &text, &error);

  if (key != NULL)
    {
      show_key (self, text);
      cr_secret_free (text);
      return;
    }
  if (cr_error_is_cancelled (error))
    return;
  cr_problem_show (self->problem, cr_local_words (error->message), NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->create), TRUE);
}

static void
create_cb (CrApiKeyDialog *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->name)));
  guint n = days[MIN (adw_combo_row_get_selected (self->expiry), G_N_ELEMENTS (days) - 1)];
  gint64 expires_ms = n > 0 ? cr_engine_now_ms (self->engine) + (gint64) n * DAY_MS : 0;

  if (name[0] == '\0' || !gtk_widget_get_sensitive (GTK_WIDGET (self->create)))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->create), FALSE);
  cr_engine_create_api_key_async (self->engine, name, gtk_switch_get_active (self->read_only),
                                  expires_ms, self->person, self->cancellable, created_cb,
                                  g_object_ref (self));
}

static void
copy_cb (CrApiKeyDialog *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          gtk_label_get_text (self->key));
  gtk_button_set_label (self->copy, _ ("Copied"));
}

static void
cr_api_key_dialog_dispose (GObject *object)
{
  CrApiKeyDialog *self = CR_API_KEY_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_api_key_dialog_parent_class)->dispose (object);
}

static void
cr_api_key_dialog_finalize (GObject *object)
{
  CrApiKeyDialog *self = CR_API_KEY_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_free (self->person);
  G_OBJECT_CLASS (cr_api_key_dialog_parent_class)->finalize (object);
}

static void
cr_api_key_dialog_class_init (CrApiKeyDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_api_key_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_api_key_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-api-key-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, cancel);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, create);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, done);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, name);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, read_only);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, expiry);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, key);
  gtk_widget_class_bind_template_child (widget_class, CrApiKeyDialog, copy);
  gtk_widget_class_bind_template_callback (widget_class, name_cb);
  gtk_widget_class_bind_template_callback (widget_class, create_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_api_key_dialog_init (CrApiKeyDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
cr_api_key_dialog_new (GtkWindow *parent, CrEngine *engine, const char *person)
{
  CrApiKeyDialog *self = g_object_new (CR_TYPE_API_KEY_DIALOG, "transient-for", parent, NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  gtk_window_set_focus (GTK_WINDOW (self), GTK_WIDGET (self->name));
  return GTK_WIDGET (self);
}
