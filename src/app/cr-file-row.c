/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-file-row.h"

#include "app/cr-app-init.h"
#include "app/cr-dialogs.h"
#include "app/cr-file-view.h"
#include "app/cr-look-note.h"
#include "app/cr-row-name.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>

/* What is larger is saved or opened, not shown. */
#define MAX_SHOWN ((gint64) 24 * 1024 * 1024)
#define MAX_HEIGHT 320

struct _CrFileRow
{
  GtkListBoxRow parent_instance;

  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *about;
  GtkLabel *problem;
  GtkButton *open;
  GtkButton *save;
  GtkPicture *picture;
  GtkWidget *text_frame;
  GtkTextView *text;

  CrEngine *engine;          /* (owned) (nullable) */
  char *patient_id;          /* (owned) (nullable) */
  guint version;             /* of the record */
  CrRecordFile *file;        /* (owned) (nullable) */
  char *opened;              /* (owned) (nullable): path of what another program shows */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrFileRow, cr_file_row, GTK_TYPE_LIST_BOX_ROW)

static void
show_problem (CrFileRow *self, const char *words)
{
  gtk_label_set_text (self->problem, words);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), TRUE);
}

static CrFileQuestion
question_of (CrFileRow *self)
{
  return (CrFileQuestion){ .patient_id = self->patient_id,
                           .source_id = self->file->source_id,
                           .type = self->file->type,
                           .id = self->file->id,
                           .version = self->version,
                           .n = self->file->n };
}

static void
note_look (CrFileRow *self, CrLookKind kind)
{
  cr_look_note (GTK_WIDGET (self), self->engine, self->patient_id, kind);
}

/* Showing -------------------------------------------------------------------------------------- */

static void
image_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrFileRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = cr_file_view_image_finish (result, &error);

  if (texture == NULL)
    {
      if (!cr_error_is_cancelled (error))
        show_problem (self, cr_local_words (error->message));
      return;
    }

  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (texture));
  gtk_widget_set_size_request (GTK_WIDGET (self->picture), -1,
                               MIN (gdk_texture_get_height (texture), MAX_HEIGHT));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  gtk_label_get_text (self->title), -1);
  gtk_widget_set_visible (GTK_WIDGET (self->picture), TRUE);
}

static void
show_text (CrFileRow *self, CrRecordFile *file)
{
  gboolean is_cut;
  g_autofree char *text = cr_file_view_text (file, &is_cut);

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), text, -1);
  gtk_widget_set_visible (self->text_frame, TRUE);
  if (is_cut)
    show_problem (self,
                  _ ("This file is long: only its beginning is shown. Saving gives all of it."));
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrFileRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRecordFile) file = cr_engine_read_file_finish (CR_ENGINE (source), result, &error);

  if (file == NULL)
    {
      if (!cr_error_is_cancelled (error))
        show_problem (self, cr_local_words (error->message));
      return;
    }

  if (cr_record_file_is_image (file))
    cr_file_view_image_async (file->body, self->cancellable, image_cb, g_object_ref (self));
  else
    show_text (self, file);
}

static void
show_itself (CrFileRow *self)
{
  CrFileQuestion question = question_of (self);

  if (self->file->n_bytes <= MAX_SHOWN &&
      (cr_record_file_is_image (self->file) || cr_record_file_is_text (self->file)))
    cr_engine_read_file_async (self->engine, &question, self->cancellable, read_cb,
                               g_object_ref (self));
}

/* Saving --------------------------------------------------------------------------------------- */

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrFileRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRecordFile) file = cr_engine_save_file_finish (CR_ENGINE (source), result, &error);

  if (file != NULL)
    {
      note_look (self, CR_LOOK_SAVE);
      gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", _ ("File saved"));
    }
  else if (!cr_error_is_cancelled (error))
    cr_dialogs_say (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                    _ ("The File Was Not Saved"), cr_local_words (error->message));
}

/* The dialog has asked whether what is there may go. */
static void
save_to (const char *path, gpointer user_data)
{
  CrFileRow *self = user_data;
  CrFileQuestion question = question_of (self);

  cr_engine_save_file_async (self->engine, &question, path, TRUE, self->cancellable, saved_cb,
                             g_object_ref (self));
}

static void
save_cb (GtkButton *button, CrFileRow *self)
{
  g_autofree char *name = cr_record_file_get_name (self->file);

  cr_dialogs_save_path (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _ ("Save the File"),
                        name, save_to, g_object_ref (self), g_object_unref);
}

/* Opening -------------------------------------------------------------------------------------- */

static void
fail_open (CrFileRow *self, const char *words)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->open), TRUE);
  cr_dialogs_say (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                  _ ("The File Was Not Opened"), words);
}

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrFileRow) self = user_data;
  g_autoptr (GError) error = NULL;

  gtk_widget_set_sensitive (GTK_WIDGET (self->open), TRUE);
  if (!gtk_show_uri_full_finish (GTK_WINDOW (source), result, &error) &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail_open (self, _ ("No program on this computer shows this kind of file. Save it instead."));
}

