/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-connect.h"
#include "connect/cr-tokens.h"
#include "engine/cr-engine.h"
#include "engine/cr-outside.h"
#include "engine/cr-scheduler.h"
#include "export/cr-uploads.h"
#include "net/cr-client.h"
#include "store/cr-store.h"
#include "vault/cr-vault.h"
#include "webhook/cr-webhooks.h"

G_BEGIN_DECLS

struct _CrEngine
{
  GObject parent_instance;

  CrWorkspace *workspace; /* (owned) */
  CrClock clock;
  CrStore *store;           /* (owned) */
  CrVault *vault;           /* (owned) */
  CrClient *client;         /* (owned) */
  CrChanges *changes;       /* (owned) */
  CrTokens *tokens;         /* (owned) */
  CrConnect *connect;       /* (owned) */
  CrWebhooks *webhooks;     /* (owned) */
  CrServer *server;         /* (owned) */
  CrServer *private_server; /* (owned) */
  CrScheduler *scheduler;   /* (owned) */
  CrUploads *uploads;       /* (owned) */
  CrOutside *outside;       /* (owned) */
  GHashTable *settings;     /* (owned): as stored, read at start and on change */
  GPtrArray *api_keys;      /* (owned): of CrApiKey, newest first, read at start */
  GPtrArray *people;        /* (owned): of char*, read at start */
  char *locks[2];           /* (owned) (nullable): hashes by CrLockKind, read at start */
  GHashTable *looks;        /* (owned): who looked at what → when that was kept last */
  guint n_wrong;            /* tries of a lock */
  gint64 wrong_ms;
  char *public_url;      /* (owned) (nullable) */
  GError *storage_error; /* (owned) (nullable) */
  guint storage_timer;
  GError *keyring_error;     /* (owned) (nullable) */
  GSubprocess *sandbox;      /* (owned) (nullable) */
  char *sandbox_uri;         /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned): of everything, when closing */
  gboolean fetches_logos;    /* by itself */
  gboolean is_fetching_logos;
  gboolean wants_logos; /* more may be due since it began */
  guint removal_timer;
  guint sweep_timer;
  guint cleaning_timer;
  gboolean is_closing;
  guint n_closing; /* parts whose end the close waits for */
};

/* A change of the store by a person: one transaction with its line in the audit, then the lists are
 * told and the scheduler looks again. */
typedef struct
{
  CrStoreFunc func;
  gpointer data;
  GDestroyNotify free_data;
  GDestroyNotify free_result; /* (nullable): the result is TRUE as a pointer */
  const char *person;         /* (nullable): the machine itself; nothing is audited */
  const char *action;         /* (nullable) */
  const char *object;         /* (nullable) */
  const char *detail;         /* (nullable) */
  gboolean forgets_object;    /* the audit says who and when, not of whom */
  CrChangeKind change;
  const char *patient_id; /* (nullable) */
} CrVerb;

/* Takes @task, and returns the result of the verb's function through it. */
void cr_engine_run_verb (CrEngine *self, const CrVerb *verb, GTask *task);
/* Takes @data and @task, and returns the result of @func through it. */
void cr_engine_read (CrEngine *self,
                     CrReader reader,
                     CrStoreFunc func,
                     gpointer data,
                     GDestroyNotify free_data,
                     GDestroyNotify free_result,
                     GTask *task);
GTask *cr_engine_task (CrEngine *self,
                       gpointer tag,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
const char *cr_engine_get_setting (CrEngine *self, const char *key);
void cr_engine_set_keyring_error (CrEngine *self, const GError *error);
void cr_engine_stop_sandbox (CrEngine *self);
/* A sandbox lets endpoints be on this computer; a live workspace those that the setting names. */
/* @hosts: (nullable): the value of the setting */
void cr_engine_apply_webhook_hosts (CrEngine *self, const char *hosts);

/* Does what removals left to do outside of the database: see cr-removal-table.h. What cannot be
 * done now stays queued. */
void cr_engine_go_on_removing (CrEngine *self);
/* Lets go of secrets in the keyring whose data are gone: see cr-restore-aside.h. */
void cr_engine_clear_left (CrEngine *self);
/* Removes what is older than the setting keep-log-days, now and every hour. */
void cr_engine_go_on_sweeping (CrEngine *self);
/* A patient who is there again has nothing kept of them. */
void cr_engine_forget_looks (CrEngine *self);
gboolean cr_engine_load_desk (CrEngine *self, CrDb *db, GError **error);
void cr_engine_title_record (CrDb *db, CrRecord *record);
/* Names in the keyring. */
GPtrArray *cr_engine_destination_secrets (const char *destination_id);

#define CR_DONE GINT_TO_POINTER (TRUE)

G_END_DECLS
