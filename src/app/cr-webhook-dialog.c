/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-webhook-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-dialogs.h"
#include "app/cr-entry-rows.h"
#include "app/cr-problem.h"
#include "app/cr-words.h"
#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>
#include <string.h>

struct _CrWebhookDialog
{
  AdwWindow parent_instance;

  GtkEditable *url;
  GtkEditable *description;
  GtkWidget *leave_row;
  GtkSwitch *leave;
  GtkSwitch *all;
  GtkCheckButton *session;
  GtkCheckButton *refresh;
  GtkCheckButton *arrived;
  GtkCheckButton *failed;
  GtkLabel *problem;
  GtkButton *save;

  CrEngine *engine;            /* (owned) (nullable) */
  CrWebhookEndpoint *endpoint; /* (owned) (nullable): the one being changed */
  char *person;                /* (owned) (nullable) */
  GCancellable *cancellable;   /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrWebhookDialog, cr_webhook_dialog, ADW_TYPE_WINDOW)

typedef struct
{
  CrEventType type;
  GtkCheckButton *check;
} Choice;

#define N_CHOICES 4

static void
list_choices (CrWebhookDialog *self, Choice choices[N_CHOICES])
{
  choices[0] = (Choice){ CR_EVENT_PATIENT_SESSION_COMPLETED, self->session };
  choices[1] = (Choice){ CR_EVENT_CONNECTION_TOKEN_REFRESH_FAILED, self->refresh };
  choices[2] = (Choice){ CR_EVENT_RECORDS_SYNC_COMPLETED, self->arrived };
  choices[3] = (Choice){ CR_EVENT_RECORDS_SYNC_FAILED, self->failed };
}

static char **
read_events (CrWebhookDialog *self)
{
  g_autoptr (GStrvBuilder) events = g_strv_builder_new ();
  Choice choices[N_CHOICES];

  list_choices (self, choices);
  if (gtk_switch_get_active (self->all))
    g_strv_builder_add (events, "*");
  else
    for (guint i = 0; i < N_CHOICES; i++)
      if (gtk_check_button_get_active (choices[i].check))
        g_strv_builder_add (events, cr_enum_to_string (CR_TYPE_EVENT_TYPE, (int) choices[i].type));
  return g_strv_builder_end (events);
}

static void
say_problem (CrWebhookDialog *self, const char *text)
{
  cr_problem_show (self->problem, text, NULL);
}

/* The engine begins its message with the name of the field, for programs. */
static const char *
without_field (const char *message)
{
  static const char *const fields[] = { "url: ", "events: ", "description: " };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (g_str_has_prefix (message, fields[i]))
      return message + strlen (fields[i]);
  return message;
}

static char *
read_text (GtkEditable *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (row)));
}

static gboolean
needs_leave (CrWebhookDialog *self)
{
  g_autofree char *url = read_text (self->url);

  return self->engine != NULL && cr_engine_webhook_needs_leave (self->engine, url);
}

/* Only asked for when it is needed. A name that turns out to be of our network shows only when it
 * was connected to, so one that is there already can have it at any time. */
static void
url_cb (CrWebhookDialog *self)
{
  gtk_widget_set_visible (self->leave_row, self->endpoint != NULL || needs_leave (self));
}

/* NULL, and says why, when something is missing. */
static CrWebhookEndpoint *
read_endpoint (CrWebhookDialog *self)
{
  g_autoptr (CrWebhookEndpoint) endpoint =
      cr_webhook_endpoint_new (self->endpoint != NULL ? self->endpoint->id : "");
  g_autofree char *description = read_text (self->description);

  endpoint->url = read_text (self->url);
  endpoint->events = read_events (self);
  endpoint->description = description[0] != '\0' ? g_steal_pointer (&description) : NULL;
  endpoint->allows_private =
      gtk_widget_get_visible (self->leave_row) && gtk_switch_get_active (self->leave);
  if (self->endpoint != NULL)
    {
      endpoint->metadata = g_strdup (self->endpoint->metadata);
      endpoint->api_version = g_strdup (self->endpoint->api_version);
      endpoint->status = self->endpoint->status;
      endpoint->end = self->endpoint->end;
      endpoint->disabled_ms = self->endpoint->disabled_ms;
      endpoint->created_ms = self->endpoint->created_ms;
    }

  if (endpoint->url[0] == '\0')
    cr_problem_show (self->problem, _ ("The address is missing."), GTK_WIDGET (self->url));
  else if (endpoint->events[0] == NULL)
    say_problem (self, _ ("Choose at least one thing that it is told, or everything."));
  else if (needs_leave (self) && !endpoint->allows_private)
    say_problem (self, _ ("This host is on this computer or our network. Say above that it may be, "
                          "or enter another address."));
  else
    {
      say_problem (self, NULL);
      return g_steal_pointer (&endpoint);
    }
  return NULL;
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWebhookDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  char *secret = NULL;
  g_autoptr (CrWebhookEndpoint) saved =
      cr_engine_save_webhook_finish (CR_ENGINE (object), result, &secret, &error);
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  if (saved == NULL)
    {
      if (cr_error_is_cancelled (error))
        return;
      gtk_widget_set_sensitive (GTK_WIDGET (self->save), TRUE);
      say_problem (self, without_field (cr_local_words (error->message)));
      return;
    }

  if (secret != NULL && parent != NULL)
    {
      gtk_widget_activate_action (GTK_WIDGET (parent), "win.show-webhook", "s", saved->id);
      cr_webhook_dialog_show_secret (parent, g_steal_pointer (&secret), FALSE);
    }
  g_clear_pointer (&secret, cr_secret_free);
  gtk_window_close (GTK_WINDOW (self));
}

