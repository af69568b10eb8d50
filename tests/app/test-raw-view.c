/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-raw-view.h"
#include "app/cr-text-search.h"

#include <string.h>

#define MANY 100000

typedef struct
{
  const char *text;
  const char *words;
  const char *hits; /* “start-end ”, … */
} Case;

static const Case cases[] = {
  { "abc ABC aBc", "abc", "0-3 4-7 8-11 " },
  { "aaaaa", "aa", "0-2 2-4 " },
  { "Núñez NÚÑEZ nunez", "ñez", "3-7 11-15 " },
  { "ab", "abc", "" },
  { "", "a", "" },
  { "abc", "", "" },
};

static void
test_search (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) text = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
      g_autoptr (GArray) hits = cr_text_search (text, cases[i].words, MANY, NULL);
      g_autoptr (GString) words = g_string_new (NULL);

      for (guint j = 0; j < hits->len; j++)
        {
          const CrTextHit *hit = &g_array_index (hits, CrTextHit, j);

          g_string_append_printf (words, "%zu-%zu ", hit->start, hit->end);
        }
      g_assert_cmpstr (words->str, ==, cases[i].hits);
    }
}

static void
test_limits (void)
{
  g_autoptr (GBytes) text = g_bytes_new_take (g_strnfill (MANY, 'a'), MANY);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GArray) hits = cr_text_search (text, "a", 10, cancellable);

  g_assert_cmpuint (hits->len, ==, 10);
  g_cancellable_cancel (cancellable);
  g_assert_null (cr_text_search (text, "a", MANY, cancellable));
}

static CrRecord *
long_record (void)
{
  CrRecord *record = cr_record_new (1);
  g_autofree char *hay = g_strnfill (MANY * 10, 'x');
  char *body = g_strdup_printf ("{\"resourceType\":\"Basic\",\"id\":\"%s-the-end\"}", hay);

  record->body = g_bytes_new_take (body, strlen (body));
  return record;
}

static GtkWidget *
find_copy (GtkWidget *widget)
{
  if (GTK_IS_BUTTON (widget) &&
      g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (widget)), "edit-copy-symbolic") == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_copy (child);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkWidget *
part (GtkWidget *view, const char *name)
{
  return GTK_WIDGET (gtk_widget_get_template_child (view, CR_TYPE_RAW_VIEW, name));
}

static void
got_text_cb (GObject *clipboard, GAsyncResult *result, gpointer text)
{
  *(char **) text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

/* Where a line breaks: the record has none there. */
static gboolean
has_hyphens (GtkWidget *text)
{
  gboolean inserts = TRUE;
  GtkTextIter middle;
  GSList *tags;

  gtk_text_buffer_get_iter_at_offset (gtk_text_view_get_buffer (GTK_TEXT_VIEW (text)), &middle,
                                      100);
  tags = gtk_text_iter_get_tags (&middle);
  for (GSList *l = tags; l != NULL; l = l->next)
    g_object_get (l->data, "insert-hyphens", &inserts, NULL);
  g_slist_free (tags);
  return inserts;
}

/* Whatever part of it is shown. */
static void
test_copy (void)
{
  GtkWidget *window = gtk_window_new (), *view = g_object_new (CR_TYPE_RAW_VIEW, NULL);
  g_autoptr (CrRecord) record = long_record ();
  g_autofree char *text = NULL;
  gsize n;

  gtk_window_set_child (GTK_WINDOW (window), view);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (part (view, "as_received")), TRUE);
  cr_raw_view_show (CR_RAW_VIEW (view), record);
  while (!gtk_widget_get_visible (part (view, "parts")))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (gtk_text_buffer_get_char_count (
                       gtk_text_view_get_buffer (GTK_TEXT_VIEW (part (view, "text")))),
                   <, MANY / 5);

  g_assert_false (has_hyphens (part (view, "text")));
  g_signal_emit_by_name (find_copy (view), "clicked");
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (view), NULL, got_text_cb, &text);
  while (text == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (text, ==, g_bytes_get_data (record->body, &n));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What is looked for on a page that goes is looked for no more. */
static void
test_gone (void)
{
  GtkWidget *window = gtk_window_new (), *view = g_object_new (CR_TYPE_RAW_VIEW, NULL);
  g_autoptr (CrRecord) record = long_record ();

  g_object_ref_sink (view);
  gtk_window_set_child (GTK_WINDOW (window), view);
  cr_raw_view_show (CR_RAW_VIEW (view), record);
  while (!gtk_widget_get_visible (part (view, "parts")))
    g_main_context_iteration (NULL, TRUE);
  gtk_editable_set_text (GTK_EDITABLE (part (view, "find")), "the-end");
  g_signal_emit_by_name (part (view, "find"), "search-changed");
  gtk_window_destroy (GTK_WINDOW (window));
  while (G_OBJECT (view)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (part (view, "found"))), ==, "Searching…");
  g_object_unref (view);
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/raw-view/search", test_search);
  g_test_add_func ("/app/raw-view/limits", test_limits);
  g_test_add_func ("/app/raw-view/copy", test_copy);
  g_test_add_func ("/app/raw-view/gone", test_gone);
  return g_test_run ();
}
