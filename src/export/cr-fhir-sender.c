/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-fhir-sender.h"
#include "base/cr-secret.h"

#include "base/cr-json.h"
#include "export/cr-senders.h"
#include "export/cr-withdrawing.h"
#include "net/cr-oauth.h"

#include <string.h>

/* Bodies that take longer to edit and to copy than a thread to start. */
#define LARGE (256u << 10)

struct _CrFhirSender
{
  CrSender parent_instance;

  CrClient *client; /* (owned) */
  char *base;       /* (owned): no slash at its end */
  CrToken *token;   /* (owned) (nullable) */
  GTlsDatabase *ca; /* (owned) (nullable) */
  CrFhirIds ids;
  guint max_entries; /* what the server takes in one batch; shrinks when it says too large */
  GHashTable *matched_types; /* (owned): types it did not take our ids for */
};

G_DEFINE_FINAL_TYPE (CrFhirSender, cr_fhir_sender, CR_TYPE_SENDER)

CrFhirIds
cr_fhir_sender_get_ids (CrFhirSender *self)
{
  return self->ids;
}

/**
 * cr_fhir_sender_call_async:
 *
 * One request with the destination's credentials. An answer of any status comes back as the reply.
 */
void
cr_fhir_sender_call_async (CrFhirSender *self,
                           const CrFhirCall *call,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  /* Without full resources in the answer, what is read back stays small; a server may ignore it.
   * What is reached without encryption is on this computer, and would compress it for nothing. */
  static const char *const headers[] = { "Prefer", "return=minimal", NULL };
  static const char *const near[] = { "Prefer", "return=minimal", "Accept-Encoding", "identity",
                                      NULL };
  gboolean is_near = g_str_has_prefix (self->base, "http:");
  g_autofree char *url = call->path[0] != '\0' ? g_strconcat (self->base, "/", call->path, NULL)
                                               : g_strdup (self->base);

  cr_client_send_async (self->client,
                        &(CrRequest){
                            .method = call->method,
                            .url = url,
                            .accept = "application/fhir+json",
                            .headers = call->body == NULL ? NULL
                                     : is_near            ? near
                                                          : headers,
                            .body = call->body,
                            .content_type = call->body != NULL ? "application/fhir+json" : NULL,
                            .token = self->token,
                            .tls_database = self->ca,
                            /* A batch of upserts is as repeatable as each of them. */
                            .max_attempts = 3,
                        },
                        cancellable, callback, user_data);
}

CrReply *
cr_fhir_sender_call_finish (CrFhirSender *self, GAsyncResult *result, GError **error)
{
  return cr_client_send_finish (self->client, result, error);
}

/* One parcel on its way. */
typedef struct
{
  CrParcel *parcel;    /* (unowned) */
  GPtrArray *entries;  /* (owned): of CrFhirEntry */
  GPtrArray *again;    /* (owned): of CrFhirEntry: to be tried under a condition */
  GPtrArray *clashed;  /* (owned): of CrFhirEntry: another of the parcel has their url */
  GHashTable *matched; /* (owned) (nullable): the sender's matched_types, for another thread */
  GBytes *body;        /* (owned) (nullable): of the batch that goes next */
  guint first;         /* of the batch that is out */
  guint n;
} Sending;

static Sending *
sending_new (CrParcel *parcel)
{
  Sending *self = g_new0 (Sending, 1);

  self->parcel = parcel;
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_fhir_entry_free);
  self->again = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_fhir_entry_free);
  self->clashed = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_fhir_entry_free);
  return self;
}

static void
sending_free (Sending *self)
{
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->again, g_ptr_array_unref);
  g_clear_pointer (&self->clashed, g_ptr_array_unref);
  g_clear_pointer (&self->matched, g_hash_table_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self);
}

static void
refuse (CrExportEntry *outcome, const GError *error)
{
  outcome->status = CR_ITEM_FAILED;
  outcome->is_retryable = FALSE;
  outcome->error_code = g_strdup (cr_error_nick (error));
  outcome->error_message = g_strdup (error->message);
}

