/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attempt.h"

G_BEGIN_DECLS

typedef enum
{
  CR_CONNECTION_ACTIVE,
  CR_CONNECTION_REFRESH_FAILED,
  CR_CONNECTION_EXPIRED,
  CR_CONNECTION_DISCONNECTED,
} CrConnectionStatus;

#define CR_TYPE_CONNECTION_STATUS (cr_connection_status_get_type ())
GType cr_connection_status_get_type (void);
gboolean cr_connection_status_can_become (CrConnectionStatus from, CrConnectionStatus to);

#define CR_TYPE_CONNECTION (cr_connection_get_type ())
G_DECLARE_FINAL_TYPE (CrConnection, cr_connection, CR, CONNECTION, GObject)

/* This patient at this source. */
struct _CrConnection
{
  GObject parent_instance;

  char *id;                /* (owned): conn_… */
  char *patient_id;        /* (owned) */
  char *source_id;         /* (owned) */
  char *source_name;       /* (owned) (nullable): filled when read */
  char *portal_patient_id; /* (owned) */
  char *session_id;        /* (owned) (nullable): the session that last made it active */
  CrConnectionStatus status;
  char *scopes;             /* (owned): granted, space-separated */
  char *asked_scopes;       /* (owned) (nullable) */
  char *token_endpoint;     /* (owned) */
  gboolean has_refresh;     /* a refresh token is kept */
  gint64 access_expires_ms; /* when the access token ends; 0: not said */
  GBytes
      *sealed_tokens; /* (owned) (nullable): sealed to this id; NULL once lapsed or disconnected */
  CrFailureCode failure_code;
  gint64 failure_ms;
  gint64 next_pull_ms;    /* 0: none planned */
  guint n_retries;        /* in a row; above 0: the next pull is one */
  gint64 consent_ends_ms; /* when the patient's permission ends; 0: not said */
  char *ungranted; /* (owned) (nullable): scopes asked for and not granted, space-separated */
  gint64 created_ms;
  gint64 updated_ms;

  /* Derived when read from the store. */
  gboolean is_held; /* a hold that is open, or was rejected last, stops its exports */
  guint n_records;
  gint64 last_pull_ms;
  char *last_pull_id;     /* (owned) (nullable) */
  char *last_pull_status; /* (owned) (nullable): nick of CrPullStatus */
  char *patient_name;     /* (owned) (nullable) */
  char *note;             /* (owned) (nullable): what staff wrote about it */
  gint64 called_ms;       /* when the patient was told to sign in again; 0: not yet */
  char *called_by;        /* (owned) (nullable): the person */
};

CrConnection *cr_connection_new (const char *id);
/* When access ended or will end, if the patient must sign in again for it to go on; 0: it goes on
 * by itself, or its end is not known. */
gint64 cr_connection_ends_ms (CrConnection *self);
/* When access ends for good unless the patient signs in again; 0: not known. */
gint64 cr_connection_get_end_ms (CrConnection *self);

/* What is sealed in CrConnection.sealed_tokens. Clear with cr_token_pair_free, which wipes the
 * memory. */
typedef struct
{
  char *access_token;  /* (owned) */
  char *refresh_token; /* (owned) (nullable) */
} CrTokenPair;

CrTokenPair *cr_token_pair_new (const char *access_token, const char *refresh_token);
void cr_token_pair_free (CrTokenPair *self);
GBytes *cr_token_pair_to_bytes (const CrTokenPair *self);
CrTokenPair *cr_token_pair_from_bytes (GBytes *bytes, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTokenPair, cr_token_pair_free)

G_END_DECLS
