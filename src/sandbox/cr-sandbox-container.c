/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "sandbox/cr-description.h"
#include "sandbox/cr-sandbox-bucket.h"
#include "sandbox/cr-sandbox-container.h"
#include "sandbox/cr-sandbox-sigv4.h"
#include "sandbox/cr-sandbox-text.h"

/* Objects of the container lie among those of the bucket, under names that no bucket's has. */
#define SHELF "\x01azure/"

char *
cr_sandbox_container_secret (CrHouse *house)
{
  g_autofree char *plain = cr_description_make_secret (house->seed, "container secret", 48);

  return g_base64_encode ((const guchar *) plain, strlen (plain));
}

/* Returns: (transfer full): the decoded key, "" for the container itself */
static char *
find_key (CrVisit *x)
{
  const char *p = x->raw_path;
  char *key;

  for (guint slashes = 0; *p != '\0'; p++)
    if (*p == '/' && ++slashes == 4)
      break;
  key = g_uri_unescape_string (*p == '/' ? p + 1 : p, NULL);
  return key != NULL ? key : g_strdup ("");
}

typedef struct
{
  CrVisit *x;
  GPtrArray *lines;
} Canonical;

static void
add_header (const char *name, const char *value, gpointer user_data)
{
  Canonical *self = user_data;
  g_autofree char *lower = g_ascii_strdown (name, -1);

  if (g_str_has_prefix (lower, "x-ms-"))
    g_ptr_array_add (self->lines, g_strdup_printf ("%s:%s\n", lower, value));
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
add_sorted (GString *text, GPtrArray *lines)
{
  g_ptr_array_sort (lines, compare);
  for (guint i = 0; i < lines->len; i++)
    g_string_append (text, g_ptr_array_index (lines, i));
}

static const char *
header (CrVisit *x, const char *name)
{
  const char *value = cr_visit_header (x, name);

  return value != NULL ? value : "";
}

/* Source: Azure Storage, “Authorize with Shared Key” */
static char *
string_to_sign (CrVisit *x)
{
  g_autoptr (GPtrArray) headers = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) parameters = g_ptr_array_new_with_free_func (g_free);
  Canonical canonical = { x, headers };
  const char *length = header (x, "Content-Length");
  g_autofree char *decoded = g_uri_unescape_string (x->raw_path, NULL);
  g_autofree char *path = cr_sandbox_sigv4_encode (decoded != NULL ? decoded : "", TRUE);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s\n%s\n%s\n%s\n%s\n%s\n\n%s\n%s\n%s\n%s\n%s\n", x->method,
                          header (x, "Content-Encoding"), header (x, "Content-Language"),
                          strcmp (length, "0") == 0 ? "" : length, header (x, "Content-MD5"),
                          header (x, "Content-Type"), header (x, "If-Modified-Since"),
                          header (x, "If-Match"), header (x, "If-None-Match"),
                          header (x, "If-Unmodified-Since"), header (x, "Range"));
  soup_message_headers_foreach (soup_server_message_get_request_headers (x->message), add_header,
                                &canonical);
  add_sorted (text, headers);
  g_string_append_printf (text, "/%s%s", CR_SANDBOX_ACCOUNT, path);
  for (guint i = 0; i + 1 < x->query->len; i += 2)
    g_ptr_array_add (parameters,
                     g_strdup_printf ("\n%s:%s", (char *) g_ptr_array_index (x->query, i),
                                      (char *) g_ptr_array_index (x->query, i + 1)));
  add_sorted (text, parameters);
  return g_string_free (text, FALSE);
}

static gboolean
is_signed (CrVisit *x)
{
  const char *claimed = cr_visit_header (x, "Authorization");
  g_autofree char *secret = cr_sandbox_container_secret (x->house);
  g_autofree char *text = string_to_sign (x);
  gsize n_key;
  g_autofree guchar *key = g_base64_decode (secret, &n_key);
  guint8 digest[32];
  g_autofree char *signature = NULL;
  g_autofree char *expected = NULL;

  gnutls_hmac_fast (GNUTLS_MAC_SHA256, key, n_key, text, strlen (text), digest);
  signature = g_base64_encode (digest, sizeof digest);
  expected = g_strdup_printf ("SharedKey " CR_SANDBOX_ACCOUNT ":%s", signature);
  return g_strcmp0 (claimed, expected) == 0 && cr_visit_header (x, "x-ms-version") != NULL &&
         cr_visit_header (x, "x-ms-date") != NULL;
}

/* Storage says the same about a wrong key and about a wrong clock; its Date tells them apart. */
static gboolean
check_time (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  gint64 ahead = cr_faults_take (faults, "s3-skew", NULL)
                   ? cr_faults_int (faults, "s3-skew", "seconds", 3600)
                   : 0;
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (x->now_ms / 1000 + ahead);
  g_autofree char *date = soup_date_time_to_string (now, SOUP_DATE_HTTP);
  g_autoptr (GDateTime) theirs = soup_date_time_new_from_http_string (header (x, "x-ms-date"));

  if (ahead != 0)
    soup_message_headers_replace (soup_server_message_get_response_headers (x->message), "Date",
                                  date);
  return theirs != NULL && ABS (g_date_time_difference (now, theirs)) < 15 * G_TIME_SPAN_MINUTE;
}

static gboolean
check_md5 (CrVisit *x, GBytes *body)
{
  const char *claimed = cr_visit_header (x, "Content-MD5");
  guint8 digest[16];
  g_autofree char *md5 = NULL;

  gnutls_hash_fast (GNUTLS_DIG_MD5, g_bytes_get_data (body, NULL), g_bytes_get_size (body), digest);
  md5 = g_base64_encode (digest, sizeof digest);
  return claimed == NULL || strcmp (claimed, md5) == 0;
}