static gboolean
is_taken (GHashTable *urls, const char *url)
{
  return !g_hash_table_add (urls, g_strdup (url));
}

static gboolean
is_claimed (CrParcel *parcel, const CrFhirEntry *entry)
{
  return entry->write == CR_FHIR_WRITE_NAMED && parcel->claimed != NULL &&
         g_hash_table_contains (parcel->claimed, entry->record);
}

/* Adds what is to be sent of @record, or says in @outcome why nothing is. @urls: (nullable): those
 * of the parcel so far */
static void
add_entry (CrFhirSender *self,
           Sending *sending,
           CrRecord *record,
           CrExportEntry *outcome,
           GHashTable *urls)
{
  CrParcel *parcel = sending->parcel;
  CrFhirManner manner = {
    parcel->base_urls != NULL ? g_hash_table_lookup (parcel->base_urls, record->source_id) : NULL,
    self->ids, parcel->places, sending->matched != NULL ? sending->matched : self->matched_types
  };
  g_autoptr (GError) error = NULL;
  CrFhirEntry *entry = cr_fhir_entry_new (record, &manner, outcome, &error);

  if (entry == NULL)
    refuse (outcome, error);
  else if (urls != NULL && (is_claimed (parcel, entry) || is_taken (urls, entry->url)))
    g_ptr_array_add (sending->clashed, entry);
  else if (entry->is_incomplete && !parcel->is_second)
    {
      cr_fhir_entry_wait (entry);
      cr_fhir_entry_free (entry);
    }
  else
    g_ptr_array_add (sending->entries, entry);
}

static void
prepare (CrFhirSender *self, Sending *sending)
{
  g_autoptr (GHashTable) urls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  CrParcel *parcel = sending->parcel;

  for (guint i = 0; i < parcel->records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (parcel->records, i);
      CrExportEntry *outcome = cr_export_entry_new (record->rid, record->sequence);

      g_ptr_array_add (parcel->outcomes, outcome);
      add_entry (self, sending, record, outcome, urls);
    }
}

/* With the sources' own ids two portals may mean different records by the same one. That is no
 * trouble where the server turns out to choose the ids. */
static void
settle_clashed (CrFhirSender *self, Sending *sending)
{
  for (guint i = 0; i < sending->clashed->len; i++)
    {
      CrFhirEntry *entry = g_ptr_array_index (sending->clashed, i);
      g_autoptr (GError) error = g_error_new (
          CR_ERROR, CR_ERROR_CONFLICT, "Two sources use the same id for a %s; use namespaced ids",
          entry->record->type);

      if (sending->again->len == 0 &&
          !g_hash_table_contains (self->matched_types, entry->record->type))
        {
          refuse (entry->entry, error);
          continue;
        }
      g_ptr_array_add (sending->again, entry);
      g_ptr_array_index (sending->clashed, i) = NULL;
    }
  g_ptr_array_set_size (sending->clashed, 0);
}

/* What was refused for its id comes once more, under a condition. */
static void
prepare_again (CrFhirSender *self, Sending *sending)
{
  g_autoptr (GPtrArray) again = g_steal_pointer (&sending->again);

  sending->again = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_fhir_entry_free);
  g_ptr_array_set_size (sending->entries, 0);
  sending->first = 0;
  for (guint i = 0; i < again->len; i++)
    {
      CrFhirEntry *entry = g_ptr_array_index (again, i);
      g_autofree char *key =
          cr_fhir_place_key (entry->record, entry->record->type, entry->record->id);

      g_hash_table_add (self->matched_types, g_strdup (entry->record->type));
      if (sending->parcel->places != NULL)
        g_hash_table_remove (sending->parcel->places, key);
      if (entry->record->body == NULL)
        {
          cr_fhir_entry_wait_for_id (entry);
          continue;
        }
      add_entry (self, sending, entry->record, entry->entry, NULL);
    }
}

static void send_next (GTask *task);

