/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-visit.h"

G_BEGIN_DECLS

/* One kind of record that the portal serves. */
typedef struct
{
  const char *type;
  const char *params; /* search parameters of its own, by spaces; NULL: read by id alone */
  gboolean is_shared; /* nobody's: readable by everyone who may read the type */
  gboolean is_strict; /* an unknown parameter is refused, not ignored */
} CrSandboxReaderType;

const CrSandboxReaderType *cr_sandbox_reader_types (guint *n);
const CrSandboxReaderType *cr_sandbox_reader_find_type (const char *type);
void cr_sandbox_reader_handle (CrVisit *x);
char *
cr_sandbox_reader_record_text (CrVisit *x, CrChart *chart, CrChartRecord *record, gsize *length);
gboolean cr_sandbox_reader_is_hidden (CrVisit *x, CrChart *chart, CrChartRecord *record);
gboolean cr_sandbox_reader_is_changed (CrVisit *x, CrChart *chart, CrChartRecord *record);
gboolean cr_sandbox_reader_is_late (CrVisit *x, CrChart *chart, CrChartRecord *record);

/* cr-sandbox-reader-search.c */
void cr_sandbox_reader_answer_search (CrVisit *x,
                                      const CrSandboxReaderType *type,
                                      CrChart *chart,
                                      const CrPerson *person);

/* cr-sandbox-reader-odd.c: what portals do that they should not */
gboolean cr_sandbox_reader_refuse (CrVisit *x, const char *type, GPtrArray *terms);
gboolean cr_sandbox_reader_refuse_many (CrVisit *x, const char *type, guint n_found);
gboolean cr_sandbox_reader_answer_odd (CrVisit *x, const char *type);
gboolean cr_sandbox_reader_is_ignored (CrVisit *x, const char *type, const char *parameter);
gboolean cr_sandbox_reader_has_extra (CrVisit *x, const char *type);
void cr_sandbox_reader_add_extra (CrVisit *x, const char *type, GString *out);
void cr_sandbox_reader_add_padded (CrVisit *x, GString *out, const char *text, gsize length);
void cr_sandbox_reader_add_serial (GPtrArray *terms);

/* cr-sandbox-reader-made.c: what no chart has */
void cr_sandbox_reader_add_documents (CrVisit *x,
                                      const char *type,
                                      const CrPerson *person,
                                      GString *out);
guint cr_sandbox_reader_count_documents (CrVisit *x, const char *type);
gboolean cr_sandbox_reader_answer_made (CrVisit *x,
                                        const char *type,
                                        const CrPerson *person,
                                        const char *id);
char *cr_sandbox_reader_lengthen_references (CrVisit *x, char *text, gsize *length);
char *cr_sandbox_reader_stamp_late (CrVisit *x, char *text, gsize *length);
gint64 cr_sandbox_reader_late_ms (CrVisit *x, gint64 updated_ms);

/* cr-sandbox-reader-capability.c */
void cr_sandbox_reader_answer_capability (CrVisit *x);

G_END_DECLS
