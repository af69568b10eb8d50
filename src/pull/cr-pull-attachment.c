/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull/cr-pull-attachment.h"

#include "base/cr-way.h"
#include "fhir/cr-canonical.h"
#include "fhir/cr-span.h"
#include "store/cr-attachments-table.h"

#include <string.h>

#define CHUNK 200
#define FHIR_TYPE "application/fhir+json"

static CrWantedFile *
wanted_file_new (const char *url, const char *id, const char *content_type)
{
  CrWantedFile *self = g_new0 (CrWantedFile, 1);

  self->url = g_strdup (url);
  self->id = g_strdup (id);
  self->content_type = g_strdup (content_type);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_attachment_row_free);
  return self;
}

void
cr_wanted_file_free (CrWantedFile *self)
{
  g_free (self->url);
  g_free (self->id);
  g_free (self->content_type);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

/* The id of a Binary at the own base; any other file is kept under what its address is. */
static char *
id_for (const char *url, const char *base_url)
{
  gsize n_base = strlen (base_url);
  guint8 hash[CR_CONTENT_HASH_SIZE];
  GString *id;

  if (strncmp (url, base_url, n_base) == 0 && g_str_has_prefix (url + n_base, "/Binary/") &&
      url[n_base + 8] != '\0' && strpbrk (url + n_base + 8, "/?#") == NULL)
    return g_uri_unescape_string (url + n_base + 8, NULL);

  if (!cr_bytes_hash (url, strlen (url), hash))
    return NULL;
  id = g_string_new ("url-");
  for (guint i = 0; i < 16; i++)
    g_string_append_printf (id, "%02x", hash[i]);
  return g_string_free (id, FALSE);
}

typedef struct
{
  CrDb *db;             /* (unowned) */
  const char *base_url; /* (unowned) */
  char *base;           /* (owned): with a slash at its end, to resolve against */
  char *origin;         /* (owned) */
  GHashTable *files;    /* (unowned): url to CrWantedFile, owned by the list */
  GPtrArray *list;      /* (unowned): of CrWantedFile */
  gint64 since_ms;
} Search;

static gboolean
is_known (GPtrArray *rows, const CrAttachment *attachment, gint64 seq, gint64 since_ms)
{
  for (guint i = 0; i < rows->len; i++)
    {
      CrAttachmentRow *row = g_ptr_array_index (rows, i);

      if (row->seq == seq && g_str_equal (row->url, attachment->url))
        return row->status == CR_ATTACHMENT_KEPT ||
               (row->status != CR_ATTACHMENT_UNREADABLE && row->fetched_ms >= since_ms);
    }

  return FALSE;
}

static void
want (Search *self, CrRecord *record, const CrAttachment *attachment)
{
  g_autofree char *url =
      g_uri_resolve_relative (self->base, attachment->url, G_URI_FLAGS_ENCODED, NULL);
  g_autofree char *origin = url != NULL ? cr_origin_of (url) : NULL;
  const char *key = url != NULL ? url : attachment->url;
  CrWantedFile *file = g_hash_table_lookup (self->files, key);

  if (file == NULL)
    {
      g_autofree char *id = id_for (key, self->base_url);

      file = wanted_file_new (key, id, attachment->content_type);
      file->is_elsewhere = id == NULL || g_strcmp0 (origin, self->origin) != 0;
      g_ptr_array_add (self->list, file);
      g_hash_table_insert (self->files, file->url, file);
    }
  for (guint i = 0; i < file->rows->len; i++)
    if (((CrAttachmentRow *) g_ptr_array_index (file->rows, i))->rid == record->rid)
      return;

  g_ptr_array_add (file->rows,
                   cr_attachment_row_new (record->rid, record->sequence, attachment->url));
}

static gboolean
search_record (Search *self, CrRecord *record, GError **error)
{
  g_autoptr (CrBundle) bundle = cr_bundle_from_resource (record->body, self->base_url, NULL);
  g_autoptr (GPtrArray) rows = NULL;
  const CrAttachment *attachments;
  guint n = 0;

  if (bundle == NULL)
    return TRUE;
  attachments = cr_bundle_get_attachments (bundle, &n);
  if (n == 0)
    return TRUE;

  rows = cr_attachments_table_list (self->db, record->rid, error);
  if (rows == NULL)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!is_known (rows, &attachments[i], record->sequence, self->since_ms))
      want (self, record, &attachments[i]);
  return TRUE;
}

