/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-connect.h"
#include "connect/cr-tokens.h"

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The sandbox as a child, a store of its own, the pages on loopback, and a visitor with cookies. */
typedef struct
{
  char *folder;                  /* (owned) */
  GSubprocess *sandbox;          /* (owned) (nullable) */
  char *sandbox_uri;             /* (owned) (nullable) */
  JsonObject *about;             /* (owned) (nullable): the sandbox's description */
  CrStore *store;                /* (owned) */
  CrClient *client;              /* (owned) */
  CrVault *vault;                /* (owned) */
  CrChanges *changes;            /* (owned) */
  CrServer *server;              /* (owned) */
  CrConnect *connect;            /* (owned) */
  CrTokens *tokens;              /* (owned) */
  SoupSession *visitor;          /* (owned) */
  const char *accept;            /* (nullable): what the visitor asks for */
  const char *accept_language;   /* (nullable) */
  char *source_id;               /* (owned) (nullable): the sandbox's portal */
  SoupServer *late;              /* (owned) (nullable): a token endpoint */
  SoupServerMessage *asked_late; /* (owned) (nullable): its visitor, who waits */
  guint n_asked_late;
  gboolean connect_is_stopped;
  gboolean tokens_are_stopped;
} CrRig;

/* An answer to the visitor, who follows no redirect by itself. */
typedef struct
{
  guint status;
  char *location; /* (owned) (nullable) */
  char *body;     /* (owned) */
  char *policy;   /* (owned) (nullable): Content-Security-Policy */
} CrAnswer;

typedef enum
{
  CR_RIG_ALLOW,
  CR_RIG_DENY,
} CrRigDecision;

/* Before cr_first_of_all(): the keyring in a file of this test. */
void cr_rig_use_file_keyring (void);
gint64 cr_rig_clock (void);
/* Time passes. */
void cr_rig_set_clock_offset (gint64 ms);
/* Somebody sets the clock, and is wrong by @ms. */
void cr_rig_set_clock_wrong (gint64 ms);
/* For the rig itself. */
gint64 cr_rig_boot_clock (void);
void cr_rig_clock_begin (CrRig *rig);
void cr_rig_clock_tell (void);

CrRig *cr_rig_new (gboolean with_sandbox);
void cr_rig_free (CrRig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrRig, cr_rig_free)
void cr_rig_stop_sandbox (CrRig *rig);

void cr_answer_free (CrAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrAnswer, cr_answer_free)
CrAnswer *cr_rig_get (CrRig *rig, const char *url);
CrAnswer *cr_rig_post (CrRig *rig, const char *url, const char *form);
CrAnswer *cr_rig_put (CrRig *rig, const char *path, const char *body);
void cr_rig_fault (CrRig *rig, const char *name, const char *parameters);
void cr_rig_clear_faults (CrRig *rig);
/* How many requests the sandbox saw of this method and path since the last clearing. */
guint cr_rig_count (CrRig *rig, const char *method, const char *path, guint status);
void cr_rig_clear_log (CrRig *rig);

/* A member of the sandbox's patient number @n. */
const char *cr_rig_person (CrRig *rig, guint n, const char *member);
/* Adds that patient to the clinic's. */
void cr_rig_add_patient (CrRig *rig, guint n);
char *cr_rig_add_source (CrRig *rig, const char *name, const char *base_url, const char *client_id);
CrSession *cr_rig_session (CrRig *rig, const CrSessionRequest *request, GError **error);
/* A session for that patient at the sandbox, return URL https://app.example/back?x=1. */
CrSession *cr_rig_direct_session (CrRig *rig, guint n);
/* From the page that leads to the portal to the URL the portal sends the browser back to. */
char *cr_rig_sign_in (CrRig *rig, const char *authorize_url, guint person, CrRigDecision decision);
/* All of it; the URL that the callback leads to. */
char *cr_rig_walk (CrRig *rig, CrSession *session, guint person, CrRigDecision decision);
/* A member of the query of @url. */
char *cr_rig_query (const char *url, const char *name);

gpointer cr_rig_read (CrRig *rig, CrStoreFunc func, gpointer data);
gpointer cr_rig_write (CrRig *rig, CrStoreFunc func, gpointer data);
CrSession *cr_rig_get_session (CrRig *rig, const char *id);
GPtrArray *cr_rig_connections (CrRig *rig, const char *patient_id);
GPtrArray *cr_rig_attempts (CrRig *rig, const char *session_id);
GPtrArray *cr_rig_auth_events (CrRig *rig, const char *patient_id);
GPtrArray *cr_rig_holds (CrRig *rig, const char *patient_id);
GPtrArray *cr_rig_pulls (CrRig *rig, const char *patient_id);
GPtrArray *cr_rig_events (CrRig *rig);

/* A token endpoint that keeps whoever asks it waiting, and answers what the portal does; its URL.
 */
char *cr_rig_start_late (CrRig *rig);
void cr_rig_wait_for_late (CrRig *rig);
/* Asks the portal and answers, now. */
void cr_rig_answer_late (CrRig *rig);
/* Begin stopping; the booleans of the rig say when it is done. */
void cr_rig_stop_connect (CrRig *rig);
void cr_rig_stop_tokens (CrRig *rig);

/* From here on the disk is full for whoever writes tokens. */
void cr_rig_fill_disk (CrRig *rig);
void cr_rig_make_room (CrRig *rig);

/* Iterates the main context until *@done. */
void cr_rig_wait (gboolean *done);

G_END_DECLS
