/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-writer.h"

#include <string.h>

#include "base/cr-id.h"
#include "base/cr-json.h"
#include "sandbox/cr-description.h"
#include "sandbox/cr-sandbox-reader.h"
#include "sandbox/cr-sandbox-text.h"

#define TOKEN_LIFETIME_S 600

void
cr_sandbox_writer_result_clear (CrSandboxWriterResult *result)
{
  g_clear_pointer (&result->text, g_free);
  g_clear_pointer (&result->bundle, g_free);
}

void
cr_sandbox_writer_fail (CrSandboxWriterResult *result,
                        guint status,
                        const char *code,
                        const char *text)
{
  result->status = status;
  result->code = code;
  g_free (result->text);
  result->text = g_strdup (text);
}

const char *
cr_sandbox_writer_base (CrVisit *x)
{
  gboolean open = strcmp (cr_visit_segment (x, 0), "dest-open") == 0;
  g_autofree char *base =
      g_strconcat (x->house->uri, open ? "/dest-open/fhir" : "/dest/fhir", NULL);

  return g_intern_string (base);
}

static gboolean
is_type (const char *text)
{
  guint length = 0;

  for (; g_ascii_isalpha (text[length]); length++)
    ;
  return length > 1 && length < 64 && text[length] == '\0' && g_ascii_isupper (text[0]);
}

static gboolean
is_id (const char *text)
{
  guint length = 0;

  for (; g_ascii_isalnum (text[length]) || text[length] == '-' || text[length] == '.'; length++)
    ;
  return length > 0 && length <= 64 && text[length] == '\0';
}

typedef struct
{
  CrShelf *shelf;
  GHashTable *promised;
  char *missing; /* (owned) (nullable): the first that is not there */
} Integrity;

static void
check_reference_cb (CrSandboxSpan value, gpointer user_data)
{
  Integrity *check = user_data;
  g_autofree char *text = cr_sandbox_span_string (value);
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", "/", -1);
  CrShelfEntry *entry;

  if (check->missing != NULL || g_strv_length (parts) < 2 || !is_type (parts[0]) ||
      !is_id (parts[1]))
    return;

  entry = cr_shelf_find (check->shelf, parts[0], parts[1]);
  if ((entry == NULL || entry->is_deleted) &&
      (check->promised == NULL || !g_hash_table_contains (check->promised, text)))
    check->missing = g_strdup (parts[0]);
}

/* Returns: whether the body may be kept as @type and, unless NULL, @id */
static gboolean
check_body (CrVisit *x,
            const CrSandboxWriterTask *task,
            const char *id,
            CrSandboxSpan *root,
            CrSandboxWriterResult *result)
{
  Integrity check = { x->house->shelf, task->promised, NULL };
  g_autofree char *type = NULL, *own_id = NULL;

  if (task->body == NULL || !cr_sandbox_span_check (task->body, task->length, root) ||
      !cr_sandbox_span_is (*root, '{'))
    {
      cr_sandbox_writer_fail (result, 400, "structure", "The body is not a JSON object");
      return FALSE;
    }

  type = cr_sandbox_span_member_string (*root, "resourceType");
  own_id = cr_sandbox_span_member_string (*root, "id");
  if (g_strcmp0 (type, task->path[0]) != 0)
    cr_sandbox_writer_fail (result, 400, "invalid",
                            "The resource is not of the type of the address");
  else if (id != NULL && g_strcmp0 (own_id, id) != 0)
    cr_sandbox_writer_fail (result, 400, "invalid", "The resource's id is not that of the address");
  else if (task->is_entry && cr_faults_is_on (x->house->faults, "dest-entry-status", type) &&
           (task->is_rehearsal || cr_faults_take (x->house->faults, "dest-entry-status", type)))
    cr_sandbox_writer_fail (
        result, (guint) cr_faults_int (x->house->faults, "dest-entry-status", "status", 422),
        "processing", "The sandbox was told to refuse this entry");
  else
    {
      if (cr_faults_is_on (x->house->faults, "dest-integrity", type))
        cr_sandbox_span_each_member (*root, "reference", check_reference_cb, &check);
      if (check.missing == NULL)
        return TRUE;

      g_free (result->text);
      result->text =
          g_strdup_printf ("A reference to a %s that is not on this server", check.missing);
      result->status = 409;
      result->code = "conflict";
      g_free (check.missing);
    }

  return FALSE;
}

