/* SPDX-License-Identifier: GPL-3.0-or-later */

/* libFuzzer targets for everything that reads what a foreign server sent. One program, so that it
 * is built once; CHARTROOM_FUZZ names the target. Each also checks what must hold for any input. */

#include "fhir/cr-bundle.h"
#include "fhir/cr-canonical.h"
#include "fhir/cr-capability.h"
#include "fhir/cr-catalog.h"
#include "fhir/cr-files.h"
#include "fhir/cr-resource.h"
#include "net/cr-retry.h"

#include <string.h>

#define BASE "https://fhir.example.org/r4"

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes);

typedef void (*Target) (GBytes *input);

static Target target;

static void
require (gboolean holds, const char *what)
{
  if (holds)
    return;

  g_printerr ("does not hold: %s\n", what);
  abort ();
}

static void
hash_content (GBytes *body, guint8 *content)
{
  g_auto (CrCanonical) canonical = { 0 };
  g_auto (CrSpans) spans = { 0 };
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);

  cr_canonical_init (&canonical);
  require (cr_spans_scan (&spans, text, n_bytes), "what was written can be read");
  require (cr_canonical_hash (&canonical, &spans, 0, content), "a hash is computed");
}

static void
require_same_content (GBytes *a, GBytes *b, const char *what)
{
  guint8 content_a[CR_CONTENT_HASH_SIZE];
  guint8 content_b[CR_CONTENT_HASH_SIZE];

  hash_content (a, content_a);
  hash_content (b, content_b);
  require (memcmp (content_a, content_b, sizeof content_a) == 0, what);
}

static void
fuzz_catalog (GBytes *input)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (input, &n_bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrCatalog) catalog = cr_catalog_read (text, n_bytes, NULL, NULL, NULL, &error);
  GPtrArray *sources;

  require ((catalog != NULL) == (error == NULL), "a list or an error");
  if (catalog == NULL)
    return;

  sources = cr_catalog_get_sources (catalog);
  for (guint i = 0; i < sources->len; i++)
    {
      CrSource *source = g_ptr_array_index (sources, i);
      g_autofree char *again = cr_source_normal_base (source->fhir_base_url, NULL);

      require (g_strcmp0 (again, source->fhir_base_url) == 0, "a base URL is normal");
      require (g_utf8_validate (source->name, -1, NULL), "a name is text");
      require (source->published_id != NULL, "an endpoint is known by something");
    }
}

static void
fuzz_bundle (GBytes *input)
{
  g_autoptr (CrBundle) bundle = cr_bundle_split (input, BASE, NULL);
  g_autoptr (CrBundle) late = cr_bundle_outline (input, BASE, FALSE, NULL);
  gsize n_bytes;
  const char *text = g_bytes_get_data (input, &n_bytes);
  const CrIncoming *entries, *late_entries;
  guint n = 0, n_late = 0;

  require ((bundle == NULL) == (late == NULL), "an outline is made of what can be split");
  if (bundle == NULL)
    return;

  require (cr_bundle_hash (late, TRUE, NULL), "an outline can be hashed");
  entries = cr_bundle_get_entries (bundle, &n);
  late_entries = cr_bundle_get_entries (late, &n_late);
  require (n == n_late, "an outline has all entries");
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GBytes) body = g_bytes_new (entries[i].body, entries[i].n_bytes);
      guint8 content[CR_CONTENT_HASH_SIZE];

      require (entries[i].body >= text && entries[i].body + entries[i].n_bytes <= text + n_bytes,
               "a body lies in its page");
      require (g_utf8_validate (entries[i].type, -1, NULL), "a type is text");
      require (entries[i].id == NULL || g_utf8_validate (entries[i].id, -1, NULL), "an id is text");
      hash_content (body, content);
      require (memcmp (content, entries[i].content, sizeof content) == 0,
               "a record alone has the content it has in its page");
      require (late_entries[i].complete == NULL ||
                   late_entries[i].complete (&late_entries[i], NULL),
               "a record can be read late");
      require (memcmp (content, late_entries[i].content, sizeof content) == 0 &&
                   entries[i].n_references == late_entries[i].n_references,
               "a record is the same when it is read late");
      for (guint j = 0; j < entries[i].n_references; j++)
        require (*entries[i].references[j].type != '\0' && *entries[i].references[j].id != '\0',
                 "a reference has type and id");
    }
}

