/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-record.h"

G_DEFINE_FINAL_TYPE (CrRecord, cr_record, G_TYPE_OBJECT)

static void
cr_record_finalize (GObject *object)
{
  CrRecord *self = CR_RECORD (object);

  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self->source_name);
  g_free (self->source_base);
  g_free (self->type);
  g_free (self->id);
  g_free (self->sha256);
  g_free (self->title);
  g_free (self->date);
  g_free (self->reached);
  g_clear_object (&self->first_pull);
  g_clear_object (&self->pull);
  g_clear_object (&self->last_pull);
  g_free (self->source_version);
  g_free (self->source_updated);
  g_clear_pointer (&self->body, g_bytes_unref);

  G_OBJECT_CLASS (cr_record_parent_class)->finalize (object);
}

static void
cr_record_class_init (CrRecordClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_record_finalize;
}

static void
cr_record_init (CrRecord *self)
{
}

CrRecord *
cr_record_new (gint64 rid)
{
  CrRecord *self = g_object_new (CR_TYPE_RECORD, NULL);

  self->rid = rid;
  return self;
}

CrTypeCount *
cr_type_count_new (const char *type, guint n)
{
  CrTypeCount *self = g_new0 (CrTypeCount, 1);

  self->type = g_strdup (type);
  self->n = n;
  return self;
}

void
cr_type_count_free (CrTypeCount *self)
{
  if (self == NULL)
    return;

  g_free (self->type);
  g_free (self);
}
