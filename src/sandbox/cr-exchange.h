/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "sandbox/cr-faults.h"
#include "sandbox/cr-people.h"

G_BEGIN_DECLS

typedef struct _CrPortal CrPortal;
typedef struct _CrShelf CrShelf;
typedef struct _CrBucket CrBucket;

/* What every route may use. */
typedef struct
{
  const char *uri; /* (unowned): "http://127.0.0.1:PORT" */
  guint64 seed;
  CrPeople *people; /* (unowned) */
  CrFaults *faults; /* (unowned) */
  CrPortal *portal; /* (unowned) */
  CrShelf *shelf;   /* (unowned): what the destination was given */
  CrBucket *bucket; /* (unowned) */
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
} CrExchange;

CrExchange *cr_exchange_new (CrHouse *house, SoupServerMessage *message, gint64 now_ms);
void cr_exchange_free (CrExchange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrExchange, cr_exchange_free)

gboolean cr_exchange_is (CrExchange *self, const char *method);
const char *cr_exchange_segment (CrExchange *self, guint index);
const char *cr_exchange_query (CrExchange *self, const char *name);
const char *cr_exchange_header (CrExchange *self, const char *name);
void cr_exchange_set_header (CrExchange *self, const char *name, const char *value);
GBytes *cr_exchange_body (CrExchange *self);
GHashTable *cr_exchange_form (CrExchange *self);

void
cr_exchange_answer (CrExchange *self, guint status, const char *type, char *body, gsize length);
void cr_exchange_answer_text (CrExchange *self, guint status, const char *type, const char *body);
void cr_exchange_answer_json (CrExchange *self, guint status, JsonObject *object);
void cr_exchange_answer_string (CrExchange *self, guint status, const char *type, GString *body);
void cr_exchange_outcome (CrExchange *self, guint status, const char *code, const char *text);
void cr_exchange_not_allowed (CrExchange *self, const char *allow);

#define CR_TYPE_TEXT_JSON "application/json"
#define CR_TYPE_TEXT_FHIR "application/fhir+json; charset=utf-8"

G_END_DECLS
