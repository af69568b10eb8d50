/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_DESK_GROUP (cr_desk_group_get_type ())
G_DECLARE_FINAL_TYPE (CrDeskGroup, cr_desk_group, CR, DESK_GROUP, AdwPreferencesGroup)

/* In Preferences: who works at this desk, what locks it, and what is for admins. */
void cr_desk_group_set_engine (CrDeskGroup *self,
                               CrEngine *engine,
                               const char *person,
                               gboolean is_admin);

G_END_DECLS