/* The body with @id as its id, whatever it had. */
static GBytes *
with_id (CrSandboxSpan root, const char *id)
{
  GString *text = g_string_new (NULL);
  CrSandboxSpan old;

  if (cr_sandbox_span_member (root, "id", &old))
    {
      gsize before = (gsize) (old.start - root.start);

      g_string_append_len (text, root.start, (gssize) before);
      cr_sandbox_text_add_quoted (text, id);
      g_string_append_len (text, old.start + old.length,
                           (gssize) (root.length - before - old.length));
    }
  else
    {
      cr_sandbox_text_add (text, "{'id':%q,", id);
      g_string_append_len (text, root.start + 1, (gssize) root.length - 1);
    }

  return g_string_free_to_bytes (text);
}

static void
store (CrVisit *x,
       const CrSandboxWriterTask *task,
       const char *id,
       GBytes *body,
       CrSandboxWriterResult *result)
{
  CrShelfEntry *old = cr_shelf_find (x->house->shelf, task->path[0], id);
  gboolean is_new = old == NULL || old->is_deleted;
  g_autoptr (GError) error = NULL;

  result->status = is_new ? 201 : 200;
  if (task->is_rehearsal)
    return;

  result->entry = cr_shelf_put (x->house->shelf, task->path[0], id, body, x->now_ms, &error);
  if (result->entry == NULL)
    cr_sandbox_writer_fail (result, 507, "no-store", error->message);
}

static gboolean
check_match (const CrSandboxWriterTask *task, CrShelfEntry *old, CrSandboxWriterResult *result)
{
  g_autofree char *weak = old != NULL ? g_strdup_printf ("W/\"%u\"", old->version) : NULL;
  g_autofree char *strong = old != NULL ? g_strdup_printf ("\"%u\"", old->version) : NULL;

  if (task->if_match == NULL || g_strcmp0 (task->if_match, weak) == 0 ||
      g_strcmp0 (task->if_match, strong) == 0)
    return TRUE;

  cr_sandbox_writer_fail (result, 412, "conflict", "The resource has another version");
  return FALSE;
}

static void
update (CrVisit *x, const CrSandboxWriterTask *task, const char *id, CrSandboxWriterResult *result)
{
  CrFaults *faults = x->house->faults;
  CrShelfEntry *old = cr_shelf_find (x->house->shelf, task->path[0], id);
  g_autoptr (GBytes) body = NULL;
  CrSandboxSpan root;

  if (!is_id (id))
    cr_sandbox_writer_fail (result, 400, "value",
                            "The id has characters or a length that FHIR does not allow");
  else if ((old == NULL || old->is_deleted) &&
           cr_faults_is_on (faults, "refuse-update-as-create", task->path[0]))
    cr_sandbox_writer_fail (
        result, (guint) cr_faults_int (faults, "refuse-update-as-create", "status", 405),
        "not-supported", "This server chooses the ids of new resources");
  else if (check_body (x, task, id, &root, result) && check_match (task, old, result))
    {
      body = g_bytes_new (root.start, root.length);
      store (x, task, id, body, result);
    }
}

static void
create (CrVisit *x, const CrSandboxWriterTask *task, CrSandboxWriterResult *result)
{
  g_autofree char *id = task->fixed_id != NULL ? g_strdup (task->fixed_id) : cr_random_hex (12);
  g_autoptr (GBytes) body = NULL;
  CrSandboxSpan root;

  if (task->if_none_exist != NULL)
    {
      gboolean known;
      g_autoptr (GPtrArray) query = cr_sandbox_writer_parse_query (task->if_none_exist);
      g_autoptr (GPtrArray) found = cr_sandbox_writer_find (x, task->path[0], query, &known);

      if (!known || found->len > 1)
        {
          cr_sandbox_writer_fail (result, 412, "multiple-matches",
                                  "The condition fits several, or is not known");
          return;
        }
      if (found->len == 1)
        {
          result->status = 200;
          result->entry = g_ptr_array_index (found, 0);
          return;
        }
    }

  if (!check_body (x, task, NULL, &root, result))
    return;

  body = with_id (root, id);
  store (x, task, id, body, result);
}

/* PUT [type]?condition: https://hl7.org/fhir/R4/http.html#cond-update */
static void
update_by_condition (CrVisit *x, const CrSandboxWriterTask *task, CrSandboxWriterResult *result)
{
  gboolean known;
  g_autoptr (GPtrArray) found = cr_sandbox_writer_find (x, task->path[0], task->query, &known);
  g_autoptr (GBytes) body = NULL;
  CrShelfEntry *entry;
  CrSandboxSpan root;

  if (!known || task->query->len == 0)
    cr_sandbox_writer_fail (result, 400, "not-supported",
                            "The condition is not one this server knows");
  else if (found->len > 1)
    cr_sandbox_writer_fail (result, 412, "multiple-matches",
                            "The condition fits several resources");
  else if (found->len == 0)
    create (x, task, result);
  else if (check_body (x, task, NULL, &root, result))
    {
      entry = g_ptr_array_index (found, 0);
      body = with_id (root, entry->id);
      store (x, task, entry->id, body, result);
    }
}

