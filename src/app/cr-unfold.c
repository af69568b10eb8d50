/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-unfold.h"

#define MARK "cr-unfolded"

typedef struct
{
  GQueue parts; /* (owned): GtkWidget */
  gint64 frame; /* in which something came last; -1: none yet */
} Unfolding;

static void
unfolding_free (gpointer data)
{
  Unfolding *self = data;

  g_queue_clear_full (&self->parts, g_object_unref);
  g_free (self);
}

/* Called before a frame is laid out, sometimes twice. The first is for what was not hidden. */
static gboolean
tick_cb (GtkWidget *page, GdkFrameClock *clock, gpointer user_data)
{
  Unfolding *self = user_data;
  gint64 frame = gdk_frame_clock_get_frame_counter (clock);

  if (self->frame >= 0 && self->frame != frame)
    {
      g_autoptr (GtkWidget) part = g_queue_pop_head (&self->parts);

      gtk_widget_set_visible (part, TRUE);
    }
  self->frame = frame;
  return g_queue_is_empty (&self->parts) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* A frame is one turn of the main loop, however much is new in it: all its texts are shaped, laid
 * out and drawn. */
void
cr_unfold (GtkWidget *page, ...)
{
  Unfolding *self;
  GtkWidget *part;
  va_list parts;

  if (g_object_get_data (G_OBJECT (page), MARK) != NULL)
    return;

  g_object_set_data (G_OBJECT (page), MARK, page);
  self = g_new0 (Unfolding, 1);
  self->frame = -1;
  va_start (parts, page);
  while ((part = va_arg (parts, GtkWidget *)) != NULL)
    {
      gtk_widget_set_visible (part, FALSE);
      g_queue_push_tail (&self->parts, g_object_ref (part));
    }
  va_end (parts);
  gtk_widget_add_tick_callback (page, tick_cb, self, unfolding_free);
}
