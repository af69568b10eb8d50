/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Which logos are still wanted. */
gboolean
cr_schema_add_logos (CrDb *db, GError **error)
{
  return cr_db_exec (
      db, "CREATE INDEX source_by_logo ON source (logo_url) WHERE logo_url IS NOT NULL", error);
}
