/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-api-key.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

gboolean cr_api_keys_table_add (CrDb *db, CrApiKey *key, GError **error);
GPtrArray *cr_api_keys_table_list (CrDb *db, GError **error); /* newest first, revoked ones too */
gboolean cr_api_keys_table_revoke (CrDb *db, const char *id, gint64 now_ms, GError **error);
gboolean cr_api_keys_table_touch (CrDb *db, const char *id, gint64 now_ms, GError **error);

G_END_DECLS
