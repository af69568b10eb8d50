/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* The REST face of an engine. */
typedef struct _CrApi CrApi;

CrApi *cr_api_attach (CrEngine *engine);

G_END_DECLS
