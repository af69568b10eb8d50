/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-reconciliation.h"

static void
difference_free (gpointer data)
{
  CrDifference *self = data;

  g_free (self->name);
  g_free (self->type);
  g_free (self->lines);
  g_free (self->sha256);
  g_free (self->etag);
  g_free (self->md5);
  g_free (self);
}

void
cr_sought_free (CrSought *self)
{
  g_free (self->type);
  g_free (self->id);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self->place);
  g_free (self);
}

CrReconciliation *
cr_reconciliation_new (const char *destination_id)
{
  CrReconciliation *self = g_new0 (CrReconciliation, 1);

  self->destination_id = g_strdup (destination_id);
  self->missing = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->expected = g_ptr_array_new_with_free_func (difference_free);
  return self;
}

void
cr_reconciliation_free (CrReconciliation *self)
{
  g_free (self->destination_id);
  g_free (self->queued_run);
  g_ptr_array_unref (self->expected);
  g_array_unref (self->missing);
  g_free (self);
}

/* How many records a look found to be missing. */
guint
cr_reconciliation_missing (CrReconciliation *self)
{
  guint n = 0;

  for (guint i = 0; i < self->expected->len; i++)
    {
      const CrDifference *each = g_ptr_array_index (self->expected, i);

      n += each->n_expected - MIN (each->n_found, each->n_expected);
    }

  return n;
}

/* How many files were found by their size alone. */
guint
cr_reconciliation_sized (CrReconciliation *self)
{
  guint n = 0;

  for (guint i = 0; i < self->expected->len; i++)
    n += ((const CrDifference *) g_ptr_array_index (self->expected, i))->is_sized ? 1 : 0;

  return n;
}
