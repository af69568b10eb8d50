/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "sandbox/cr-faults.h"
#include "sandbox/cr-people.h"

G_BEGIN_DECLS

typedef struct _CrSandboxPortal CrSandboxPortal;
typedef struct _CrShelf CrShelf;
typedef struct _CrSandboxBucket CrSandboxBucket;

/* What every route may use. */
typedef struct
{
  const char *uri; /* (unowned): "http://127.0.0.1:PORT" */
  guint64 seed;
  CrPeople *people;        /* (unowned) */
  CrFaults *faults;        /* (unowned) */
  CrSandboxPortal *portal; /* (unowned) */
  CrShelf *shelf;          /* (unowned): what the destination was given */
  CrSandboxBucket *bucket; /* (unowned) */
} CrHouse;

/* One request and its answer. */
typedef struct
{
  CrHouse *house;             /* (unowned) */
  SoupServerMessage *message; /* (unowned) */
  const char *method;         /* (unowned) */
  const char *raw_path;       /* (unowned): as it came */
  const char *raw_query;      /* (unowned) (nullable): as it came */
  char **path;                /* (owned): decoded segments */
  guint n_path;
  GPtrArray *query; /* (owned): name, value, name, value, decoded */
  gint64 now_ms;
  guint delay_ms; /* how long the answer is held back */
} CrVisit;

CrVisit *cr_visit_new (CrHouse *house, SoupServerMessage *message, gint64 now_ms);
void cr_visit_free (CrVisit *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrVisit, cr_visit_free)

gboolean cr_visit_is (CrVisit *self, const char *method);
const char *cr_visit_segment (CrVisit *self, guint index);
const char *cr_visit_query (CrVisit *self, const char *name);
const char *cr_visit_header (CrVisit *self, const char *name);
void cr_visit_set_header (CrVisit *self, const char *name, const char *value);
GBytes *cr_visit_body (CrVisit *self);
GHashTable *cr_visit_form (CrVisit *self);

void cr_visit_answer (CrVisit *self, guint status, const char *type, char *body, gsize length);
void cr_visit_answer_text (CrVisit *self, guint status, const char *type, const char *body);
void cr_visit_answer_json (CrVisit *self, guint status, JsonObject *object);
void cr_visit_answer_string (CrVisit *self, guint status, const char *type, GString *body);
void cr_visit_answer_cut (CrVisit *self, const char *type, GString *body);
void cr_visit_answer_drip (CrVisit *self, guint every_ms);
void cr_visit_outcome (CrVisit *self, guint status, const char *code, const char *text);
void cr_visit_not_allowed (CrVisit *self, const char *allow);

#define CR_TYPE_TEXT_JSON "application/json"
#define CR_TYPE_TEXT_FHIR "application/fhir+json; charset=utf-8"

G_END_DECLS