static gboolean
search_type (Search *self,
             const CrRecordOwner *owner,
             const char *type,
             guint limit,
             GError **error)
{
  gint64 after = 0;

  while (self->list->len < limit)
    {
      g_autoptr (GPtrArray) records =
          cr_records_table_list_changed (self->db, owner, type, after, G_MAXINT64, CHUNK, error);

      if (records == NULL)
        return FALSE;
      for (guint i = 0; i < records->len; i++)
        {
          CrRecord *record = g_ptr_array_index (records, i);

          after = record->sequence;
          if (!search_record (self, record, error))
            return FALSE;
        }
      if (records->len == 0)
        break;
    }

  return TRUE;
}

GPtrArray *
cr_pull_attachments_find (CrDb *db,
                          CrConnection *connection,
                          const char *base_url,
                          gint64 since_ms,
                          guint limit,
                          GError **error)
{
  static const char *const types[] = { "DocumentReference", "DiagnosticReport", "Media",
                                       "Patient" };
  CrRecordOwner owner = { connection->patient_id, connection->source_id,
                          connection->portal_patient_id };
  g_autoptr (GPtrArray) list =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_wanted_file_free);
  g_autoptr (GHashTable) files = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *base = g_strconcat (base_url, "/", NULL);
  g_autofree char *origin = cr_origin_of (base_url);
  Search search = { .db = db,
                    .base_url = base_url,
                    .base = base,
                    .origin = origin,
                    .files = files,
                    .list = list,
                    .since_ms = since_ms };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (!search_type (&search, &owner, types[i], limit, error))
      return NULL;

  return g_steal_pointer (&list);
}

char *
cr_wanted_file_accept (const CrWantedFile *self)
{
  const char *type = self->content_type;
  gsize n = type != NULL ? strcspn (type, ";, \t\r\n") : 0;

  if (n == 0 || memchr (type, '/', n) == NULL || !g_str_is_ascii (type))
    return g_strdup (FHIR_TYPE ";q=0.9, */*;q=0.8");

  return g_strdup_printf ("%.*s, " FHIR_TYPE ";q=0.9, */*;q=0.8", (int) n, type);
}

void
cr_wanted_file_set_status (CrWantedFile *self, CrAttachmentStatus status, guint http_status)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      CrAttachmentRow *row = g_ptr_array_index (self->rows, i);

      row->status = status;
      row->http_status = http_status;
    }
}

/* Reading an answer ---------------------------------------------------------------------------- */

typedef struct
{
  CrWantedFile *file; /* (unowned): outlives the task */
  GBytes *body;       /* (owned) */
  char *type;         /* (owned) (nullable): as received */
  char *base_url;     /* (owned) */
  guint http_status;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_bytes_unref (job->body);
  g_free (job->type);
  g_free (job->base_url);
  g_free (job);
}

static gboolean
is_of_type (const char *type, const char *wanted)
{
  gsize n = strlen (wanted);

  return type != NULL && g_ascii_strncasecmp (type, wanted, n) == 0 &&
         (type[n] == '\0' || strchr ("; \t+", type[n]) != NULL);
}

static void
fill_rows (Job *job, gboolean is_raw, const char *type, const char *bytes, gsize n_bytes)
{
  guint8 hash[CR_CONTENT_HASH_SIZE] = { 0 };
  gboolean has_hash = cr_bytes_hash (bytes, n_bytes, hash);

  cr_wanted_file_set_status (job->file, CR_ATTACHMENT_KEPT, job->http_status);
  for (guint i = 0; i < job->file->rows->len; i++)
    {
      CrAttachmentRow *row = g_ptr_array_index (job->file->rows, i);

      row->is_raw = is_raw;
      g_free (row->content_type);
      row->content_type = g_strdup (type);
      row->n_bytes = n_bytes;
      row->has_hash = has_hash;
      memcpy (row->sha256, hash, sizeof hash);
      g_free (row->binary_id);
      row->binary_id = g_strdup (job->file->id);
    }
}

