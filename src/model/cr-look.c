/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-look.h"

/* The nicks are stored: add, never rename. */
G_DEFINE_ENUM_TYPE (CrLookKind,
                    cr_look_kind,
                    G_DEFINE_ENUM_VALUE (CR_LOOK_PATIENT, "patient"),
                    G_DEFINE_ENUM_VALUE (CR_LOOK_RECORD, "record"),
                    G_DEFINE_ENUM_VALUE (CR_LOOK_RAW, "raw"),
                    G_DEFINE_ENUM_VALUE (CR_LOOK_FILE, "file"),
                    G_DEFINE_ENUM_VALUE (CR_LOOK_SAVE, "save"),
                    G_DEFINE_ENUM_VALUE (CR_LOOK_PRINT, "print"))

G_DEFINE_FINAL_TYPE (CrLook, cr_look, G_TYPE_OBJECT)

static void
cr_look_finalize (GObject *object)
{
  CrLook *self = CR_LOOK (object);

  g_free (self->patient_id);
  g_free (self->person);

  G_OBJECT_CLASS (cr_look_parent_class)->finalize (object);
}

static void
cr_look_class_init (CrLookClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_look_finalize;
}

static void
cr_look_init (CrLook *self)
{
}

CrLook *
cr_look_new (const char *patient_id, CrLookKind kind, const char *person, gint64 first_ms)
{
  CrLook *self = g_object_new (CR_TYPE_LOOK, NULL);

  self->patient_id = g_strdup (patient_id);
  self->kind = kind;
  self->person = g_strdup (person);
  self->first_ms = first_ms;
  self->last_ms = first_ms;
  return self;
}