static gboolean
points_at (CrVisit *x, CrShelfEntry *entry, const char *reference)
{
  g_autofree char *body = entry->is_deleted ? NULL : cr_shelf_read (x->house->shelf, entry, NULL);

  return body != NULL && strstr (body, reference) != NULL;
}

static gboolean
is_pointed_at (CrVisit *x, const CrSandboxWriterTask *task)
{
  g_autofree char *reference =
      g_strdup_printf ("\"reference\":\"%s/%s\"", task->path[0], task->path[1]);
  GHashTableIter iter;
  gpointer entries;

  g_hash_table_iter_init (&iter, cr_shelf_types (x->house->shelf));
  while (g_hash_table_iter_next (&iter, NULL, &entries))
    for (guint i = 0; i < ((GPtrArray *) entries)->len; i++)
      if (points_at (x, g_ptr_array_index ((GPtrArray *) entries, i), reference))
        return TRUE;
  return FALSE;
}

static gboolean
may_delete (CrVisit *x, const CrSandboxWriterTask *task, CrSandboxWriterResult *result)
{
  CrFaults *faults = x->house->faults;
  const char *type = task->path[0];

  if (task->is_entry && cr_faults_is_on (faults, "dest-entry-status", type) &&
      (task->is_rehearsal || cr_faults_take (faults, "dest-entry-status", type)))
    cr_sandbox_writer_fail (result,
                            (guint) cr_faults_int (faults, "dest-entry-status", "status", 422),
                            "processing", "The sandbox was told to refuse this entry");
  else if (!task->is_rehearsal && cr_faults_is_on (faults, "dest-integrity", type) &&
           is_pointed_at (x, task))
    cr_sandbox_writer_fail (result, 409, "conflict", "Other resources still point at this one");
  else
    return TRUE;

  return FALSE;
}

static void
read_or_delete (CrVisit *x, const CrSandboxWriterTask *task, CrSandboxWriterResult *result)
{
  CrShelfEntry *entry = cr_shelf_find (x->house->shelf, task->path[0], task->path[1]);
  gboolean is_delete = strcmp (task->method, "DELETE") == 0;
  g_autoptr (GError) error = NULL;

  if (is_delete && (entry == NULL || entry->is_deleted))
    result->status = 204;
  else if (entry == NULL)
    cr_sandbox_writer_fail (result, 404, "not-found", "There is no such resource");
  else if (entry->is_deleted)
    cr_sandbox_writer_fail (result, 410, "deleted", "The resource was deleted");
  else if (!is_delete)
    {
      result->status = 200;
      result->entry = entry;
    }
  else if (may_delete (x, task, result) && check_match (task, entry, result))
    {
      result->status = 204;
      if (!task->is_rehearsal && !cr_shelf_delete (x->house->shelf, entry, x->now_ms, &error))
        cr_sandbox_writer_fail (result, 507, "no-store", error->message);
    }
}

/**
 * cr_sandbox_writer_run:
 *
 * Does one interaction. Source: https://hl7.org/fhir/R4/http.html
 */
void
cr_sandbox_writer_run (CrVisit *x, const CrSandboxWriterTask *task, CrSandboxWriterResult *result)
{
  guint n = g_strv_length (task->path);
  gboolean get = strcmp (task->method, "GET") == 0 || strcmp (task->method, "HEAD") == 0;

  if (n > 0 && task->path[n - 1][0] == '\0')
    n--;
  if (n == 0 || n > 2 || !is_type (task->path[0]))
    cr_sandbox_writer_fail (result, 404, "not-supported", "There is nothing at this address");
  else if (n == 2 && strcmp (task->method, "PUT") == 0)
    update (x, task, task->path[1], result);
  else if (n == 2 && (get || strcmp (task->method, "DELETE") == 0))
    read_or_delete (x, task, result);
  else if (n == 1 && strcmp (task->method, "POST") == 0)
    create (x, task, result);
  else if (n == 1 && strcmp (task->method, "PUT") == 0)
    update_by_condition (x, task, result);
  else if (n == 1 && get)
    cr_sandbox_writer_search (x, task, result);
  else
    cr_sandbox_writer_fail (result, 405, "not-supported", "This method is not offered here");
}

