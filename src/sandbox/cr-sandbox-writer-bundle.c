/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-id.h"
#include "sandbox/cr-sandbox-text.h"
#include "sandbox/cr-sandbox-writer.h"

/* One entry of a batch or transaction. */
typedef struct
{
  char *method;        /* (owned) (nullable) */
  char **path;         /* (owned) */
  GPtrArray *query;    /* (owned) */
  char *if_match;      /* (owned) (nullable) */
  char *if_none_exist; /* (owned) (nullable) */
  char *full_url;      /* (owned) (nullable) */
  char *id;            /* (owned) (nullable): promised to a create */
  CrSandboxSpan resource;
  char *rewritten; /* (owned) (nullable): the resource with urn:uuid references resolved */
} Entry;

static void
entry_free (Entry *entry)
{
  g_free (entry->method);
  g_strfreev (entry->path);
  g_ptr_array_unref (entry->query);
  g_free (entry->if_match);
  g_free (entry->if_none_exist);
  g_free (entry->full_url);
  g_free (entry->id);
  g_free (entry->rewritten);
  g_free (entry);
}

static Entry *
entry_new (CrVisit *x, CrSandboxSpan span)
{
  Entry *entry = g_new0 (Entry, 1);
  g_autofree char *url = NULL;
  const char *base = cr_sandbox_writer_base (x);
  const char *rest;
  char *question;
  CrSandboxSpan request = { NULL, 0 };

  entry->full_url = cr_sandbox_span_member_string (span, "fullUrl");
  cr_sandbox_span_member (span, "resource", &entry->resource);
  if (cr_sandbox_span_member (span, "request", &request))
    {
      entry->method = cr_sandbox_span_member_string (request, "method");
      url = cr_sandbox_span_member_string (request, "url");
      entry->if_match = cr_sandbox_span_member_string (request, "ifMatch");
      entry->if_none_exist = cr_sandbox_span_member_string (request, "ifNoneExist");
    }

  rest = url != NULL ? url : "";
  if (g_str_has_prefix (rest, base))
    rest += strlen (base);
  if (rest[0] == '/')
    rest++;
  question = strchr (rest, '?');
  entry->query = cr_sandbox_writer_parse_query (question != NULL ? question + 1 : NULL);
  if (question != NULL)
    *question = '\0';
  entry->path = g_strsplit (rest, "/", -1);
  return entry;
}

static void
run_entry (CrVisit *x,
           Entry *entry,
           GHashTable *promised,
           gboolean rehearsal,
           CrSandboxWriterResult *result)
{
  CrSandboxWriterTask task = { entry->method, entry->path, entry->query };

  if (entry->method == NULL || entry->path[0] == NULL)
    {
      cr_sandbox_writer_fail (result, 400, "structure", "The entry has no request");
      return;
    }

  task.body = entry->rewritten != NULL ? entry->rewritten : entry->resource.start;
  task.length = entry->rewritten != NULL ? strlen (entry->rewritten) : entry->resource.length;
  task.if_match = entry->if_match;
  task.if_none_exist = entry->if_none_exist;
  task.fixed_id = entry->id;
  task.promised = promised;
  task.is_rehearsal = rehearsal;
  task.is_entry = TRUE;
  cr_sandbox_writer_run (x, &task, result);
}

static void
add_outcome (GString *out, CrSandboxWriterResult *result)
{
  cr_sandbox_text_add (out,
                       "{'resourceType':'OperationOutcome','issue':[{'severity':'error','code':%q,"
                       "'diagnostics':%q}]}",
                       result->code, result->text);
}

static void
add_response (CrVisit *x, GString *out, Entry *entry, CrSandboxWriterResult *result)
{
  const char *phrase = soup_status_get_phrase (result->status);
  CrShelfEntry *kept = result->entry;
  gboolean is_get = g_strcmp0 (entry->method, "GET") == 0;

  if (out->str[out->len - 1] != '[')
    g_string_append_c (out, ',');
  g_string_append_c (out, '{');
  if (is_get && kept != NULL)
    {
      g_autofree char *body = cr_shelf_read (x->house->shelf, kept, NULL);

      cr_sandbox_text_add (out, "'resource':%s,", body);
    }
  else if (is_get && result->bundle != NULL)
    cr_sandbox_text_add (out, "'resource':%s,", result->bundle);
  cr_sandbox_text_add (out, "'response':{'status':'%d %s'", (int) result->status, phrase);
  if (kept != NULL)
    cr_sandbox_text_add (
        out, ",'location':'%s/%s/_history/%d','etag':'W/\\\"%d\\\"','lastModified':%I", kept->type,
        kept->id, (int) kept->version, (int) kept->version, kept->updated_ms);
  if (result->text != NULL)
    {
      g_string_append (out, ",\"outcome\":");
      add_outcome (out, result);
    }
  g_string_append (out, "}}");
}