/* Sends the same entries again in halves; an entry alone that is too large is refused. */
static void
take_less (CrFhirSender *self, Sending *sending)
{
  if (sending->n > 1)
    {
      self->max_entries = MAX (sending->n / 2, 1);
      return;
    }

  cr_fhir_outcome_set (
      ((CrFhirEntry *) g_ptr_array_index (sending->entries, sending->first))->entry, 413, NULL);
  sending->first += 1;
}

static gboolean
has_named (Sending *sending)
{
  for (guint i = 0; i < sending->n; i++)
    {
      const CrFhirEntry *entry = g_ptr_array_index (sending->entries, sending->first + i);

      if (entry->write == CR_FHIR_WRITE_NAMED && entry->entry->status == CR_ITEM_SENT)
        return TRUE;
    }

  return FALSE;
}

/* An id of ours that is refused beside another that is taken is no question of whose ids. */
static void
take_answers (Sending *sending, GPtrArray *answers)
{
  g_autoptr (GPtrArray) wanting = g_ptr_array_new ();
  gboolean takes_ours;

  for (guint i = 0; i < sending->n; i++)
    {
      CrFhirEntry *entry = g_ptr_array_index (sending->entries, sending->first + i);

      if (cr_fhir_entry_answer (entry, g_ptr_array_index (answers, i)))
        g_ptr_array_add (wanting, GUINT_TO_POINTER (sending->first + i));
    }

  takes_ours = has_named (sending);
  for (guint i = 0; i < wanting->len; i++)
    {
      guint at = GPOINTER_TO_UINT (g_ptr_array_index (wanting, i));
      CrFhirEntry *entry = g_ptr_array_index (sending->entries, at);

      if (entry->write == CR_FHIR_WRITE_NAMED && takes_ours)
        continue;
      g_ptr_array_add (sending->again, entry);
      g_ptr_array_index (sending->entries, at) = NULL;
    }
  sending->first += sending->n;
}

static void
answer_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) answers = cr_fhir_answer_read_finish (result, &error);
  Sending *sending = g_task_get_task_data (task);

  if (answers == NULL || !cr_fhir_answers_check (sending->entries, sending->first, answers, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  take_answers (sending, answers);
  send_next (g_steal_pointer (&task));
}

static void
sent_batch_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrFhirSender *self = g_task_get_source_object (task);
  Sending *sending = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_fhir_sender_call_finish (self, result, &error);

  if (reply != NULL && reply->status == 413)
    {
      take_less (self, sending);
      send_next (g_steal_pointer (&task));
    }
  else if (reply != NULL && cr_reply_check_ours (reply, &error))
    cr_fhir_answer_read_async (reply->body, sending->n, cancellable, answer_read_cb,
                               g_steal_pointer (&task));
  else
    {
      if (reply != NULL)
        sending->parcel->retry_after_ms = reply->retry_after_ms;
      g_task_return_error (task, error);
    }
}

/* Takes @task. */
static void
send_batch (GTask *task)
{
  CrFhirSender *self = g_task_get_source_object (task);
  Sending *sending = g_task_get_task_data (task);
  g_autoptr (GBytes) body = g_steal_pointer (&sending->body);

  sending->parcel->item->bytes += (gint64) g_bytes_get_size (body);
  cr_fhir_sender_call_async (self, &(CrFhirCall){ "POST", "", body }, g_task_get_cancellable (task),
                             sent_batch_cb, task);
}

static gboolean
is_large (Sending *sending)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < sending->n && n_bytes < LARGE; i++)
    n_bytes += g_bytes_get_size (
        ((CrFhirEntry *) g_ptr_array_index (sending->entries, sending->first + i))->body);
  return n_bytes >= LARGE;
}

static void
compose_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Sending *sending = data;

  sending->body = cr_fhir_batch_new (sending->entries, sending->first, sending->n);
  g_task_return_boolean (task, TRUE);
}

static void
composed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  send_batch (user_data);
}

