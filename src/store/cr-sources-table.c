/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-sources-table.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-source-words.h"
#include "store/cr-sources-private.h"

#define MISSING CR_SAID ("There is no source with this id or FHIR base URL.")
#define TAKEN CR_SAID ("A source with this FHIR base URL is there already.")
#define ROOM G_GINT64_CONSTANT (4294967296) /* between two places */

static GStrv
split_lines (const char *text)
{
  return text != NULL ? g_strsplit (text, "\n", -1) : NULL;
}

/* Of a row of CR_SOURCE_COLUMNS. */
gpointer
cr_sources_read (CrStmt *stmt)
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
  source->status = (CrSourceStatus) cr_stmt_enum (stmt, 9, CR_TYPE_SOURCE_STATUS);
  source->status_reason = cr_stmt_dup_text (stmt, 10);
  source->status_ms = cr_stmt_int64 (stmt, 11);
  source->suspended_until_ms = cr_stmt_int64 (stmt, 12);
  source->successor_id = cr_stmt_dup_text (stmt, 13);
  source->publisher = cr_stmt_dup_text (stmt, 14);
  source->published_id = cr_stmt_dup_text (stmt, 15);
  source->published_name = cr_stmt_dup_text (stmt, 16);
  source->brand = cr_stmt_dup_text (stmt, 17);
  source->login = cr_stmt_dup_text (stmt, 18);
  source->aliases = split_lines (cr_stmt_text (stmt, 19));
  source->city = cr_stmt_dup_text (stmt, 20);
  source->state = cr_stmt_dup_text (stmt, 21);
  source->npi = cr_stmt_dup_text (stmt, 22);
  source->website = cr_stmt_dup_text (stmt, 23);
  source->logo_url = cr_stmt_dup_text (stmt, 24);
  source->fhir_version = cr_stmt_dup_text (stmt, 25);
  source->uses_vendor_client = cr_stmt_int64 (stmt, 26) != 0;
  source->has_logo = cr_stmt_int64 (stmt, 27) != 0;
  source->n_logins = (guint) cr_stmt_int64 (stmt, 28);
  source->parameters = cr_stmt_dup_text (stmt, 29);
  source->ca_file = cr_stmt_dup_text (stmt, 30);
  return source;
}

static void
bind_client (CrStmt *stmt, CrSource *source)
{
  gboolean is_own =
      source->client_id != NULL && source->client_id[0] != '\0' && !source->uses_vendor_client;

  cr_stmt_bind_text (stmt, ":client_id", is_own ? source->client_id : NULL);
  cr_stmt_bind_enum (stmt, ":client_auth", CR_TYPE_CLIENT_AUTH,
                     source->uses_vendor_client ? CR_CLIENT_AUTH_NONE : (int) source->client_auth);
  cr_stmt_bind_text (stmt, ":scopes", source->scopes);
  cr_stmt_bind_text (stmt, ":parameters", source->parameters);
  cr_stmt_bind_text (stmt, ":ca_file", source->ca_file);
}

static void
bind_published (CrStmt *stmt, CrSource *source)
{
  g_autofree char *aliases = source->aliases != NULL ? g_strjoinv ("\n", source->aliases) : NULL;

  cr_stmt_bind_text (stmt, ":publisher", source->publisher);
  cr_stmt_bind_text (stmt, ":published_id", source->published_id);
  cr_stmt_bind_text (stmt, ":published_name", source->published_name);
  cr_stmt_bind_text (stmt, ":brand", source->brand);
  cr_stmt_bind_text (stmt, ":login", source->login);
  cr_stmt_bind_text (stmt, ":aliases", aliases);
  cr_stmt_bind_text (stmt, ":city", source->city);
  cr_stmt_bind_text (stmt, ":state", source->state);
  cr_stmt_bind_text (stmt, ":npi", source->npi);
  cr_stmt_bind_text (stmt, ":website", source->website);
  cr_stmt_bind_text (stmt, ":logo_url", source->logo_url);
  cr_stmt_bind_text (stmt, ":fhir_version", source->fhir_version);
}

