/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-vendors-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-dialogs.h"
#include "app/cr-entry-rows.h"
#include "app/cr-problem.h"
#include "app/cr-rows.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-engine-catalog.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrVendorsDialog
{
  AdwWindow parent_instance;

  AdwPreferencesGroup *known;
  GtkEditable *type;
  GtkEditable *client_id;
  AdwComboRow *client_auth;
  GtkEditable *secret;
  GtkLabel *problem;
  GtkWidget *save;

  GPtrArray *rows;           /* (owned): of AdwActionRow (unowned), in @known */
  CrEngine *engine;          /* (owned) (nullable) */
  char *person;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
};

typedef struct
{
  CrVendorsDialog *dialog; /* (owned) */
  char *type;              /* (owned) */
} Removal;

G_DEFINE_FINAL_TYPE (CrVendorsDialog, cr_vendors_dialog, ADW_TYPE_WINDOW)

static void
removal_free (gpointer data)
{
  Removal *removal = data;

  g_object_unref (removal->dialog);
  g_free (removal->type);
  g_free (removal);
}

static void list (CrVendorsDialog *self);

/* Takes @error. */
static void
done (CrVendorsDialog *self, GError *error)
{
  if (!cr_error_is_cancelled (error))
    {
      cr_problem_show (self->problem, error != NULL ? cr_local_words (error->message) : NULL, NULL);
      gtk_widget_set_sensitive (self->save, TRUE);
      if (error == NULL)
        list (self);
    }
  g_clear_error (&error);
}

static void
removed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrVendorsDialog) self = user_data;
  GError *error = NULL;

  cr_engine_remove_vendor_client_finish (CR_ENGINE (engine), result, &error);
  done (self, error);
}

static void
remove_now (gpointer user_data)
{
  Removal *removal = user_data;
  CrVendorsDialog *self = removal->dialog;

  if (self->engine != NULL)
    cr_engine_remove_vendor_client_async (self->engine, removal->type, self->person,
                                          self->cancellable, removed_cb, g_object_ref (self));
}

static void
remove_cb (GtkButton *button, CrVendorsDialog *self)
{
  const char *type = g_object_get_data (G_OBJECT (button), "cr-type");
  Removal *removal = g_new (Removal, 1);
  g_autofree char *heading = g_strdup_printf (_ ("Remove the Client Id of “%s”?"), type);

  *removal = (Removal){ g_object_ref (self), g_strdup (type) };
  cr_dialogs_confirm (GTK_WINDOW (self), heading,
                      _ ("Patients cannot choose its portals that have no client id of their own, "
                         "and nothing is pulled from them. Its secret is removed from the "
                         "keyring."),
                      _ ("_Remove"), remove_now, removal, removal_free);
}

static void
edit_cb (GtkWidget *row, CrVendorsDialog *self)
{
  const CrVendorClient *client = g_object_get_data (G_OBJECT (row), "cr-client");

  gtk_editable_set_text (self->type, client->type);
  gtk_editable_set_text (self->client_id, client->client_id);
  gtk_editable_set_text (self->secret, "");
  adw_combo_row_set_selected (self->client_auth, client->client_auth);
  gtk_widget_grab_focus (GTK_WIDGET (self->client_id));
}

static GtkWidget *
make_row (CrVendorsDialog *self, const CrVendorClient *client)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *label = g_strdup_printf (_ ("Remove the client id of %s"), client->type);
  GtkWidget *button = cr_row_icon_button_new ("user-trash-symbolic", label);
  g_autofree char *about =
      cr_words_join (client->client_id, cr_words_client_auth (client->client_auth), NULL);
  CrVendorClient *copy = g_new0 (CrVendorClient, 1);

  copy->type = g_strdup (client->type);
  copy->client_id = g_strdup (client->client_id);
  copy->client_auth = client->client_auth;
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), client->type);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), about);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data_full (G_OBJECT (row), "cr-client", copy,
                          (GDestroyNotify) cr_vendor_client_free);
  g_object_set_data_full (G_OBJECT (button), "cr-type", g_strdup (client->type), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (remove_cb), self);
  g_signal_connect (row, "activated", G_CALLBACK (edit_cb), self);
  return row;
}