static void
answer_result (CrVisit *x, CrSandboxWriterResult *result)
{
  const char *prefer = cr_visit_header (x, "Prefer");
  char *body;

  if (result->text != NULL)
    {
      cr_visit_outcome (x, result->status, result->code, result->text);
      return;
    }
  if (result->bundle != NULL)
    {
      cr_visit_answer_text (x, result->status, CR_TYPE_TEXT_FHIR, result->bundle);
      return;
    }

  if (result->entry != NULL)
    {
      g_autofree char *etag = g_strdup_printf ("W/\"%u\"", result->entry->version);
      g_autofree char *location =
          g_strdup_printf ("%s/%s/%s/_history/%u", cr_sandbox_writer_base (x), result->entry->type,
                           result->entry->id, result->entry->version);
      g_autoptr (GDateTime) stamp =
          g_date_time_new_from_unix_utc (result->entry->updated_ms / 1000);
      g_autofree char *modified = g_date_time_format (stamp, "%a, %d %b %Y %H:%M:%S GMT");

      cr_visit_set_header (x, "ETag", etag);
      cr_visit_set_header (x, "Last-Modified", modified);
      if (!cr_visit_is (x, "GET"))
        cr_visit_set_header (x, "Location", location);
    }

  body = result->entry != NULL && (prefer == NULL || strstr (prefer, "return=minimal") == NULL)
           ? cr_shelf_read (x->house->shelf, result->entry, NULL)
           : NULL;
  if (body != NULL)
    cr_visit_answer (x, result->status, CR_TYPE_TEXT_FHIR, body, result->entry->length);
  else
    cr_visit_answer_text (x, result->status, CR_TYPE_TEXT_FHIR, "");
}

static void
answer_capability (CrVisit *x)
{
  gboolean creates = !cr_faults_is_on (x->house->faults, "refuse-update-as-create", NULL);
  GString *out = g_string_new (NULL);
  guint n;
  const CrSandboxReaderType *types = cr_sandbox_reader_types (&n);

  cr_sandbox_text_add (
      out,
      "{'resourceType':'CapabilityStatement','status':'active','date':'2025-06-01',"
      "'kind':'instance','software':{'name':'Chartroom sandbox destination'},"
      "'implementation':{'description':'Keeps what it is given','url':%q},"
      "'fhirVersion':'4.0.1','format':['json'],'rest':[{'mode':'server','interaction':["
      "{'code':'batch'},{'code':'transaction'}],'resource':[",
      cr_sandbox_writer_base (x));
  for (guint i = 0; i < n; i++)
    cr_sandbox_text_add (
        out,
        "%s{'type':%q,'interaction':[{'code':'read'},{'code':'create'},{'code':'update'},"
        "{'code':'delete'},{'code':'search-type'}],'versioning':'versioned-update',"
        "'readHistory':false,'updateCreate':%s,'conditionalCreate':true,"
        "'conditionalUpdate':true,'searchParam':[{'name':'_id','type':'token'},"
        "{'name':'_tag','type':'token'},{'name':'identifier','type':'token'}]}",
        i > 0 ? "," : "", types[i].type, creates ? "true" : "false");
  g_string_append (out, "]}]}");
  cr_visit_answer_string (x, 200, CR_TYPE_TEXT_FHIR, out);
}

static char *
sign_token (CrVisit *x, gint64 until)
{
  g_autofree char *text = g_strdup_printf ("destination access until %" G_GINT64_FORMAT, until);

  return cr_description_make_secret (x->house->seed, text, 48);
}

/* A token of this server is its end and a signature over it, so that none need be kept. */
static gboolean
is_authorized (CrVisit *x)
{
  const char *header = cr_visit_header (x, "Authorization");
  g_autofree char *fixed = cr_description_make_secret (x->house->seed, "destination token", 40);
  g_autofree char *expected = NULL;
  const char *dot;
  gint64 until;

  if (strcmp (cr_visit_segment (x, 0), "dest-open") == 0)
    return TRUE;
  if (header == NULL || g_ascii_strncasecmp (header, "Bearer ", 7) != 0)
    return FALSE;
  if (strcmp (header + 7, fixed) == 0)
    return TRUE;

  dot = strchr (header + 7, '.');
  until = g_ascii_strtoll (header + 7, NULL, 10);
  expected = sign_token (x, until);
  return dot != NULL && until > x->now_ms && strcmp (dot + 1, expected) == 0;
}

