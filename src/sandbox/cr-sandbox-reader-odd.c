/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sandbox/cr-sandbox-reader.h"
#include "sandbox/cr-sandbox-text.h"

#define MEGABYTE ((gsize) 1024 * 1024)

/* Refusals of parts of a search. Returns TRUE when it answered. */
gboolean
cr_sandbox_reader_refuse (CrVisit *x, const char *type, GPtrArray *terms)
{
  CrFaults *faults = x->house->faults;
  const char *refused = cr_faults_string (faults, "refuse-parameter", "name", "patient");
  const char *category = cr_faults_string (faults, "unknown-category", "value", "");

  for (guint i = 0; i + 1 < terms->len; i += 2)
    {
      const char *name = g_ptr_array_index (terms, i);
      const char *value = g_ptr_array_index (terms, i + 1);

      if (strcmp (name, refused) == 0 && cr_faults_take (faults, "refuse-parameter", type))
        {
          g_autofree char *text = g_strdup_printf ("Unknown search parameter %s", name);

          cr_visit_outcome (x, 400, "not-supported", text);
          return TRUE;
        }
      if (strcmp (name, "category") == 0 && strcmp (value, category) == 0 &&
          cr_faults_take (faults, "unknown-category", type))
        {
          cr_visit_outcome (x, 400, "value", "This category is not known here");
          return TRUE;
        }
    }

  return FALSE;
}

gboolean
cr_sandbox_reader_refuse_many (CrVisit *x, const char *type, guint n_found)
{
  if (cr_faults_int (x->house->faults, "too-many", "most", 50) >= (gint64) n_found ||
      !cr_faults_take (x->house->faults, "too-many", type))
    return FALSE;

  cr_visit_outcome (x, 400, "too-costly", "Too many results. Please narrow the search");
  return TRUE;
}

gboolean
cr_sandbox_reader_is_ignored (CrVisit *x, const char *type, const char *parameter)
{
  if (strcmp (parameter, "_lastUpdated") == 0)
    return cr_faults_is_on (x->house->faults, "ignore-last-updated", type);

  return strcmp (parameter, "_revinclude") == 0 &&
         cr_faults_is_on (x->house->faults, "ignore-revinclude", type);
}

gboolean
cr_sandbox_reader_has_extra (CrVisit *x, const char *type)
{
  return cr_faults_is_on (x->house->faults, "extra-entry", type);
}

void
cr_sandbox_reader_add_extra (CrVisit *x, const char *type, GString *out)
{
  CrFaults *faults = x->house->faults;
  const char *text, *base64;

  if (!cr_faults_take (faults, "extra-entry", type))
    return;

  text = cr_faults_string (faults, "extra-entry", "text", NULL);
  base64 = cr_faults_string (faults, "extra-entry", "base64", NULL);
  g_string_append (out, out->str[out->len - 1] == '[' ? "{\"resource\":" : ",{\"resource\":");
  if (base64 != NULL)
    {
      gsize length;
      g_autofree guchar *bytes = g_base64_decode (base64, &length);

      g_string_append_len (out, (const char *) bytes, (gssize) length);
    }
  else
    g_string_append (out, text != NULL ? text : "{\"resourceType\":\"Basic\"}");
  g_string_append (out, ",\"search\":{\"mode\":\"match\"}}");
}

void
cr_sandbox_reader_add_padded (CrVisit *x, GString *out, const char *text, gsize length)
{
  gsize n = (gsize) cr_faults_int (x->house->faults, "pad-entries", "kilobytes", 1024) * 1024;
  gsize at;

  g_string_append (out, "{\"implicitRules\":\"");
  at = out->len;
  g_string_set_size (out, at + n);
  memset (out->str + at, 'x', n);
  g_string_append (out, "\",");
  g_string_append_len (out, text + 1, (gssize) length - 1);
}

/* The same page, under an address of its own. */
void
cr_sandbox_reader_add_serial (GPtrArray *terms)
{
  static guint serial;

  g_ptr_array_add (terms, g_strdup ("_total"));
  g_ptr_array_add (terms, g_strdup_printf ("%u", ++serial));
}

static GString *
make_large (gsize n_bytes)
{
  GString *out = g_string_sized_new (n_bytes + 100);
  gsize at;

  g_string_append (out, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[");
  at = out->len;
  g_string_set_size (out, at + n_bytes);
  memset (out->str + at, ' ', n_bytes);
  g_string_append (out, "]}");
  return out;
}

static void
answer_packed (CrVisit *x, gsize n_bytes)
{
  g_autoptr (GZlibCompressor) zip = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  GString *plain = make_large (n_bytes);
  g_autoptr (GBytes) bytes = g_string_free_to_bytes (plain);
  gsize room = n_bytes / 100 + 4096, n_read, n_written;
  char *out = g_malloc (room);

  if (g_converter_convert (G_CONVERTER (zip), g_bytes_get_data (bytes, NULL),
                           g_bytes_get_size (bytes), out, room, G_CONVERTER_INPUT_AT_END, &n_read,
                           &n_written, NULL) == G_CONVERTER_ERROR)
    n_written = 0;
  cr_visit_set_header (x, "Content-Encoding", "gzip");
  cr_visit_answer (x, 200, CR_TYPE_TEXT_FHIR, out, n_written);
}

static void
answer_raw (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  const char *type =
      cr_faults_string (faults, "raw-answer", "type", "application/fhir+json; charset=utf-8");
  gsize length;
  guchar *bytes = g_base64_decode (cr_faults_string (faults, "raw-answer", "base64", ""), &length);

  cr_visit_answer (x, 200, type, (char *) bytes, length);
}

/* Answers in the place of a search. Returns TRUE when it did. */
gboolean
cr_sandbox_reader_answer_odd (CrVisit *x, const char *type)
{
  CrFaults *faults = x->house->faults;

  if (cr_faults_take (faults, "raw-answer", type))
    answer_raw (x);
  else if (cr_faults_take (faults, "big-answer", type))
    cr_visit_answer_string (
        x, 200, CR_TYPE_TEXT_FHIR,
        make_large ((gsize) cr_faults_int (faults, "big-answer", "megabytes", 200) * MEGABYTE));
  else if (cr_faults_take (faults, "gzip-bomb", type))
    answer_packed (x, (gsize) cr_faults_int (faults, "gzip-bomb", "megabytes", 200) * MEGABYTE);
  else if (cr_faults_take (faults, "drip", type))
    cr_visit_answer_drip (x, (guint) cr_faults_int (faults, "drip", "every_ms", 1000));
  else
    return FALSE;

  return TRUE;
}
