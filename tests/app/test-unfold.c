/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-unfold.h"

#define N_PARTS 3

typedef struct
{
  GtkWidget *parts[N_PARTS];
  guint frames[N_PARTS]; /* in which each was first drawn */
  guint n_frames;
} Seen;

static void
paint_cb (GdkFrameClock *clock, Seen *seen)
{
  seen->n_frames++;
  for (guint i = 0; i < N_PARTS; i++)
    if (seen->frames[i] == 0 && gtk_widget_get_mapped (seen->parts[i]))
      seen->frames[i] = seen->n_frames;
}

static gboolean
is_over (const Seen *seen)
{
  for (guint i = 0; i < N_PARTS; i++)
    if (seen->frames[i] == 0)
      return FALSE;
  return TRUE;
}

/* A window with three parts, of which two are to come later. */
static GtkWidget *
window_new (Seen *seen)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  for (guint i = 0; i < N_PARTS; i++)
    {
      seen->parts[i] = gtk_label_new ("Part");
      gtk_box_append (GTK_BOX (page), seen->parts[i]);
    }
  gtk_window_set_child (GTK_WINDOW (window), page);
  cr_unfold (page, seen->parts[1], seen->parts[2], NULL);
  g_assert_true (gtk_widget_get_visible (seen->parts[0]));
  g_assert_false (gtk_widget_get_visible (seen->parts[1]));
  return window;
}

static void
test_frames (void)
{
  Seen seen = { 0 };
  GtkWidget *window = window_new (&seen);

  gtk_widget_realize (window);
  g_signal_connect (gtk_widget_get_frame_clock (window), "paint", G_CALLBACK (paint_cb), &seen);
  gtk_window_present (GTK_WINDOW (window));
  while (!is_over (&seen))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (seen.frames[0], <, seen.frames[1]);
  g_assert_cmpuint (seen.frames[1], <, seen.frames[2]);
  g_signal_handlers_disconnect_by_data (gtk_widget_get_frame_clock (window), &seen);
  gtk_window_destroy (GTK_WINDOW (window));
  app_test_settle ();
}

/* The page goes before it was ever whole. */
static void
test_gone (void)
{
  Seen seen = { 0 };
  GtkWidget *window = window_new (&seen);
  GtkWidget *part = g_object_ref (seen.parts[2]);

  gtk_window_destroy (GTK_WINDOW (window));
  app_test_settle ();
  g_assert_false (gtk_widget_get_visible (part));
  g_assert_finalize_object (part);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/unfold/frames", test_frames);
  g_test_add_func ("/app/unfold/gone", test_gone);
  return g_test_run ();
}