/* OAuth 2 client credentials (RFC 6749 §4.4). */
void
cr_sandbox_writer_answer_token (CrVisit *x)
{
  g_autoptr (GHashTable) form = cr_visit_form (x);
  const char *header = cr_visit_header (x, "Authorization");
  g_autofree char *secret = cr_description_make_secret (x->house->seed, "destination secret", 40);
  g_autofree char *pair = g_strconcat ("chartroom-destination:", secret, NULL);
  g_autofree char *basic = g_base64_encode ((const guchar *) pair, strlen (pair));
  gboolean proven =
      (header != NULL && g_ascii_strncasecmp (header, "Basic ", 6) == 0 &&
       strcmp (header + 6, basic) == 0) ||
      (g_strcmp0 (g_hash_table_lookup (form, "client_id"), "chartroom-destination") == 0 &&
       g_strcmp0 (g_hash_table_lookup (form, "client_secret"), secret) == 0);
  gint64 until = x->now_ms + TOKEN_LIFETIME_S * 1000;
  g_autofree char *signature = sign_token (x, until);
  g_autofree char *token = g_strdup_printf ("%" G_GINT64_FORMAT ".%s", until, signature);
  JsonObject *body = json_object_new ();

  cr_visit_set_header (x, "Cache-Control", "no-store");
  if (proven && g_strcmp0 (g_hash_table_lookup (form, "grant_type"), "client_credentials") == 0)
    {
      json_object_set_string_member (body, "access_token", token);
      json_object_set_string_member (body, "token_type", "Bearer");
      json_object_set_int_member (body, "expires_in", TOKEN_LIFETIME_S);
      json_object_set_string_member (body, "scope", "system/*.cruds");
      cr_visit_answer_json (x, 200, body);
      return;
    }

  json_object_set_string_member (body, "error",
                                 proven ? "unsupported_grant_type" : "invalid_client");
  cr_visit_answer_json (x, proven ? 400 : 401, body);
}

static gboolean
answer_fault (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  const char *type = cr_visit_segment (x, 2);
  const char *retry_after;

  if (cr_faults_take (faults, "dest-slow", type))
    x->delay_ms = (guint) CLAMP (cr_faults_int (faults, "dest-slow", "delay_ms", 1000), 0, 600000);
  if (!cr_faults_take (faults, "dest-status", type))
    return FALSE;

  retry_after = cr_faults_string (faults, "dest-status", "retry_after", NULL);
  if (retry_after != NULL)
    cr_visit_set_header (x, "Retry-After", retry_after);
  cr_visit_outcome (x, (guint) cr_faults_int (faults, "dest-status", "status", 503), "exception",
                    "The sandbox was told to fail here");
  return TRUE;
}

/* Everything under /dest/fhir and /dest-open/fhir. */
void
cr_sandbox_writer_handle (CrVisit *x)
{
  g_autoptr (GBytes) body = cr_visit_body (x);
  const char *first = cr_visit_segment (x, 2);
  g_auto (CrSandboxWriterResult) result = { 0 };
  CrSandboxWriterTask task = { x->method, x->path + MIN (x->n_path, 2), x->query };

  if (answer_fault (x))
    return;

  if (strcmp (first, "metadata") == 0 && cr_visit_is (x, "GET"))
    answer_capability (x);
  else if (!is_authorized (x))
    {
      cr_visit_set_header (x, "WWW-Authenticate", "Bearer realm=\"sandbox destination\"");
      cr_visit_outcome (x, 401, "login", "The token is missing, wrong or expired");
    }
  else if (first[0] == '\0' && cr_visit_is (x, "POST"))
    cr_sandbox_writer_answer_bundle (x);
  else
    {
      task.body = g_bytes_get_data (body, &task.length);
      task.if_match = cr_visit_header (x, "If-Match");
      task.if_none_exist = cr_visit_header (x, "If-None-Exist");
      cr_sandbox_writer_run (x, &task, &result);
      answer_result (x, &result);
    }
}

/* How many of each type there are, for tests and for the curious. */
void
cr_sandbox_writer_answer_summary (CrVisit *x)
{
  JsonObject *body = json_object_new ();
  JsonObject *counts = json_object_new ();
  g_autoptr (GList) types = g_hash_table_get_keys (cr_shelf_types (x->house->shelf));
  gint64 total = 0;

  types = g_list_sort (types, (GCompareFunc) strcmp);
  for (GList *l = types; l != NULL; l = l->next)
    {
      g_autoptr (GPtrArray) found = cr_shelf_list (x->house->shelf, l->data);

      total += found->len;
      if (found->len > 0)
        json_object_set_int_member (counts, l->data, found->len);
    }
  json_object_set_int_member (body, "total", total);
  json_object_set_object_member (body, "types", counts);
  cr_visit_answer_json (x, 200, body);
}
