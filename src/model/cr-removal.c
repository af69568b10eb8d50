/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-removal.h"

static void
place_free (gpointer data)
{
  CrRemovalPlace *place = data;

  g_free (place->name);
  g_free (place);
}

CrRemoval *
cr_removal_new (void)
{
  CrRemoval *self = g_new0 (CrRemoval, 1);

  self->places = g_ptr_array_new_with_free_func (place_free);
  return self;
}

void
cr_removal_free (CrRemoval *self)
{
  g_ptr_array_unref (self->places);
  g_free (self->person);
  g_free (self);
}

CrRemovalPlace *
cr_removal_add_place (CrRemoval *self, const char *name, gint64 n_records)
{
  CrRemovalPlace *place = g_new0 (CrRemovalPlace, 1);

  place->name = g_strdup (name);
  place->n_records = n_records;
  g_ptr_array_add (self->places, place);
  self->n_delivered += n_records;
  return place;
}