/* Takes @task. The parcel is nobody else's meanwhile. */
static void
in_thread (GTask *task, GTaskThreadFunc function, GAsyncReadyCallback callback)
{
  g_autoptr (GTask) work = g_task_new (g_task_get_source_object (task), NULL, callback, task);

  g_task_set_source_tag (work, in_thread);
  g_task_set_task_data (work, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (work, function);
}

/* Takes @task. */
static void
send_next (GTask *task)
{
  g_autoptr (GTask) owned = task;
  CrFhirSender *self = g_task_get_source_object (task);
  Sending *sending = g_task_get_task_data (task);

  if (sending->first >= sending->entries->len)
    {
      settle_clashed (self, sending);
      if (sending->again->len > 0)
        prepare_again (self, sending);
    }
  if (sending->first >= sending->entries->len)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  sending->n = MIN (sending->entries->len - sending->first, self->max_entries);
  if (is_large (sending))
    {
      in_thread (g_steal_pointer (&owned), compose_in_thread, composed_cb);
      return;
    }

  sending->body = cr_fhir_batch_new (sending->entries, sending->first, sending->n);
  send_batch (g_steal_pointer (&owned));
}

static void
prepare_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  prepare (source, data);
  g_task_return_boolean (task, TRUE);
}

/* Another parcel may have learnt of more types meanwhile. */
static void
prepared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *sending = g_task_get_task_data (user_data);

  g_clear_pointer (&sending->matched, g_hash_table_unref);
  send_next (user_data);
}

static GHashTable *
copy_types (GHashTable *types)
{
  GHashTable *copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer type;

  g_hash_table_iter_init (&iter, types);
  while (g_hash_table_iter_next (&iter, &type, NULL))
    g_hash_table_add (copy, g_strdup (type));
  return copy;
}

static gboolean
is_large_parcel (CrParcel *parcel)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < parcel->records->len && n_bytes < LARGE; i++)
    n_bytes += (gsize) ((CrRecord *) g_ptr_array_index (parcel->records, i))->n_bytes;
  return n_bytes >= LARGE;
}

static void
cr_fhir_sender_send_async (CrSender *sender,
                           CrParcel *parcel,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  Sending *sending = sending_new (parcel);

  parcel->item->bytes = 0;
  g_task_set_source_tag (task, cr_fhir_sender_send_async);
  g_task_set_task_data (task, sending, (GDestroyNotify) sending_free);
  if (is_large_parcel (parcel))
    {
      sending->matched = copy_types (CR_FHIR_SENDER (sender)->matched_types);
      in_thread (task, prepare_in_thread, prepared_cb);
      return;
    }

  prepare (CR_FHIR_SENDER (sender), sending);
  send_next (task);
}

