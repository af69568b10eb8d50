/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-logo-view.h"

#include "engine/cr-engine-logos.h"

#define SIDE 96                   /* pixels; shown at 32 or 48 */
#define MOST_PIXELS (4096 * 4096) /* a small file can hold a picture that fills the memory */
#define PIECE 4096

typedef struct
{
  AdwAvatar *avatar;         /* (owned) */
  GCancellable *cancellable; /* (owned) */
} Load;

static void
load_free (Load *self)
{
  g_object_unref (self->avatar);
  g_object_unref (self->cancellable);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Load, load_free)

static void
size_cb (GdkPixbufLoader *loader, int width, int height, gpointer user_data)
{
  gboolean *is_huge = user_data;

  *is_huge = (gint64) width * height > MOST_PIXELS;
}

static GdkPixbuf *
decode (GBytes *body)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  gsize n_bytes = g_bytes_get_size (body);
  gboolean is_huge = FALSE;
  gboolean ok = TRUE;
  GdkPixbuf *pixbuf;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_cb), &is_huge);
  for (gsize at = 0; ok && !is_huge && at < n_bytes; at += PIECE)
    {
      g_autoptr (GBytes) piece = g_bytes_new_from_bytes (body, at, MIN (PIECE, n_bytes - at));

      ok = gdk_pixbuf_loader_write_bytes (loader, piece, NULL);
    }
  ok = gdk_pixbuf_loader_close (loader, NULL) && ok && !is_huge;
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  return ok && pixbuf != NULL ? g_object_ref (pixbuf) : NULL;
}

/* The round frame cuts corners off: what is not about square is set smaller, on white. */
static GdkTexture *
frame (GdkPixbuf *picture)
{
  double width = gdk_pixbuf_get_width (picture);
  double height = gdk_pixbuf_get_height (picture);
  gboolean is_square = MAX (width, height) < 1.25 * MIN (width, height);
  double scale = (is_square ? SIDE : SIDE * 0.8) / MAX (width, height);
  int w = MAX (1, (int) (width * scale));
  int h = MAX (1, (int) (height * scale));
  g_autoptr (GdkPixbuf) square = gdk_pixbuf_new (GDK_COLORSPACE_RGB, TRUE, 8, SIDE, SIDE);

  gdk_pixbuf_fill (square, 0xffffffff);
  gdk_pixbuf_composite (picture, square, (SIDE - w) / 2, (SIDE - h) / 2, w, h, (SIDE - w) / 2,
                        (SIDE - h) / 2, scale, scale, GDK_INTERP_BILINEAR, 255);
  return gdk_texture_new_for_pixbuf (square);
}

static void
decode_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GdkPixbuf) picture = decode (data);

  g_task_return_pointer (task, picture != NULL ? frame (picture) : NULL, g_object_unref);
}

static void
decoded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (GdkTexture) texture = g_task_propagate_pointer (G_TASK (result), NULL);

  if (!g_cancellable_is_cancelled (load->cancellable))
    adw_avatar_set_custom_image (load->avatar, GDK_PAINTABLE (texture));
}

static void
got_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (CrLogo) logo = cr_engine_get_logo_finish (CR_ENGINE (engine), result, NULL);
  g_autoptr (GTask) task = NULL;

  if (g_cancellable_is_cancelled (load->cancellable))
    return;
  if (logo == NULL)
    {
      adw_avatar_set_custom_image (load->avatar, NULL);
      return;
    }

  task = g_task_new (NULL, NULL, decoded_cb, load);
  g_steal_pointer (&load);
  g_task_set_task_data (task, g_bytes_ref (logo->body), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, decode_thread);
}

static void
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  g_object_unref (cancellable);
}

void
cr_logo_view_show (AdwAvatar *avatar, CrEngine *engine, const char *source_id)
{
  GObject *object = G_OBJECT (avatar);
  Load *load;

  g_return_if_fail (ADW_IS_AVATAR (avatar));

  /* A row is used for one source after another: an answer that comes late is for none. */
  g_object_set_data (object, "cr-logo", NULL);
  if (g_strcmp0 (g_object_get_data (object, "cr-logo-of"), source_id) != 0)
    adw_avatar_set_custom_image (avatar, NULL);
  g_object_set_data_full (object, "cr-logo-of", g_strdup (source_id), g_free);
  if (source_id == NULL || engine == NULL)
    return;

  load = g_new (Load, 1);
  *load = (Load){ g_object_ref (avatar), g_cancellable_new () };
  g_object_set_data_full (object, "cr-logo", g_object_ref (load->cancellable), cancel);
  cr_engine_get_logo_async (engine, source_id, load->cancellable, got_cb, load);
}
