/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-s3-sender.h"
#include "base/cr-secret.h"

#include "export/cr-s3-reply.h"
#include "export/cr-senders.h"
#include "export/cr-sigv4.h"

#include <string.h>

struct _CrS3Sender
{
  CrSender parent_instance;

  CrClient *client; /* (owned) */
  CrClock clock;
  CrObjectLayout *layout; /* (owned) */
  char *endpoint;         /* (owned): no slash at its end */
  char *bucket;           /* (owned) */
  char *region;           /* (owned) */
  char *access_key;       /* (owned) */
  char *secret;           /* (owned): wiped */
  GTlsDatabase *ca;       /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrS3Sender, cr_s3_sender, CR_TYPE_SENDER)

CrObjectLayout *
cr_s3_sender_get_layout (CrS3Sender *self)
{
  return self->layout;
}

const char *
cr_s3_sender_get_region (CrS3Sender *self)
{
  return self->region;
}

/* Path style: endpoint/bucket/key. */
static char *
make_url (CrS3Sender *self, const CrS3Call *call)
{
  g_autofree char *bucket = cr_sigv4_encode (self->bucket, FALSE);
  g_autofree char *key = cr_sigv4_encode (call->key != NULL ? call->key : "", TRUE);

  return g_strconcat (self->endpoint, "/", bucket, key[0] != '\0' ? "/" : "", key,
                      call->query != NULL ? "?" : "", call->query, NULL);
}

/**
 * cr_s3_sender_call_async:
 *
 * One signed request. An answer of any status comes back as the reply.
 */
void
cr_s3_sender_call_async (CrS3Sender *self,
                         const CrS3Call *call,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  CrSigV4Key key = { self->access_key, self->secret, self->region, "s3" };
  g_autofree char *url = make_url (self, call);
  g_autofree char *sha256 = NULL;
  g_auto (GStrv) headers = NULL;
  gconstpointer data = "";
  gsize n_bytes = 0;

  if (call->body != NULL)
    data = g_bytes_get_data (call->body, &n_bytes);
  sha256 = call->body_sha256 != NULL ? g_strdup (call->body_sha256)
                                     : cr_sha256_hex (data != NULL ? data : "", n_bytes);
  headers = cr_sigv4_headers (&key, call->method, url, sha256, self->clock ());

  cr_client_send_async (self->client,
                        &(CrRequest){
                            .method = call->method,
                            .url = url,
                            .accept = "*/*",
                            .headers = (const char *const *) headers,
                            .body = call->body,
                            .content_type = call->body != NULL ? call->content_type : NULL,
                            .tls_database = self->ca,
                        },
                        cancellable, callback, user_data);
}

CrReply *
cr_s3_sender_call_finish (CrS3Sender *self, GAsyncResult *result, GError **error)
{
  return cr_client_send_finish (self->client, result, error);
}

/* The reply of a write, checked. */
static gboolean
finish_put (CrS3Sender *self, GAsyncResult *result, gint64 *retry_after_ms, GError **error)
{
  g_autoptr (CrReply) reply = cr_s3_sender_call_finish (self, result, error);

  if (reply == NULL)
    return FALSE;

  *retry_after_ms = reply->retry_after_ms;
  return cr_s3_reply_check (reply, "write files", self->region, error);
}

static void
put_part_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrParcel *parcel = g_task_get_task_data (task);
  GError *error = NULL;

  if (!finish_put (g_task_get_source_object (task), result, &parcel->retry_after_ms, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  cr_parcel_all_sent (parcel);
  g_task_return_boolean (task, TRUE);
}

static void
made_file_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrS3Sender *self = g_task_get_source_object (task);
  CrParcel *parcel = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrObjectFile) file = cr_object_file_new_finish (result, &error);
  g_autofree char *key = NULL;
  GCancellable *cancellable = g_task_get_cancellable (task);
  CrS3Call call = { .method = "PUT" };

  if (file == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  key = cr_object_layout_key (self->layout, parcel->item->name);
  parcel->item->bytes = (gint64) g_bytes_get_size (file->bytes);
  g_free (parcel->item->sha256);
  parcel->item->sha256 = g_steal_pointer (&file->sha256);
  g_free (parcel->item->lines);
  parcel->item->lines = g_steal_pointer (&file->lines);

  call.key = key;
  call.body = file->bytes;
  call.body_sha256 = parcel->item->sha256;
  call.content_type = cr_object_layout_content_type (self->layout);
  cr_s3_sender_call_async (self, &call, cancellable, put_part_cb, g_steal_pointer (&task));
}

static void
cr_s3_sender_send_async (CrSender *sender,
                         CrParcel *parcel,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  CrS3Sender *self = CR_S3_SENDER (sender);
  GTask *task = g_task_new (sender, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_s3_sender_send_async);
  g_task_set_task_data (task, parcel, NULL);
  cr_object_file_new_async (parcel, self->layout->file_type, cancellable, made_file_cb, task);
}

