/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-list-page.h"

void
cr_list_page_free (CrListPage *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self->key);
  g_free (self);
}

void
cr_stretch_free (CrStretch *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_free (self);
}
