/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* The REST face of an engine. */
typedef struct _CrApi CrApi;

CrApi *cr_api_attach (CrEngine *engine);
void cr_api_set_limits (CrApi *self, double per_second, double burst);

G_END_DECLS