static void
fuzz_canonical (GBytes *input)
{
  g_auto (CrCanonical) canonical = { 0 };
  g_auto (CrSpans) spans = { 0 };
  g_autoptr (GBytes) once = NULL;
  gsize n_bytes;
  const char *text = g_bytes_get_data (input, &n_bytes);
  const GString *bytes;

  if (!cr_spans_scan (&spans, text, n_bytes))
    return;

  cr_canonical_init (&canonical);
  bytes = cr_canonical_write (&canonical, &spans, 0);
  once = g_bytes_new (bytes->str, bytes->len);
  require_same_content (input, once, "the canonical content of itself is itself");
}

static char *
map_nothing (const char *type, const char *id, gpointer data)
{
  return NULL;
}

static char *
map_prefix (const char *type, const char *id, gpointer data)
{
  return g_strconcat ("x-", id, NULL);
}

static void
check_edits (GBytes *input)
{
  g_autoptr (GBytes) same = cr_resource_rewrite_ids (input, BASE, map_nothing, NULL, NULL);
  g_autoptr (GBytes) changed = cr_resource_rewrite_ids (input, BASE, map_prefix, NULL, NULL);
  g_autoptr (GBytes) tagged = cr_resource_add_tag (input, "urn:x", "a\"b\n", NULL);
  g_autoptr (GBytes) tagged_twice = NULL;
  g_autoptr (GBytes) named = cr_resource_add_identifier (input, "urn:x", "a\\b", NULL);
  g_autoptr (GBytes) named_twice = NULL;
  guint8 content[CR_CONTENT_HASH_SIZE];

  require (same == input, "nothing mapped changes nothing");
  require (changed != NULL && tagged != NULL, "a resource can be changed");
  hash_content (changed, content);
  hash_content (tagged, content);
  tagged_twice = cr_resource_add_tag (tagged, "urn:x", "a\"b\n", NULL);
  require (tagged_twice == tagged, "a tag is added once");
  if (named == NULL)
    return;

  hash_content (named, content);
  named_twice = cr_resource_add_identifier (named, "urn:x", "a\\b", NULL);
  require (named_twice == named, "an identifier is added once");
}

static void
fuzz_rewrite (GBytes *input)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (input, &n_bytes);
  g_autoptr (GArray) references = cr_references_find (text, n_bytes, BASE, NULL);
  g_autoptr (GBytes) line = NULL;

  if (references == NULL)
    return;

  line = cr_resource_to_line (input);
  require (memchr (g_bytes_get_data (line, NULL), '\n', g_bytes_get_size (line)) == NULL,
           "a line is one line");
  require_same_content (input, line, "a line has the same content");
  if (cr_resource_identity (text, n_bytes, NULL, NULL, NULL))
    check_edits (input);
}

static void
fuzz_summary (GBytes *input)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (input, &n_bytes);
  g_autoptr (CrSummary) summary = cr_summary_read (text, n_bytes, NULL, NULL);
  g_autoptr (CrDemographics) demographics = cr_demographics_read (text, n_bytes, NULL);
  g_autofree char *pretty = cr_resource_pretty (text, n_bytes);
  g_autofree char *severity = NULL;
  g_autofree char *code = NULL;
  g_autofree char *outcome = cr_outcome_text (text, n_bytes, &severity, &code);

  require (g_utf8_validate (pretty, -1, NULL), "what is shown is text");
  require (outcome == NULL || (g_utf8_validate (outcome, -1, NULL) && severity != NULL),
           "an outcome is text and has a severity");
  if (summary == NULL)
    return;

  require (g_utf8_validate (summary->title, -1, NULL) && *summary->title != '\0',
           "a record has a title");
  for (guint i = 0; i < summary->details->len; i++)
    {
      const CrDetail *detail = g_ptr_array_index (summary->details, i);

      require (g_utf8_validate (detail->label, -1, NULL), "a label is text");
      require (g_utf8_validate (detail->value, -1, NULL), "a value is text");
    }
}

