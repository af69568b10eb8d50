/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "api/cr-api-cursor.h"
#include "api/cr-api-error.h"
#include "api/cr-api-route.h"
#include "api/cr-api.h"
#include "model/cr-look.h"
#include "net/cr-buckets.h"

G_BEGIN_DECLS

/* One request on its way. A handler ends it exactly once, by a reply or a failure, which lets go of
 * it. */
struct _CrApiCall
{
  CrApi *api;
  CrEngine *engine;     /* (owned) */
  CrExchange *exchange; /* (owned) */
  const CrApiRoute *route;
  char *key_id;     /* (owned) (nullable) */
  char *person;     /* (owned): the name on the action */
  JsonObject *body; /* (owned) (nullable): checked against the route's fields */
  char *once;       /* (owned) (nullable): under which its answer is kept */
  gpointer data;    /* a handler's own */
  GDestroyNotify free_data;
};

void cr_api_call_begin (CrApi *api, const CrApiRoute *route, CrExchange *exchange);
void cr_api_call_free (CrApiCall *call);
GCancellable *cr_api_cancellable (CrApiCall *call);

/* Takes @object. */
void cr_api_reply (CrApiCall *call, JsonObject *object);
void cr_api_fail (CrApiCall *call, CrApiCode code, const char *param, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
/* Takes @error. @param: (nullable) */
void cr_api_fail_with (CrApiCall *call, GError *error, const char *param);

const char *cr_api_parameter (CrApiCall *call, const char *name); /* of the path */
const char *cr_api_query (CrApiCall *call, const char *name);     /* (nullable) */
guint cr_api_query_number (CrApiCall *call, const char *name, guint fallback);
const char *cr_api_string (CrApiCall *call, const char *name); /* (nullable): of the body */
char *cr_api_object_text (CrApiCall *call, const char *name); /* (nullable): of the body, as sent */
/* Of the patient of the path, who was read. */
void cr_api_note_look (CrApiCall *call, CrLookKind kind);
/* FALSE: answered already, as if there were nothing. */
gboolean cr_api_check_id (CrApiCall *call, const char *name, const char *prefix);

/* cr-api-fields.c: FALSE with what is wrong; @param is borrowed of the fields. */
gboolean cr_api_check_query (CrApiCall *call, const char **param, GError **error);
gboolean cr_api_read_body (CrApiCall *call, const char **param, CrApiCode *code, GError **error);

char *cr_api_scope (CrApiCall *call); /* what a cursor is good for: the path and the filters */

/* cr-api-list.c: answers with a page of what @ask says, from the cursor of the call. */
void cr_api_list (CrApiCall *call, CrPageAsk *ask);
void cr_api_reply_list (CrApiCall *call, GPtrArray *rows, const char *next);
JsonObject *cr_api_wire (CrApiCall *call, gpointer row);

G_END_DECLS
