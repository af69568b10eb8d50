/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-dialogs.h"

#include "app/cr-entry-rows.h"
#include "app/cr-text-size.h"
#include "app/cr-tip.h"
#include "app/cr-wrap.h"
#include "config.h"

#include <glib/gi18n.h>

typedef struct
{
  CrDialogFunc func;
  CrPathFunc path_func;
  CrDecisionFunc decision_func;
  CrTextFunc text_func;
  GtkEditable *text; /* (unowned) */
  gpointer user_data;
  GDestroyNotify destroy;
} Answer;

static void
answer_free (gpointer data, GClosure *closure)
{
  Answer *answer = data;

  if (answer->destroy != NULL)
    answer->destroy (answer->user_data);
  g_free (answer);
}

gboolean
cr_dialogs_is_over (GtkWindow *dialog, GtkWindow *window)
{
  GtkWindow *over = gtk_window_get_transient_for (dialog);

  while (over != NULL && over != window)
    over = gtk_window_get_transient_for (over);
  return over != NULL;
}

GPtrArray *
cr_dialogs_list (GtkWindow *window)
{
  GListModel *all = gtk_window_get_toplevels ();
  GPtrArray *dialogs = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = g_list_model_get_n_items (all); i > 0; i--)
    {
      g_autoptr (GtkWindow) each = g_list_model_get_item (all, i - 1);

      if (cr_dialogs_is_over (each, window))
        g_ptr_array_add (dialogs, g_steal_pointer (&each));
    }
  return dialogs;
}

static int
enlarge (GtkWindow *dialog, int size, int most)
{
  return size <= 0 ? size : MAX (size, MIN (cr_text_enlarge (GTK_WIDGET (dialog), size), most));
}

void
cr_dialogs_present (GtkWindow *dialog)
{
  GtkWindow *parent = gtk_window_get_transient_for (dialog);
  int width, height;

  gtk_window_get_default_size (dialog, &width, &height);
  if (parent != NULL && cr_text_dpi (GTK_WIDGET (dialog)) > CR_TEXT_USUAL_DPI)
    gtk_window_set_default_size (
        dialog, enlarge (dialog, width, gtk_widget_get_width (GTK_WIDGET (parent))),
        enlarge (dialog, height, gtk_widget_get_height (GTK_WIDGET (parent))));
  cr_tip_tell_choices (GTK_WIDGET (dialog));
  gtk_window_present (dialog);
}

static void
present_question (AdwMessageDialog *dialog)
{
  cr_wrap_give_room (GTK_WINDOW (dialog));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
confirmed_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Answer *answer = user_data;

  if (g_strcmp0 (response, "do") == 0)
    answer->func (answer->user_data);
}

static void
question (GtkWindow *parent,
          const char *heading,
          const char *body,
          const char *verb,
          gboolean is_destructive,
          CrDialogFunc func,
          gpointer user_data,
          GDestroyNotify destroy)
{
  Answer *answer = g_new0 (Answer, 1);
  GtkWidget *widget = adw_message_dialog_new (parent, heading, NULL);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);

  *answer = (Answer){ .func = func, .user_data = user_data, .destroy = destroy };
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  adw_message_dialog_set_body (dialog, body);
  adw_message_dialog_add_response (dialog, "cancel", _ ("_Cancel"));
  adw_message_dialog_add_response (dialog, "do", verb);
  adw_message_dialog_set_response_appearance (
      dialog, "do", is_destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, is_destructive ? "cancel" : "do");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (confirmed_cb), answer, answer_free, 0);
  present_question (dialog);
}

void
cr_dialogs_confirm (GtkWindow *parent,
                    const char *heading,
                    const char *body,
                    const char *verb,
                    CrDialogFunc func,
                    gpointer user_data,
                    GDestroyNotify destroy)
{
  question (parent, heading, body, verb, TRUE, func, user_data, destroy);
}

void
cr_dialogs_propose (GtkWindow *parent,
                    const char *heading,
                    const char *body,
                    const char *verb,
                    CrDialogFunc func,
                    gpointer user_data,
                    GDestroyNotify destroy)
{
  question (parent, heading, body, verb, FALSE, func, user_data, destroy);
}

static void
decided_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Answer *answer = user_data;

  if (g_strcmp0 (response, "cancel") != 0)
    answer->decision_func (g_strcmp0 (response, "yes") == 0, answer->user_data);
}

void
cr_dialogs_decide (GtkWindow *parent,
                   const char *heading,
                   const char *body,
                   const char *yes,
                   const char *no,
                   CrDecisionFunc func,
                   gpointer user_data,
                   GDestroyNotify destroy)
{
  GtkWidget *widget = adw_message_dialog_new (parent, heading, NULL);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);
  Answer *answer = g_new0 (Answer, 1);

  *answer = (Answer){ .decision_func = func, .user_data = user_data, .destroy = destroy };
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  adw_message_dialog_set_body (dialog, body);
  adw_message_dialog_add_response (dialog, "cancel", _ ("_Cancel"));
  adw_message_dialog_add_response (dialog, "no", no);
  adw_message_dialog_add_response (dialog, "yes", yes);
  adw_message_dialog_set_response_appearance (dialog, "no", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (dialog, "cancel");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (decided_cb), answer, answer_free, 0);
  present_question (dialog);
}

