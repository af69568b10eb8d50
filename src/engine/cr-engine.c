/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "engine/cr-engine-private.h"
#include "engine/cr-engine-uploads.h"
#include "engine/cr-logo-fetch.h"

#include "base/cr-error.h"
#include "engine/cr-list-model.h"
#include "engine/cr-restore.h"
#include "net/cr-place.h"
#include "store/cr-api-keys-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-pulls-table.h"

#include <string.h>

#define DEFAULT_LISTEN "127.0.0.1:8484"
#define SANDBOX_LISTEN "127.0.0.1:8485"
#define MAX_PER_HOST 16
#define STORAGE_CALM_S 15

G_DEFINE_FINAL_TYPE (CrEngine, cr_engine, G_TYPE_OBJECT)

static guint changed_signal;
static guint keyring_signal;
static guint storage_signal;
static guint clock_signal;
static guint webhook_signal;

static void
store_changed_cb (CrChanges *changes,
                  CrChangeKind kind,
                  const char *id,
                  const char *patient_id,
                  CrEngine *self)
{
  if (kind == CR_CHANGE_PATIENT)
    cr_engine_forget_looks (self);
  g_signal_emit (self, changed_signal, 0, kind, id, patient_id);
  if (!self->is_closing && (kind == CR_CHANGE_PULL || kind == CR_CHANGE_RUN ||
                            kind == CR_CHANGE_CONNECTION || kind == CR_CHANGE_SESSION))
    cr_scheduler_wake (self->scheduler);
}

static void
work_keyring_cb (CrScheduler *scheduler, const GError *error, CrEngine *self)
{
  cr_engine_set_keyring_error (self, error);
}

static gboolean
can_store_cb (gpointer user_data)
{
  CrEngine *self = user_data;

  self->storage_timer = 0;
  g_clear_error (&self->storage_error);
  g_signal_emit (self, storage_signal, 0);
  return G_SOURCE_REMOVE;
}

/* Where a pull finds no room, a small write may find some: the word of it stays until nothing has
 * failed for a while. */
static void
work_storage_cb (CrScheduler *scheduler, const GError *error, CrEngine *self)
{
  if (error == NULL)
    {
      if (self->storage_timer == 0)
        self->storage_timer = g_timeout_add_seconds (STORAGE_CALM_S, can_store_cb, self);
      return;
    }

  g_clear_handle_id (&self->storage_timer, g_source_remove);
  g_clear_error (&self->storage_error);
  self->storage_error = g_error_copy (error);
  g_signal_emit (self, storage_signal, 0);
}

static void
skew_cb (CrSkew *skew, CrEngine *self)
{
  g_signal_emit (self, clock_signal, 0);
}

static void
webhook_keyring_cb (CrWebhooks *webhooks, const GError *error, CrEngine *self)
{
  cr_engine_set_keyring_error (self, error);
}

static void
webhook_notice_cb (CrWebhooks *webhooks, const char *id, CrWebhookEnd end, CrEngine *self)
{
  g_signal_emit (self, webhook_signal, 0, id, end);
}

/* Opening -------------------------------------------------------------------------------------- */

typedef struct
{
  CrEngine *engine;   /* (owned) */
  char *listen;       /* (owned) (nullable) */
  char *public_url;   /* (owned) (nullable) */
  char *tls_cert;     /* (owned) (nullable) */
  char *tls_key;      /* (owned) (nullable) */
  CrClock boot_clock; /* (nullable) */
  gboolean no_pages;
  gboolean no_commands;
  gboolean no_schedule;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_object_unref (opening->engine);
  g_free (opening->listen);
  g_free (opening->public_url);
  g_free (opening->tls_cert);
  g_free (opening->tls_key);
  g_free (opening);
}

static void
open_store_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  CrEngine *self = source;
  g_autofree char *path = cr_workspace_get_path (self->workspace, "chartroom.db");
  GError *error = NULL;
  CrStore *store = cr_restore_apply (self->workspace, &error) ? cr_store_open (path, &error) : NULL;

  if (store != NULL)
    g_task_return_pointer (task, store, g_object_unref);
  else
    g_task_return_error (task, error);
}

