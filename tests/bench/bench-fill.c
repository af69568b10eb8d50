/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/cr-first.h"
#include "base/cr-time.h"
#include "store/cr-connections-table.h"
#include "store/cr-db-private.h"
#include "store/cr-patients-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-records-table.h"
#include "store/cr-schema.h"
#include "store/cr-sources-table.h"

/* bench-fill STORE PATIENTS [RECORDS]
 *
 * Puts PATIENTS made-up patients (page_1, page_2, …) into a store, beside what is there, and
 * RECORDS of them all of the first one's. Nobody of them has access, so that nothing is pulled. */

#define BATCH 500
#define PORTAL "https://full.example.org/fhir"
#define DAY_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

static const char *const given[] = {
  "Ana",   "Omar",   "Mei",    "John",   "Fatima", "Søren",  "Zoë",    "Kofi",
  "Ivana", "Lucía",  "Thomas", "Aisha",  "Pedro",  "Ingrid", "Yusuf",  "Clara",
  "Noor",  "Björn",  "Elena",  "Mateus", "Grace",  "Hiro",   "Renée",  "Samuel",
  "Leila", "Marcus", "Olga",   "Dafydd", "Priya",  "Walter", "Chiara", "Nils",
};
static const char *const family[] = {
  "Ruiz",      "Nguyen",    "O’Brien",  "Müller",    "Okafor",      "Smith",    "García",
  "Ivanova",   "Tanaka",    "Haddad",   "Lindqvist", "Johnson",     "da Silva", "Kowalski",
  "Singh",     "Fischer",   "Martínez", "Larsen",    "Cohen",       "Abebe",    "Rossi",
  "Novák",     "Williams",  "Petrov",   "Nakamura",  "Dubois",      "van Dijk", "Hernández",
  "Brown",     "Yılmaz",    "Moreau",   "Ólafsson",  "Maplethorpe", "Schmidt",  "Kaur",
  "Andersson", "Papadakis", "Mbeki",    "Jansen",
};

static void
check (gboolean is_done, GError *error)
{
  g_assert_no_error (error);
  g_assert_true (is_done);
}

/* The one there is, or one of its own. */
static char *
get_source (CrDb *db, gint64 now_ms)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sources = cr_sources_table_list (db, NULL, NULL, 0, 1, &error);
  g_autoptr (CrSource) source = NULL;

  g_assert_no_error (error);
  if (sources->len > 0)
    return g_strdup (CR_SOURCE (sources->pdata[0])->id);
  source = cr_source_new ("fhirsrc_full");
  source->name = g_strdup ("Full House Clinic");
  source->fhir_base_url = g_strdup (PORTAL);
  source->created_ms = now_ms - 400 * DAY_MS;
  check (cr_sources_table_add (db, source, &error), error);
  return g_strdup (source->id);
}

static void
add_connection (CrDb *db, CrPatient *patient, const char *source_id, guint n, gint64 now_ms)
{
  g_autofree char *id = g_strdup_printf ("conn_page%u", n);
  g_autoptr (CrConnection) connection = cr_connection_new (id);
  g_autoptr (GError) error = NULL;

  connection->patient_id = g_strdup (patient->id);
  connection->source_id = g_strdup (source_id);
  connection->portal_patient_id = g_strdup_printf ("p%u", n);
  connection->scopes = g_strdup ("patient/*.rs");
  connection->token_endpoint = g_strdup (PORTAL "/token");
  connection->created_ms = patient->created_ms;
  check (cr_connections_table_save (db, connection, &error), error);
  check (cr_connections_table_set_status (
             db, id, n % 40 == 1 ? CR_CONNECTION_REFRESH_FAILED : CR_CONNECTION_DISCONNECTED,
             n % 40 == 1 ? CR_FAILURE_REFRESH_REFUSED : CR_FAILURE_NONE, now_ms - n % 90 * DAY_MS,
             &error),
         error);
}

