/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct _CrApiCall CrApiCall;
typedef void (*CrApiHandler) (CrApiCall *call);
typedef JsonObject *(*CrApiTombstone) (CrApiCall *call);

typedef enum
{
  CR_API_STRING, /* min and max are characters */
  CR_API_EMAIL,
  CR_API_URI,
  CR_API_INTEGER,
  CR_API_BOOLEAN,
  CR_API_OBJECT,
  CR_API_STRINGS, /* of an array, each with a character at least, or one of the choices */
  CR_API_CHOICE,
  CR_API_DATE,  /* as FHIR has it: a year, a month or a day */
  CR_API_TIME,  /* a date, or a date and time */
  CR_API_TYPES, /* resource types, separated by commas */
} CrApiType;

/* A member of a body or a parameter of a query: checked by it, and described by it. */
typedef struct
{
  const char *name;
  CrApiType type;
  const char *words; /* what it is, for the description */
  gboolean is_required;
  gboolean is_nullable;
  gint64 min;
  gint64 max; /* 0: no end */
  const char *const *choices;
} CrApiField;

typedef struct
{
  const char *schema; /* name of the description */
  const CrApiField *fields;
  guint n_fields;
  gboolean is_closed;           /* members that are not known are refused */
  gboolean is_optional;         /* may be left out */
  const char *const *exclusive; /* (nullable): two members of which only one may be there */
} CrApiBody;

typedef enum
{
  CR_API_ACCESS_OPEN, /* without a key */
  CR_API_ACCESS_READ,
  CR_API_ACCESS_WRITE, /* not with a key that may only read */
} CrApiAccess;

/* One row of the table that serves and describes. */
typedef struct
{
  const char *method;
  const char *pattern;
  const char *operation; /* operationId */
  const char *words;     /* summary */
  CrApiAccess access;
  CrApiHandler handler;
  const char *answer; /* name of a schema; `Patient[]`: a page of them */
  const CrApiField *query;
  guint n_query;
  const CrApiBody *body; /* (nullable) */
  const char *media;     /* (nullable): of the answer; NULL: application/json */
  /* (nullable): of what removes a patient: the answer once more, made of what was asked, so that
   * nothing of whom it names has to be kept for it. */
  CrApiTombstone tombstone;
} CrApiRoute;

const CrApiRoute *cr_api_routes (guint *n_routes);

/* Handlers, by file. */
void cr_api_health (CrApiCall *call);
void cr_api_create_patient (CrApiCall *call);
void cr_api_list_patients (CrApiCall *call);
void cr_api_get_patient (CrApiCall *call);
void cr_api_update_patient (CrApiCall *call);
void cr_api_delete_patient (CrApiCall *call);
JsonObject *cr_api_patient_tombstone (CrApiCall *call);
void cr_api_disconnect (CrApiCall *call);
void cr_api_list_sessions (CrApiCall *call);
void cr_api_create_session (CrApiCall *call);
void cr_api_get_session (CrApiCall *call);
void cr_api_list_sources (CrApiCall *call);
void cr_api_get_source (CrApiCall *call);
void cr_api_get_launch_context (CrApiCall *call);
void cr_api_get_records (CrApiCall *call);
void cr_api_get_everything (CrApiCall *call);
void cr_api_capability (CrApiCall *call);
void cr_api_describe (CrApiCall *call);
void cr_api_list_pulls (CrApiCall *call);
void cr_api_list_patient_pulls (CrApiCall *call);
void cr_api_get_pull (CrApiCall *call);
void cr_api_start_pulls (CrApiCall *call);
void cr_api_cancel_pull (CrApiCall *call);
void cr_api_list_destinations (CrApiCall *call);
void cr_api_get_destination (CrApiCall *call);
void cr_api_list_runs (CrApiCall *call);
void cr_api_get_run (CrApiCall *call);
void cr_api_list_items (CrApiCall *call);
void cr_api_retry_run (CrApiCall *call);
void cr_api_stream_events (CrApiCall *call);
void cr_api_create_webhook (CrApiCall *call);
void cr_api_list_webhooks (CrApiCall *call);
void cr_api_get_webhook (CrApiCall *call);
void cr_api_update_webhook (CrApiCall *call);
void cr_api_delete_webhook (CrApiCall *call);
void cr_api_rotate_webhook (CrApiCall *call);
void cr_api_list_webhook_events (CrApiCall *call);
void cr_api_redeliver (CrApiCall *call);
void cr_api_test_webhook (CrApiCall *call);
void cr_api_replay_webhook (CrApiCall *call);

G_END_DECLS
