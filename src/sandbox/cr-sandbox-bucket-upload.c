/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-id.h"
#include "sandbox/cr-description.h"
#include "sandbox/cr-sandbox-bucket.h"
#include "sandbox/cr-sandbox-text.h"

/* An upload is a folder: a file "key", and a file for each part. */
static char *
find_upload (CrVisit *x, const char *upload_id)
{
  g_autofree char *dir = NULL;

  for (const char *p = upload_id; *p != '\0'; p++)
    if (!g_ascii_isxdigit (*p))
      upload_id = "";
  dir = cr_sandbox_bucket_upload_dir (x->house->bucket, upload_id);
  if (upload_id[0] != '\0' && g_file_test (dir, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&dir);

  cr_sandbox_bucket_fail (x, 404, "NoSuchUpload", "The specified multipart upload does not exist.");
  return NULL;
}

static void
remove_upload (const char *dir)
{
  g_autoptr (GDir) open = g_dir_open (dir, 0, NULL);
  const char *name;

  while (open != NULL && (name = g_dir_read_name (open)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      g_unlink (path);
    }
  g_rmdir (dir);
}

void
cr_sandbox_bucket_start_upload (CrVisit *x, const char *key)
{
  g_autofree char *id = cr_random_hex (16);
  g_autofree char *dir = cr_sandbox_bucket_upload_dir (x->house->bucket, id);
  g_autofree char *path = g_build_filename (dir, "key", NULL);
  GString *out;

  if (g_mkdir_with_parents (dir, 0700) != 0 || !g_file_set_contents (path, key, -1, NULL))
    {
      cr_sandbox_bucket_fail (x, 500, "InternalError", "The upload could not be started");
      return;
    }

  out = g_string_new (
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>" CR_SANDBOX_BUCKET_NAME
      "</Bucket><Key>");
  cr_sandbox_text_add_html (out, key);
  g_string_append_printf (out, "</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id);
  cr_visit_answer_string (x, 200, "application/xml", out);
}

/* A part that is noted when it is too late. */
typedef struct
{
  char *dir;    /* (owned) */
  char *name;   /* (owned) */
  char *key;    /* (owned): of the object */
  GBytes *body; /* (owned) */
} Late;

static void
late_free (gpointer data)
{
  Late *self = data;

  g_free (self->dir);
  g_free (self->name);
  g_free (self->key);
  g_bytes_unref (self->body);
  g_free (self);
}

static gboolean
late_cb (gpointer data)
{
  Late *self = data;
  g_autofree char *path = g_build_filename (self->dir, self->name, NULL);
  g_autofree char *key = g_build_filename (self->dir, "key", NULL);

  g_mkdir_with_parents (self->dir, 0700);
  g_file_set_contents (key, self->key, -1, NULL);
  g_file_set_contents (path, g_bytes_get_data (self->body, NULL),
                       (gssize) g_bytes_get_size (self->body), NULL);
  return G_SOURCE_REMOVE;
}

/* As storage of many machines may: it answers after that, if anybody still listens. */
static void
keep_late (CrVisit *x, const char *dir, const char *name, GBytes *body)
{
  g_autofree char *path = g_build_filename (dir, "key", NULL);
  g_autoptr (GSource) source = NULL;
  Late *late = g_new0 (Late, 1);

  x->delay_ms = (guint) cr_faults_int (x->house->faults, "s3-late", "delay_ms", 500);
  late->dir = g_strdup (dir);
  late->name = g_strdup (name);
  late->body = g_bytes_ref (body);
  g_file_get_contents (path, &late->key, NULL, NULL);
  source = g_timeout_source_new (x->delay_ms);
  g_source_set_callback (source, late_cb, late, late_free);
  g_source_attach (source, g_main_context_get_thread_default ());
}

void
cr_sandbox_bucket_put_part (CrVisit *x, const char *upload_id, GBytes *body)
{
  g_autofree char *dir = find_upload (x, upload_id);
  const char *number = cr_visit_query (x, "partNumber");
  guint64 n = 0;
  g_autofree char *name = NULL, *path = NULL, *md5 = NULL, *etag = NULL;

  if (dir == NULL)
    return;
  if (number == NULL || !g_ascii_string_to_unsigned (number, 10, 1, 10000, &n, NULL))
    {
      cr_sandbox_bucket_fail (x, 400, "InvalidArgument", "partNumber must be from 1 to 10000");
      return;
    }

  name = g_strdup_printf ("part-%05u", (guint) n);
  path = g_build_filename (dir, name, NULL);
  if (cr_faults_take (x->house->faults, "s3-late", NULL))
    keep_late (x, dir, name, body);
  else if (!g_file_set_contents (path, g_bytes_get_data (body, NULL),
                                 (gssize) g_bytes_get_size (body), NULL))
    {
      cr_sandbox_bucket_fail (x, 500, "InternalError", "The part could not be kept");
      return;
    }

  md5 = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, body);
  etag = g_strdup_printf ("\"%s\"", md5);
  cr_visit_set_header (x, "ETag", etag);
  cr_visit_answer_text (x, 200, "application/xml", "");
}

static char *
find_element (const char *text, const char *name)
{
  g_autofree char *open = g_strdup_printf ("<%s>", name);
  const char *start = strstr (text, open);

  if (start == NULL)
    return NULL;

  start += strlen (open);
  return g_strndup (start, strcspn (start, "<"));
}

/* Adds the part's content and the raw MD5 of it. Returns FALSE when it is not what was sent. */
static gboolean
add_part (const char *dir, const char *xml, GPtrArray *parts, GByteArray *digests)
{
  g_autofree char *number = find_element (xml, "PartNumber");
  g_autofree char *etag = find_element (xml, "ETag");
  g_autofree char *name = NULL, *path = NULL, *md5 = NULL;
  g_autoptr (GMappedFile) file = NULL;
  GBytes *content;

  if (number == NULL || etag == NULL)
    return FALSE;

  name = g_strdup_printf ("part-%05u", (guint) g_ascii_strtoull (number, NULL, 10));
  path = g_build_filename (dir, name, NULL);
  file = g_mapped_file_new (path, FALSE, NULL);
  if (file == NULL)
    return FALSE;

  content = g_mapped_file_get_bytes (file);
  g_ptr_array_add (parts, content);
  md5 = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, content);
  for (guint i = 0; i < 16; i++)
    {
      guint8 byte =
          (guint8) (g_ascii_xdigit_value (md5[2 * i]) << 4 | g_ascii_xdigit_value (md5[2 * i + 1]));

      g_byte_array_append (digests, &byte, 1);
    }

  return strstr (etag, md5) != NULL;
}

/* The ETag is the MD5 of the parts' MD5s and how many there were. */
void
cr_sandbox_bucket_complete_upload (CrVisit *x, const char *key, const char *upload_id, GBytes *body)
{
  g_autofree char *dir = find_upload (x, upload_id);
  g_autofree char *xml = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GByteArray) digests = g_byte_array_new ();
  g_autofree char *md5 = NULL, *etag = NULL;
  g_autoptr (GError) error = NULL;
  GString *out;

  if (dir == NULL)
    return;

  for (const char *p = strstr (xml, "<Part>"); p != NULL; p = strstr (p + 1, "<Part>"))
    if (!add_part (dir, p, parts, digests))
      {
        cr_sandbox_bucket_fail (x, 400, "InvalidPart",
                                "One or more of the parts could not be found.");
        return;
      }
  if (parts->len == 0)
    {
      cr_sandbox_bucket_fail (x, 400, "MalformedXML", "The list of parts is empty");
      return;
    }

  md5 = g_compute_checksum_for_data (G_CHECKSUM_MD5, digests->data, digests->len);
  etag = g_strdup_printf ("%s-%u", md5, parts->len);
  if (!cr_sandbox_bucket_put (x->house->bucket, key, "application/octet-stream", etag,
                              (GBytes *const *) parts->pdata, parts->len, x->now_ms, &error))
    {
      cr_sandbox_bucket_fail (x, 507, "InternalError", error->message);
      return;
    }

  remove_upload (dir);
  out = g_string_new (
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CompleteMultipartUploadResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>" CR_SANDBOX_BUCKET_NAME
      "</Bucket><Key>");
  cr_sandbox_text_add_html (out, key);
  g_string_append_printf (out, "</Key><ETag>&quot;%s&quot;</ETag></CompleteMultipartUploadResult>",
                          etag);
  cr_visit_answer_string (x, 200, "application/xml", out);
}

