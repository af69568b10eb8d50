/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-text-dialog.h"

#include "app/cr-dialogs.h"

struct _CrTextDialog
{
  AdwWindow parent_instance;

  GtkTextView *text;
};

G_DEFINE_FINAL_TYPE (CrTextDialog, cr_text_dialog, ADW_TYPE_WINDOW)

static void
copy_cb (GtkButton *button, CrTextDialog *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

static void
cr_text_dialog_class_init (CrTextDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/chartroom/Chartroom/cr-text-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, CrTextDialog, text);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_text_dialog_init (CrTextDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
cr_text_dialog_present (GtkWindow *parent, const char *title, const char *text)
{
  CrTextDialog *self = g_object_new (CR_TYPE_TEXT_DIALOG, "transient-for", parent, NULL);
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  gtk_window_set_title (GTK_WINDOW (self), title);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), valid, -1);
  cr_dialogs_present (GTK_WINDOW (self));
}