static void
put (CrVisit *x, const char *key, GBytes *const *parts, guint n_parts)
{
  g_autofree char *name = g_strconcat (SHELF, key, NULL);

  if (!cr_sandbox_bucket_put (x->house->bucket, name, "application/octet-stream", "0", parts,
                              n_parts, x->now_ms, NULL))
    {
      cr_sandbox_bucket_fail (x, 500, "InternalError", "It could not be written");
      return;
    }

  cr_visit_set_header (x, "ETag", "\"0x8D0\"");
  cr_visit_answer_text (x, 201, "application/xml", "");
}

static void
put_block (CrVisit *x, const char *key, GBytes *body)
{
  g_autofree char *name =
      g_strdup_printf (SHELF "\x01%s\x01%s", key, cr_visit_query (x, "blockid"));

  cr_sandbox_bucket_put (x->house->bucket, name, "block", "0", &body, 1, x->now_ms, NULL);
  cr_visit_answer_text (x, 201, "application/xml", "");
}

static void
commit (CrVisit *x, const char *key, GBytes *body)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  g_auto (GStrv) blocks = g_strsplit (text, "<Uncommitted>", -1);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 1; blocks[0] != NULL && blocks[i] != NULL; i++)
    {
      char *name =
          g_strdup_printf (SHELF "\x01%s\x01%.*s", key, (int) strcspn (blocks[i], "<"), blocks[i]);
      CrSandboxObject *object = cr_sandbox_bucket_find (x->house->bucket, name);

      g_ptr_array_add (names, name);
      if (object == NULL)
        {
          cr_sandbox_bucket_fail (x, 400, "InvalidBlockList", "The block list is invalid");
          return;
        }
      g_ptr_array_add (parts, cr_sandbox_bucket_read (x->house->bucket, object));
    }

  put (x, key, (GBytes *const *) parts->pdata, parts->len);
  for (guint i = 0; i < names->len; i++)
    cr_sandbox_bucket_delete (x->house->bucket, g_ptr_array_index (names, i));
}

static void
list (CrVisit *x)
{
  const char *prefix = cr_visit_query (x, "prefix");
  g_autofree char *name = g_strconcat (SHELF, prefix != NULL ? prefix : "", NULL);
  g_autoptr (GPtrArray) objects = cr_sandbox_bucket_list (x->house->bucket, name);
  GString *out =
      g_string_new ("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>");

  for (guint i = 0; i < objects->len; i++)
    {
      const CrSandboxObject *object = g_ptr_array_index (objects, i);

      g_string_append (out, "<Blob><Name>");
      cr_sandbox_text_add_html (out, object->key + strlen (SHELF));
      g_string_append (out, "</Name></Blob>");
    }
  g_string_append (out, "</Blobs></EnumerationResults>");
  cr_visit_answer_string (x, 200, "application/xml", out);
}

static void
get (CrVisit *x, const char *key)
{
  g_autofree char *name = g_strconcat (SHELF, key, NULL);
  CrSandboxObject *object = cr_sandbox_bucket_find (x->house->bucket, name);
  g_autoptr (GBytes) content =
      object != NULL ? cr_sandbox_bucket_read (x->house->bucket, object) : NULL;
  gsize length;
  const char *data;

  if (content == NULL)
    {
      cr_sandbox_bucket_fail (x, 404, "BlobNotFound", "The specified blob does not exist.");
      return;
    }

  data = g_bytes_get_data (content, &length);
  cr_visit_answer (x, 200, object->content_type, g_memdup2 (data, length), length);
}

static void
handle_key (CrVisit *x, const char *key, GBytes *body)
{
  const char *comp = cr_visit_query (x, "comp") != NULL ? cr_visit_query (x, "comp") : "";

  if (cr_visit_is (x, "PUT") && !check_md5 (x, body))
    cr_sandbox_bucket_fail (x, 400, "Md5Mismatch", "The MD5 does not match what was received");
  else if (cr_visit_is (x, "PUT") && strcmp (comp, "block") == 0)
    put_block (x, key, body);
  else if (cr_visit_is (x, "PUT") && strcmp (comp, "blocklist") == 0)
    commit (x, key, body);
  else if (cr_visit_is (x, "PUT"))
    put (x, key, &body, 1);
  else if (cr_visit_is (x, "DELETE"))
    {
      g_autofree char *name = g_strconcat (SHELF, key, NULL);

      cr_sandbox_bucket_delete (x->house->bucket, name);
      cr_visit_answer_text (x, 202, "application/xml", "");
    }
  else
    get (x, key);
}

/* Everything under /azure: one account with one container. */
void
cr_sandbox_container_handle (CrVisit *x)
{
  g_autoptr (GBytes) body = cr_visit_body (x);
  g_autofree char *key = find_key (x);

  cr_visit_set_header (x, "x-ms-request-id", "0");
  if (!check_time (x) || !is_signed (x))
    cr_sandbox_bucket_fail (x, 403, "AuthenticationFailed",
                            "Server failed to authenticate the request.");
  else if (cr_sandbox_bucket_answer_fault (x))
    return;
  else if (strcmp (cr_visit_segment (x, 2), CR_SANDBOX_BUCKET_NAME) != 0)
    cr_sandbox_bucket_fail (x, 404, "ContainerNotFound", "The specified container does not exist.");
  else if (key[0] != '\0')
    handle_key (x, key, body);
  else
    list (x);
}
