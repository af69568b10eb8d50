/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-connection.h"

G_BEGIN_DECLS

typedef enum
{
  CR_PULL_QUEUED,
  CR_PULL_RUNNING,
  CR_PULL_WAITING,
  CR_PULL_COMPLETE,
  CR_PULL_PARTIAL,
  CR_PULL_FAILED,
  CR_PULL_CANCELLED,
} CrPullStatus;

#define CR_TYPE_PULL_STATUS (cr_pull_status_get_type ())
GType cr_pull_status_get_type (void);
gboolean cr_pull_status_can_become (CrPullStatus from, CrPullStatus to);
gboolean cr_pull_status_is_final (CrPullStatus status);

typedef enum
{
  CR_PULL_TRIGGER_ACTIVATION,
  CR_PULL_TRIGGER_MANUAL,
  CR_PULL_TRIGGER_SCHEDULE,
  CR_PULL_TRIGGER_RETRY,
} CrPullTrigger;

#define CR_TYPE_PULL_TRIGGER (cr_pull_trigger_get_type ())
GType cr_pull_trigger_get_type (void);

/* Why a pull or an export run waits. */
typedef enum
{
  CR_WAIT_NONE,
  CR_WAIT_RATE_LIMIT,
  CR_WAIT_SOURCE_PREPARING,
  CR_WAIT_KEYRING_LOCKED,
  CR_WAIT_OFFLINE,
  CR_WAIT_SOURCE_OUTAGE,
  CR_WAIT_STORAGE, /* our own disk is full or cannot be written */
  CR_WAIT_PAUSED,  /* by a person, until one lets it go on */
} CrWaitReason;

#define CR_TYPE_WAIT_REASON (cr_wait_reason_get_type ())
GType cr_wait_reason_get_type (void);

#define CR_TYPE_PULL (cr_pull_get_type ())
G_DECLARE_FINAL_TYPE (CrPull, cr_pull, CR, PULL, GObject)

/* One attempt to bring a connection's records in. */
struct _CrPull
{
  GObject parent_instance;

  char *id;            /* (owned): pull_… */
  char *patient_id;    /* (owned) */
  char *connection_id; /* (owned): conn_… */
  char *source_id;     /* (owned): fhirsrc_… */
  char *source_name;   /* (owned) (nullable): filled when read */
  CrPullStatus status;
  CrWaitReason waiting_for;
  gint64 wait_until_ms; /* 0: not waiting for a time */
  CrPullTrigger trigger;
  char *person;         /* (owned) (nullable): who started it by hand */
  gboolean is_joined;   /* asked for while it was there already; not stored */
  gboolean is_stopping; /* a person stopped it, and it keeps what it has in its hands */
  gint64 created_ms;
  gint64 started_ms;
  gint64 finished_ms;
  guint requests;
  guint retries; /* sent again within a request */
  guint pages;
  guint last_pages; /* of the last complete one, while this runs; 0: there is none */
  gint64 bytes;
  guint n_received;
  guint n_new;
  guint n_changed;
  guint n_unchanged;
  guint n_failed_queries;
  char *error_code;    /* (owned) (nullable): nick of CrErrorCode */
  char *error_message; /* (owned) (nullable) */
};

CrPull *cr_pull_new (const char *id);
/* One that waits for its turn, with an id of its own. */
CrPull *cr_pull_new_for (CrConnection *connection, CrPullTrigger trigger, gint64 now_ms);

typedef enum
{
  CR_QUERY_PENDING,
  CR_QUERY_RUNNING,
  CR_QUERY_COMPLETE,
  CR_QUERY_NOT_GRANTED,
  CR_QUERY_NOT_SUPPORTED,
  CR_QUERY_FAILED,
} CrQueryStatus;

#define CR_TYPE_QUERY_STATUS (cr_query_status_get_type ())
GType cr_query_status_get_type (void);
gboolean cr_query_status_can_become (CrQueryStatus from, CrQueryStatus to);

/* How a query reaches its records. */
typedef enum
{
  CR_QUERY_KIND_SEARCH,     /* `path` is a search, followed page by page */
  CR_QUERY_KIND_READ,       /* `path` is one resource */
  CR_QUERY_KIND_REFERENCES, /* the references found in what came, and in that in turn */
  CR_QUERY_KIND_ATTACHMENTS,
} CrQueryKind;

#define CR_TYPE_QUERY_KIND (cr_query_kind_get_type ())
GType cr_query_kind_get_type (void);

#define CR_TYPE_QUERY (cr_query_get_type ())
G_DECLARE_FINAL_TYPE (CrQuery, cr_query, CR, QUERY, GObject)

/* One resource type inside a pull. */
struct _CrQuery
{
  GObject parent_instance;

  char *pull_id; /* (owned) */
  guint n;       /* its place in the pull, from 0 */
  CrQueryKind kind;
  char *
      type; /* (owned): FHIR resource type; `References` and `Attachments` for the two last kinds */
  char *path; /* (owned): relative to the FHIR base, without the patient's id: `{patient}` stands
                 for it */
  CrQueryStatus status;
  char *next; /* (owned) (nullable): where to go on after a restart; a URL as received */
  guint pages;
  guint n_received;
  guint n_new;
  guint n_changed;
  guint n_unchanged;
  gint64 since_ms;   /* only what changed since was asked for; 0: all of it */
  guint n_skipped;   /* entries that were no record */
  gint64 total;      /* as the server said; -1: it did not */
  guint http_status; /* of the last answer; 0: none yet */
  char *error_code;  /* (owned) (nullable) */
  char *outcome;     /* (owned) (nullable): in words */
  char *raw; /* (owned) (nullable): the OperationOutcome or start of the answer, at most 4 KiB */
};

/* In a plan: since the last time that the search came to its end. */
#define CR_QUERY_SINCE_LAST (-1)

/* Whether the pull was cancelled before the query had come to its end: nothing failed then. */
gboolean cr_query_is_cut_off (CrQuery *self);
CrQuery *cr_query_new (const char *pull_id, guint n);

G_END_DECLS
