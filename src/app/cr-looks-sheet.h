/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Pages of paper for the patient: who looked at their records. */
typedef struct
{
  char *clinic;     /* (owned) (nullable) */
  char *patient;    /* (owned) */
  char *about;      /* (owned): id, birth date, sex */
  gint64 now_ms;    /* when it is printed */
  GPtrArray *looks; /* (owned): CrLook, newest first */
} CrLooksSheet;

CrLooksSheet *cr_looks_sheet_new (void);
void cr_looks_sheet_free (CrLooksSheet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLooksSheet, cr_looks_sheet_free)

/* Takes @sheet. Preview and printing to a file are in the toolkit's own dialog. */
GtkPrintOperation *cr_looks_sheet_operation_new (CrLooksSheet *sheet);

G_END_DECLS
