/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <string.h>

#include "store/cr-db-private.h"
#include "store/cr-schema.h"
#include "store/cr-stmt.h"

CrDb *
fixture_open (void)
{
  g_autoptr (GError) error = NULL;
  CrDb *db = cr_db_open (":memory:", CR_DB_WRITE, &error);

  g_assert_no_error (error);
  cr_schema_migrate (db, &error);
  g_assert_no_error (error);
  return db;
}

void
fixture_add_patient (CrDb *db, const char *id, const char *name)
{
  g_autoptr (CrPatient) patient = cr_patient_new (id);
  g_autoptr (GError) error = NULL;

  patient->name = g_strdup (name);
  patient->created_ms = NOW;
  cr_patients_table_add (db, patient, &error);
  g_assert_no_error (error);
}

void
fixture_add_source (CrDb *db, const char *id)
{
  g_autoptr (CrSource) source = cr_source_new (id);
  g_autoptr (GError) error = NULL;

  source->name = g_strconcat ("Clinic ", id, NULL);
  source->fhir_base_url = g_strconcat ("https://fhir.example.org/", id, NULL);
  source->created_ms = NOW;
  cr_sources_table_add (db, source, &error);
  g_assert_no_error (error);
}

void
fixture_add_connection (CrDb *db, const char *id, const char *patient, const char *source)
{
  g_autoptr (CrConnection) connection = cr_connection_new (id);
  g_autoptr (GError) error = NULL;

  connection->patient_id = g_strdup (patient);
  connection->source_id = g_strdup (source);
  connection->portal_patient_id = g_strdup ("p1");
  connection->scopes = g_strdup ("patient/*.read");
  connection->token_endpoint = g_strdup ("https://auth.example.org/token");
  connection->sealed_tokens = g_bytes_new_static ("sealed", 6);
  connection->created_ms = NOW;
  cr_connections_table_save (db, connection, &error);
  g_assert_no_error (error);
}

void
fixture_add_pull (CrDb *db, const char *id, const char *connection_id, CrPullStatus status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrConnection) connection = cr_connections_table_get (db, connection_id, &error);
  g_autoptr (CrPull) pull = cr_pull_new (id);
  g_autofree char *got = NULL;

  g_assert_no_error (error);
  pull->patient_id = g_strdup (connection->patient_id);
  pull->connection_id = g_strdup (connection_id);
  pull->source_id = g_strdup (connection->source_id);
  pull->status = status;
  pull->created_ms = NOW;
  cr_pulls_table_add (db, pull, &got, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (got, ==, id);
}

void
fixture_add_destination (CrDb *db, const char *id, const char *name)
{
  g_autoptr (CrDestination) destination = cr_destination_new (id);
  g_autoptr (GError) error = NULL;

  destination->name = g_strdup (name);
  destination->kind = g_strdup ("s3");
  g_hash_table_insert (destination->settings, g_strdup ("bucket"), g_strdup ("lake “1”"));
  destination->created_ms = NOW;
  cr_destinations_table_add (db, destination, &error);
  g_assert_no_error (error);
}

gint64
fixture_number (CrDb *db, const char *sql)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);
  g_autoptr (GError) error = NULL;
  CrStep step = cr_stmt_step (stmt, &error);

  g_assert_no_error (error);
  g_assert_cmpint (step, ==, CR_STEP_ROW);
  return cr_stmt_int64 (stmt, 0);
}

char *
fixture_plan (CrDb *db, const char *sql)
{
  g_autofree char *question = g_strconcat ("EXPLAIN QUERY PLAN ", sql, NULL);
  CrStmt *stmt = cr_stmt_new (db, question);
  GString *plan = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  while (cr_stmt_step (stmt, &error) == CR_STEP_ROW)
    g_string_append_printf (plan, "%s\n", cr_stmt_text (stmt, 3));
  g_assert_no_error (error);
  cr_stmt_destroy (stmt); /* its text is no literal, so it may not be kept */
  return g_string_free (plan, FALSE);
}

static void
hash (const char *text, guint8 *into)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n_bytes = CR_CONTENT_HASH_SIZE;

  g_checksum_update (sum, (const guchar *) text, -1);
  g_checksum_get_digest (sum, into, &n_bytes);
}

void
fixture_incoming (CrIncoming *incoming,
                  const char *type,
                  const char *id,
                  const char *body,
                  const char *content,
                  const CrReference *references,
                  guint n_references)
{
  *incoming = (CrIncoming){ .type = type,
                            .id = id,
                            .body = body,
                            .n_bytes = strlen (body),
                            .references = references,
                            .n_references = n_references,
                            .mode = CR_ENTRY_MATCH };
  hash (body, incoming->sha256);
  hash (content, incoming->content);
}

CrSaveCounts
fixture_save (CrDb *db,
              const CrRecordOwner *owner,
              const CrIncoming *incoming,
              guint n,
              gint64 now_ms)
{
  CrSaveCounts counts = { 0 };
  g_autoptr (GError) error = NULL;

  cr_records_table_save (db, owner, incoming, n, "pull_1", "search", now_ms, &counts, &error);
  g_assert_no_error (error);
  return counts;
}

CrDb *
fixture_open_people (void)
{
  CrDb *db = fixture_open ();

  fixture_add_patient (db, "a", "Ana");
  fixture_add_patient (db, "b", "Bob");
  fixture_add_source (db, "fhirsrc_1");
  fixture_add_source (db, "fhirsrc_2");
  return db;
}

CrRecord *
fixture_get (CrDb *db, const char *type, const char *id, guint version)
{
  g_autoptr (GError) error = NULL;
  CrRecord *record = cr_records_table_get (db, "a", NULL, type, id, version, &error);

  g_assert_no_error (error);
  return record;
}

void
fixture_assert_body (CrRecord *record, const char *body)
{
  gsize n_bytes;
  const char *data = g_bytes_get_data (record->body, &n_bytes);

  g_assert_cmpmem (data, n_bytes, body, strlen (body));
  g_assert_cmpint (record->n_bytes, ==, strlen (body));
}
