/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Takes files of FHIR JSON apart and prints what became of each record, a line each, for
 * check-examples.py to compare with what it makes of the same files. What needs no second opinion
 * is checked here. */

#include "base/cr-first.h"
#include "fhir/cr-bundle.h"
#include "fhir/cr-canonical.h"
#include "fhir/cr-resource.h"

#include <json-glib/json-glib.h>
#include <locale.h>
#include <string.h>

static char *
map_id (const char *type, const char *id, gpointer data)
{
  return g_strdup_printf ("%s.%s.x", type, id);
}

static void
require (gboolean holds, const char *what, const char *path)
{
  if (holds)
    return;

  g_printerr ("%s: does not hold: %s\n", path, what);
  exit (1);
}

static void
print_json (const char *key, GBytes *line)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (line, &n_bytes);

  g_print (",\"%s\":%.*s", key, (int) n_bytes, text);
}

static void
print_line (const char *key, GBytes *body)
{
  g_autoptr (GBytes) line = cr_resource_to_line (body);

  print_json (key, line);
}

static void
check_content (const CrIncoming *entry, const char *text, gsize n_bytes, const char *path)
{
  g_auto (CrSpans) spans = { 0 };
  g_auto (CrCanonical) canonical = { 0 };
  guint8 content[CR_CONTENT_HASH_SIZE];

  cr_canonical_init (&canonical);
  require (cr_spans_scan (&spans, text, n_bytes), "what was written can be read", path);
  cr_canonical_hash (&canonical, &spans, 0, content);
  require (memcmp (content, entry->content, sizeof content) == 0, "the content is the same", path);
}

static void
print_summary (const CrIncoming *entry, const char *path)
{
  g_autoptr (CrSummary) summary = cr_summary_read (entry->body, entry->n_bytes, NULL, NULL);
  g_autoptr (JsonNode) title = json_node_new (JSON_NODE_VALUE);
  g_autofree char *text = NULL;

  require (summary != NULL, "a record can be told", path);
  json_node_set_string (title, summary->title);
  text = json_to_string (title, FALSE);
  g_print (",\"title\":%s,\"details\":%u", text, summary->details->len);
}

static void
print_references (const CrIncoming *entry)
{
  g_print (",\"references\":[");
  for (guint i = 0; i < entry->n_references; i++)
    g_print ("%s\"%s/%s\"", i > 0 ? "," : "", entry->references[i].type, entry->references[i].id);
  g_print ("]");
}

static void
print_record (const CrIncoming *entry, const char *path)
{
  g_autoptr (GBytes) body = g_bytes_new (entry->body, entry->n_bytes);
  g_autoptr (GBytes) canonical_line = cr_resource_to_line (body);
  g_autoptr (GBytes) rewritten = cr_resource_rewrite_ids (body, NULL, map_id, NULL, NULL);
  g_autoptr (GBytes) tagged = cr_resource_add_tag (body, "urn:test", "t", NULL);
  g_autoptr (GBytes) named = cr_resource_add_identifier (body, "urn:test", "i", NULL);
  g_autofree char *pretty = cr_resource_pretty (entry->body, entry->n_bytes);

  check_content (entry, g_bytes_get_data (canonical_line, NULL), g_bytes_get_size (canonical_line),
                 path);
  check_content (entry, pretty, strlen (pretty), path);

  g_print ("{\"type\":\"%s\",\"id\":\"%s\"", entry->type, entry->id != NULL ? entry->id : "");
  print_references (entry);
  print_summary (entry, path);
  print_json ("body", canonical_line);
  print_line ("rewritten", rewritten);
  print_line ("tagged", tagged);
  if (named != NULL)
    print_line ("named", named);
  g_print ("}\n");
}

static void
dump (const char *path)
{
  g_autofree char *text = NULL;
  g_autofree char *type = NULL;
  g_autoptr (GBytes) page = NULL;
  g_autoptr (CrBundle) bundle = NULL;
  const CrIncoming *entries;
  gsize n_bytes = 0;
  guint n = 0;

  require (g_file_get_contents (path, &text, &n_bytes, NULL), "the file can be read", path);
  require (cr_resource_identity (text, n_bytes, &type, NULL, NULL), "it is FHIR", path);
  page = g_bytes_new_static (text, n_bytes);
  bundle = strcmp (type, "Bundle") == 0 ? cr_bundle_split (page, NULL, NULL)
                                        : cr_bundle_from_resource (page, NULL, NULL);
  require (bundle != NULL, "it can be split", path);

  entries = cr_bundle_get_entries (bundle, &n);
  for (guint i = 0; i < n; i++)
    print_record (&entries[i], path);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  setlocale (LC_ALL, "");
  for (int i = 1; i < argc; i++)
    dump (argv[i]);

  return 0;
}
