/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

G_BEGIN_DECLS

gboolean cr_schema_add_catalog (CrDb *db, GError **error);

G_END_DECLS
