/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-answer.h"

void
cr_answer_free (CrAnswer *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self);
}
