/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  CR_LOOK_PATIENT, /* who the patient is and how things stand */
  CR_LOOK_RECORD,  /* what a record says */
  CR_LOOK_RAW,     /* its bytes */
  CR_LOOK_FILE,    /* a file of a record, in another program */
  CR_LOOK_SAVE,    /* records or a file were copied out of here */
  CR_LOOK_PRINT,
} CrLookKind;

#define CR_TYPE_LOOK_KIND (cr_look_kind_get_type ())
GType cr_look_kind_get_type (void);

#define CR_TYPE_LOOK (cr_look_get_type ())
G_DECLARE_FINAL_TYPE (CrLook, cr_look, CR, LOOK, GObject)

/* Who looked at a patient's records, and when: once, or again and again in that time. */
struct _CrLook
{
  GObject parent_instance;

  char *patient_id; /* (owned) */
  char *person;     /* (owned) */
  CrLookKind kind;
  gint64 first_ms;
  gint64 last_ms;
};

CrLook *cr_look_new (const char *patient_id, CrLookKind kind, const char *person, gint64 first_ms);

G_END_DECLS
