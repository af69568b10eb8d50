/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-file-view.h"

#include "base/cr-error.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAX_TEXT (128 * 1024)
#define MAX_SIDE 1600
/* An image of few bytes can stand for more than there is memory. */
#define MAX_PIXELS ((gint64) 100 * 1000 * 1000)

static GPtrArray *folders; /* (owned) (nullable): paths of those that hold opened files */

/* Images --------------------------------------------------------------------------------------- */

static void
sized_cb (GdkPixbufLoader *loader, int width, int height, gpointer user_data)
{
  gboolean *is_too_large = user_data;
  double scale = (double) MAX_SIDE / MAX (MAX (width, height), 1);

  *is_too_large = (gint64) width * height > MAX_PIXELS;
  if (*is_too_large)
    gdk_pixbuf_loader_set_size (loader, 0, 0);
  else if (scale < 1)
    gdk_pixbuf_loader_set_size (loader, MAX ((int) (width * scale), 1),
                                MAX ((int) (height * scale), 1));
}

static GdkTexture *
load_image (GBytes *bytes, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  g_autoptr (GdkPixbuf) upright = NULL;
  gboolean is_too_large = FALSE;
  gboolean is_read;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (sized_cb), &is_too_large);
  is_read = gdk_pixbuf_loader_write_bytes (loader, bytes, is_too_large ? NULL : error);
  is_read = gdk_pixbuf_loader_close (loader, is_read ? error : NULL) && is_read;
  if (is_too_large)
    {
      g_clear_error (error);
      g_set_error_literal (error, CR_ERROR, CR_ERROR_TOO_LARGE,
                           _ ("The image has too many points to be shown here. Save it, or open it "
                              "in another program."));
      return NULL;
    }
  if (!is_read || gdk_pixbuf_loader_get_pixbuf (loader) == NULL)
    {
      g_clear_error (error);
      g_set_error_literal (
          error, CR_ERROR, CR_ERROR_BAD_REPLY,
          _ ("This is not the image that the source says it is. It can be saved as "
             "it came."));
      return NULL;
    }

  upright = gdk_pixbuf_apply_embedded_orientation (gdk_pixbuf_loader_get_pixbuf (loader));
  return gdk_texture_new_for_pixbuf (upright);
}

static void
image_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GdkTexture *texture = load_image (data, &error);

  if (texture != NULL)
    g_task_return_pointer (task, texture, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
cr_file_view_image_async (GBytes *bytes,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_file_view_image_async);
  g_task_set_task_data (task, g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, image_thread);
}

GdkTexture *
cr_file_view_image_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Text ----------------------------------------------------------------------------------------- */

/* Of `text/plain; charset="iso-8859-1"`. */
static char *
charset_of (CrRecordFile *file)
{
  g_autofree char *folded =
      file->content_type != NULL ? g_ascii_strdown (file->content_type, -1) : g_strdup ("");
  const char *at = strstr (folded, "charset=");

  if (at == NULL)
    return NULL;
  at += strlen ("charset=");
  at += *at == '"';
  return g_strndup (at, strcspn (at, "\"; \t"));
}

char *
cr_file_view_text (CrRecordFile *file, gboolean *is_cut)
{
  g_autofree char *charset = charset_of (file);
  gsize n_bytes;
  const char *bytes = g_bytes_get_data (file->body, &n_bytes);
  gsize n_shown = MIN (n_bytes, MAX_TEXT);
  char *text = NULL;

  *is_cut = n_bytes > MAX_TEXT;
  if (charset != NULL && !g_str_equal (charset, "utf-8") && !g_str_equal (charset, "utf8"))
    text = g_convert (bytes, (gssize) n_shown, "UTF-8", charset, NULL, NULL, NULL);
  if (text == NULL)
    text = g_utf8_make_valid (bytes, (gssize) n_shown);
  return text;
}

/* “plain text document” stands alone here. */
static char *
begin_large (const char *words)
{
  g_autofree char *first = g_utf8_strup (words, g_utf8_next_char (words) - words);

  return g_strconcat (first, g_utf8_next_char (words), NULL);
}

char *
cr_file_view_kind (CrRecordFile *file)
{
  g_autofree char *kind = cr_record_file_get_kind (file);
  g_autofree char *type = g_content_type_from_mime_type (kind);
  g_autofree char *words = type != NULL ? g_content_type_get_description (type) : NULL;

  if (g_str_equal (kind, "application/octet-stream"))
    return g_strdup (_ ("File of an unknown kind"));

  return words != NULL && words[0] != '\0' ? begin_large (words) : g_steal_pointer (&kind);
}

/* Folders -------------------------------------------------------------------------------------- */

char *
cr_file_view_new_folder (GError **error)
{
  char *path = g_build_filename (g_get_user_runtime_dir (), "chartroom-XXXXXX", NULL);

  if (g_mkdtemp (path) == NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_READ_ONLY,
                           _ ("There is no place on this computer for a file that goes again."));
      g_free (path);
      return NULL;
    }

  if (folders == NULL)
    folders = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (folders, g_strdup (path));
  return path;
}

void
cr_file_view_remove_folders (void)
{
  for (guint i = 0; folders != NULL && i < folders->len; i++)
    {
      const char *path = g_ptr_array_index (folders, i);
      g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
      const char *name;

      while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
        {
          g_autofree char *file = g_build_filename (path, name, NULL);

          g_unlink (file);
        }
      g_rmdir (path);
    }
  g_clear_pointer (&folders, g_ptr_array_unref);
}