/* What a crash left as running is queued again, before anything else looks. */
static gpointer
wake_up_func (CrDb *db, gpointer data, GError **error)
{
  CrEngine *self = data;

  if (!cr_pulls_table_requeue (db, error) || !cr_runs_table_requeue (db, error))
    return NULL;
  self->api_keys = cr_api_keys_table_list (db, error);
  return self->api_keys != NULL && cr_engine_load_desk (self, db, error)
           ? cr_settings_table_all (db, error)
           : NULL;
}

static void
return_open_error (GTask *task, GError *error)
{
  Opening *opening = g_task_get_task_data (task);
  CrEngine *self = opening->engine;

  if (self->server != NULL)
    cr_server_close (self->server);
  if (self->private_server != NULL)
    cr_server_close (self->private_server);
  if (self->store != NULL)
    cr_store_close (self->store);
  if (self->vault != NULL)
    cr_vault_close (self->vault);
  cr_workspace_unlock (self->workspace);
  g_task_return_error (task, error);
}

/* An empty setting is one that was taken back. */
static const char *
option_or_setting (CrEngine *self, const char *option, const char *key)
{
  const char *setting = cr_engine_get_setting (self, key);

  if (option != NULL)
    return option;
  return setting != NULL && setting[0] != '\0' ? setting : NULL;
}

static gboolean
find_place (CrEngine *self, Opening *opening, CrPlace *place, GError **error)
{
  const char *fallback =
      cr_workspace_is_sandbox (self->workspace) ? SANDBOX_LISTEN : DEFAULT_LISTEN;
  const char *listen = option_or_setting (self, opening->listen, "listen");

  *place = (CrPlace){
    .listen = listen != NULL ? listen : fallback,
    .public_url = option_or_setting (self, opening->public_url, "public-url"),
    .tls_cert = option_or_setting (self, opening->tls_cert, "tls-cert"),
    .tls_key = option_or_setting (self, opening->tls_key, "tls-key"),
  };
  return cr_place_check (place, error);
}

static gboolean
open_pages (CrEngine *self, Opening *opening, GError **error)
{
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GError) local = NULL;
  CrPlace place;

  if (!find_place (self, opening, &place, error))
    return FALSE;
  certificate = cr_place_read_certificate (&place, self->clock (), &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  if (certificate != NULL)
    cr_server_set_certificate (self->server, certificate);
  cr_connect_add_routes (self->connect, self->server);
  if (!cr_server_listen (self->server, place.listen, error))
    return FALSE;

  self->public_url =
      g_strdup (place.public_url != NULL ? place.public_url : cr_server_get_uri (self->server));
  while (g_str_has_suffix (self->public_url, "/"))
    self->public_url[strlen (self->public_url) - 1] = '\0';
  uri = g_uri_parse (self->public_url, G_URI_FLAGS_ENCODED, NULL);
  cr_server_allow_host (self->server, g_uri_get_host (uri));
  cr_connect_set_public_url (self->connect, self->public_url);
  cr_connect_set_languages (self->connect, g_get_language_names ());
  return TRUE;
}