static void
bind_source (CrStmt *stmt, CrSource *source, const char *folded)
{
  g_autofree char *words = cr_source_words_of_rest (source);
  g_autofree char *brand = cr_source_words_brand (source);

  cr_stmt_bind_text (stmt, ":id", source->id);
  cr_stmt_bind_text (stmt, ":name", source->name);
  cr_stmt_bind_text (stmt, ":type", source->type);
  cr_stmt_bind_text (stmt, ":fhir_base_url", source->fhir_base_url);
  cr_stmt_bind_text (stmt, ":portal_url", source->portal_url);
  bind_client (stmt, source);
  cr_stmt_bind_int64 (stmt, ":created_ms", source->created_ms);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_SOURCE_STATUS, (int) source->status);
  cr_stmt_bind_text (stmt, ":status_reason", source->status_reason);
  cr_stmt_bind_int64 (stmt, ":status_ms", source->status_ms);
  cr_stmt_bind_int64 (stmt, ":suspended_until_ms", source->suspended_until_ms);
  cr_stmt_bind_text (stmt, ":successor_id", source->successor_id);
  bind_published (stmt, source);
  cr_stmt_bind_text (stmt, ":folded", folded);
  cr_stmt_bind_text (stmt, ":words", words);
  cr_stmt_bind_text (stmt, ":brand_words", brand);
}

/* The index of words --------------------------------------------------------------------------- */

static gboolean
run_for_id (CrDb *db, const char *sql, const char *id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run (stmt, error);
}

static gboolean
add_words (CrDb *db, const char *id, GError **error)
{
  return run_for_id (db,
                     "INSERT INTO source_search (rowid, folded, words, type)"
                     " SELECT place, folded, words, type FROM source WHERE id = :id",
                     id, error) &&
         run_for_id (db,
                     "INSERT INTO source_part (rowid, folded)"
                     " SELECT place, folded FROM source WHERE id = :id",
                     id, error);
}

/* The index must be told what it forgets.
 * Source: https://www.sqlite.org/fts5.html#the_delete_command */
static gboolean
drop_words (CrDb *db, const char *id, GError **error)
{
  return run_for_id (db,
                     "INSERT INTO source_search (source_search, rowid, folded, words, type)"
                     " SELECT 'delete', place, folded, words, type FROM source WHERE id = :id",
                     id, error) &&
         run_for_id (db,
                     "INSERT INTO source_part (source_part, rowid, folded)"
                     " SELECT 'delete', place, folded FROM source WHERE id = :id",
                     id, error);
}

/**
 * cr_sources_table_index:
 *
 * Gives every source its place in the order of names and makes the index of words anew.
 */
gboolean
cr_sources_table_index (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "UPDATE source SET place = n.place FROM (SELECT id, row_number () OVER"
                     " (ORDER BY folded, id) * 4294967296 AS place FROM source) AS n"
                     " WHERE n.id = source.id;"
                     "INSERT INTO source_search (source_search) VALUES ('rebuild');"
                     "INSERT INTO source_part (source_part) VALUES ('rebuild')",
                     error);
}

static gint64
place_beside (CrStmt *stmt, const char *folded, const char *id, gint64 fallback, GError **error)
{
  cr_stmt_bind_text (stmt, ":folded", folded);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_read_number (stmt, fallback, error);
}

/* A place between its neighbours; 0 when there is no room left, -1 on error. */
static gint64
find_place (CrDb *db, const char *folded, const char *id, GError **error)
{
  g_autoptr (CrStmt) before =
      cr_stmt_new (db, "SELECT place FROM source WHERE (folded, id) < (:folded, :id)"
                       " ORDER BY folded DESC, id DESC LIMIT 1");
  g_autoptr (CrStmt) after =
      cr_stmt_new (db, "SELECT place FROM source WHERE (folded, id) > (:folded, :id)"
                       " ORDER BY folded, id LIMIT 1");
  gint64 low = place_beside (before, folded, id, 0, error);
  gint64 high;

  if (low < 0)
    return -1;
  high = place_beside (after, folded, id, low + 2 * ROOM, error);
  if (high < 0)
    return -1;
  return high - low < 2 ? 0 : low + (high - low) / 2;
}