static gboolean
cr_fhir_sender_send_finish (CrSender *sender, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
cr_fhir_sender_test_async (CrSender *sender,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  cr_fhir_test_async (CR_FHIR_SENDER (sender), cancellable, callback, user_data);
}

static GPtrArray *
cr_fhir_sender_test_finish (CrSender *sender, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static char *
cr_fhir_sender_name_item (CrSender *sender,
                          CrExportRun *run,
                          const char *type,
                          const char *patient_id,
                          const char *source_id,
                          guint part)
{
  return g_strdup_printf ("%s batch %u", type, part);
}

static void
cr_fhir_sender_finalize (GObject *object)
{
  CrFhirSender *self = CR_FHIR_SENDER (object);

  g_free (self->base);
  g_clear_pointer (&self->matched_types, g_hash_table_unref);
  g_clear_object (&self->token);
  g_clear_object (&self->ca);
  g_clear_object (&self->client);

  G_OBJECT_CLASS (cr_fhir_sender_parent_class)->finalize (object);
}

static void
cr_fhir_sender_class_init (CrFhirSenderClass *klass)
{
  CrSenderClass *sender_class = CR_SENDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_fhir_sender_finalize;

  sender_class->max_records = 100;
  sender_class->max_bytes = 1 << 20;
  sender_class->max_parallel = 3;
  sender_class->parents_first = TRUE;
  sender_class->needs_places = TRUE;
  sender_class->name_item = cr_fhir_sender_name_item;
  sender_class->test_async = cr_fhir_sender_test_async;
  sender_class->test_finish = cr_fhir_sender_test_finish;
  sender_class->send_async = cr_fhir_sender_send_async;
  sender_class->send_finish = cr_fhir_sender_send_finish;
  sender_class->find_async = cr_fhir_sender_find_async;
  sender_class->withdraw_async = cr_fhir_withdraw_async;
}

static void
cr_fhir_sender_init (CrFhirSender *self)
{
  self->max_entries = 100;
  self->matched_types = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static CrToken *
make_oauth_token (CrFhirSender *self, const CrSenderParts *parts, const char *origin)
{
  CrDestination *destination = parts->destination;
  gboolean is_post = g_strcmp0 (cr_destination_get (destination, "token-auth"), "post") == 0;
  const char *scope = cr_destination_get (destination, "scope");
  CrOAuthRequest request = {
    .token_endpoint = cr_destination_get (destination, "token-url"),
    .auth = is_post ? CR_OAUTH_AUTH_POST : CR_OAUTH_AUTH_BASIC,
    .client_id = cr_destination_get (destination, "client-id"),
    .client_secret = g_hash_table_lookup (parts->secrets, "secret"),
    .tls_database = self->ca,
  };

  return cr_client_credentials_token_new (parts->client, &request,
                                          scope != NULL && scope[0] != '\0' ? scope : NULL, origin,
                                          parts->clock);
}

static gboolean
make_token (CrFhirSender *self, const CrSenderParts *parts, GError **error)
{
  const char *auth = cr_destination_get (parts->destination, "auth");
  const char *secret =
      parts->secrets != NULL ? g_hash_table_lookup (parts->secrets, "secret") : NULL;
  g_autofree char *origin = cr_origin_of (self->base);

  if (auth == NULL || g_str_equal (auth, "none"))
    return TRUE;

  if (secret == NULL || origin == NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The destination's secret is not in the keyring; enter it again");
      return FALSE;
    }

  if (g_str_equal (auth, "bearer"))
    {
      g_autofree char *value = g_strconcat ("Bearer ", secret, NULL);

      self->token = cr_fixed_token_new (origin, value);
      cr_secret_wipe (value);
    }
  else if (cr_destination_get (parts->destination, "token-url") != NULL &&
           cr_destination_get (parts->destination, "client-id") != NULL)
    self->token = make_oauth_token (self, parts, origin);
  else
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The destination needs its token endpoint and client ID");
      return FALSE;
    }

  return TRUE;
}

/**
 * cr_fhir_sender_new:
 *
 * Writes to a FHIR R4 server in batches of upserts, with an outcome per record. Whether it takes
 * ids of ours is seen when it refuses one, type by type.
 */
CrSender *
cr_fhir_sender_new (const CrSenderParts *parts, GError **error)
{
  const char *url = cr_destination_get (parts->destination, "url");
  const char *ids = cr_destination_get (parts->destination, "ids");
  g_autoptr (CrFhirSender) self = NULL;
  gsize n;

  if (url == NULL || url[0] == '\0')
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The destination has no FHIR base URL");
      return NULL;
    }

  self = g_object_new (CR_TYPE_FHIR_SENDER, NULL);
  self->client = g_object_ref (parts->client);
  self->base = g_strdup (url);
  for (n = strlen (self->base); n > 0 && self->base[n - 1] == '/'; n--)
    self->base[n - 1] = '\0';
  self->ids = g_strcmp0 (ids, "source") == 0 ? CR_FHIR_IDS_SOURCE : CR_FHIR_IDS_NAMESPACED;
  if (!cr_sender_load_ca (parts->destination, &self->ca, error) || !make_token (self, parts, error))
    return NULL;

  return CR_SENDER (g_steal_pointer (&self));
}
