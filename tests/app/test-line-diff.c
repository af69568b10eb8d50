/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-line-diff.h"

#include <string.h>

typedef struct
{
  const char *left;
  const char *right;
  const char *shown_left;
  const char *shown_right;
  guint n_changed;
} Row;

static const Row rows[] = {
  { "a\nb", "a\nb", "  a\n  b", "  a\n  b", 0 },
  { "a\nb\nc", "a\nx\nc", "  a\n- b\n\n  c", "  a\n\n+ x\n  c", 2 },
  { "a\nc", "a\nb\nc", "  a\n\n  c", "  a\n+ b\n  c", 1 },
  { "a\nb\nc", "c", "- a\n- b\n  c", "\n\n  c", 2 },
  { "", "", "", "", 0 },
  { "a\na", "a", "  a\n- a", "  a\n", 1 },
  { "k1\nk2\nk3\nk4", "k2\nk3\nk1\nk4", "- k1\n  k2\n  k3\n\n  k4", "\n  k2\n  k3\n+ k1\n  k4", 2 },
};

static char *
join (GPtrArray *lines)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", (char *) lines->pdata[i]);
  return g_string_free (text, FALSE);
}

static void
test_rows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (CrLineDiff) diff = cr_line_diff_new (rows[i].left, rows[i].right);
      g_autofree char *left = join (diff->left);
      g_autofree char *right = join (diff->right);

      g_test_message ("%u", i);
      g_assert_cmpuint (diff->left->len, ==, diff->right->len);
      g_assert_cmpstr (left, ==, rows[i].shown_left);
      g_assert_cmpstr (right, ==, rows[i].shown_right);
      g_assert_cmpuint (diff->n_changed, ==, rows[i].n_changed);
    }
}

/* What is too long to be compared line by line is shown all the same, nothing left out. */
static void
test_long (void)
{
  g_autoptr (GString) left = g_string_new ("same");
  g_autoptr (GString) right = g_string_new ("same");
  g_autoptr (CrLineDiff) diff = NULL;

  for (guint i = 0; i < 5000; i++)
    {
      g_string_append_printf (left, "\nl%u", i);
      g_string_append_printf (right, "\nr%u", i);
    }
  diff = cr_line_diff_new (left->str, right->str);
  g_assert_cmpuint (diff->left->len, ==, 10001);
  g_assert_cmpuint (diff->n_changed, ==, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/app/line-diff/rows", test_rows);
  g_test_add_func ("/app/line-diff/long", test_long);

  return g_test_run ();
}