/* FHIR's own envelope around the file, as the portal sent it. */
static CrBundle *
read_envelope (Job *job)
{
  gsize n_body = g_bytes_get_size (job->body);
  /* It waits for others to be stored with, outside of the room that answers share. */
  g_autoptr (GBytes) body = g_bytes_new (g_bytes_get_data (job->body, NULL), n_body);
  g_autoptr (CrBundle) bundle = cr_bundle_from_resource (body, job->base_url, NULL);
  const CrIncoming *entries;
  guint n_entries;
  g_auto (CrSpans) spans = { 0 };
  g_autofree char *data = NULL;
  g_autofree char *type = NULL;
  g_autofree guchar *bytes = NULL;
  gsize n_bytes = 0;

  if (bundle == NULL)
    return NULL;

  entries = cr_bundle_get_entries (bundle, &n_entries);
  if (n_entries != 1 || strcmp (entries[0].type, "Binary") != 0 ||
      !cr_spans_scan (&spans, entries[0].body, entries[0].n_bytes))
    return NULL;

  g_free (job->file->id);
  job->file->id = g_strdup (entries[0].id);
  data = cr_spans_dup (&spans, cr_spans_member (&spans, 0, "data"));
  type = cr_spans_dup (&spans, cr_spans_member (&spans, 0, "contentType"));
  if (data != NULL)
    bytes = g_base64_decode (data, &n_bytes);
  fill_rows (job, FALSE, type, bytes != NULL ? (const char *) bytes : "", n_bytes);
  return g_steal_pointer (&bundle);
}

/* The file itself: put into the envelope in which FHIR says the same, so that it is shown, saved
 * and exported as any Binary; not a byte of it is lost.
 *
 * Source: FHIR R4, binary.html#rest */
static CrBundle *
wrap (Job *job)
{
  gsize n_bytes;
  const guchar *bytes = g_bytes_get_data (job->body, &n_bytes);
  const char *type = job->type != NULL               ? job->type
                   : job->file->content_type != NULL ? job->file->content_type
                                                     : "application/octet-stream";
  g_autofree char *base64 = g_base64_encode (bytes, n_bytes);
  GString *text = g_string_sized_new (strlen (base64) + 200);
  g_autoptr (GBytes) body = NULL;

  g_string_append (text, "{\"resourceType\":\"Binary\",\"id\":\"");
  cr_span_escape (text, job->file->id, strlen (job->file->id));
  g_string_append (text, "\",\"contentType\":\"");
  cr_span_escape (text, type, strlen (type));
  g_string_append_printf (text, "\",\"data\":\"");
  g_string_append (text, base64);
  g_string_append (text, "\"}");
  body = g_string_free_to_bytes (text);

  fill_rows (job, TRUE, type, (const char *) bytes, n_bytes);
  return cr_bundle_from_resource (body, job->base_url, NULL);
}

/* A web page where none was promised is a sign-in page or the like; FHIR that is no Binary is a
 * message. */
static gboolean
is_file (Job *job)
{
  const char *wanted = job->file->content_type;

  if (g_bytes_get_size (job->body) == 0)
    return FALSE;
  if (is_of_type (job->type, "text/html") && wanted != NULL && !is_of_type (wanted, "text/html") &&
      !is_of_type (wanted, "application/xhtml"))
    return FALSE;

  if (is_of_type (job->type, "application/json") && wanted != NULL &&
      !is_of_type (wanted, "application/json"))
    return FALSE;

  return !is_of_type (job->type, FHIR_TYPE) || is_of_type (wanted, FHIR_TYPE);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  CrBundle *bundle = NULL;

  cr_way_give ();
  if (is_of_type (job->type, FHIR_TYPE) || is_of_type (job->type, "application/json"))
    bundle = read_envelope (job);
  if (bundle == NULL && is_file (job))
    bundle = wrap (job);
  if (bundle == NULL)
    cr_wanted_file_set_status (job->file, CR_ATTACHMENT_UNREADABLE, job->http_status);

  g_task_return_pointer (task, bundle, (GDestroyNotify) cr_bundle_unref);
}

void
cr_wanted_file_read_async (CrWantedFile *self,
                           const CrReply *reply,
                           const char *base_url,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->file = self;
  job->body = g_bytes_ref (reply->body);
  job->type = g_strdup (cr_reply_header (reply, "content-type"));
  job->base_url = g_strdup (base_url);
  job->http_status = reply->status;
  g_task_set_source_tag (task, cr_wanted_file_read_async);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, read_thread);
}

CrBundle *
cr_wanted_file_read_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
