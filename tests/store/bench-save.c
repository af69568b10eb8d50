/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-schema.h"
#include "store/cr-stmt.h"

/* How fast records are saved: 100,000 of 1.2 KB with three references each, first new, then
 * unchanged, then a tenth of them changed; beside it bare INSERTs of the same bodies. */

#define N_RECORDS 100000
#define N_BYTES 1200
#define N_PATIENT_RECORDS 1000

typedef struct
{
  char id[37];
  char practitioner[37];
  char encounter[37];
  char body[N_BYTES + 1];
  CrReference references[3];
} Sample;

static void
write_uuid (GRand *rand, char *into)
{
  g_snprintf (into, 37, "%08x-%04x-4%03x-a%03x-%08x%04x", g_rand_int (rand),
              g_rand_int (rand) & 0xffff, g_rand_int (rand) & 0xfff, g_rand_int (rand) & 0xfff,
              g_rand_int (rand), g_rand_int (rand) & 0xffff);
}

static Sample *
make_samples (guint n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  Sample *samples = g_new0 (Sample, n);

  for (guint i = 0; i < n; i++)
    {
      Sample *sample = &samples[i];
      int start;

      write_uuid (rand, sample->id);
      if (i % 10 == 0)
        write_uuid (rand, sample->encounter);
      else
        strcpy (sample->encounter, samples[i - 1].encounter);
      g_snprintf (sample->practitioner, sizeof sample->practitioner, "practitioner-%d",
                  g_rand_int_range (rand, 0, 40));
      start =
          g_snprintf (sample->body, sizeof sample->body,
                      "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"text\":\"", sample->id);
      for (int j = start; j < N_BYTES - 2; j++)
        sample->body[j] = (char) ('a' + g_rand_int_range (rand, 0, 26));
      memcpy (sample->body + N_BYTES - 2, "\"}", 3);
      sample->references[0] = (CrReference){ "Patient", "p1" };
      sample->references[1] = (CrReference){ "Encounter", sample->encounter };
      sample->references[2] = (CrReference){ "Practitioner", sample->practitioner };
    }
  return samples;
}

static CrIncoming *
make_incoming (Sample *samples, guint n, guint every_changed)
{
  CrIncoming *incoming = g_new0 (CrIncoming, n);

  for (guint i = 0; i < n; i++)
    {
      fixture_incoming (&incoming[i], "Observation", samples[i].id, samples[i].body,
                        samples[i].body, samples[i].references, 3);
      if (every_changed > 0 && i % every_changed == 0)
        {
          incoming[i].sha256[0] ^= 1;
          incoming[i].content[0] ^= 1;
        }
    }
  return incoming;
}

static void
save_all (CrDb *db, const CrIncoming *incoming, guint n, guint size, const char *what)
{
  CrSaveCounts counts = { 0 };
  gint64 start = g_get_monotonic_time (), worst = 0;
  g_autoptr (GError) error = NULL;
  double seconds;

  for (guint i = 0; i < n; i += size)
    {
      g_autofree char *patient = g_strdup_printf ("user_%u", i / N_PATIENT_RECORDS);
      CrRecordOwner owner = { patient, "fhirsrc_1", "p1" };
      gint64 begin = g_get_monotonic_time ();

      cr_db_begin (db, &error);
      cr_records_table_save (db, &owner, incoming + i, MIN (size, n - i), NULL, "search", NOW,
                             &counts, &error);
      cr_db_commit (db, &error);
      g_assert_no_error (error);
      worst = MAX (worst, g_get_monotonic_time () - begin);
    }

  seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  g_print ("%5u per transaction  %-16s %7.0f records/s  (%u new, %u changed, %u unchanged; worst "
           "transaction %.0f ms)\n",
           size, what, n / seconds, counts.n_new, counts.n_changed, counts.n_unchanged,
           (double) worst / 1000);
}

static CrDb *
open_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  CrDb *db = cr_db_open (path, CR_DB_WRITE, &error);

  g_assert_no_error (error);
  return db;
}

/* What the same bodies cost in one table, and what they cost in the keys and indexes they have with
 * us, with nothing looked up. */
static void
insert_bare (const char *folder, const CrIncoming *incoming, guint n, guint size)
{
  g_autofree char *name = g_strdup_printf ("bare-%u.db", size);
  g_autoptr (CrDb) db = open_file (folder, name);
  g_autoptr (CrStmt) stmt = NULL;
  g_autoptr (GError) error = NULL;
  gint64 start;

  cr_db_exec (db, "CREATE TABLE bare (n INTEGER PRIMARY KEY, body BLOB)", &error);
  stmt = cr_stmt_new (db, "INSERT INTO bare (body) VALUES (:body)");
  start = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    {
      if (i % size == 0)
        cr_db_begin (db, &error);
      cr_stmt_bind_blob (stmt, ":body", incoming[i].body, incoming[i].n_bytes);
      cr_stmt_run (stmt, &error);
      cr_stmt_reset (stmt);
      if (i % size == size - 1 || i == n - 1)
        cr_db_commit (db, &error);
    }
  g_assert_no_error (error);
  g_print ("%5u per transaction  %-16s %7.0f records/s\n", size, "bare INSERT",
           n / ((double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC));
}

static void
remove_files (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_dir_close (dir);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  static const guint sizes[] = { 200, 1000 };
  g_autofree char *folder = NULL;
  Sample *samples = make_samples (N_RECORDS);
  g_autofree CrIncoming *incoming = make_incoming (samples, N_RECORDS, 0);
  g_autofree CrIncoming *changed = make_incoming (samples, N_RECORDS, 10);

  cr_first_of_all ();
  folder = g_dir_make_tmp ("chartroom-bench-XXXXXX", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("saved-%u.db", sizes[i]);
      g_autoptr (CrDb) db = open_file (folder, name);

      g_assert_true (cr_schema_migrate (db, NULL));
      insert_bare (folder, incoming, N_RECORDS, sizes[i]);
      save_all (db, incoming, N_RECORDS, sizes[i], "new");
      save_all (db, incoming, N_RECORDS, sizes[i], "unchanged");
      save_all (db, changed, N_RECORDS, sizes[i], "a tenth changed");
    }

  remove_files (folder);
  g_free (samples);
  return EXIT_SUCCESS;
}
