/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-link-view.h"

#include "app/cr-app-init.h"
#include "app/cr-auth-words.h"
#include "app/cr-dialogs.h"
#include "app/cr-feed.h"
#include "app/cr-look-note.h"
#include "app/cr-qr-paintable.h"
#include "app/cr-rows.h"
#include "app/cr-sheet.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrLinkView
{
  AdwBin parent_instance;

  GtkLabel *url;
  GtkButton *copy;
  GtkButton *open;
  GtkButton *print;
  GtkPicture *qr;
  GtkWidget *why_box;
  GtkLabel *why;
  CrStateLabel *state;
  GtkLabel *expires;
  GtkSpinner *spinner;
  GtkListBox *steps;

  CrEngine *engine;          /* (owned) (nullable) */
  char *patient_id;          /* (owned) (nullable) */
  char *session_id;          /* (owned) (nullable) */
  CrFeed *session_feed;      /* (owned) (nullable) */
  CrFeed *steps_feed;        /* (owned) (nullable) */
  CrSheet *sheet;            /* (owned) (nullable): what is known for it so far */
  char *source_id;           /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned): of asking for the rest */
};

G_DEFINE_FINAL_TYPE (CrLinkView, cr_link_view, ADW_TYPE_BIN)

static void
session_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrLinkView *self = user_data;
  CrSession *session = items != NULL && items->len > 0 ? items->pdata[0] : NULL;
  gboolean is_open = session != NULL && session->status == CR_SESSION_OPEN;

  if (session == NULL)
    return;
  cr_state_label_set (self->state, cr_explain_session (session->status));
  gtk_spinner_set_spinning (self->spinner, is_open);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), is_open);
  gtk_widget_set_sensitive (GTK_WIDGET (self->open), is_open);
  gtk_widget_set_visible (GTK_WIDGET (self->print), is_open);
  gtk_widget_set_visible (GTK_WIDGET (self->expires), is_open);
}

/* The list is the patient's; those of this session are kept, the first on top. */
static void
steps_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { cr_auth_row_key, cr_auth_row_make, cr_auth_row_show };
  CrLinkView *self = user_data;
  g_autoptr (GPtrArray) ours = g_ptr_array_new ();

  if (items == NULL)
    return;
  for (guint i = items->len; i > 0; i--)
    if (g_strcmp0 (CR_AUTH_EVENT (items->pdata[i - 1])->session_id, self->session_id) == 0)
      g_ptr_array_add (ours, items->pdata[i - 1]);
  cr_rows_update (self->steps, ours, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->steps), ours->len > 0);
}

static void
copy_cb (GtkButton *button, CrLinkView *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          gtk_label_get_text (self->url));
  gtk_button_set_label (button, _ ("Copied"));
}

static void
open_cb (GtkButton *button, CrLinkView *self)
{
  gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                gtk_label_get_text (self->url), GDK_CURRENT_TIME);
}

static CrSheet *
copy_sheet (const CrSheet *sheet)
{
  CrSheet *copy = cr_sheet_new ();

  *copy = (CrSheet){ g_strdup (sheet->clinic), g_strdup (sheet->patient), g_strdup (sheet->source),
                     g_strdup (sheet->url),    g_strdup (sheet->expires), sheet->is_reachable };
  return copy;
}

static void
done_cb (GtkPrintOperation *operation, GtkPrintOperationResult result, CrLinkView *self)
{
  if (result == GTK_PRINT_OPERATION_RESULT_APPLY && self->patient_id != NULL)
    cr_look_note (GTK_WIDGET (self), self->engine, self->patient_id, CR_LOOK_PRINT);
}

static void
print_cb (GtkButton *button, CrLinkView *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  g_autoptr (GtkPrintOperation) operation = cr_sheet_operation_new (copy_sheet (self->sheet));
  g_autoptr (GError) error = NULL;

  gtk_print_operation_set_allow_async (operation, TRUE);
  g_signal_connect_object (operation, "done", G_CALLBACK (done_cb), self, 0);
  if (gtk_print_operation_run (operation, GTK_PRINT_OPERATION_ACTION_PRINT_DIALOG, window,
                               &error) == GTK_PRINT_OPERATION_RESULT_ERROR)
    cr_dialogs_say (window, _ ("The Sheet Could Not Be Printed"), cr_local_words (error->message));
}

static void
got_settings_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrLinkView) self = user_data;
  g_autoptr (GHashTable) settings =
      cr_engine_get_settings_finish (CR_ENGINE (object), result, NULL);

  if (self->sheet == NULL)
    return;
  if (settings != NULL)
    self->sheet->clinic = g_strdup (g_hash_table_lookup (settings, "clinic-name"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->print), TRUE);
}

static void
got_source_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  CrLinkView *self = user_data;
  g_autoptr (CrSource) source = cr_engine_get_finish (CR_ENGINE (object), result, NULL);

  if (self->sheet != NULL && source != NULL)
    self->sheet->source = g_strdup (source->name);
  cr_engine_get_settings_async (CR_ENGINE (object), self->cancellable, got_settings_cb, self);
}

