/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-sources-table.h"

#include "base/cr-error.h"
#include "store/cr-search.h"
#include "store/cr-stmt-rows.h"

#define COLUMNS                                                                                    \
  "id, name, type, fhir_base_url, portal_url, client_id, client_auth, scopes, created_ms"
#define MISSING "There is no source with this id or FHIR base URL."
#define TAKEN "A source with this FHIR base URL is there already."

static gpointer
read_source (CrStmt *stmt)
{
  CrSource *source = cr_source_new (cr_stmt_text (stmt, 0));

  source->name = cr_stmt_dup_text (stmt, 1);
  source->type = cr_stmt_dup_text (stmt, 2);
  source->fhir_base_url = cr_stmt_dup_text (stmt, 3);
  source->portal_url = cr_stmt_dup_text (stmt, 4);
  source->client_id = cr_stmt_dup_text (stmt, 5);
  source->client_auth = (CrClientAuth) cr_stmt_enum (stmt, 6, CR_TYPE_CLIENT_AUTH);
  source->scopes = cr_stmt_dup_text (stmt, 7);
  source->created_ms = cr_stmt_int64 (stmt, 8);
  return source;
}

static void
bind_source (CrStmt *stmt, CrSource *source)
{
  g_autofree char *words = g_strconcat (source->name, " ", source->fhir_base_url, NULL);
  g_autofree char *folded = cr_search_fold (words);

  cr_stmt_bind_text (stmt, ":id", source->id);
  cr_stmt_bind_text (stmt, ":name", source->name);
  cr_stmt_bind_text (stmt, ":type", source->type);
  cr_stmt_bind_text (stmt, ":fhir_base_url", source->fhir_base_url);
  cr_stmt_bind_text (stmt, ":portal_url", source->portal_url);
  cr_stmt_bind_text (stmt, ":client_id", source->client_id);
  cr_stmt_bind_enum (stmt, ":client_auth", CR_TYPE_CLIENT_AUTH, (int) source->client_auth);
  cr_stmt_bind_text (stmt, ":scopes", source->scopes);
  cr_stmt_bind_text (stmt, ":folded", folded);
}

gboolean
cr_sources_table_add (CrDb *db, CrSource *source, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "INSERT INTO source (id, name, type, fhir_base_url, portal_url, client_id, client_auth,"
          " scopes, folded, created_ms) VALUES (:id, :name, :type, :fhir_base_url, :portal_url,"
          " :client_id, :client_auth, :scopes, :folded, :created_ms)");

  bind_source (stmt, source);
  cr_stmt_bind_int64 (stmt, ":created_ms", source->created_ms);
  return cr_stmt_run_add (stmt, TAKEN, error);
}

gboolean
cr_sources_table_update (CrDb *db, CrSource *source, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "UPDATE source SET name = :name, type = :type, fhir_base_url = :fhir_base_url,"
          " portal_url = :portal_url, client_id = :client_id, client_auth = :client_auth,"
          " scopes = :scopes, folded = :folded WHERE id = :id RETURNING id");

  bind_source (stmt, source);
  switch (cr_stmt_step (stmt, error))
    {
    case CR_STEP_ROW:
      return TRUE;
    case CR_STEP_DONE:
      g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND, MISSING);
      return FALSE;
    case CR_STEP_ERROR:
    default:
      return FALSE;
    }
}

gboolean
cr_sources_table_remove (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) used =
      cr_stmt_new (db, "SELECT count(*) FROM connection WHERE source_id = :id");
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM source WHERE id = :id");
  gint64 n;

  cr_stmt_bind_text (used, ":id", id);
  n = cr_stmt_read_number (used, 0, error);
  if (n < 0)
    return FALSE;
  if (n > 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "Patients are connected to this source. Remove those connections "
                           "first.");
      return FALSE;
    }

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run_change (stmt, MISSING, error);
}

CrSource *
cr_sources_table_get (CrDb *db, const char *id_or_base_url, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT " COLUMNS " FROM source WHERE id = :key OR fhir_base_url = :key");

  cr_stmt_bind_text (stmt, ":key", id_or_base_url);
  return cr_stmt_read_one (stmt, read_source, MISSING, error);
}

#define FILTER                                                                                     \
  " FROM source WHERE (:type IS NULL OR type = :type)"                                             \
  " AND (:part IS NULL OR folded LIKE :part ESCAPE '\\')"

static void
bind_filter (CrStmt *stmt, const char *text, const char *type)
{
  g_autofree char *part = cr_search_part (text);

  cr_stmt_bind_text (stmt, ":part", part);
  cr_stmt_bind_text (stmt, ":type", type);
}

/**
 * cr_sources_table_list:
 * @text: (nullable): a part of name or FHIR base URL, any case
 * @type: (nullable): a vendor
 *
 * Returns: (transfer full): a page of sources, by name
 */
GPtrArray *
cr_sources_table_list (CrDb *db,
                       const char *text,
                       const char *type,
                       guint offset,
                       guint limit,
                       GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT " COLUMNS FILTER " ORDER BY folded, id LIMIT :limit OFFSET :offset");

  bind_filter (stmt, text, type);
  cr_stmt_bind_page (stmt, offset, limit);
  return cr_stmt_read_list (stmt, read_source, error);
}

gint64
cr_sources_table_count (CrDb *db, const char *text, const char *type, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT count(*)" FILTER);

  bind_filter (stmt, text, type);
  return cr_stmt_read_number (stmt, 0, error);
}