static void
make_services (CrEngine *self, CrClock boot_clock, gboolean no_schedule)
{
  CrSchedulerParts parts;

  self->vault = cr_vault_new (cr_workspace_get_id (self->workspace));
  self->client = cr_client_new (self->clock, MAX_PER_HOST);
  if (boot_clock != NULL)
    cr_skew_set_boot_clock (cr_client_get_skew (self->client), boot_clock);
  self->changes = cr_changes_new ();
  self->tokens = cr_tokens_new (self->store, self->client, self->vault, self->changes, self->clock);
  self->connect =
      cr_connect_new (self->store, self->client, self->vault, self->changes, self->clock);
  self->webhooks = cr_webhooks_new (self->store, self->vault, self->changes, self->clock);
  self->server = cr_server_new ();
  self->private_server = cr_server_new_private ();
  self->uploads = cr_uploads_new (self->store, self->clock);
  parts = (CrSchedulerParts){ .store = self->store,
                              .vault = self->vault,
                              .client = self->client,
                              .tokens = self->tokens,
                              .changes = self->changes,
                              .uploads = self->uploads,
                              .clock = self->clock,
                              .boot_clock = boot_clock != NULL ? boot_clock : cr_time_boot_ms,
                              .no_schedule = no_schedule };
  self->scheduler = cr_scheduler_new (&parts);
  self->outside = cr_outside_new (self->scheduler);
  g_signal_connect_object (self->changes, "changed", G_CALLBACK (store_changed_cb), self, 0);
  g_signal_connect_object (self->scheduler, "keyring", G_CALLBACK (work_keyring_cb), self, 0);
  g_signal_connect_object (self->webhooks, "keyring", G_CALLBACK (webhook_keyring_cb), self, 0);
  g_signal_connect_object (self->webhooks, "notice", G_CALLBACK (webhook_notice_cb), self, 0);
  g_signal_connect_object (self->scheduler, "storage", G_CALLBACK (work_storage_cb), self, 0);
  g_signal_connect_object (self->scheduler, "withdrawn", G_CALLBACK (cr_engine_go_on_removing),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (cr_client_get_skew (self->client), "changed", G_CALLBACK (skew_cb), self,
                           0);
}

static void
woke_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Opening *opening = g_task_get_task_data (task);
  CrEngine *self = opening->engine;
  GError *error = NULL;

  self->settings = cr_store_write_finish (CR_STORE (source), result, &error);
  if (self->settings == NULL ||
      g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    {
      return_open_error (task, error);
      return;
    }

  make_services (self, opening->boot_clock, opening->no_schedule);
  cr_engine_apply_webhook_hosts (self, cr_engine_get_setting (self, "webhook-hosts"));
  if ((!opening->no_pages && !open_pages (self, opening, &error)) ||
      (!opening->no_commands &&
       !cr_server_listen_private (self->private_server, cr_workspace_get_fd (self->workspace),
                                  CR_WORKSPACE_SOCKET, &error)))
    {
      return_open_error (task, error);
      return;
    }

  cr_scheduler_wake (self->scheduler);
  if (!opening->no_schedule)
    {
      cr_webhooks_start (self->webhooks);
      cr_engine_go_on_sweeping (self);
    }
  cr_engine_go_on_removing (self);
  cr_engine_begin_cleaning (self);
  cr_engine_clear_left (self);
  self->fetches_logos = !opening->no_schedule;
  cr_engine_go_on_fetching_logos (self);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

static void
store_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = CR_ENGINE (source);
  GError *error = NULL;

  self->store = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->store == NULL)
    {
      return_open_error (task, error);
      return;
    }

  cr_store_write_async (self->store, CR_WRITE_SURE, wake_up_func, self, NULL,
                        (GDestroyNotify) g_hash_table_unref, NULL, woke_up_cb,
                        g_steal_pointer (&task));
}

/**
 * cr_engine_open_async:
 * @options: workspace locked by the caller; given back when opening fails
 *
 * Errors: of the store (TOO_NEW, CORRUPT, READ_ONLY, NO_SPACE), IN_USE when the address is taken
 */
