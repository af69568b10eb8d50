/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-api-keys.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_API_KEYS_GROUP (cr_api_keys_group_get_type ())
G_DECLARE_FINAL_TYPE (CrApiKeysGroup, cr_api_keys_group, CR, API_KEYS_GROUP, AdwPreferencesGroup)

/* The keys of other programs, a row each, with what was made of them. */
void cr_api_keys_group_set_engine (CrApiKeysGroup *self, CrEngine *engine, const char *person);

G_END_DECLS
