/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-object-sender.h"

#include "base/cr-json.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "base/cr-way.h"
#include "export/cr-senders.h"
#include "export/cr-sigv4.h"
#include "export/cr-withdrawing.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

/* For a part on a slow line. */
#define TOTAL_S 1800
/* Bodies that take longer to hash than a thread to start. */
#define LARGE (256u << 10)

struct _CrObjectSender
{
  CrSender parent_instance;

  CrClient *client; /* (owned) */
  CrClock clock;
  const CrObjectDialect *dialect;
  CrObjectLayout *layout;     /* (owned) */
  CrObjectAccount *account;   /* (owned) */
  GTlsDatabase *ca;           /* (owned) (nullable) */
  CrDestination *destination; /* (owned) */
  CrUploads *uploads;         /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrObjectSender, cr_object_sender, CR_TYPE_SENDER)

CrObjectLayout *
cr_object_sender_get_layout (CrObjectSender *self)
{
  return self->layout;
}

const CrObjectDialect *
cr_object_sender_get_dialect (CrObjectSender *self)
{
  return self->dialect;
}

const CrObjectAccount *
cr_object_sender_get_account (CrObjectSender *self)
{
  return self->account;
}

CrDestination *
cr_object_sender_get_destination (CrObjectSender *self)
{
  return self->destination;
}

CrUploads *
cr_object_sender_get_uploads (CrObjectSender *self)
{
  return self->uploads;
}

gint64
cr_object_sender_now_ms (CrObjectSender *self)
{
  return self->clock ();
}

void
cr_object_account_free (CrObjectAccount *self)
{
  if (self == NULL)
    return;

  g_free (self->endpoint);
  g_free (self->bucket);
  g_free (self->region);
  g_free (self->access_key);
  cr_secret_free (self->secret);
  cr_secret_free (self->token);
  g_free (self);
}

void
cr_object_request_clear (CrObjectRequest *self)
{
  g_free (self->url);
  g_strfreev (self->headers);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->content_type);
}

char *
cr_object_md5 (GBytes *body)
{
  guint8 digest[16];
  gsize n_bytes;
  gconstpointer data = g_bytes_get_data (body, &n_bytes);

  g_assert (gnutls_hash_fast (GNUTLS_DIG_MD5, data, n_bytes, digest) == 0);
  return g_base64_encode (digest, sizeof digest);
}

/* A call that may have to be made again. */
typedef struct
{
  CrObjectCall call; /* its pointers owned */
  gboolean wants_md5;
  gboolean signs_body;
  char *region; /* (owned) (nullable): as it was written */
  gboolean had_checksum;
  guint n_learnt;
} Calling;

static void
calling_free (Calling *self)
{
  g_free ((char *) self->call.key);
  g_free ((char *) self->call.body_sha256);
  g_free ((char *) self->call.body_md5);
  g_free ((char *) self->call.content_type);
  g_free ((char *) self->call.upload);
  g_free (self->region);
  g_clear_pointer (&self->call.body, g_bytes_unref);
  g_clear_pointer (&self->call.tags, g_ptr_array_unref);
  g_free (self);
}

static Calling *
calling_new (const CrObjectCall *call)
{
  Calling *self = g_new0 (Calling, 1);

  self->call.verb = call->verb;
  self->call.part = call->part;
  self->call.key = g_strdup (call->key);
  self->call.body_sha256 = g_strdup (call->body_sha256);
  self->call.content_type = g_strdup (call->content_type);
  self->call.upload = g_strdup (call->upload);
  self->call.body = call->body != NULL ? g_bytes_ref (call->body) : NULL;
  self->call.tags = call->tags != NULL ? g_ptr_array_ref (call->tags) : NULL;
  return self;
}

static void prepare (GTask *task);

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrObjectSender *self = g_task_get_source_object (task);
  Calling *calling = g_task_get_task_data (task);
  GError *error = NULL;
  CrReply *reply = cr_client_send_finish (CR_CLIENT (source), result, &error);

  if (reply == NULL)
    g_task_return_error (task, error);
  /* The region and the checksums: each is learnt once. */
  else if (calling->n_learnt < 2 &&
           self->dialect->learn (self->account, calling->region, calling->had_checksum, reply))
    {
      calling->n_learnt += 1;
      cr_reply_free (reply);
      prepare (g_steal_pointer (&task));
    }
  else
    g_task_return_pointer (task, reply, (GDestroyNotify) cr_reply_free);
}

