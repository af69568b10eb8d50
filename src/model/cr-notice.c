/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-notice.h"

CrNotice *
cr_notice_new (const char *key, const char *words)
{
  CrNotice *self = g_new0 (CrNotice, 1);

  self->key = g_strdup (key);
  self->words = g_strdup (words);
  return self;
}

void
cr_notice_free (CrNotice *self)
{
  g_free (self->key);
  g_free (self->words);
  g_free (self);
}
