/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* In bytes. */
typedef struct
{
  gsize start;
  gsize end;
} CrTextHit;

/* Where @text, UTF-8, has @words in whatever case: CrTextHit, none over another, @most at most. Of
 * megabytes it takes long enough for a thread. (nullable): cancelled */
GArray *cr_text_search (GBytes *text, const char *words, guint most, GCancellable *cancellable);

G_END_DECLS
