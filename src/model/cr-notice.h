/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Something that a person may be told of on the desktop: an incident, as long as it lasts. */
typedef struct
{
  char *key;   /* (owned): stays the same while it lasts */
  char *words; /* (owned): names no patient */
  gboolean has_ended;
} CrNotice;

CrNotice *cr_notice_new (const char *key, const char *words);
void cr_notice_free (CrNotice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrNotice, cr_notice_free)

G_END_DECLS
