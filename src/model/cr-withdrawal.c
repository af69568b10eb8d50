/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-withdrawal.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrWithdrawalCause,
                    cr_withdrawal_cause,
                    G_DEFINE_ENUM_VALUE (CR_WITHDRAWAL_GONE, "gone"),
                    G_DEFINE_ENUM_VALUE (CR_WITHDRAWAL_DISCONNECTED, "disconnected"),
                    G_DEFINE_ENUM_VALUE (CR_WITHDRAWAL_REMOVED, "removed"))

void
cr_withdrawal_free (CrWithdrawal *self)
{
  if (self == NULL)
    return;

  g_free (self->type);
  g_free (self->id);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self->place);
  g_free (self->file);
  g_free (self->sha256);
  g_free (self);
}

static void
line_free (gpointer data)
{
  CrReceiptLine *line = data;

  g_free (line->type);
  g_free (line->how);
  g_free (line->error_message);
  g_free (line);
}

CrReceipt *
cr_receipt_new (CrExportRun *run)
{
  CrReceipt *self = g_new0 (CrReceipt, 1);

  self->run = g_object_ref (run);
  self->lines = g_ptr_array_new_with_free_func (line_free);
  return self;
}

void
cr_receipt_free (CrReceipt *self)
{
  g_object_unref (self->run);
  g_free (self->destination_name);
  g_free (self->destination_kind);
  g_ptr_array_unref (self->lines);
  g_free (self);
}

CrReceiptLine *
cr_receipt_add (CrReceipt *self)
{
  CrReceiptLine *line = g_new0 (CrReceiptLine, 1);

  g_ptr_array_add (self->lines, line);
  return line;
}

guint
cr_receipt_count (CrReceipt *self, CrItemStatus status)
{
  guint n = 0;

  for (guint i = 0; i < self->lines->len; i++)
    {
      const CrReceiptLine *line = g_ptr_array_index (self->lines, i);

      n += line->status == status ? line->n : 0;
    }
  return n;
}
