/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Splits pages of 200 Observations of about 1.2 KB, 100,000 in all, and prints how fast that was:
 * records with both hashes, ids, stamps and references. */

#include "base/cr-first.h"
#include "fhir/cr-bundle.h"
#include "fhir/cr-span.h"

#include <locale.h>

#define N_RECORDS 100000u
#define N_PER_PAGE 200u
#define BASE "https://fhir.example.org/r4"

static void
append_observation (GString *page, guint n)
{
  g_string_append_printf (
      page,
      "{\"fullUrl\":\"" BASE "/Observation/obs-%u\",\"resource\":{\"resourceType\":\"Observation\","
      "\"id\":\"obs-%u\",\"meta\":{\"versionId\":\"1\",\"lastUpdated\":\"2025-03-04T05:06:07."
      "000Z\","
      "\"profile\":[\"http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab\"]},"
      "\"identifier\":[{\"system\":\"urn:oid:1.2.840.114350.1.13.861.1.7.2.798268\","
      "\"value\":\"%u\"}],\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":"
      "\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"laboratory\","
      "\"display\":\"Laboratory\"}],\"text\":\"Laboratory\"}],\"code\":{\"coding\":[{\"system\":"
      "\"http://loinc.org\",\"code\":\"718-7\",\"display\":\"Hemoglobin [Mass/volume] in Blood\"}],"
      "\"text\":\"Hemoglobin\"},\"subject\":{\"reference\":\"Patient/p-1\",\"display\":"
      "\"Example, Anna\"},\"encounter\":{\"reference\":\"Encounter/e-%u\"},\"effectiveDateTime\":"
      "\"2025-03-04T04:00:00+01:00\",\"issued\":\"2025-03-04T05:06:07.000Z\",\"performer\":[{"
      "\"reference\":\"Practitioner/pr-%u\",\"display\":\"Dr. Example\"}],\"valueQuantity\":{"
      "\"value\":13.%u0,\"unit\":\"g/dL\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"g/"
      "dL\"},"
      "\"referenceRange\":[{\"low\":{\"value\":12.0,\"unit\":\"g/dL\"},\"high\":{\"value\":15.50,"
      "\"unit\":\"g/dL\"},\"text\":\"12.0 - 15.5 g/dL\"}]},\"search\":{\"mode\":\"match\"}}",
      n, n, n, n / 10, n % 7, n % 10);
}

static GBytes *
make_page (guint first)
{
  GString *page =
      g_string_new ("{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":100000,"
                    "\"link\":[{\"relation\":\"next\",\"url\":\"" BASE "?page=2\"}],"
                    "\"entry\":[");

  for (guint i = 0; i < N_PER_PAGE; i++)
    {
      if (i > 0)
        g_string_append_c (page, ',');
      append_observation (page, first + i);
    }
  g_string_append (page, "]}");

  return g_string_free_to_bytes (page);
}

static void
report (const char *what, gint64 start_us, gsize n_bytes)
{
  double seconds = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;

  g_print ("%-34s %8.1f MB/s %12.0f records/s\n", what, (double) n_bytes / 1e6 / seconds,
           N_RECORDS / seconds);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) pages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_auto (CrSpans) spans = { 0 };
  gsize n_total = 0;
  guint n_seen = 0;
  gint64 start_us;

  cr_first_of_all ();
  setlocale (LC_ALL, "");

  for (guint i = 0; i < N_RECORDS; i += N_PER_PAGE)
    {
      g_ptr_array_add (pages, make_page (i));
      n_total += g_bytes_get_size (g_ptr_array_index (pages, pages->len - 1));
    }
  g_print ("%u records in %u pages, %.1f MB\n", N_RECORDS, pages->len, (double) n_total / 1e6);

  start_us = g_get_monotonic_time ();
  for (guint i = 0; i < pages->len; i++)
    {
      gsize n_bytes;
      const char *text = g_bytes_get_data (g_ptr_array_index (pages, i), &n_bytes);

      if (!cr_spans_scan (&spans, text, n_bytes))
        return 1;
    }
  report ("scan alone", start_us, n_total);

  start_us = g_get_monotonic_time ();
  for (guint i = 0; i < pages->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CrBundle) bundle = cr_bundle_split (g_ptr_array_index (pages, i), BASE, &error);
      guint n = 0;

      if (bundle == NULL)
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      cr_bundle_get_entries (bundle, &n);
      n_seen += n;
    }
  report ("split with both hashes", start_us, n_total);

  return n_seen == N_RECORDS ? 0 : 1;
}
