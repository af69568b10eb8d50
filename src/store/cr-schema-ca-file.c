/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-db-private.h"
#include "store/cr-schema-private.h"

/* Whose certificates a source may show besides those that everybody trusts. */
gboolean
cr_schema_add_ca_file (CrDb *db, GError **error)
{
  return cr_db_exec (db, "ALTER TABLE source ADD COLUMN ca_file TEXT;", error);
}