/* Every twentieth has been connected. */
static void
add_patients (CrDb *db, const char *source_id, guint n_patients, gint64 now_ms)
{
  for (guint i = 1; i <= n_patients; i++)
    {
      guint n = i * 2654435761u >> 7;
      g_autofree char *id = g_strdup_printf ("page_%u", i);
      g_autoptr (CrPatient) patient = cr_patient_new (id);
      g_autoptr (GError) error = NULL;

      patient->name = g_strdup_printf ("%s %s", given[n % G_N_ELEMENTS (given)],
                                       family[n / 64 % G_N_ELEMENTS (family)]);
      patient->email = g_strdup_printf ("p%u@mail.example", i);
      patient->birth_date =
          g_strdup_printf ("%u-%02u-%02u", 1930 + n % 90, 1 + n / 90 % 12, 1 + n / 1080 % 28);
      patient->sex = g_strdup (n % 2 == 0 ? "female" : "male");
      patient->created_ms = now_ms - 400 * DAY_MS + i * 1000;
      check (cr_patients_table_add (db, patient, &error), error);
      if (i % 20 == 1)
        add_connection (db, patient, source_id, i, now_ms);
    }
}

/* Nearly all are Observations; a few types are rare. */
static const char *
type_of (guint n)
{
  return n % 10 == 7      ? "MedicationRequest"
       : n % 50 == 3      ? "Condition"
       : n % 200000 == 11 ? "Immunization"
                          : "Observation";
}

static void
hash (const char *text, guint8 *into)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n_bytes = CR_CONTENT_HASH_SIZE;

  g_checksum_update (sum, (const guchar *) text, -1);
  g_checksum_get_digest (sum, into, &n_bytes);
}

static char *
make_body (guint n)
{
  return g_strdup_printf (
      "{\"resourceType\":\"%s\",\"id\":\"r%u\",\"status\":\"final\",\"code\":{\"coding\":[{"
      "\"system\":\"http://loinc.org\",\"code\":\"8867-4\",\"display\":\"Heart rate\"}],\"text\":"
      "\"Heart rate\"},\"subject\":{\"reference\":\"Patient/p1\"},\"effectiveDateTime\":"
      "\"20%02u-%02u-%02uT08:%02u:00Z\",\"valueQuantity\":{\"value\":%u.%u,\"unit\":\"/min\","
      "\"system\":\"http://unitsofmeasure.org\",\"code\":\"/min\"}}",
      type_of (n), n, n / 50000 % 25, 1 + n / 3000 % 12, 1 + n / 100 % 28, n % 60, 50 + n % 60,
      n % 10);
}

static void
add_batch (CrDb *db, const char *source_id, guint first, guint n, gint64 now_ms)
{
  const CrRecordOwner owner = { "page_1", source_id, "p1" };
  CrIncoming incoming[BATCH] = { 0 };
  char *ids[BATCH];
  CrSaveCounts counts = { 0 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    {
      char *body = make_body (first + i);

      ids[i] = g_strdup_printf ("r%u", first + i);
      incoming[i] = (CrIncoming){ .type = type_of (first + i),
                                  .id = ids[i],
                                  .body = body,
                                  .n_bytes = strlen (body),
                                  .mode = CR_ENTRY_MATCH };
      hash (body, incoming[i].sha256);
      memcpy (incoming[i].content, incoming[i].sha256, CR_CONTENT_HASH_SIZE);
    }
  check (cr_db_begin (db, &error), error);
  check (cr_records_table_save (db, &owner, incoming, n, NULL, "search", now_ms, &counts, &error),
         error);
  check (cr_db_commit (db, &error), error);
  for (guint i = 0; i < n; i++)
    {
      g_free ((char *) incoming[i].body);
      g_free (ids[i]);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrDb) db = NULL;
  g_autofree char *source_id = NULL;
  gint64 now_ms = cr_time_now_ms ();
  guint n_records;

  cr_first_of_all ();
  if (argc < 3)
    {
      g_printerr ("usage: bench-fill STORE PATIENTS [RECORDS]\n");
      return EXIT_FAILURE;
    }

  db = cr_db_open (argv[1], CR_DB_WRITE, &error);
  g_assert_no_error (error);
  check (cr_schema_migrate (db, &error), error);
  check (cr_db_begin (db, &error), error);
  source_id = get_source (db, now_ms);
  add_patients (db, source_id, (guint) atoi (argv[2]), now_ms);
  check (cr_db_commit (db, &error), error);
  n_records = argc > 3 ? (guint) atoi (argv[3]) : 0;
  for (guint i = 0; i < n_records; i += BATCH)
    add_batch (db, source_id, i + 1, MIN (BATCH, n_records - i), now_ms);
  return EXIT_SUCCESS;
}