/* The row is there, without a place. */
static gboolean
index_one (CrDb *db, const char *id, const char *folded, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "UPDATE source SET place = :place WHERE id = :id");
  gint64 place = find_place (db, folded, id, error);

  if (place <= 0)
    return place == 0 && cr_sources_table_index (db, error);

  cr_stmt_bind_int64 (stmt, ":place", place);
  cr_stmt_bind_text (stmt, ":id", id);
  return cr_stmt_run (stmt, error) && add_words (db, id, error);
}

/* Rows ----------------------------------------------------------------------------------------- */

#define VALUES                                                                                     \
  "(id, name, type, fhir_base_url, portal_url, client_id, client_auth, scopes, created_ms, "       \
  "status,"                                                                                        \
  " status_reason, status_ms, suspended_until_ms, successor_id, publisher, published_id,"          \
  " published_name, brand, login, aliases, city, state, npi, website, logo_url, fhir_version,"     \
  " folded, words, brand_words, parameters, ca_file)"                                              \
  " VALUES (:id, :name, :type, :fhir_base_url, :portal_url, :client_id, :client_auth, :scopes,"    \
  " :created_ms, :status, :status_reason, :status_ms, :suspended_until_ms, :successor_id,"         \
  " :publisher, :published_id, :published_name, :brand, :login, :aliases, :city, :state, :npi,"    \
  " :website, :logo_url, :fhir_version, :folded, :words, :brand_words, :parameters, nullif "       \
  "(:ca_file, ''))"

#define CHANGES                                                                                    \
  " name = :name, type = :type, fhir_base_url = :fhir_base_url, portal_url = :portal_url,"         \
  " client_id = :client_id, client_auth = :client_auth, scopes = :scopes,"                         \
  " parameters = nullif (:parameters, ''), ca_file = nullif (:ca_file, ''),"                       \
  " created_ms = :created_ms, status = :status, status_reason = :status_reason,"                   \
  " status_ms = :status_ms, suspended_until_ms = :suspended_until_ms,"                             \
  " successor_id = :successor_id, publisher = :publisher, published_id = :published_id,"           \
  " published_name = :published_name, brand = :brand, login = :login, aliases = :aliases,"         \
  " city = :city, state = :state, npi = :npi, website = :website, logo_url = :logo_url,"           \
  " fhir_version = :fhir_version, folded = :folded, words = :words, brand_words = :brand_words"

gboolean
cr_sources_table_add (CrDb *db, CrSource *source, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "INSERT INTO source " VALUES);
  g_autofree char *folded = cr_source_words_of_name (source->name);

  bind_source (stmt, source, folded);
  return cr_stmt_run_add (stmt, TAKEN, error) && index_one (db, source->id, folded, error);
}

/**
 * cr_sources_table_update:
 *
 * Writes every field of @source, so it must have been read first.
 */
gboolean
cr_sources_table_update (CrDb *db, CrSource *source, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE source SET" CHANGES ", place = 0 WHERE id = :id");
  g_autofree char *folded = cr_source_words_of_name (source->name);

  if (!drop_words (db, source->id, error))
    return FALSE;
  bind_source (stmt, source, folded);
  if (!cr_stmt_run_change (stmt, MISSING, error))
    return FALSE;

  return index_one (db, source->id, folded, error);
}

gboolean
cr_sources_table_put_unindexed (CrDb *db, CrSource *source, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT INTO source " VALUES " ON CONFLICT (id) DO UPDATE SET" CHANGES);
  g_autofree char *folded = cr_source_words_of_name (source->name);

  bind_source (stmt, source, folded);
  return cr_stmt_run_add (stmt, TAKEN, error);
}

gboolean
cr_sources_table_remove (CrDb *db, const char *id, GError **error)
{
  g_autoptr (CrStmt) used =
      cr_stmt_new (db, "SELECT count(*) FROM connection WHERE source_id = :id");
  g_autoptr (CrStmt) logo = cr_stmt_new (db, "DELETE FROM logo WHERE url = 'source:' || :id");
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

  cr_stmt_bind_text (logo, ":id", id);
  cr_stmt_bind_text (stmt, ":id", id);
  return drop_words (db, id, error) && cr_stmt_run (logo, error) &&
         cr_stmt_run_change (stmt, MISSING, error);
}

