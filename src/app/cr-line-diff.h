/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which lines of two texts are not in the other, as `-` and `+` before them; lines that both have
 * get two spaces. Where one side has fewer, empty lines fill it up, so that what is equal stands
 * side by side. */
typedef struct
{
  GPtrArray *left;  /* (owned): of char *, as many as on the right */
  GPtrArray *right; /* (owned) */
  guint n_changed;  /* lines that are on one side only */
} CrLineDiff;

CrLineDiff *cr_line_diff_new (const char *left, const char *right);
void cr_line_diff_free (CrLineDiff *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLineDiff, cr_line_diff_free)

G_END_DECLS
