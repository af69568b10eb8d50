/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A page of paper that the patient takes home: the link, as text and as a code, and what to do. */
typedef struct
{
  char *clinic;          /* (owned) (nullable) */
  char *patient;         /* (owned) */
  char *source;          /* (owned) (nullable): the patient chooses on the page */
  char *url;             /* (owned) */
  char *expires;         /* (owned): day and time in words */
  gboolean is_reachable; /* from a phone; else the link works at the clinic only, without a code */
} CrSheet;

CrSheet *cr_sheet_new (void);
void cr_sheet_free (CrSheet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSheet, cr_sheet_free)

/* Takes @sheet. Preview and printing to a file are in the toolkit's own dialog. */
GtkPrintOperation *cr_sheet_operation_new (CrSheet *sheet);

G_END_DECLS