/**
 * cr_sources_table_get:
 * @id_or_base_url: a base URL it had before finds it too
 */
CrSource *
cr_sources_table_get (CrDb *db, const char *id_or_base_url, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT " CR_SOURCE_COLUMNS " FROM source AS s" CR_SOURCE_VENDOR
          " WHERE s.id = coalesce ((SELECT id FROM source WHERE id = :key OR fhir_base_url = :key),"
          " (SELECT source_id FROM source_alias WHERE fhir_base_url = :key))");

  cr_stmt_bind_text (stmt, ":key", id_or_base_url);
  return cr_stmt_read_one (stmt, cr_sources_read, MISSING, error);
}

/**
 * cr_sources_table_set_status:
 * @reason: (nullable)
 * @until_ms: when a suspension ends; 0: when staff resume it
 */
gboolean
cr_sources_table_set_status (CrDb *db,
                             const char *id,
                             CrSourceStatus status,
                             const char *reason,
                             gint64 until_ms,
                             gint64 now_ms,
                             GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE source SET status = :status, status_reason = :reason,"
                       " suspended_until_ms = :until, status_ms = :now WHERE id = :id");

  cr_stmt_bind_text (stmt, ":id", id);
  cr_stmt_bind_enum (stmt, ":status", CR_TYPE_SOURCE_STATUS, (int) status);
  cr_stmt_bind_text (stmt, ":reason", reason);
  cr_stmt_bind_int64 (stmt, ":until", until_ms);
  cr_stmt_bind_int64 (stmt, ":now", now_ms);
  return cr_stmt_run_change (stmt, MISSING, error);
}

gboolean
cr_sources_table_add_alias (CrDb *db,
                            const char *fhir_base_url,
                            const char *source_id,
                            gint64 now_ms,
                            GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT OR REPLACE INTO source_alias (fhir_base_url, source_id, moved_ms)"
                       " VALUES (:url, :id, :now)");

  cr_stmt_bind_text (stmt, ":url", fhir_base_url);
  cr_stmt_bind_text (stmt, ":id", source_id);
  cr_stmt_bind_int64 (stmt, ":now", now_ms);
  return cr_stmt_run (stmt, error);
}

/* Vendors' clients ----------------------------------------------------------------------------- */

gboolean
cr_vendor_clients_set (CrDb *db, const CrVendorClient *client, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "INSERT OR REPLACE INTO vendor_client (type, client_id, client_auth)"
                       " VALUES (:type, :client_id, :client_auth)");

  cr_stmt_bind_text (stmt, ":type", client->type);
  cr_stmt_bind_text (stmt, ":client_id", client->client_id);
  cr_stmt_bind_enum (stmt, ":client_auth", CR_TYPE_CLIENT_AUTH, (int) client->client_auth);
  return cr_stmt_run (stmt, error);
}

gboolean
cr_vendor_clients_remove (CrDb *db, const char *type, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "DELETE FROM vendor_client WHERE type = :type");

  cr_stmt_bind_text (stmt, ":type", type);
  return cr_stmt_run_change (stmt, CR_SAID ("There is no client id for this vendor."), error);
}

/**
 * cr_vendor_clients_list:
 *
 * Returns: (transfer full): of CrVendorClient, by type
 */
GPtrArray *
cr_vendor_clients_list (CrDb *db, GError **error)
{
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_vendor_client_free);
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "SELECT type, client_id, client_auth FROM vendor_client ORDER BY type");
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrVendorClient *client = g_new0 (CrVendorClient, 1);

      client->type = cr_stmt_dup_text (stmt, 0);
      client->client_id = cr_stmt_dup_text (stmt, 1);
      client->client_auth = (CrClientAuth) cr_stmt_enum (stmt, 2, CR_TYPE_CLIENT_AUTH);
      g_ptr_array_add (list, client);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&list) : NULL;
}
