/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Which logos are still wanted, and parts of names, three letters at a time. */
gboolean
cr_schema_add_logos (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "CREATE INDEX source_by_logo ON source (logo_url) WHERE logo_url IS NOT NULL;"
      "CREATE VIRTUAL TABLE source_part USING fts5 (folded, content = 'source',"
      "  content_rowid = 'place', columnsize = 0, tokenize = 'trigram case_sensitive 1');"
      "INSERT INTO source_part (source_part) VALUES ('rebuild')",
      error);
}