static void
got_patient_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  CrLinkView *self = user_data;
  g_autoptr (CrPatient) patient = cr_engine_get_finish (CR_ENGINE (object), result, NULL);

  if (self->sheet == NULL || patient == NULL)
    {
      g_object_unref (self);
      return;
    }

  self->sheet->patient = g_strdup (cr_patient_get_title (patient));
  if (self->source_id != NULL)
    cr_engine_get_async (CR_ENGINE (object), CR_LIST_SOURCES, self->source_id, self->cancellable,
                         got_source_cb, self);
  else
    cr_engine_get_settings_async (CR_ENGINE (object), self->cancellable, got_settings_cb, self);
}

/* What the sheet says that the session does not. */
static void
prepare_sheet (CrLinkView *self, CrEngine *engine, CrSession *session, const char *url)
{
  const char *why_not = NULL;

  g_clear_pointer (&self->sheet, cr_sheet_free);
  g_free (self->source_id);
  self->source_id = g_strdup (session->source_id);
  gtk_widget_set_sensitive (GTK_WIDGET (self->print), FALSE);
  if (url == NULL)
    return;

  self->sheet = cr_sheet_new ();
  self->sheet->url = g_strdup (url);
  self->sheet->expires = cr_words_day_and_time (session->expires_ms);
  self->sheet->is_reachable = cr_engine_is_reachable_from_phone (engine, &why_not);
  cr_engine_get_async (engine, CR_LIST_PATIENTS, session->patient_id, self->cancellable,
                       got_patient_cb, g_object_ref (self));
}

static void
show_qr (CrLinkView *self, CrEngine *engine, const char *url)
{
  const char *why_not = NULL;
  gboolean is_reachable = cr_engine_is_reachable_from_phone (engine, &why_not);
  g_autoptr (GdkPaintable) code = is_reachable ? cr_qr_paintable_new (url) : NULL;

  gtk_picture_set_paintable (self->qr, code);
  gtk_widget_set_visible (GTK_WIDGET (self->qr), code != NULL);
  gtk_widget_set_visible (self->why_box, !is_reachable);
  if (why_not != NULL)
    gtk_label_set_text (self->why, cr_local_words (why_not));
}

static void
cr_link_view_dispose (GObject *object)
{
  CrLinkView *self = CR_LINK_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->session_feed, cr_feed_stop);
  g_clear_pointer (&self->steps_feed, cr_feed_stop);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->patient_id, g_free);
  g_clear_pointer (&self->session_id, g_free);
  g_clear_pointer (&self->source_id, g_free);
  g_clear_pointer (&self->sheet, cr_sheet_free);
  G_OBJECT_CLASS (cr_link_view_parent_class)->dispose (object);
}

static void
cr_link_view_finalize (GObject *object)
{
  g_object_unref (CR_LINK_VIEW (object)->cancellable);
  G_OBJECT_CLASS (cr_link_view_parent_class)->finalize (object);
}

static void
cr_link_view_class_init (CrLinkViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_link_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_link_view_finalize;
  g_type_ensure (CR_TYPE_STATE_LABEL);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-link-view"));
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, url);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, copy);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, open);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, print);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, qr);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, why_box);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, why);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, state);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, expires);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, spinner);
  gtk_widget_class_bind_template_child (widget_class, CrLinkView, steps);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_cb);
  gtk_widget_class_bind_template_callback (widget_class, print_cb);
}

static void
cr_link_view_init (CrLinkView *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
cr_link_view_show (CrLinkView *self, CrEngine *engine, CrSession *session)
{
  g_autofree char *url = cr_engine_get_session_url (engine, session);
  g_autofree char *time = cr_words_time (session->expires_ms, cr_words_now_ms ());
  g_autofree char *expires = g_strdup_printf (_ ("The link ends %s."), time);
  CrListFilter filter = { .kind = CR_LIST_AUTH_EVENTS, .patient_id = session->patient_id };

  g_return_if_fail (CR_IS_LINK_VIEW (self));

  g_set_object (&self->engine, engine);
  g_free (self->patient_id);
  self->patient_id = g_strdup (session->patient_id);
  g_free (self->session_id);
  self->session_id = g_strdup (session->id);
  gtk_label_set_text (self->url, url != NULL ? url : _ ("The patient pages are not running."));
  gtk_widget_set_sensitive (GTK_WIDGET (self->copy), url != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->open), url != NULL);
  gtk_label_set_text (self->expires, expires);
  cr_time_tip_set (GTK_WIDGET (self->expires), session->expires_ms, 0);
  if (url != NULL)
    show_qr (self, engine, url);
  prepare_sheet (self, engine, session, url);

  g_clear_pointer (&self->session_feed, cr_feed_stop);
  g_clear_pointer (&self->steps_feed, cr_feed_stop);
  self->session_feed =
      cr_feed_new_for_object (engine, CR_LIST_SESSIONS, session->id,
                              CR_FEED_ON (SESSION) | CR_FEED_ON (CONNECTION), session_cb, self);
  self->steps_feed = cr_feed_new (engine, &filter, 50, CR_FEED_ON (AUTH_EVENT), steps_cb, self);
}
