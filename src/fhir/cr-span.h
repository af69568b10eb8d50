/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-language.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* A strict RFC 8259 scanner that notes where every value lies and copies nothing, so that number
 * text, escapes, key order and whitespace stay what they were. */

/* Nesting allowed; FHIR's own examples stay below 30. */
#define CR_SPAN_MAX_DEPTH 512

typedef enum
{
  CR_SPAN_KIND_OBJECT = '{',
  CR_SPAN_KIND_ARRAY = '[',
  CR_SPAN_KIND_STRING = '"',
  CR_SPAN_KIND_NUMBER = '0',
  CR_SPAN_KIND_TRUE = 't',
  CR_SPAN_KIND_FALSE = 'f',
  CR_SPAN_KIND_NULL = 'n',
} CrSpanKind;

/* One value. Offsets are bytes from the start of the text. The children of node i are i + 1 and
 * then the `after` of each, up to the `after` of i. */
typedef struct
{
  guint32 start; /* quotes and brackets are part of the value */
  guint32 end;
  guint32 key; /* what is between the quotes of its name; 0 and 0 for what has none */
  guint32 n_key;
  guint32 after; /* the node that follows it and everything inside it */
  guint8 kind;   /* a CrSpanKind */
  guint8 has_escape : 1;
  guint8 key_has_escape : 1;
} CrSpan;

typedef enum
{
  CR_SPAN_OK,
  CR_SPAN_EMPTY,
  CR_SPAN_CUT_SHORT,
  CR_SPAN_BAD_CHARACTER,
  CR_SPAN_BAD_STRING,
  CR_SPAN_BAD_NUMBER,
  CR_SPAN_TOO_DEEP,
  CR_SPAN_TOO_MANY,
  CR_SPAN_TRAILING,
} CrSpanFault;

/* The values of one text in the order written; node 0 is the root. Used again and again, so that
 * a page costs no allocation once the array has grown. */
typedef struct _CrSpans CrSpans;
typedef void (*CrSpanVisit) (CrSpans *self, guint array, guint node, gpointer user_data);

struct _CrSpans
{
  const char *text; /* (unowned) */
  gsize n_bytes;
  CrSpan *nodes; /* (owned) */
  guint n_nodes;
  guint n_allocated;
  CrSpanFault fault;
  gsize fault_at;
  const char *list;  /* (unowned) (nullable): see cr_spans_visit() */
  CrSpanVisit visit; /* (nullable) */
  gpointer visit_data;
  const CrLanguage *language; /* (unowned) (nullable): of words put between values */
};

#define CR_SPAN_NONE G_MAXUINT

gboolean cr_spans_scan (CrSpans *self, const char *text, gsize n_bytes);
gboolean cr_spans_scan_named (CrSpans *self,
                              const char *text,
                              gsize n_bytes,
                              const char *what,
                              GError **error);
void cr_spans_visit (CrSpans *self, const char *list, CrSpanVisit visit, gpointer user_data);
void cr_spans_clear (CrSpans *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrSpans, cr_spans_clear)

guint cr_spans_member (const CrSpans *self, guint node, const char *name);
guint cr_spans_member_of_kind (const CrSpans *self, guint node, const char *name, CrSpanKind kind);
guint cr_spans_find (const CrSpans *self, guint node, const char *path);
guint cr_spans_first (const CrSpans *self, guint node);
gboolean cr_spans_key_is (const CrSpans *self, guint node, const char *name, gsize n_name);
gboolean cr_spans_text_is (const CrSpans *self, guint node, const char *text);
char *cr_spans_dup (const CrSpans *self, guint node);

/* Text of JSON strings: what is between the quotes, to UTF-8 and back. */
void cr_span_decode (GString *into, const char *content, gsize n_bytes);
void cr_span_escape (GString *into, const char *text, gsize n_bytes);
char *cr_span_valid_utf8 (const char *text, gsize n_bytes);

/* Walks the children of @node: `for (guint i = cr_spans_first (…); i != CR_SPAN_NONE; i = …)`. */
static inline guint
cr_spans_next (const CrSpans *self, guint parent, guint child)
{
  guint next = self->nodes[child].after;

  return next < self->nodes[parent].after ? next : CR_SPAN_NONE;
}

static inline CrSpanKind
cr_spans_kind (const CrSpans *self, guint node)
{
  return (CrSpanKind) self->nodes[node].kind;
}

G_END_DECLS