void
cr_sandbox_bucket_abort_upload (CrVisit *x, const char *upload_id)
{
  g_autofree char *dir = find_upload (x, upload_id);

  if (dir == NULL)
    return;

  remove_upload (dir);
  cr_visit_answer_text (x, 204, "application/xml", "");
}

void
cr_sandbox_bucket_list_uploads (CrVisit *x)
{
  g_autofree char *all = cr_sandbox_bucket_upload_dir (x->house->bucket, NULL);
  g_autoptr (GDir) open = g_dir_open (all, 0, NULL);
  GString *out = g_string_new (
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListMultipartUploadsResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>" CR_SANDBOX_BUCKET_NAME
      "</Bucket><IsTruncated>false</IsTruncated>");
  const char *id;

  while (open != NULL && (id = g_dir_read_name (open)) != NULL)
    {
      g_autofree char *path = g_build_filename (all, id, "key", NULL);
      g_autofree char *key = NULL;

      if (!g_file_get_contents (path, &key, NULL, NULL))
        continue;
      g_string_append (out, "<Upload><Key>");
      cr_sandbox_text_add_html (out, key);
      g_string_append_printf (out, "</Key><UploadId>%s</UploadId></Upload>", id);
    }
  g_string_append (out, "</ListMultipartUploadsResult>");
  cr_visit_answer_string (x, 200, "application/xml", out);
}

void
cr_sandbox_bucket_list_parts (CrVisit *x, const char *key, const char *upload_id)
{
  g_autofree char *dir = find_upload (x, upload_id);
  GString *out;

  if (dir == NULL)
    return;

  out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListPartsResult "
                      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Key>");
  cr_sandbox_text_add_html (out, key);
  g_string_append_printf (out, "</Key><UploadId>%s</UploadId><IsTruncated>false</IsTruncated>",
                          upload_id);
  for (guint i = 1; i <= 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("part-%05u", i);
      g_autofree char *path = g_build_filename (dir, name, NULL);
      g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
      g_autofree char *md5 = NULL;

      if (file == NULL)
        continue;
      md5 = g_compute_checksum_for_data (G_CHECKSUM_MD5,
                                         (const guchar *) g_mapped_file_get_contents (file),
                                         g_mapped_file_get_length (file));
      g_string_append_printf (out,
                              "<Part><PartNumber>%u</PartNumber><ETag>&quot;%s&quot;</ETag>"
                              "<Size>%" G_GSIZE_FORMAT "</Size></Part>",
                              i, md5, g_mapped_file_get_length (file));
    }
  g_string_append (out, "</ListPartsResult>");
  cr_visit_answer_string (x, 200, "application/xml", out);
}
