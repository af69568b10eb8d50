/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-curtain.h"

typedef struct
{
  GtkWindow *window;
  GtkWindow *other;
  CrCurtain *curtain;
} Desk;

static void
set_up (Desk *desk, gconstpointer data)
{
  desk->window = GTK_WINDOW (gtk_window_new ());
  desk->other = GTK_WINDOW (gtk_window_new ());
  desk->curtain = cr_curtain_new (desk->window);
  gtk_window_present (desk->window);
  gtk_window_present (desk->other);
}

static void
tear_down (Desk *desk, gconstpointer data)
{
  cr_curtain_clear (desk->curtain);
  g_object_unref (desk->curtain);
  gtk_window_destroy (desk->window);
  gtk_window_destroy (desk->other);
  app_test_settle ();
}

static GtkWidget *
dialog_over (GtkWindow *window)
{
  GtkWidget *dialog = gtk_window_new ();

  gtk_window_set_transient_for (GTK_WINDOW (dialog), window);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  gtk_window_present (GTK_WINDOW (dialog));
  return dialog;
}

/* A dialog over a dialog too; not those of another window. */
static void
test_hides (Desk *desk, gconstpointer data)
{
  GtkWidget *first = dialog_over (desk->window);
  GtkWidget *second = dialog_over (GTK_WINDOW (first));
  GtkWidget *other = dialog_over (desk->other);

  cr_curtain_draw (desk->curtain);
  app_test_settle ();
  g_assert_false (gtk_widget_get_visible (first));
  g_assert_false (gtk_widget_get_visible (second));
  g_assert_true (gtk_widget_get_visible (other));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (desk->window)));

  cr_curtain_open (desk->curtain);
  app_test_settle ();
  g_assert_true (gtk_widget_get_visible (first));
  g_assert_true (gtk_widget_get_visible (second));
  gtk_window_destroy (GTK_WINDOW (other));
}

/* What was asked before the lock may answer after it, by a dialog that names a patient. */
static void
test_comes_late (Desk *desk, gconstpointer data)
{
  GtkWidget *late;
  GtkWidget *other;

  cr_curtain_draw (desk->curtain);
  late = dialog_over (desk->window);
  other = dialog_over (desk->other);
  app_test_settle ();
  g_assert_false (gtk_widget_get_mapped (late));
  g_assert_true (gtk_widget_get_mapped (other));

  gtk_window_present (GTK_WINDOW (late));
  app_test_settle ();
  g_assert_false (gtk_widget_get_mapped (late));

  cr_curtain_open (desk->curtain);
  app_test_settle ();
  g_assert_true (gtk_widget_get_mapped (late));
  gtk_window_destroy (GTK_WINDOW (other));
}

/* Work that ends closes its dialog: it does not come back empty. */
static void
test_closed_meanwhile (Desk *desk, gconstpointer data)
{
  GtkWidget *dialog = g_object_ref (dialog_over (desk->window));

  cr_curtain_draw (desk->curtain);
  gtk_window_destroy (GTK_WINDOW (dialog));
  cr_curtain_open (desk->curtain);
  app_test_settle ();
  g_assert_false (gtk_widget_get_visible (dialog));
  g_object_unref (dialog);
}

static void
test_clear (Desk *desk, gconstpointer data)
{
  GtkWidget *dialog = dialog_over (desk->window);
  GtkWidget *other = dialog_over (desk->other);

  g_object_add_weak_pointer (G_OBJECT (dialog), (gpointer *) &dialog);
  cr_curtain_draw (desk->curtain);
  cr_curtain_clear (desk->curtain);
  cr_curtain_open (desk->curtain);
  app_test_settle ();
  g_assert_null (dialog);
  g_assert_true (gtk_widget_get_visible (other));
  gtk_window_destroy (GTK_WINDOW (other));
}

#define ADD(path, func) g_test_add ("/app/curtain/" path, Desk, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  ADD ("hides", test_hides);
  ADD ("comes-late", test_comes_late);
  ADD ("closed-meanwhile", test_closed_meanwhile);
  ADD ("clear", test_clear);
  return g_test_run ();
}