/* Each file that is listed as inside can be read, and is as long as was said. */
static void
fuzz_files (GBytes *input)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (input, &n_bytes);
  g_autoptr (GPtrArray) files = cr_files_find (text, n_bytes, NULL);

  for (guint i = 0; files != NULL && i < files->len; i++)
    {
      CrRecordFile *file = g_ptr_array_index (files, i);
      g_autofree char *name = cr_record_file_get_name (file);
      g_autoptr (GBytes) bytes = cr_files_read (text, n_bytes, file->n);

      require (file->n == i + 1, "files are numbered in their order");
      require (g_utf8_validate (name, -1, NULL) && strchr (name, '/') == NULL && name[0] != '.' &&
                   name[0] != '-' && strlen (name) < 200,
               "a name is safe");
      require ((bytes != NULL) == (file->status == CR_ATTACHMENT_KEPT), "what is inside is there");
      require (bytes == NULL || (gint64) g_bytes_get_size (bytes) <= file->n_bytes,
               "no more bytes than said");
    }
}

static void
fuzz_capability (GBytes *input)
{
  g_autoptr (CrCapability) capability = cr_capability_parse (input, NULL);
  g_autoptr (CrSmartConfig) config = NULL;

  if (capability == NULL)
    return;

  config = cr_smart_config_from_capability (capability, NULL);
  cr_capability_has_search (capability, "Patient", "_id");
  require (cr_capability_get_fhir_version (capability) != NULL, "a version is never NULL");
}

static void
fuzz_smart_config (GBytes *input)
{
  g_autoptr (CrSmartConfig) config = cr_smart_config_parse (input, BASE, NULL);

  if (config == NULL)
    return;

  require (config->capabilities != NULL, "capabilities are never NULL");
  require (g_str_has_prefix (config->token_endpoint, "https://") ||
               g_str_has_prefix (config->token_endpoint, "http://"),
           "an endpoint is a web address");
}

/* `Retry-After` and the reset headers. */
static void
fuzz_retry_after (GBytes *input)
{
  const gint64 now_ms = G_GINT64_CONSTANT (1700000000000);
  gsize n_bytes;
  const char *text = g_bytes_get_data (input, &n_bytes);
  g_autofree char *value = g_strndup (text, n_bytes);
  gint64 wait_ms = cr_retry_after_ms (value, now_ms);

  require (wait_ms == 0 || (wait_ms >= 1000 && wait_ms <= 24 * 3600 * 1000),
           "a wait is between a second and a day");
}

static const struct
{
  const char *name;
  Target run;
} targets[] = {
  { "bundle", fuzz_bundle },
  { "canonical", fuzz_canonical },
  { "rewrite", fuzz_rewrite },
  { "summary", fuzz_summary },
  { "capability", fuzz_capability },
  { "smart-config", fuzz_smart_config },
  { "retry-after", fuzz_retry_after },
  { "catalog", fuzz_catalog },
  { "files", fuzz_files },
};

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    if (g_strcmp0 (g_getenv ("CHARTROOM_FUZZ"), targets[i].name) == 0)
      target = targets[i].run;

  require (target != NULL, "CHARTROOM_FUZZ names a target");
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes)
{
  g_autoptr (GBytes) input = g_bytes_new (data, n_bytes);

  target (input);
  return 0;
}
