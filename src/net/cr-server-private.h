/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "net/cr-buckets.h"
#include "net/cr-server.h"

G_BEGIN_DECLS

struct _CrServer
{
  GObject parent_instance;

  SoupServer *soup;                        /* (owned) */
  GPtrArray *routes;                       /* (owned): Route (owned) */
  GPtrArray *hosts;                        /* (owned): allowed hosts beside the loopback names */
  CrBuckets *visitors;                     /* (owned) */
  CrBuckets *local_visitors;               /* (owned) */
  char *uri;                               /* (owned) (nullable) */
  CrRefuser refusers[CR_ROUTE_API + 1];    /* (nullable): by face */
  gpointer refuser_data[CR_ROUTE_API + 1]; /* (unowned) */
  guint port;
  guint read_ms;          /* in which a request must have come in; 0: for ever */
  guint *n_open;          /* (owned): a counted box: connections that are there */
  GHashTable *handshakes; /* (owned): SoupServerMessage (owned) */
  gboolean is_private;
  gboolean has_certificate;
  gboolean is_ending; /* nobody new is let in */
};

/* cr-server-doors.c: the status to refuse with, or 0. */
guint cr_server_check_door (CrServer *self, SoupServerMessage *message, gboolean *is_loopback);
gboolean cr_is_loopback_name (const char *name);
/* Whom to count a visit for. */
char *cr_server_visitor_name (SoupServerMessage *message);

/* cr-server.c: the answer to a request that no route sees. */
void cr_server_refuse (CrServer *self, CrExchange *exchange, guint status);

/* cr-server-limits.c: from here on, connections are not too many and do not stay without asking. */
void cr_server_limit_connections (CrServer *self);

/* cr-server-handshakes.c: what a TLS handshake under way needs outlives the server. */
GHashTable *cr_server_new_handshakes (void);
void cr_server_hold_handshake (CrServer *self, SoupServerMessage *message);
void cr_server_end_handshakes (CrServer *self);

/* cr-server-target.c: paths with dots go nowhere. The check is a status to refuse with, or 0. */
void cr_server_look_at_target (CrServer *self, SoupServerMessage *message);
guint cr_server_check_target (SoupServerMessage *message);

G_END_DECLS
