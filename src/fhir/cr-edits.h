/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Changes to a text by byte ranges; what lies between them is copied as it is. */
typedef struct
{
  GString *bytes;   /* (owned): the text up to @at, changed */
  const char *text; /* (unowned) */
  gsize n_bytes;
  gsize at; /* how far @text is copied */
} CrEdits;

void cr_edits_init (CrEdits *self, GBytes *body);
void cr_edits_clear (CrEdits *self);
void cr_edits_replace (CrEdits *self, gsize start, gsize end, const char *with, gsize n_with);
void cr_edits_insert (CrEdits *self, gsize at, const char *text);
gboolean cr_edits_is_empty (const CrEdits *self);
GBytes *cr_edits_finish (CrEdits *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrEdits, cr_edits_clear)

G_END_DECLS
