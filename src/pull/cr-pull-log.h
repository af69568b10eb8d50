/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pull/cr-pull-ask.h"

G_BEGIN_DECLS

/* What a pull asked, request by request, with nothing that tells of whom: kinds of records and
 * names of parameters, never an id, a value of the patient's, a token or a foreign address. */

/* @took_ms: -1 when nothing was sent. One of @reply and @error is set. */
void cr_pull_log_add (CrPullContext *context,
                      const char *url,
                      gint64 took_ms,
                      const CrReply *reply,
                      const GError *error);
/* Hands what is gathered to the store; nobody waits for it. */
void cr_pull_log_flush (CrPullContext *context);
/* `Observation?patient=…&category=laboratory&_count=200` */
char *cr_pull_log_pattern (const char *base_url, const char *url);

G_END_DECLS