/* Takes @task. */
static void
send_call (GTask *task)
{
  CrObjectSender *self = g_task_get_source_object (task);
  Calling *calling = g_task_get_task_data (task);
  g_auto (CrObjectRequest) request = { 0 };
  GError *error = NULL;

  g_free (calling->region);
  calling->region = g_strdup (self->account->region);
  calling->had_checksum = self->account->sends_checksum;
  if (!self->dialect->write (self->account, &calling->call, self->clock (), &request, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  cr_client_send_async (self->client,
                        &(CrRequest){
                            .method = request.method,
                            .url = request.url,
                            .accept = "*/*",
                            .headers = (const char *const *) request.headers,
                            .body = request.body,
                            .content_type = request.body != NULL ? request.content_type : NULL,
                            .total_s = TOTAL_S,
                            .tls_database = self->ca,
                        },
                        g_task_get_cancellable (task), answered_cb, task);
}

static void
digest_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Calling *calling = data;
  CrObjectCall *call = &calling->call;
  gsize n_bytes;
  gconstpointer bytes = g_bytes_get_data (call->body, &n_bytes);

  cr_way_give ();
  if (calling->signs_body && call->body_sha256 == NULL)
    call->body_sha256 = cr_sha256_hex (bytes, n_bytes);
  if (calling->wants_md5 && call->body_md5 == NULL)
    call->body_md5 = cr_object_md5 (call->body);
  g_task_return_boolean (task, TRUE);
}

static void
digested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  send_call (user_data);
}

/* Takes @task. What is hashed of a large body is hashed on another thread. */
static void
prepare (GTask *task)
{
  CrObjectSender *self = g_task_get_source_object (task);
  Calling *calling = g_task_get_task_data (task);
  CrObjectCall *call = &calling->call;
  g_autoptr (GTask) digesting = NULL;

  calling->wants_md5 = self->dialect->sends_md5 (self->account, call->verb);
  calling->signs_body = self->dialect->signs_body;
  if (call->body == NULL || g_bytes_get_size (call->body) < LARGE ||
      ((call->body_sha256 != NULL || !calling->signs_body) &&
       (call->body_md5 != NULL || !calling->wants_md5)))
    {
      send_call (task);
      return;
    }

  digesting = g_task_new (self, NULL, digested_cb, task);
  g_task_set_source_tag (digesting, prepare);
  g_task_set_task_data (digesting, calling, NULL);
  g_task_run_in_thread (digesting, digest_in_thread);
}

/**
 * cr_object_sender_call_async:
 *
 * One signed request; made again where the answer names another region, or refuses the newer
 * checksum. An answer of any status comes back as the reply.
 */
void
cr_object_sender_call_async (CrObjectSender *self,
                             const CrObjectCall *call,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_object_sender_call_async);
  g_task_set_task_data (task, calling_new (call), (GDestroyNotify) calling_free);
  prepare (task);
}

CrReply *
cr_object_sender_call_finish (CrObjectSender *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * cr_object_sender_check:
 * @words: what was tried: `write files`
 */
gboolean
cr_object_sender_check (CrObjectSender *self,
                        const CrObjectCall *call,
                        const CrReply *reply,
                        const char *words,
                        GError **error)
{
  return self->dialect->check (self->account, call, reply, words, error);
}

/* What is known of the lines gets what the storage calls the file by, for the manifest and for
 * looking at it later. */
static void
remember (CrExportItem *item, GAsyncResult *result)
{
  const char *etag = cr_object_upload_etag (result), *md5 = cr_object_upload_md5 (result);
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *text = NULL;
  g_autofree char *old = item->lines;

  cr_json_set_string (object, "etag", etag);
  cr_json_set_string (object, "md5", md5);
  text = cr_json_object_to_text (object, FALSE);
  text[strlen (text) - 1] = ',';
  item->lines = g_str_has_prefix (old, "{\"") ? g_strconcat (text, old + 1, NULL) : g_strdup (old);
}

static void
put_part_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrParcel *parcel = g_task_get_task_data (task);
  GError *error = NULL;

  if (!cr_object_upload_finish (g_task_get_source_object (task), result, &parcel->retry_after_ms,
                                &error))
    {
      g_task_return_error (task, error);
      return;
    }

  remember (parcel->item, result);
  cr_parcel_all_sent (parcel);
  g_task_return_boolean (task, TRUE);
}