static void
listed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrVendorsDialog) self = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) clients =
      cr_engine_list_vendor_clients_finish (CR_ENGINE (engine), result, &error);

  if (clients == NULL)
    {
      done (self, error);
      return;
    }

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->known, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < clients->len; i++)
    {
      GtkWidget *row = make_row (self, g_ptr_array_index (clients, i));

      adw_preferences_group_add (self->known, row);
      g_ptr_array_add (self->rows, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->known), clients->len > 0);
}

static void
list (CrVendorsDialog *self)
{
  cr_engine_list_vendor_clients_async (self->engine, self->cancellable, listed_cb,
                                       g_object_ref (self));
}

static void
saved_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrVendorsDialog) self = user_data;
  GError *error = NULL;

  if (cr_engine_set_vendor_client_finish (CR_ENGINE (engine), result, &error))
    {
      gtk_editable_set_text (self->type, "");
      gtk_editable_set_text (self->client_id, "");
      gtk_editable_set_text (self->secret, "");
    }
  done (self, error);
}

static void
save_cb (gpointer sender, CrVendorsDialog *self)
{
  g_autofree char *type = g_strstrip (g_strdup (gtk_editable_get_text (self->type)));
  g_autofree char *client_id = g_strstrip (g_strdup (gtk_editable_get_text (self->client_id)));
  const char *secret = gtk_editable_get_text (self->secret);
  CrVendorClient client = { type, client_id,
                            (CrClientAuth) adw_combo_row_get_selected (self->client_auth) };

  gtk_widget_set_sensitive (self->save, FALSE);
  cr_engine_set_vendor_client_async (self->engine, &client, secret[0] != '\0' ? secret : NULL,
                                     self->person, self->cancellable, saved_cb,
                                     g_object_ref (self));
}

static void
auth_cb (CrVendorsDialog *self)
{
  CrClientAuth auth = (CrClientAuth) adw_combo_row_get_selected (self->client_auth);

  gtk_widget_set_visible (GTK_WIDGET (self->secret),
                          auth == CR_CLIENT_AUTH_BASIC || auth == CR_CLIENT_AUTH_POST);
}

static void
cr_vendors_dialog_dispose (GObject *object)
{
  CrVendorsDialog *self = CR_VENDORS_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_vendors_dialog_parent_class)->dispose (object);
}

static void
cr_vendors_dialog_finalize (GObject *object)
{
  CrVendorsDialog *self = CR_VENDORS_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_ptr_array_unref (self->rows);
  g_free (self->person);
  G_OBJECT_CLASS (cr_vendors_dialog_parent_class)->finalize (object);
}

static void
cr_vendors_dialog_class_init (CrVendorsDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_vendors_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_vendors_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-vendors-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrVendorsDialog, known);
  gtk_widget_class_bind_template_child (widget_class, CrVendorsDialog, type);
  gtk_widget_class_bind_template_child (widget_class, CrVendorsDialog, client_id);
  gtk_widget_class_bind_template_child (widget_class, CrVendorsDialog, client_auth);
  gtk_widget_class_bind_template_child (widget_class, CrVendorsDialog, secret);
  gtk_widget_class_bind_template_child (widget_class, CrVendorsDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrVendorsDialog, save);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_vendors_dialog_init (CrVendorsDialog *self)
{
  g_autoptr (GtkStringList) auths = gtk_string_list_new (NULL);

  self->cancellable = g_cancellable_new ();
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_entry_rows_name (GTK_WIDGET (self));
  for (int auth = CR_CLIENT_AUTH_NONE; auth <= CR_CLIENT_AUTH_PRIVATE_KEY_JWT; auth++)
    gtk_string_list_append (auths, cr_words_client_auth ((CrClientAuth) auth));
  adw_combo_row_set_model (self->client_auth, G_LIST_MODEL (auths));
  g_signal_connect_swapped (self->client_auth, "notify::selected", G_CALLBACK (auth_cb), self);
  auth_cb (self);
}

GtkWidget *
cr_vendors_dialog_new (GtkWindow *parent, CrEngine *engine, const char *person)
{
  CrVendorsDialog *self = g_object_new (CR_TYPE_VENDORS_DIALOG, "transient-for", parent, NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  list (self);
  return GTK_WIDGET (self);
}
