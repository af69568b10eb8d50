/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "api/cr-api-call.h"

G_BEGIN_DECLS

struct _CrApi
{
  CrEngine *engine;    /* (unowned): owns this */
  GPtrArray *rows;     /* (owned): what the server hands back for each route */
  CrBuckets *calls;    /* (owned): by key */
  CrBuckets *failures; /* (owned): of all who show no good key */
  GHashTable *running; /* (owned): digest of an Idempotency-Key → that of its request */
  guint n_streams;     /* of events, that are open */
};

G_END_DECLS
