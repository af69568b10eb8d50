/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* See cr-unsealed-table.c. */
gboolean
cr_schema_add_unsealed (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "CREATE TABLE unsealed_run ("
                     "  run_id TEXT PRIMARY KEY REFERENCES export_run (id) ON DELETE CASCADE);",
                     error);
}
