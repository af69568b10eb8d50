/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "api/cr-api-call.h"

G_BEGIN_DECLS

struct _CrApi
{
  CrEngine *engine;    /* (unowned): owns this */
  GPtrArray *rows;     /* (owned): what the server hands back for each route */
  CrBuckets *calls;    /* (owned): by key */
  CrBuckets *failures; /* (owned): by visitor */
};

G_END_DECLS