void
cr_engine_open_async (const CrEngineOptions *options,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (CrEngine) self = g_object_new (CR_TYPE_ENGINE, NULL);
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Opening *opening = g_new0 (Opening, 1);
  g_autoptr (GTask) open = NULL;

  g_task_set_source_tag (task, cr_engine_open_async);
  /* An engine that opened while it was cancelled must be closed, not dropped. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, opening, opening_free);
  self->workspace = g_object_ref (options->workspace);
  self->clock = options->clock;
  opening->engine = g_object_ref (self);
  opening->listen = g_strdup (options->listen);
  opening->public_url = g_strdup (options->public_url);
  opening->tls_cert = g_strdup (options->tls_cert);
  opening->tls_key = g_strdup (options->tls_key);
  opening->boot_clock = options->boot_clock;
  opening->no_pages = options->no_pages;
  opening->no_commands = options->no_commands;
  opening->no_schedule = options->no_schedule;

  open = g_task_new (self, NULL, store_opened_cb, task);
  g_task_run_in_thread (open, open_store_thread);
}

CrEngine *
cr_engine_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Closing -------------------------------------------------------------------------------------- */

static gboolean
close_rest_cb (gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  CrEngine *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  cr_server_close (self->server);
  cr_vault_close (self->vault);
  cr_store_close (self->store);
  if (!cr_restore_apply (self->workspace, &error))
    g_warning ("%s", error->message);
  cr_workspace_unlock (self->workspace);
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

/* Takes @task. */
static void
part_closed (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);

  if (--self->n_closing == 0)
    g_idle_add_full (G_PRIORITY_LOW, close_rest_cb, task, g_object_unref);
  else
    g_object_unref (task);
}

static void
scheduler_closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  cr_scheduler_close_finish (CR_SCHEDULER (source), result);
  part_closed (user_data);
}

static void
tokens_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  cr_tokens_stop_finish (CR_TOKENS (source), result);
  part_closed (user_data);
}

static void
webhooks_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  cr_webhooks_stop_finish (CR_WEBHOOKS (source), result);
  part_closed (user_data);
}

static void
connect_stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  cr_connect_stop_finish (CR_CONNECT (source), result);
  part_closed (user_data);
}

/**
 * cr_engine_close_async:
 *
 * Suspends the work and lets go of the workspace. Tokens that a portal was asked for are waited
 * for and stored, which takes 20 s at most.
 */
void
cr_engine_close_async (CrEngine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (CR_IS_ENGINE (self));
  g_return_if_fail (!self->is_closing);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, cr_engine_close_async);
  self->is_closing = TRUE;
  g_clear_handle_id (&self->storage_timer, g_source_remove);
  g_clear_handle_id (&self->removal_timer, g_source_remove);
  g_clear_handle_id (&self->sweep_timer, g_source_remove);
  g_clear_handle_id (&self->cleaning_timer, g_source_remove);
  self->n_closing = 4;
  g_cancellable_cancel (self->cancellable);
  cr_server_let_nobody_in (self->server);
  cr_server_close (self->private_server);
  cr_engine_stop_sandbox (self);
  /* The scheduler first: a flow that is told no by a stopped service before it is suspended would
   * take that for a cancel and end. */
  cr_scheduler_close_async (self->scheduler, scheduler_closed_cb, g_object_ref (task));
  cr_connect_stop_async (self->connect, connect_stopped_cb, g_object_ref (task));
  cr_webhooks_stop_async (self->webhooks, webhooks_stopped_cb, g_object_ref (task));
  cr_tokens_stop_async (self->tokens, tokens_stopped_cb, task);
}

gboolean
cr_engine_close_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* The type ------------------------------------------------------------------------------------- */

static void
cr_engine_finalize (GObject *object)
{
  CrEngine *self = CR_ENGINE (object);

  g_clear_object (&self->outside);
  g_clear_object (&self->uploads);
  g_clear_object (&self->scheduler);
  g_clear_object (&self->connect);
  g_clear_object (&self->tokens);
  g_clear_object (&self->webhooks);
  g_clear_object (&self->server);
  g_clear_object (&self->private_server);
  g_clear_object (&self->client);
  g_clear_object (&self->vault);
  g_clear_object (&self->store);
  g_clear_object (&self->changes);
  g_clear_object (&self->workspace);
  g_clear_object (&self->sandbox);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->settings, g_hash_table_unref);
  g_clear_pointer (&self->api_keys, g_ptr_array_unref);
  g_clear_pointer (&self->people, g_ptr_array_unref);
  g_clear_pointer (&self->looks, g_hash_table_unref);
  for (guint i = 0; i < G_N_ELEMENTS (self->locks); i++)
    g_free (self->locks[i]);
  g_clear_error (&self->keyring_error);
  g_clear_error (&self->storage_error);
  g_free (self->public_url);
  g_free (self->sandbox_uri);

  G_OBJECT_CLASS (cr_engine_parent_class)->finalize (object);
}