static gboolean
finish_boolean (CrSender *sender, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
put_manifest_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  gint64 retry_after_ms;
  GError *error = NULL;

  if (finish_put (g_task_get_source_object (task), result, &retry_after_ms, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
cr_s3_sender_seal_async (CrSender *sender,
                         CrExportRun *run,
                         GPtrArray *items,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  CrS3Sender *self = CR_S3_SENDER (sender);
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  g_autoptr (GBytes) manifest = cr_object_manifest_new (self->layout, run, items);
  g_autofree char *name = g_strconcat (run->id, "/manifest.json", NULL);
  g_autofree char *key = cr_object_layout_key (self->layout, name);

  g_task_set_source_tag (task, cr_s3_sender_seal_async);
  cr_s3_sender_call_async (self,
                           &(CrS3Call){
                               .method = "PUT",
                               .key = key,
                               .body = manifest,
                               .content_type = "application/json",
                           },
                           cancellable, put_manifest_cb, task);
}

static void
cr_s3_sender_test_async (CrSender *sender,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  cr_s3_test_async (CR_S3_SENDER (sender), cancellable, callback, user_data);
}

static GPtrArray *
cr_s3_sender_test_finish (CrSender *sender, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
cr_s3_sender_one_owner_an_item (CrSender *sender)
{
  return CR_S3_SENDER (sender)->layout->is_by_patient;
}

static char *
cr_s3_sender_name_item (CrSender *sender,
                        CrExportRun *run,
                        const char *type,
                        const char *patient_id,
                        const char *source_id,
                        guint part)
{
  return cr_object_layout_part (CR_S3_SENDER (sender)->layout, run->id, type, patient_id, source_id,
                                part);
}

static void
cr_s3_sender_finalize (GObject *object)
{
  CrS3Sender *self = CR_S3_SENDER (object);

  cr_secret_free (self->secret);
  g_free (self->endpoint);
  g_free (self->bucket);
  g_free (self->region);
  g_free (self->access_key);
  g_clear_object (&self->ca);
  g_clear_object (&self->client);
  cr_object_layout_free (self->layout);

  G_OBJECT_CLASS (cr_s3_sender_parent_class)->finalize (object);
}

static void
cr_s3_sender_class_init (CrS3SenderClass *klass)
{
  CrSenderClass *sender_class = CR_SENDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_s3_sender_finalize;

  sender_class->max_records = 20000;
  sender_class->max_bytes = 8 << 20;
  sender_class->one_type_an_item = TRUE;
  sender_class->max_parallel = 2;
  sender_class->one_owner_an_item = cr_s3_sender_one_owner_an_item;
  sender_class->name_item = cr_s3_sender_name_item;
  sender_class->test_async = cr_s3_sender_test_async;
  sender_class->test_finish = cr_s3_sender_test_finish;
  sender_class->send_async = cr_s3_sender_send_async;
  sender_class->send_finish = finish_boolean;
  sender_class->seal_async = cr_s3_sender_seal_async;
  sender_class->seal_finish = finish_boolean;
}

static void
cr_s3_sender_init (CrS3Sender *self)
{
}

static char *
without_slash (const char *text)
{
  char *copy = g_strdup (text);
  gsize n = strlen (copy);

  while (n > 0 && copy[n - 1] == '/')
    copy[--n] = '\0';
  return copy;
}

/**
 * cr_s3_sender_new:
 *
 * Writes objects to a bucket of S3-compatible storage, signed with Signature Version 4. An object
 * appears whole or not at all: every part is one PUT.
 */
CrSender *
cr_s3_sender_new (const CrSenderParts *parts, GError **error)
{
  CrDestination *destination = parts->destination;
  const char *endpoint = cr_destination_get (destination, "endpoint");
  const char *bucket = cr_destination_get (destination, "bucket");
  const char *access_key = cr_destination_get (destination, "access-key");
  const char *region = cr_destination_get (destination, "region");
  const char *secret =
      parts->secrets != NULL ? g_hash_table_lookup (parts->secrets, "secret") : NULL;
  g_autoptr (CrS3Sender) self = NULL;

  if (endpoint == NULL || bucket == NULL || access_key == NULL || secret == NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The destination needs its endpoint, bucket, access key and secret key");
      return NULL;
    }

  self = g_object_new (CR_TYPE_S3_SENDER, NULL);
  if (!cr_sender_load_ca (destination, &self->ca, error))
    return NULL;

  self->client = g_object_ref (parts->client);
  self->clock = parts->clock;
  self->layout = cr_object_layout_new (destination);
  self->endpoint = without_slash (endpoint);
  self->bucket = g_strdup (bucket);
  self->region = g_strdup (region != NULL && region[0] != '\0' ? region : "us-east-1");
  self->access_key = g_strdup (access_key);
  self->secret = g_strdup (secret);
  return CR_SENDER (g_steal_pointer (&self));
}
