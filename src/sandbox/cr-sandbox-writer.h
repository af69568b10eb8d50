/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-sandbox-span.h"
#include "sandbox/cr-shelf.h"
#include "sandbox/cr-visit.h"

G_BEGIN_DECLS

/* One interaction asked of the destination, alone or in a batch. */
typedef struct
{
  const char *method;        /* (unowned) */
  char **path;               /* (unowned): segments after the base */
  GPtrArray *query;          /* (unowned): name, value, … */
  const char *body;          /* (unowned) (nullable) */
  gsize length;              /* of body */
  const char *if_match;      /* (unowned) (nullable) */
  const char *if_none_exist; /* (unowned) (nullable) */
  const char *fixed_id;      /* (unowned) (nullable): the id a create is to give */
  GHashTable *promised;      /* (unowned) (nullable): names that the same transaction brings */
  gboolean is_rehearsal;     /* check, but change nothing */
  gboolean is_entry;         /* of a batch or transaction */
} CrSandboxWriterTask;

/* And what came of it. */
typedef struct
{
  guint status;
  const char *code;    /* of the issue, if status is an error */
  char *text;          /* (owned) (nullable): for a person */
  CrShelfEntry *entry; /* (unowned) (nullable) */
  char *bundle;        /* (owned) (nullable): a search's answer */
} CrSandboxWriterResult;

void cr_sandbox_writer_result_clear (CrSandboxWriterResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrSandboxWriterResult, cr_sandbox_writer_result_clear)

void cr_sandbox_writer_handle (CrVisit *x);
void cr_sandbox_writer_answer_token (CrVisit *x);
void cr_sandbox_writer_answer_summary (CrVisit *x);
void
cr_sandbox_writer_run (CrVisit *x, const CrSandboxWriterTask *task, CrSandboxWriterResult *result);
void cr_sandbox_writer_fail (CrSandboxWriterResult *result,
                             guint status,
                             const char *code,
                             const char *text);
const char *cr_sandbox_writer_base (CrVisit *x);

/* cr-sandbox-writer-bundle.c */
void cr_sandbox_writer_answer_bundle (CrVisit *x);

/* cr-sandbox-writer-search.c */
void cr_sandbox_writer_search (CrVisit *x,
                               const CrSandboxWriterTask *task,
                               CrSandboxWriterResult *result);
GPtrArray *cr_sandbox_writer_find (CrVisit *x, const char *type, GPtrArray *query, gboolean *known);
GPtrArray *cr_sandbox_writer_parse_query (const char *text);

G_END_DECLS
