/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-lapse.h"
#include "connect/cr-tokens.h"
#include "connect/cr-under-way.h"
#include "model/cr-connection.h"
#include "model/cr-source.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

struct _CrTokens
{
  GObject parent_instance;

  CrStore *store;      /* (owned) */
  CrClient *client;    /* (owned) */
  CrVault *vault;      /* (owned) */
  CrChanges *changes;  /* (owned) */
  GHashTable *desks;   /* (owned): connection id → Desk */
  GHashTable *unsaved; /* (owned): connection id (owned) → CrUnsaved (owned) */
  CrUnderWay under_way;
  CrClock clock;
};

/* What a portal gave that the store would not take. The token it replaces may be used up already,
 * so it is kept here until it can be saved, and nobody gets it before. */
typedef struct
{
  GBytes *replaces;    /* (owned): what the store holds */
  CrTokenPair *tokens; /* (owned) */
  char *scopes;        /* (owned) (nullable) */
  gint64 access_expires_ms;
  gint64 consent_ends_ms;
} CrUnsaved;

void cr_unsaved_free (gpointer data);

/* A connection with its source, read together. */
typedef struct
{
  char *id;                 /* (owned) */
  CrConnection *connection; /* (owned) (nullable) */
  CrSource *source;         /* (owned) (nullable) */
  char *redirect_uri;       /* (owned) (nullable): of the sign-in */
} CrHolding;

CrHolding *cr_holding_new (const char *connection_id);
void cr_holding_free (CrHolding *self);
/* A CrStoreFunc that fills the CrHolding given as data. */
gpointer cr_holding_read (CrDb *db, gpointer data, GError **error);

/* cr-tokens-renew.c: the header's value for one connection, renewed if it must be or @renew. Never
 * two at once for one connection: that is what desks are for. */
void cr_tokens_fetch_async (CrTokens *self,
                            const char *connection_id,
                            gboolean renew,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
char *
cr_tokens_fetch_finish (CrTokens *self, GAsyncResult *result, gboolean *renewed, GError **error);

G_END_DECLS