static void
answered_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Answer *answer = user_data;

  if (g_strcmp0 (response, "do") == 0)
    answer->text_func (gtk_editable_get_text (answer->text), answer->user_data);
}

static void
typed_cb (GtkEditable *text, AdwMessageDialog *dialog)
{
  adw_message_dialog_set_response_enabled (dialog, "do", gtk_editable_get_text (text)[0] != '\0');
}

static GtkWidget *
make_entry (const char *title, gboolean is_secret)
{
  GtkWidget *row = is_secret ? adw_password_entry_row_new () : adw_entry_row_new ();
  GtkWidget *list = gtk_list_box_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_entry_row_set_activates_default (ADW_ENTRY_ROW (row), TRUE);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_list_box_append (GTK_LIST_BOX (list), row);
  cr_entry_rows_name (list);
  return list;
}

void
cr_dialogs_ask_text (GtkWindow *parent,
                     const char *heading,
                     const char *body,
                     const char *title,
                     const char *verb,
                     gboolean is_secret,
                     CrTextFunc func,
                     gpointer user_data,
                     GDestroyNotify destroy)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, heading, body));
  GtkWidget *list = make_entry (title, is_secret);
  GtkWidget *row = GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0));
  Answer *answer = g_new0 (Answer, 1);

  *answer = (Answer){
    .text_func = func, .text = GTK_EDITABLE (row), .user_data = user_data, .destroy = destroy
  };
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  adw_message_dialog_set_extra_child (dialog, list);
  adw_message_dialog_add_response (dialog, "cancel", _ ("_Cancel"));
  adw_message_dialog_add_response (dialog, "do", verb);
  adw_message_dialog_set_response_appearance (dialog, "do", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_response_enabled (dialog, "do", FALSE);
  adw_message_dialog_set_default_response (dialog, "do");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect (row, "changed", G_CALLBACK (typed_cb), dialog);
  g_signal_connect_data (dialog, "response", G_CALLBACK (answered_cb), answer, answer_free, 0);
  present_question (dialog);
  gtk_widget_grab_focus (row);
}

void
cr_dialogs_say (GtkWindow *parent, const char *heading, const char *body)
{
  GtkWidget *widget = adw_message_dialog_new (parent, heading, NULL);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);

  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  adw_message_dialog_set_body (dialog, body);
  adw_message_dialog_add_response (dialog, "close", _ ("_Close"));
  present_question (dialog);
}

static void
copy_secret_cb (GtkButton *button, GtkLabel *label)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)),
                          gtk_label_get_text (label));
  gtk_button_set_label (button, _ ("Copied"));
}

void
cr_dialogs_show_once (GtkWindow *parent, const char *heading, const char *body, const char *secret)
{
  GtkWidget *widget = adw_message_dialog_new (parent, heading, body);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *label = gtk_label_new (secret);
  GtkWidget *copy = gtk_button_new_with_label (_ ("Copy"));

  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_CHAR);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (label, "monospace");
  gtk_widget_set_halign (copy, GTK_ALIGN_CENTER);
  g_signal_connect (copy, "clicked", G_CALLBACK (copy_secret_cb), label);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), copy);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  adw_message_dialog_set_extra_child (dialog, box);
  adw_message_dialog_add_response (dialog, "close", _ ("I _Have It"));
  present_question (dialog);
}

static void
chosen_cb (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  Answer *answer = user_data;
  g_autoptr (GFile) file = NULL;
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  if (file != NULL)
    path = g_file_get_path (file);
  if (path != NULL)
    answer->path_func (path, answer->user_data);
  g_object_unref (dialog);
}

/* Takes @dialog. */
static void
run_chooser (GtkFileChooserNative *dialog,
             CrPathFunc func,
             gpointer user_data,
             GDestroyNotify destroy)
{
  Answer *answer = g_new0 (Answer, 1);

  *answer = (Answer){ .path_func = func, .user_data = user_data, .destroy = destroy };
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_data (dialog, "response", G_CALLBACK (chosen_cb), answer, answer_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
cr_dialogs_choose_path (GtkWindow *parent,
                        gboolean is_folder,
                        const char *title,
                        CrPathFunc func,
                        gpointer user_data,
                        GDestroyNotify destroy)
{
  GtkFileChooserAction action =
      is_folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN;

  run_chooser (gtk_file_chooser_native_new (title, parent, action, _ ("_Choose"), _ ("_Cancel")),
               func, user_data, destroy);
}

void
cr_dialogs_save_path (GtkWindow *parent,
                      const char *title,
                      const char *name,
                      CrPathFunc func,
                      gpointer user_data,
                      GDestroyNotify destroy)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      title, parent, GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  run_chooser (dialog, func, user_data, destroy);
}

void
cr_dialogs_about (GtkWindow *parent)
{
  adw_show_about_window (
      parent, "application-name", "Chartroom", "application-icon", APP_ID, "version",
      PACKAGE_VERSION, "developer-name", _ ("The Chartroom developers"), "license-type",
      GTK_LICENSE_GPL_3_0, "comments",
      _ ("Connects patients’ portals with the clinic’s own systems, on the clinic’s own machine."),
      NULL);
}
