/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-line-diff.h"

/* Beyond that, what lies between the first and the last difference counts as changed whole. */
#define MOST_CELLS (4 * 1000 * 1000)

static void
add (CrLineDiff *self, const char *left, const char *right)
{
  gboolean is_equal = left != NULL && right != NULL;

  g_ptr_array_add (self->left,
                   left == NULL ? g_strdup ("") : g_strconcat (is_equal ? "  " : "- ", left, NULL));
  g_ptr_array_add (self->right, right == NULL ? g_strdup ("")
                                              : g_strconcat (is_equal ? "  " : "+ ", right, NULL));
  self->n_changed += is_equal ? 0 : 1;
}

/* Lengths of the longest common subsequences of what is left of both from each pair of lines on. */
static guint16 *
measure (char **left, guint n_left, char **right, guint n_right)
{
  guint16 *lengths = g_new0 (guint16, (gsize) (n_left + 1) * (n_right + 1));

  for (guint i = n_left; i-- > 0;)
    for (guint j = n_right; j-- > 0;)
      {
        guint16 *cell = &lengths[(gsize) i * (n_right + 1) + j];

        *cell = g_str_equal (left[i], right[j]) ? (guint16) (cell[n_right + 2] + 1)
                                                : MAX (cell[n_right + 1], cell[1]);
      }
  return lengths;
}

static void
add_changed (CrLineDiff *self, char **left, guint n_left, char **right, guint n_right)
{
  for (guint i = 0; i < n_left; i++)
    add (self, left[i], NULL);
  for (guint j = 0; j < n_right; j++)
    add (self, NULL, right[j]);
}

static void
add_middle (CrLineDiff *self, char **left, guint n_left, char **right, guint n_right)
{
  g_autofree guint16 *lengths = NULL;
  guint i = 0, j = 0;

  if ((guint64) n_left * n_right > MOST_CELLS || n_left >= G_MAXUINT16 || n_right >= G_MAXUINT16)
    {
      add_changed (self, left, n_left, right, n_right);
      return;
    }

  lengths = measure (left, n_left, right, n_right);
  while (i < n_left && j < n_right)
    {
      const guint16 *cell = &lengths[(gsize) i * (n_right + 1) + j];

      if (g_str_equal (left[i], right[j]))
        add (self, left[i++], right[j++]);
      else if (cell[n_right + 1] >= cell[1])
        add (self, left[i++], NULL);
      else
        add (self, NULL, right[j++]);
    }
  add_changed (self, left + i, n_left - i, right + j, n_right - j);
}

CrLineDiff *
cr_line_diff_new (const char *left, const char *right)
{
  CrLineDiff *self = g_new0 (CrLineDiff, 1);
  g_auto (GStrv) old = g_strsplit (left, "\n", -1);
  g_auto (GStrv) new = g_strsplit (right, "\n", -1);
  guint n_old = g_strv_length (old), n_new = g_strv_length (new);
  guint n_head = 0, n_tail = 0;

  self->left = g_ptr_array_new_with_free_func (g_free);
  self->right = g_ptr_array_new_with_free_func (g_free);
  while (n_head < MIN (n_old, n_new) && g_str_equal (old[n_head], new[n_head]))
    n_head++;
  while (n_tail < MIN (n_old, n_new) - n_head &&
         g_str_equal (old[n_old - 1 - n_tail], new[n_new - 1 - n_tail]))
    n_tail++;

  for (guint i = 0; i < n_head; i++)
    add (self, old[i], new[i]);
  add_middle (self, old + n_head, n_old - n_head - n_tail, new + n_head, n_new - n_head - n_tail);
  for (guint i = n_tail; i > 0; i--)
    add (self, old[n_old - i], new[n_new - i]);
  return self;
}

void
cr_line_diff_free (CrLineDiff *self)
{
  g_ptr_array_unref (self->left);
  g_ptr_array_unref (self->right);
  g_free (self);
}
