/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-rows.h"

static const char *
key (gpointer item)
{
  return item;
}

static GtkWidget *
make (gpointer owner)
{
  ++*(guint *) owner;
  return adw_action_row_new ();
}

static void
show (GtkWidget *row, gpointer item, gpointer owner)
{
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), item);
}

static void
update (GtkListBox *box, const char *letters, guint *n_made)
{
  static const CrRowKind kind = { key, make, show };
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);

  for (const char *p = letters; *p != '\0'; p++)
    g_ptr_array_add (items, g_strndup (p, 1));
  cr_rows_update (box, items, &kind, n_made);
}

/* Long enough for a turn of the main loop. */
static GtkWidget *
make_slowly (gpointer owner)
{
  g_usleep (5000);
  return make (owner);
}

static void
fill (GtkListBox *box, const char *letters, guint *n_made)
{
  static const CrRowKind kind = { key, make_slowly, show };
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);

  for (const char *p = letters; *p != '\0'; p++)
    g_ptr_array_add (items, g_strndup (p, 1));
  cr_rows_fill (box, items, &kind, n_made);
}

static char *
read_back (GtkListBox *box)
{
  GString *text = g_string_new (NULL);
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (box, i)) != NULL; i++)
    g_string_append (text, adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)));
  return g_string_free (text, FALSE);
}

/* Each step shows what it should, and makes no row twice while its key stays. */
static void
test_update (void)
{
  static const struct
  {
    const char *letters;
    guint n_made;
  } steps[] = { { "abc", 3 }, { "abc", 3 }, { "dabc", 4 }, { "cbad", 4 }, { "b", 4 },
                { "", 4 },    { "xy", 6 },  { "yx", 6 },   { "zyx", 7 } };
  GtkListBox *box = GTK_LIST_BOX (g_object_ref_sink (gtk_list_box_new ()));
  guint n_made = 0;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *shown = NULL;

      update (box, steps[i].letters, &n_made);
      shown = read_back (box);
      g_assert_cmpstr (shown, ==, steps[i].letters);
      g_assert_cmpuint (n_made, ==, steps[i].n_made);
    }
  g_object_unref (box);
}

static void
go_on_until (GtkListBox *box, const char *letters)
{
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *shown = read_back (box);

      if (g_str_equal (shown, letters))
        return;
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_test_message ("the rows are not %s", letters);
  g_test_fail ();
}

/* In a window the rows follow in other turns. What is to be shown instead meanwhile is what counts,
 * and a box that leaves its window is left alone. */
static void
test_fill (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkListBox *box = GTK_LIST_BOX (gtk_list_box_new ());
  g_autofree char *first = NULL;
  guint n_made = 0;

  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (box));
  fill (box, "abcd", &n_made);
  first = read_back (box);
  g_assert_cmpstr (first, ==, "a");
  go_on_until (box, "abcd");
  g_assert_cmpuint (n_made, ==, 4);

  fill (box, "efghab", &n_made);
  fill (box, "dxyb", &n_made);
  go_on_until (box, "dxyb");

  update (box, "", &n_made);
  fill (box, "klm", &n_made);
  n_made = 0;
  g_object_ref (box);
  gtk_window_set_child (GTK_WINDOW (window), NULL);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (n_made, ==, 0);
  g_object_unref (box);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What has a row keeps its place, what is new comes behind. */
static void
test_keep_order (void)
{
  static const CrRowKind kind = { key, make, show };
  GtkListBox *box = g_object_ref_sink (GTK_LIST_BOX (gtk_list_box_new ()));
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  guint n_made = 0;

  update (box, "cabx", &n_made);
  for (const char *p = "abcde"; *p != '\0'; p++)
    g_ptr_array_add (items, g_strndup (p, 1));
  cr_rows_keep_order (box, items, &kind);
  before = read_back (box);
  cr_rows_update (box, items, &kind, &n_made);
  after = read_back (box);

  g_assert_cmpstr (before, ==, "cabx");
  g_assert_cmpstr (after, ==, "cabde");
  g_assert_cmpuint (n_made, ==, 6);
  g_object_unref (box);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/rows/update", test_update);
  g_test_add_func ("/app/rows/fill", test_fill);
  g_test_add_func ("/app/rows/keep-order", test_keep_order);
  return g_test_run ();
}
