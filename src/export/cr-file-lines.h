/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-buffer.h"
#include "model/cr-export.h"
#include "model/cr-record.h"

G_BEGIN_DECLS

/* Whose lines of a file these are. */
typedef struct
{
  char *patient_id; /* (owned) */
  char *source_id;  /* (owned) */
  guint first;      /* from 1 */
  guint count;
} CrLineOwner;

/* What is in a file before it is packed: one line a record, in order. Any thread. */
typedef struct
{
  char *type;     /* (owned): of its records */
  CrBuffer bytes; /* taken by who makes a file of it */
  GArray *marks;  /* (owned): of CrRecordMark, one a line */
  GArray *owners; /* (owned): of CrLineOwner */
} CrFileLines;

CrFileLines *cr_file_lines_new (const char *type);
void cr_file_lines_free (CrFileLines *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrFileLines, cr_file_lines_free)

/* A record as it is stored. */
typedef struct
{
  const char *patient_id;
  const char *source_id;
  CrRecordMark mark;
  gconstpointer body;
  gsize n_bytes;
} CrLine;

gboolean cr_file_lines_add (CrFileLines *self, const CrLine *line, GError **error);
/* The same in pieces: any number of them, then the end. Not for a Patient. */
void cr_file_lines_add_piece (CrFileLines *self, gconstpointer data, gsize n_bytes);
void cr_file_lines_end (CrFileLines *self, const CrLine *line);
char *cr_file_lines_owners (GArray *owners);
void cr_file_lines_add_owner (GArray *owners, const char *patient_id, const char *source_id);
GArray *cr_file_lines_owners_new (void);

G_END_DECLS
