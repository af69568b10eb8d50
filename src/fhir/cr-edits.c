/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-edits.h"

#include <string.h>

/* @body: must outlive @self */
void
cr_edits_init (CrEdits *self, GBytes *body)
{
  self->bytes = NULL;
  self->text = g_bytes_get_data (body, &self->n_bytes);
  self->at = 0;
}

void
cr_edits_clear (CrEdits *self)
{
  if (self->bytes != NULL)
    g_string_free (g_steal_pointer (&self->bytes), TRUE);
}

/* Ranges come in the order of the text and do not overlap. */
void
cr_edits_replace (CrEdits *self, gsize start, gsize end, const char *with, gsize n_with)
{
  g_return_if_fail (start >= self->at && end >= start && end <= self->n_bytes);

  if (self->bytes == NULL)
    self->bytes = g_string_sized_new (self->n_bytes + n_with + 64);
  g_string_append_len (self->bytes, self->text + self->at, (gssize) (start - self->at));
  g_string_append_len (self->bytes, with, (gssize) n_with);
  self->at = end;
}

void
cr_edits_insert (CrEdits *self, gsize at, const char *text)
{
  cr_edits_replace (self, at, at, text, strlen (text));
}

gboolean
cr_edits_is_empty (const CrEdits *self)
{
  return self->bytes == NULL;
}

/* Returns: (transfer full): the changed text; not for a @self without edits */
GBytes *
cr_edits_finish (CrEdits *self)
{
  g_string_append_len (self->bytes, self->text + self->at, (gssize) (self->n_bytes - self->at));
  return g_string_free_to_bytes (g_steal_pointer (&self->bytes));
}
