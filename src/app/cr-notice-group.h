/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_NOTICE_GROUP (cr_notice_group_get_type ())
G_DECLARE_FINAL_TYPE (CrNoticeGroup, cr_notice_group, CR, NOTICE_GROUP, AdwPreferencesGroup)

/* In Preferences: what is told on the desktop, and whether the work goes on without a window. */
void cr_notice_group_set_engine (CrNoticeGroup *self, CrEngine *engine, const char *person);

G_END_DECLS