static void
cr_engine_class_init (CrEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_engine_finalize;

  changed_signal = g_signal_new ("changed", CR_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 3, CR_TYPE_CHANGE_KIND, G_TYPE_STRING, G_TYPE_STRING);
  keyring_signal = g_signal_new ("keyring", CR_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
  clock_signal = g_signal_new ("clock", CR_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 0);
  webhook_signal = g_signal_new ("webhook", CR_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 2, G_TYPE_STRING, CR_TYPE_WEBHOOK_END);
  g_signal_new ("restart", CR_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  storage_signal = g_signal_new ("storage", CR_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
cr_engine_init (CrEngine *self)
{
  self->cancellable = g_cancellable_new ();
  self->looks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

CrWorkspace *
cr_engine_get_workspace (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return self->workspace;
}

CrServer *
cr_engine_get_server (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return self->server;
}

CrServer *
cr_engine_get_private_server (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return self->private_server;
}

const char *
cr_engine_get_public_url (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return self->public_url;
}

gboolean
cr_engine_is_reachable_from_phone (CrEngine *self, const char **why_not)
{
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GInetAddress) address = NULL;
  const char *host;

  g_return_val_if_fail (CR_IS_ENGINE (self), FALSE);

  if (self->public_url == NULL)
    {
      *why_not = CR_SAID ("The patient pages are not open.");
      return FALSE;
    }

  uri = g_uri_parse (self->public_url, G_URI_FLAGS_NONE, NULL);
  host = g_uri_get_host (uri);
  address = g_inet_address_new_from_string (host);
  if (g_str_equal (host, "localhost") ||
      (address != NULL && g_inet_address_get_is_loopback (address)))
    {
      *why_not = CR_SAID (
          "The patient pages answer on this computer only, so a phone cannot open them. An "
          "admin can give them an address others reach in the settings.");
      return FALSE;
    }

  return TRUE;
}

const GError *
cr_engine_get_keyring_error (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return self->keyring_error;
}

const GError *
cr_engine_get_storage_error (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return self->storage_error;
}

void
cr_engine_set_keyring_error (CrEngine *self, const GError *error)
{
  gboolean was_fine = self->keyring_error == NULL;

  if (was_fine && error == NULL)
    return;

  g_clear_error (&self->keyring_error);
  self->keyring_error = error != NULL ? g_error_copy (error) : NULL;
  g_signal_emit (self, keyring_signal, 0);
}

static void
keyring_asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrEngine) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSealer) sealer = cr_vault_get_sealer_finish (CR_VAULT (source), result, &error);

  if (cr_error_is_cancelled (error) || self->is_closing)
    return;

  cr_engine_set_keyring_error (self, error);
  if (sealer == NULL)
    return;

  cr_scheduler_keyring_may_answer (self->scheduler);
  cr_engine_go_on_removing (self);
}

void
cr_engine_retry_keyring (CrEngine *self)
{
  g_return_if_fail (CR_IS_ENGINE (self));

  cr_vault_get_sealer_async (self->vault, TRUE, self->cancellable, keyring_asked_cb,
                             g_object_ref (self));
}

gboolean
cr_engine_is_working (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), FALSE);

  return !cr_scheduler_is_idle (self->scheduler);
}

const char *
cr_engine_get_setting (CrEngine *self, const char *key)
{
  return g_hash_table_lookup (self->settings, key);
}

GListModel *
cr_engine_list_model (CrEngine *self, const CrListFilter *filter)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  return G_LIST_MODEL (cr_list_model_new (self, filter));
}