static void
show_outside (CrFileRow *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autofree char *uri = g_filename_to_uri (self->opened, NULL, NULL);

  if (root == NULL)
    return;
  note_look (self, CR_LOOK_FILE);
  gtk_show_uri_full (GTK_WINDOW (root), uri, GDK_CURRENT_TIME, self->cancellable, shown_cb,
                     g_object_ref (self));
}

static void
ready_to_open_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrFileRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRecordFile) file = cr_engine_save_file_finish (CR_ENGINE (source), result, &error);

  if (file != NULL)
    show_outside (self);
  else
    {
      g_clear_pointer (&self->opened, g_free);
      if (!cr_error_is_cancelled (error))
        fail_open (self, cr_local_words (error->message));
    }
}

static void
open_cb (GtkButton *button, CrFileRow *self)
{
  CrFileQuestion question = question_of (self);
  g_autofree char *name = cr_record_file_get_plain_name (self->file);
  g_autofree char *folder = NULL;
  g_autoptr (GError) error = NULL;

  gtk_widget_set_sensitive (GTK_WIDGET (self->open), FALSE);
  if (self->opened != NULL)
    {
      show_outside (self);
      return;
    }

  folder = cr_file_view_new_folder (&error);
  if (folder == NULL)
    {
      fail_open (self, cr_local_words (error->message));
      return;
    }
  self->opened = g_build_filename (folder, name, NULL);
  cr_engine_save_file_async (self->engine, &question, self->opened, FALSE, self->cancellable,
                             ready_to_open_cb, g_object_ref (self));
}

/* The row -------------------------------------------------------------------------------------- */

static void
cr_file_row_dispose (GObject *object)
{
  CrFileRow *self = CR_FILE_ROW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_file_row_parent_class)->dispose (object);
}

static void
cr_file_row_finalize (GObject *object)
{
  CrFileRow *self = CR_FILE_ROW (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->file);
  g_free (self->patient_id);
  g_free (self->opened);
  G_OBJECT_CLASS (cr_file_row_parent_class)->finalize (object);
}

static void
cr_file_row_class_init (CrFileRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_file_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_file_row_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-file-row"));
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, icon);
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, title);
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, about);
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, problem);
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, open);
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, save);
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, picture);
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, text_frame);
  gtk_widget_class_bind_template_child (widget_class, CrFileRow, text);
  gtk_widget_class_bind_template_callback (widget_class, open_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
}

static void
cr_file_row_init (CrFileRow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

static const char *
icon_of (CrRecordFile *file)
{
  if (file->status != CR_ATTACHMENT_KEPT)
    return cr_explain_attachment (file->status)->icon;
  if (cr_record_file_is_image (file))
    return "image-x-generic-symbolic";
  return cr_record_file_is_text (file) ? "text-x-generic-symbolic" : "x-office-document-symbolic";
}

/* Why it is not here, with the source's own code where it gave one. */
static void
show_absence (CrFileRow *self)
{
  const CrExplanation *words = cr_explain_attachment (self->file->status);
  g_autofree char *text =
      self->file->reason != NULL
          ? g_strdup_printf (_ ("%s Its reason: %s."), _ (words->sentence), self->file->reason)
          : g_strdup (_ (words->sentence));

  show_problem (self, text);
  gtk_widget_add_css_class (GTK_WIDGET (self->icon), words->tone);
}

static void
show (CrFileRow *self)
{
  CrRecordFile *file = self->file;
  gboolean is_kept = file->status == CR_ATTACHMENT_KEPT;
  g_autofree char *kind = cr_file_view_kind (file);
  g_autofree char *size =
      file->n_bytes >= 0 ? g_format_size ((guint64) file->n_bytes) : g_strdup ("");
  g_autofree char *about = cr_words_join (kind, size, NULL);
  g_autofree char *number = g_strdup_printf (_ ("File %u"), file->n);
  const char *title = file->title != NULL ? file->title : number;
  g_autofree char *save_name = g_strdup_printf (_ ("Save %s…"), title);
  g_autofree char *open_name = g_strdup_printf (_ ("Open %s"), title);

  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->about, about);
  gtk_image_set_from_icon_name (self->icon, icon_of (file));
  gtk_widget_set_visible (GTK_WIDGET (self->save), is_kept);
  gtk_widget_set_visible (GTK_WIDGET (self->open), is_kept && cr_record_file_may_be_opened (file));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->save), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  save_name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->open), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  open_name, -1);
  if (!is_kept)
    show_absence (self);
}

GtkWidget *
cr_file_row_new (CrEngine *engine,
                 const char *patient_id,
                 guint version,
                 CrRecordFile *file,
                 gboolean is_shown)
{
  CrFileRow *self = g_object_new (CR_TYPE_FILE_ROW, NULL);

  self->engine = g_object_ref (engine);
  self->patient_id = g_strdup (patient_id);
  self->version = version;
  self->file = g_object_ref (file);
  show (self);
  cr_row_name_set (GTK_WIDGET (self));
  if (is_shown && file->status == CR_ATTACHMENT_KEPT)
    show_itself (self);
  return GTK_WIDGET (self);
}
