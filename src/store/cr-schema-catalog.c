/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-catalog.h"

#include "store/cr-source-words.h"
#include "store/cr-stmt.h"

/* Sources get what publishers' lists say of them, and an index of words. Their `place` is their
 * turn in the order of names, with room between two, and the rowid of the index: so whatever is
 * found comes in that order without being sorted. */
static const char *const catalog =
    "ALTER TABLE source ADD COLUMN status TEXT NOT NULL DEFAULT 'working';"
    "ALTER TABLE source ADD COLUMN status_reason TEXT;"
    "ALTER TABLE source ADD COLUMN status_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE source ADD COLUMN suspended_until_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE source ADD COLUMN successor_id TEXT;"
    "ALTER TABLE source ADD COLUMN publisher TEXT;"
    "ALTER TABLE source ADD COLUMN published_id TEXT;"
    "ALTER TABLE source ADD COLUMN published_name TEXT;"
    "ALTER TABLE source ADD COLUMN brand TEXT;"
    "ALTER TABLE source ADD COLUMN brand_words TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE source ADD COLUMN login TEXT;"
    "ALTER TABLE source ADD COLUMN aliases TEXT;"
    "ALTER TABLE source ADD COLUMN city TEXT;"
    "ALTER TABLE source ADD COLUMN state TEXT;"
    "ALTER TABLE source ADD COLUMN npi TEXT;"
    "ALTER TABLE source ADD COLUMN website TEXT;"
    "ALTER TABLE source ADD COLUMN logo_url TEXT;"
    "ALTER TABLE source ADD COLUMN fhir_version TEXT;"
    "ALTER TABLE source ADD COLUMN words TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE source ADD COLUMN place INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX source_by_name;"
    "CREATE INDEX source_by_name ON source (folded, id, place);"
    "CREATE INDEX source_by_place ON source (place, folded);"
    "CREATE INDEX source_by_type ON source (type, place);"
    "CREATE INDEX source_of_brand ON source (brand_words, status);"
    "CREATE INDEX source_of_publisher ON source (publisher, published_id);"
    "CREATE VIRTUAL TABLE source_search USING fts5 (folded, words, type, content = 'source',"
    "  content_rowid = 'place', prefix = '1 2 3 4 5 6 7 8',"
    "  detail = column, columnsize = 0,"
    "  tokenize = 'unicode61 remove_diacritics 0');"
    "CREATE TABLE source_alias ("
    "  fhir_base_url TEXT PRIMARY KEY,"
    "  source_id TEXT NOT NULL REFERENCES source (id) ON DELETE CASCADE,"
    "  moved_ms INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX alias_of_source ON source_alias (source_id);"
    "CREATE TABLE vendor_client ("
    "  type TEXT PRIMARY KEY, client_id TEXT NOT NULL, client_auth TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE logo ("
    "  url TEXT PRIMARY KEY, type TEXT, body BLOB, fetched_ms INTEGER NOT NULL);";

/* With the statements of this step: those of the table will know columns of later ones. */
static gboolean
fold_sources (CrDb *db, GError **error)
{
  g_autoptr (CrStmt) all = cr_stmt_new (db, "SELECT id, name, type, fhir_base_url, portal_url"
                                            " FROM source ORDER BY id");
  CrStep step;

  while ((step = cr_stmt_step (all, error)) == CR_STEP_ROW)
    {
      g_autoptr (CrStmt) stmt =
          cr_stmt_new (db, "UPDATE source SET folded = :folded, words = :words,"
                           " brand_words = :brand WHERE id = :id");
      g_autoptr (CrSource) source = cr_source_new (cr_stmt_text (all, 0));
      g_autofree char *folded = NULL;
      g_autofree char *words = NULL;
      g_autofree char *brand = NULL;

      source->name = cr_stmt_dup_text (all, 1);
      source->fhir_base_url = cr_stmt_dup_text (all, 3);
      source->portal_url = cr_stmt_dup_text (all, 4);
      folded = cr_source_words_of_name (source->name);
      words = cr_source_words_of_rest (source);
      brand = cr_source_words_brand (source);
      cr_stmt_bind_text (stmt, ":id", source->id);
      cr_stmt_bind_text (stmt, ":folded", folded);
      cr_stmt_bind_text (stmt, ":words", words);
      cr_stmt_bind_text (stmt, ":brand", brand);
      if (!cr_stmt_run (stmt, error))
        return FALSE;
    }

  return step == CR_STEP_DONE &&
         cr_db_exec (db,
                     "UPDATE source SET place = n.place FROM (SELECT id, row_number () OVER"
                     " (ORDER BY folded, id) * 4294967296 AS place FROM source) AS n"
                     " WHERE n.id = source.id;"
                     "INSERT INTO source_search (source_search) VALUES ('rebuild')",
                     error);
}

gboolean
cr_schema_add_catalog (CrDb *db, GError **error)
{
  return cr_db_exec (db, catalog, error) && fold_sources (db, error);
}
