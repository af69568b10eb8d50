/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-meter.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>

#define SHORT_US 2000

static FILE *out; /* (nullable): nobody measures */
static gint64 painting_us;

static gint64
cpu_us (clockid_t clock)
{
  struct timespec used;

  clock_gettime (clock, &used);
  return (gint64) used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

static int
measuring_poll (GPollFD *fds, guint n_fds, int timeout)
{
  static gint64 back_us = 0, back_cpu_us = 0;
  gint64 now_us = g_get_monotonic_time ();
  int result;

  if (back_us > 0 && now_us - back_us >= SHORT_US)
    fprintf (out, "turn %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", now_us,
             now_us - back_us, cpu_us (CLOCK_THREAD_CPUTIME_ID) - back_cpu_us);
  result = poll ((struct pollfd *) fds, n_fds, timeout);
  back_us = g_get_monotonic_time ();
  back_cpu_us = cpu_us (CLOCK_THREAD_CPUTIME_ID);
  return result;
}

void
cr_meter_start (void)
{
  const char *path = g_getenv ("CHARTROOM_METER");

  if (path == NULL)
    return;
  out = fopen (path, "ae");
  if (out == NULL)
    return;
  setvbuf (out, NULL, _IOLBF, 0);
  g_main_context_set_poll_func (NULL, measuring_poll);
}

void
cr_meter_mark (const char *name)
{
  if (out != NULL)
    fprintf (out, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", name, g_get_monotonic_time (),
             cpu_us (CLOCK_PROCESS_CPUTIME_ID));
}

static void
before_paint_cb (GdkFrameClock *clock, gpointer user_data)
{
  painting_us = g_get_monotonic_time ();
}

static int
least_width (GtkWidget *widget)
{
  int min;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &min, NULL, NULL, NULL);
  return min;
}

/* From the window down to what needs the room. */
static void
say_widest (GtkWidget *widget)
{
  GtkWidget *widest = NULL;
  int most = 0;

  fprintf (out, "%s%s", G_OBJECT_TYPE_NAME (widget),
           GTK_IS_LABEL (widget) && gtk_label_get_wrap (GTK_LABEL (widget)) ? "(wraps)" : "");
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_visible (child) && gtk_widget_get_child_visible (child) &&
        !GTK_IS_NATIVE (child) && least_width (child) > most)
      {
        widest = child;
        most = least_width (child);
      }
  if (widest == NULL)
    return;
  fprintf (out, ">%d:", most);
  say_widest (widest);
}

/* Never what is in it, only where it stands. */
static void
say_place (GtkWidget *widget)
{
  GtkWidget *parent = gtk_widget_get_parent (widget);

  if (parent != NULL)
    {
      say_place (parent);
      fputc ('>', out);
    }
  fputs (G_OBJECT_TYPE_NAME (widget), out);
}

static void
say_cut (GtkWidget *widget, gint64 now_us)
{
  if (!gtk_widget_get_mapped (widget))
    return;
  if (GTK_IS_LABEL (widget) &&
      pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (widget))))
    {
      fprintf (out, "cut %" G_GINT64_FORMAT " ", now_us);
      say_place (widget);
      fputc ('\n', out);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    say_cut (child, now_us);
}

static void
after_paint_cb (GdkFrameClock *clock, gpointer user_data)
{
  gint64 now_us = g_get_monotonic_time ();

  if (g_getenv ("CHARTROOM_METER_WIDTHS") != NULL)
    {
      fprintf (out, "least %" G_GINT64_FORMAT " %d ", now_us, least_width (user_data));
      say_widest (user_data);
      fputc ('\n', out);
      say_cut (user_data, now_us);
    }
  fprintf (out, "frame %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", now_us,
           cpu_us (CLOCK_PROCESS_CPUTIME_ID), now_us - painting_us);
}

static gboolean
key_cb (GtkEventControllerKey *keys,
        guint key,
        guint code,
        GdkModifierType modifiers,
        gpointer user_data)
{
  cr_meter_mark ("key");
  return FALSE;
}

static void
realize_cb (GtkWidget *window, gpointer user_data)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);

  g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), NULL);
  g_signal_connect_object (clock, "after-paint", G_CALLBACK (after_paint_cb), window, 0);
}

void
cr_meter_watch (GtkWidget *window)
{
  GtkEventController *keys;

  if (out == NULL)
    return;
  keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), NULL);
  gtk_widget_add_controller (window, keys);
  g_signal_connect_after (window, "realize", G_CALLBACK (realize_cb), NULL);
}
