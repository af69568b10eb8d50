/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-profile.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

CrProfile *cr_profile_table_get (CrDb *db, const char *source_id, GError **error);
const char *cr_profile_table_statement (void); /* for tests of its plan */

G_END_DECLS