static void
rewrite_one (Entry *entry, const char *from, const char *to)
{
  g_autofree char *old = g_strdup_printf ("\"%s\"", from);
  g_autofree char *new = g_strdup_printf ("\"%s\"", to);
  GString *text;

  if (entry->resource.start == NULL)
    return;

  text = entry->rewritten != NULL
           ? g_string_new (entry->rewritten)
           : g_string_new_len (entry->resource.start, (gssize) entry->resource.length);
  if (g_string_replace (text, old, new, 0) > 0 || entry->rewritten != NULL)
    {
      g_free (entry->rewritten);
      entry->rewritten = g_string_free (text, FALSE);
    }
  else
    g_string_free (text, TRUE);
}

/* References by urn:uuid become references by id (https://hl7.org/fhir/R4/http.html#trules).
 * Returns: (transfer full): the names that will be there afterwards */
static GHashTable *
resolve (GPtrArray *entries)
{
  GHashTable *promised = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (entries, i);
      char *name;

      if (g_strcmp0 (entry->method, "PUT") == 0 && entry->path[0] != NULL && entry->path[1] != NULL)
        {
          g_hash_table_add (promised, g_strconcat (entry->path[0], "/", entry->path[1], NULL));
          continue;
        }
      if (g_strcmp0 (entry->method, "POST") != 0 || entry->path[0] == NULL)
        continue;
      entry->id = cr_random_hex (12);
      name = g_strconcat (entry->path[0], "/", entry->id, NULL);
      g_hash_table_add (promised, name);
      for (guint j = 0; entry->full_url != NULL && g_str_has_prefix (entry->full_url, "urn:") &&
                        j < entries->len;
           j++)
        rewrite_one (g_ptr_array_index (entries, j), entry->full_url, name);
    }

  return promised;
}

/* A transaction is rehearsed first, so that either all of it happens or nothing. */
static gboolean
rehearse (CrVisit *x, GPtrArray *entries, GHashTable *promised)
{
  for (guint i = 0; i < entries->len; i++)
    {
      g_auto (CrSandboxWriterResult) result = { 0 };

      run_entry (x, g_ptr_array_index (entries, i), promised, TRUE, &result);
      if (result.text != NULL)
        {
          g_autofree char *text = g_strdup_printf ("Entry %u: %s", i, result.text);

          cr_visit_outcome (x, result.status, result.code, text);
          return FALSE;
        }
    }

  return TRUE;
}

static void
run_all (CrVisit *x, GPtrArray *entries, gboolean is_transaction)
{
  g_autoptr (GHashTable) promised = is_transaction ? resolve (entries) : NULL;
  gboolean is_shuffled = !is_transaction && cr_faults_take (x->house->faults, "dest-shuffle", NULL);
  GString *out;

  if (is_transaction && !rehearse (x, entries, promised))
    return;

  out = g_string_new (NULL);
  cr_sandbox_text_add (out, "{'resourceType':'Bundle','type':%q,'entry':[",
                       is_transaction ? "transaction-response" : "batch-response");
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (entries, is_shuffled ? entries->len - 1 - i : i);
      g_auto (CrSandboxWriterResult) result = { 0 };

      run_entry (x, entry, promised, FALSE, &result);
      add_response (x, out, entry, &result);
    }
  g_string_append (out, "]}");
  cr_visit_answer_string (x, 200, CR_TYPE_TEXT_FHIR, out);
}

/* Source: https://hl7.org/fhir/R4/http.html#transaction */
void
cr_sandbox_writer_answer_bundle (CrVisit *x)
{
  g_autoptr (GBytes) body = cr_visit_body (x);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  CrSandboxSpan root, list, name = { NULL, 0 }, item = { NULL, 0 };
  g_autofree char *resource_type = NULL, *type = NULL;
  gsize length;
  const char *data = g_bytes_get_data (body, &length);

  if (data == NULL || !cr_sandbox_span_check (data, length, &root))
    {
      cr_visit_outcome (x, 400, "structure", "The body is not JSON");
      return;
    }

  resource_type = cr_sandbox_span_member_string (root, "resourceType");
  type = cr_sandbox_span_member_string (root, "type");
  if (g_strcmp0 (resource_type, "Bundle") != 0 ||
      (g_strcmp0 (type, "batch") != 0 && g_strcmp0 (type, "transaction") != 0))
    {
      cr_visit_outcome (x, 400, "invalid",
                        "Only a Bundle of type batch or transaction is taken here");
      return;
    }

  if (cr_sandbox_span_member (root, "entry", &list) && cr_sandbox_span_is (list, '['))
    while (cr_sandbox_span_next (list, &name, &item))
      g_ptr_array_add (entries, entry_new (x, item));
  run_all (x, entries, strcmp (type, "transaction") == 0);
}
