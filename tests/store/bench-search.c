/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a search of the catalog takes: 50,000 made-up sources, many texts as people type them,
 * letter by letter, each asked for its first page and its count. */

#define N_SOURCES 50000u
#define PAGE 20

static const char *const first[] = { "Saint",  "Mercy",   "Oak",      "River",   "Children’s",
                                     "North",  "Greater", "Lakeside", "Pacific", "Mount",
                                     "Spring", "Cedar",   "Grace",    "Harbor",  "Union" };
static const char *const second[] = {
  "Mary’s", "Vernon", "Valley",   "Park",  "General",  "Bay",
  "Hills",  "County", "Memorial", "Ridge", "Regional", "Grove"
};
static const char *const third[] = { "Hospital",         "Medical Center",  "Clinic",
                                     "Health",           "Family Practice", "Pediatrics",
                                     "Eye Associates",   "Dental Group",    "Orthopaedics",
                                     "Internal Medicine" };
static const char *const cities[] = { "Boston",  "Austin", "Fresno", "Tampa",     "Omaha",
                                      "Spokane", "Toledo", "Boise",  "San Diego", "Orange Park" };
static const char *const states[] = { "MA", "TX", "CA", "FL", "NE", "WA", "OH", "ID" };
static const char *const types[] = { "epic", "cerner", "athena", NULL };

static const char *const typed[] = {
  "saint marys hospital",
  "st vernon",
  "hospital",
  "childrens boston",
  "orthopaedics",
  "mt vernon clinic",
  "epic",
  "1000012345",
  "massachusetts",
  "host123.example.org",
  "dental group fresno",
  "zzz nothing",
  "oak 12345",
  "health",
  "medical center",
  "dr",
  "a",
  "clinic 4999",
  "cerner boise",
  "family practice",
};

#define PICK(array, n) ((array)[(n) % G_N_ELEMENTS (array)])

static void
fill (CrDb *db)
{
  g_autoptr (GError) error = NULL;

  cr_db_begin (db, &error);
  for (guint i = 0; i < N_SOURCES; i++)
    {
      guint n = i * 2654435761u >> 8;
      g_autofree char *id = g_strdup_printf ("fhirsrc_%05u", i);
      g_autoptr (CrSource) source = cr_source_new (id);

      source->name = g_strdup_printf ("%s %s %s %u", PICK (first, n), PICK (second, n / 16),
                                      PICK (third, n / 256), i);
      source->fhir_base_url = g_strdup_printf ("https://host%u.example.org/r4/%u", i % 500, i);
      source->type = g_strdup (PICK (types, n / 7));
      source->city = g_strdup (PICK (cities, n / 11));
      source->state = g_strdup (PICK (states, n / 13));
      source->npi = g_strdup_printf ("%u", 1000000000 + i);
      cr_sources_table_put_unindexed (db, source, &error);
      g_assert_no_error (error);
    }
  cr_sources_table_index (db, &error);
  g_assert_no_error (error);
  cr_db_commit (db, &error);
  g_assert_no_error (error);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

/* Of this thread alone: other programs of a busy machine do not count. */
static gint64
cpu_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gint64
search (CrDb *db, const char *text, const char *type, guint offset)
{
  gint64 start = cpu_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = cr_sources_table_list (db, text, type, offset, PAGE, &error);

  g_assert_no_error (error);
  cr_sources_table_count (db, text, type, &error);
  g_assert_no_error (error);
  return cpu_time () - start;
}

static void
say (const char *what, GArray *times)
{
  g_array_sort (times, compare);
  g_print ("%-24s %6u searches  median %7.2f ms  p99 %7.2f ms  longest %7.2f ms\n", what,
           times->len, (double) g_array_index (times, gint64, times->len / 2) / 1000,
           (double) g_array_index (times, gint64, times->len * 99 / 100) / 1000,
           (double) g_array_index (times, gint64, times->len - 1) / 1000);
}

static void
measure (CrDb *db, const char *what, const char *type, guint offset)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < G_N_ELEMENTS (typed); i++)
      for (gsize n = 1; n <= strlen (typed[i]); n++)
        {
          g_autofree char *text = g_strndup (typed[i], n);
          gint64 time = search (db, text, type, offset);

          if (time > 20000 && g_getenv ("BENCH_SLOW") != NULL)
            g_print ("slow: “%s” %.1f ms\n", text, (double) time / 1000);
          g_array_append_val (times, time);
        }
  say (what, times);
}

int
main (int argc, char **argv)
{
  g_autoptr (CrDb) db = NULL;
  gint64 start;

  cr_first_of_all ();
  db = fixture_open ();
  start = cpu_time ();
  fill (db);
  g_print ("%u sources stored and indexed in %.1f s\n", N_SOURCES,
           (double) (cpu_time () - start) / G_USEC_PER_SEC);

  measure (db, "first page", NULL, 0);
  measure (db, "first page, one vendor", "epic", 0);
  measure (db, "page at 1,000", NULL, 1000);
  return EXIT_SUCCESS;
}
