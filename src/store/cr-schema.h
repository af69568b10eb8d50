/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

G_BEGIN_DECLS

guint cr_schema_newest (void);
gboolean cr_schema_migrate (CrDb *db, GError **error);

/* Removes the copies that migrations made; FALSE when one is still there. */
gboolean cr_schema_drop_copies (CrDb *db);

G_END_DECLS