static void
save_cb (gpointer sender, CrWebhookDialog *self)
{
  g_autoptr (CrWebhookEndpoint) endpoint = read_endpoint (self);

  if (endpoint == NULL || !gtk_widget_get_sensitive (GTK_WIDGET (self->save)))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), FALSE);
  cr_engine_save_webhook_async (self->engine, endpoint, self->person, self->cancellable, saved_cb,
                                g_object_ref (self));
}

static void
cr_webhook_dialog_dispose (GObject *object)
{
  CrWebhookDialog *self = CR_WEBHOOK_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  g_clear_object (&self->endpoint);
  G_OBJECT_CLASS (cr_webhook_dialog_parent_class)->dispose (object);
}

static void
cr_webhook_dialog_finalize (GObject *object)
{
  CrWebhookDialog *self = CR_WEBHOOK_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_free (self->person);
  G_OBJECT_CLASS (cr_webhook_dialog_parent_class)->finalize (object);
}

static void
cr_webhook_dialog_class_init (CrWebhookDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_webhook_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_webhook_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-webhook-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, url);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, description);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, leave_row);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, leave);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, all);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, session);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, refresh);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, arrived);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, failed);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookDialog, save);
  gtk_widget_class_bind_template_callback (widget_class, url_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_webhook_dialog_init (CrWebhookDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_entry_rows_name (GTK_WIDGET (self));
  gtk_switch_set_active (self->all, TRUE);
}

static void
fill_in (CrWebhookDialog *self, CrWebhookEndpoint *endpoint)
{
  gboolean is_all = g_strv_contains ((const char *const *) endpoint->events, "*");
  Choice choices[N_CHOICES];

  list_choices (self, choices);
  gtk_window_set_title (GTK_WINDOW (self), _ ("Edit Endpoint"));
  gtk_editable_set_text (self->url, endpoint->url);
  gtk_editable_set_text (self->description,
                         endpoint->description != NULL ? endpoint->description : "");
  gtk_switch_set_active (self->leave, endpoint->allows_private);
  gtk_switch_set_active (self->all, is_all);
  for (guint i = 0; !is_all && i < N_CHOICES; i++)
    {
      const char *name = cr_enum_to_string (CR_TYPE_EVENT_TYPE, (int) choices[i].type);

      gtk_check_button_set_active (choices[i].check,
                                   g_strv_contains ((const char *const *) endpoint->events, name));
    }
}

GtkWidget *
cr_webhook_dialog_new (GtkWindow *parent,
                       CrEngine *engine,
                       CrWebhookEndpoint *endpoint,
                       const char *person)
{
  CrWebhookDialog *self = g_object_new (CR_TYPE_WEBHOOK_DIALOG, "transient-for", parent, NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  g_set_object (&self->endpoint, endpoint);
  if (endpoint != NULL)
    fill_in (self, endpoint);
  url_cb (self);
  return GTK_WIDGET (self);
}

void
cr_webhook_dialog_show_secret (GtkWindow *parent, char *secret, gboolean is_rotated)
{
  cr_dialogs_show_once (
      parent, is_rotated ? _ ("The New Signing Secret") : _ ("The Signing Secret"),
      _ ("Give it to the program that listens: with it, the program knows that an event came from "
         "here and that nobody changed it. It is not shown again. If it is lost, rotate it."),
      secret);
  cr_secret_free (secret);
}

char *
cr_webhook_dialog_say_events (CrWebhookEndpoint *endpoint)
{
  g_autoptr (GString) words = g_string_new (NULL);

  if (g_strv_contains ((const char *const *) endpoint->events, "*"))
    return g_strdup (_ ("told everything"));
  for (guint i = 0; endpoint->events[i] != NULL; i++)
    {
      int type;

      if (i > 0)
        g_string_append (words, ", ");
      g_string_append (words, cr_enum_from_string (CR_TYPE_EVENT_TYPE, endpoint->events[i], &type)
                                  ? cr_words_event ((CrEventType) type)
                                  : endpoint->events[i]);
    }
  return g_strdup_printf (_ ("told of: %s"), words->str);
}
