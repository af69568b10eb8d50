/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "api/cr-api-call.h"

G_BEGIN_DECLS

/* Writes that carry an `Idempotency-Key`: asked the same again within a day, the same is answered
 * and nothing is done twice, also when the engine was started anew meanwhile. */

/* Goes on with @next, at once or later, unless it has answered already. */
void cr_api_once_begin (CrApiCall *call, CrApiHandler next);
/* Sends the answer once it is kept. */
void cr_api_once_settle (CrApiCall *call, guint status, const char *text);

G_END_DECLS
