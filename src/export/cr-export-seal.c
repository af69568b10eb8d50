/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-steps.h"

#include "store/cr-exports-table.h"

/* By one run; what is left over is for the next. */
#define MAX_RUNS 20

CrExportSeal *
cr_export_seal_new (CrExportRun *run, GPtrArray *items)
{
  CrExportSeal *self = g_new0 (CrExportSeal, 1);

  self->run = g_object_ref (run);
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < items->len; i++)
    {
      CrExportItem *item = g_ptr_array_index (items, i);

      if (item->status == CR_ITEM_SENT)
        g_ptr_array_add (self->items, g_object_ref (item));
    }
  return self;
}

void
cr_export_seal_free (CrExportSeal *self)
{
  if (self == NULL)
    return;

  g_clear_object (&self->run);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_free (self);
}

gpointer
cr_export_list_unsealed (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) runs = cr_unsealed_table_list (db, data, MAX_RUNS, error);
  g_autoptr (GPtrArray) seals =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_export_seal_free);

  for (guint i = 0; runs != NULL && i < runs->len; i++)
    {
      CrExportRun *run = g_ptr_array_index (runs, i);
      g_autoptr (GPtrArray) items = cr_export_list_items (db, run->id, error);

      if (items == NULL)
        return NULL;
      g_ptr_array_add (seals, cr_export_seal_new (run, items));
    }

  return runs != NULL ? g_steal_pointer (&seals) : NULL;
}