static void
made_file_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrObjectSender *self = g_task_get_source_object (task);
  CrParcel *parcel = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrObjectFile) file = cr_object_file_new_finish (result, &error);
  g_autofree char *key = NULL;
  GCancellable *cancellable = g_task_get_cancellable (task);

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

  cr_object_upload_async (self, key, file->bytes, parcel->item->sha256,
                          cr_object_layout_content_type (self->layout), cancellable, put_part_cb,
                          g_steal_pointer (&task));
}

static void
cr_object_sender_send_async (CrSender *sender,
                             CrParcel *parcel,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  CrObjectSender *self = CR_OBJECT_SENDER (sender);
  GTask *task = g_task_new (sender, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_object_sender_send_async);
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

  if (cr_object_upload_finish (g_task_get_source_object (task), result, &retry_after_ms, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
cr_object_sender_seal_async (CrSender *sender,
                             CrExportRun *run,
                             GPtrArray *items,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  CrObjectSender *self = CR_OBJECT_SENDER (sender);
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  g_autoptr (GBytes) manifest = cr_object_manifest_new (self->layout, run, items);
  g_autofree char *name = g_strconcat (run->id, "/manifest.json", NULL);
  g_autofree char *key = cr_object_layout_key (self->layout, name);

  g_task_set_source_tag (task, cr_object_sender_seal_async);
  cr_object_upload_async (self, key, manifest, NULL, "application/json", cancellable,
                          put_manifest_cb, task);
}

static void
cr_object_sender_test_async (CrSender *sender,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  cr_object_test_async (CR_OBJECT_SENDER (sender), cancellable, callback, user_data);
}

static GPtrArray *
cr_object_sender_test_finish (CrSender *sender, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrObjectSender *self = CR_OBJECT_SENDER (source);
  CrDifference *each = g_task_get_task_data (task);
  CrObjectCall call = { .verb = CR_OBJECT_HEAD, .key = each->name };
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_object_sender_call_finish (self, result, &error);
  CrSameness found;

  if (reply != NULL && reply->status == 404)
    each->n_found = 0;
  else if (reply == NULL ||
           !cr_object_sender_check (self, &call, reply, CR_SAID ("read files"), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  else
    {
      found = cr_object_sender_compare (self, each, reply);
      each->n_found = found != CR_SAMENESS_NO ? each->n_expected : 0;
      each->is_sized = found == CR_SAMENESS_SIZE;
    }

  g_task_return_boolean (task, TRUE);
}

static void
cr_object_sender_count_async (CrSender *sender,
                              CrDifference *each,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  CrObjectSender *self = CR_OBJECT_SENDER (sender);
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  g_autofree char *key = cr_object_layout_key (self->layout, each->name);
  CrObjectCall call = { .verb = CR_OBJECT_HEAD, .key = key };

  g_task_set_source_tag (task, cr_object_sender_count_async);
  g_task_set_task_data (task, each, NULL);
  cr_object_sender_call_async (self, &call, cancellable, looked_cb, task);
}

static gboolean
cr_object_sender_one_owner_an_item (CrSender *sender)
{
  return CR_OBJECT_SENDER (sender)->layout->is_by_patient;
}

static char *
cr_object_sender_name_item (CrSender *sender,
                            CrExportRun *run,
                            const char *type,
                            const char *patient_id,
                            const char *source_id,
                            guint part)
{
  return cr_object_layout_part (CR_OBJECT_SENDER (sender)->layout, run->id, type, patient_id,
                                source_id, part);
}

static void
cr_object_sender_finalize (GObject *object)
{
  CrObjectSender *self = CR_OBJECT_SENDER (object);

  g_clear_pointer (&self->account, cr_object_account_free);
  g_clear_object (&self->ca);
  g_clear_object (&self->client);
  g_clear_object (&self->destination);
  g_clear_object (&self->uploads);
  cr_object_layout_free (self->layout);

  G_OBJECT_CLASS (cr_object_sender_parent_class)->finalize (object);
}

static void
cr_object_sender_class_init (CrObjectSenderClass *klass)
{
  CrSenderClass *sender_class = CR_SENDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_object_sender_finalize;

  sender_class->max_records = 20000;
  sender_class->max_bytes = 8 << 20;
  sender_class->takes_lines = TRUE;
  sender_class->max_parallel = 4;
  sender_class->one_owner_an_item = cr_object_sender_one_owner_an_item;
  sender_class->name_item = cr_object_sender_name_item;
  sender_class->test_async = cr_object_sender_test_async;
  sender_class->test_finish = cr_object_sender_test_finish;
  sender_class->send_async = cr_object_sender_send_async;
  sender_class->send_finish = finish_boolean;
  sender_class->seal_async = cr_object_sender_seal_async;
  sender_class->seal_finish = finish_boolean;
  sender_class->count_async = cr_object_sender_count_async;
  sender_class->withdraw_async = cr_object_withdraw_async;
  sender_class->clean_async = cr_object_clean_async;
}

static void
cr_object_sender_init (CrObjectSender *self)
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

static const char *
get_secret (const CrSenderParts *parts, const char *field)
{
  return parts->secrets != NULL ? g_hash_table_lookup (parts->secrets, field) : NULL;
}

static CrObjectAccount *
make_account (const CrSenderParts *parts, const char *region, GError **error)
{
  CrDestination *destination = parts->destination;
  const char *endpoint = cr_destination_get (destination, "endpoint");
  const char *bucket = cr_destination_get (destination, "bucket");
  const char *access_key = cr_destination_get (destination, "access-key");
  const char *given = cr_destination_get (destination, "region");
  const char *secret = get_secret (parts, "secret");
  CrObjectAccount *account;

  if (endpoint == NULL || bucket == NULL || access_key == NULL || secret == NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The destination needs its endpoint, bucket, access key and secret key");
      return NULL;
    }

  account = g_new0 (CrObjectAccount, 1);
  account->endpoint = without_slash (endpoint);
  account->bucket = g_strdup (bucket);
  account->region = g_strdup (given != NULL && given[0] != '\0' ? given : region);
  account->access_key = g_strdup (access_key);
  account->secret = g_strdup (secret);
  account->token = g_strdup (get_secret (parts, "session-token"));
  account->is_virtual = g_strcmp0 (cr_destination_get (destination, "style"), "virtual") == 0;
  return account;
}

static CrSender *
make_sender (const CrSenderParts *parts,
             const CrObjectDialect *dialect,
             const char *region,
             gboolean sends_checksum,
             GError **error)
{
  g_autoptr (CrObjectSender) self = g_object_new (CR_TYPE_OBJECT_SENDER, NULL);

  self->client = g_object_ref (parts->client);
  self->clock = parts->clock;
  self->dialect = dialect;
  self->destination = g_object_ref (parts->destination);
  g_set_object (&self->uploads, parts->uploads);
  self->layout = cr_object_layout_new (parts->destination);
  self->account = make_account (parts, region, error);
  if (self->account == NULL || !cr_sender_load_ca (parts->destination, &self->ca, error))
    return NULL;

  self->account->sends_checksum = sends_checksum;
  return CR_SENDER (g_steal_pointer (&self));
}

/**
 * cr_s3_sender_new:
 *
 * Writes objects to a bucket of S3-compatible storage, signed with Signature Version 4.
 */
CrSender *
cr_s3_sender_new (const CrSenderParts *parts, GError **error)
{
  return make_sender (parts, &cr_s3_dialect, "us-east-1", TRUE, error);
}

/**
 * cr_gcs_sender_new:
 *
 * Writes objects to Google Cloud Storage through its XML API with HMAC keys.
 * Source: Cloud Storage, “Simple migration from Amazon S3”: Signature Version 4, region `auto`
 */
CrSender *
cr_gcs_sender_new (const CrSenderParts *parts, GError **error)
{
  return make_sender (parts, &cr_s3_dialect, "auto", FALSE, error);
}

/**
 * cr_azure_sender_new:
 *
 * Writes block blobs to a container of Azure Blob Storage, signed with Shared Key.
 */
CrSender *
cr_azure_sender_new (const CrSenderParts *parts, GError **error)
{
  return make_sender (parts, &cr_azure_dialect, NULL, FALSE, error);
}
