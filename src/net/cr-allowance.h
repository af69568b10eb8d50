/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net/cr-client.h"

G_BEGIN_DECLS

/* How many requests a server says that it takes, and in how long. */
typedef struct
{
  guint n;        /* 0: it does not say */
  guint window_s; /* a whole one; of several the longest */
} CrAllowance;

CrAllowance cr_allowance_read (const CrReply *reply);

G_END_DECLS
