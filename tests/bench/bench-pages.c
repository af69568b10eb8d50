/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/cr-first.h"

/* bench-pages FOLDER PATIENTS TYPES RECORDS PAGE BYTES
 *
 * What a portal answers, in files that a web server can hand out: metadata.json, p1.json and so on
 * for the patients, and <Type>-<patient>-<page>.json for RECORDS of each type of each patient,
 * BYTES long. The links between pages are relative, so that the same files serve under every
 * address. */

static const char *const types[] = { "Observation", "Condition", "Procedure", "Encounter" };

typedef struct
{
  const char *folder;
  guint n_records;
  guint page;
  gsize n_bytes;
  GRand *rand;    /* (owned) */
  GPtrArray *ids; /* (owned): of the type and patient at hand */
} Pages;

static void
write_text (Pages *self, const char *name, const char *text, gssize size)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents_full (path, text, size, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
}

static void
make_id (GRand *rand, char *into)
{
  g_snprintf (into, 37, "%08x-%04x-4%03x-a%03x-%08x%04x", g_rand_int (rand),
              g_rand_int (rand) & 0xffff, g_rand_int (rand) & 0xfff, g_rand_int (rand) & 0xfff,
              g_rand_int (rand), g_rand_int (rand) & 0xffff);
}

static void
append_record (Pages *self, GString *page, const char *type, guint patient, guint i)
{
  gsize start = page->len;
  char id[37];

  make_id (self->rand, id);
  g_string_append_printf (
      page,
      "{\"resourceType\":\"%s\",\"id\":\"%s\",\"meta\":{\"versionId\":\"1\","
      "\"lastUpdated\":\"2026-01-02T03:04:05.000Z\"},\"status\":\"final\",\"code\":{\"coding\":[{"
      "\"system\":\"http://loinc.org\",\"code\":\"718-7\",\"display\":\"Hemoglobin\"}]},"
      "\"subject\":{\"reference\":\"Patient/p%u\"},\"effectiveDateTime\":\"2025-0%u-1%u\","
      "\"valueQuantity\":{\"value\":%u.%u0,\"unit\":\"g/dL\"}",
      type, id, patient, 1 + i % 9, i % 10, 9 + i % 9, i % 10);
  for (guint k = 0; k < 2 && self->ids->len > 10; k++)
    g_string_append_printf (
        page, ",\"%s\":[{\"reference\":\"%s/%s\"}]", k == 0 ? "derivedFrom" : "hasMember", type,
        (char *) g_ptr_array_index (
            self->ids, (guint) g_rand_int_range (self->rand, 0, (gint32) self->ids->len)));
  g_string_append (page, ",\"note\":[{\"text\":\"");
  while (page->len - start < self->n_bytes - 4)
    g_string_append_c (page, (char) ('a' + g_rand_int_range (self->rand, 0, 26)));
  g_string_append (page, "\"}]}");
  g_ptr_array_add (self->ids, g_strdup (id));
}

static void
write_page (Pages *self, const char *type, guint patient, guint k)
{
  g_autoptr (GString) page = g_string_new (NULL);
  g_autofree char *name = g_strdup_printf ("%s-p%u-%u.json", type, patient, k);
  guint first = k * self->page, last = MIN (first + self->page, self->n_records);

  g_string_printf (page, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":%u",
                   self->n_records);
  if (last < self->n_records)
    g_string_append_printf (
        page, ",\"link\":[{\"relation\":\"next\",\"url\":\"%s?patient=p%u&page=%u\"}]", type,
        patient, k + 1);
  g_string_append (page, ",\"entry\":[");
  for (guint i = first; i < last; i++)
    {
      g_string_append (page, i == first ? "{\"resource\":" : ",{\"resource\":");
      append_record (self, page, type, patient, i);
      g_string_append (page, ",\"search\":{\"mode\":\"match\"}}");
    }
  g_string_append (page, "]}");
  write_text (self, name, page->str, (gssize) page->len);
}

static void
write_metadata (Pages *self, guint n_types)
{
  g_autoptr (GString) text =
      g_string_new ("{\"resourceType\":\"CapabilityStatement\",\"fhirVersion\":\"4.0.1\",\"rest\":"
                    "[{\"mode\":\"server\",\"resource\":[{\"type\":\"Patient\"}");

  for (guint i = 0; i < n_types; i++)
    g_string_append_printf (text, ",{\"type\":\"%s\"}", types[i]);
  g_string_append (text, "]}]}");
  write_text (self, "metadata.json", text->str, (gssize) text->len);
}

static void
write_patient (Pages *self, guint patient, guint n_types)
{
  g_autofree char *name = g_strdup_printf ("p%u.json", patient);
  g_autofree char *text =
      g_strdup_printf ("{\"resourceType\":\"Patient\",\"id\":\"p%u\"}", patient);

  write_text (self, name, text, -1);
  for (guint i = 0; i < n_types; i++)
    {
      g_ptr_array_set_size (self->ids, 0);
      for (guint k = 0; k * self->page < self->n_records; k++)
        write_page (self, types[i], patient, k);
    }
}

int
main (int argc, char **argv)
{
  Pages self = { .rand = g_rand_new_with_seed (1), .ids = g_ptr_array_new_with_free_func (g_free) };
  guint n_patients, n_types;

  cr_first_of_all ();
  if (argc != 7 || (n_types = (guint) atoi (argv[3])) > G_N_ELEMENTS (types))
    {
      g_printerr ("usage: bench-pages FOLDER PATIENTS TYPES RECORDS PAGE BYTES\n");
      return EXIT_FAILURE;
    }

  self.folder = argv[1];
  n_patients = (guint) atoi (argv[2]);
  self.n_records = (guint) atoi (argv[4]);
  self.page = (guint) atoi (argv[5]);
  self.n_bytes = (gsize) atol (argv[6]);
  write_metadata (&self, n_types);
  for (guint i = 1; i <= n_patients; i++)
    write_patient (&self, i, n_types);
  g_ptr_array_unref (self.ids);
  g_rand_free (self.rand);
  return EXIT_SUCCESS;
}
