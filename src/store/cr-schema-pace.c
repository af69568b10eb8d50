/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* How many retries in a row were planned for a connection; above 0, its next pull is one. */
gboolean
cr_schema_add_pull_retries (CrDb *db, GError **error)
{
  return cr_db_exec (db, "ALTER TABLE connection ADD COLUMN n_retries INTEGER NOT NULL DEFAULT 0;",
                     error);
}
