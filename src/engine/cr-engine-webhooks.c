/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-webhooks.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-secret.h"
#include "engine/cr-webhook-wish.h"
#include "store/cr-removal-table.h"
#include "store/cr-webhooks-table.h"
#include "webhook/cr-signature.h"
#include "webhook/cr-webhook-request.h"

#define MOST_ENDPOINTS 50
#define OVERLAP_MS ((gint64) 24 * 60 * 60 * 1000)
#define LABEL "Chartroom: signing secret of a webhook endpoint"

static CrWebhookEndpoint *
take_endpoint (CrEngine *self, GAsyncResult *result, char **secret, GError **error)
{
  CrWebhookWish *wish = g_task_get_task_data (G_TASK (result));
  CrWebhookEndpoint *endpoint = g_task_propagate_pointer (G_TASK (result), error);

  if (secret != NULL)
    *secret = endpoint != NULL ? g_steal_pointer (&wish->secret) : NULL;
  return endpoint;
}

void
cr_engine_apply_webhook_hosts (CrEngine *self, const char *hosts)
{
  g_autofree char *more = NULL;

  if (self->webhooks == NULL)
    return;
  if (cr_workspace_is_sandbox (self->workspace))
    more = g_strconcat ("localhost,127.0.0.1,", hosts, NULL);
  cr_webhooks_allow_hosts (self->webhooks, more != NULL ? more : hosts);
  cr_webhooks_wake (self->webhooks);
}

gboolean
cr_engine_webhook_needs_leave (CrEngine *self, const char *url)
{
  g_autoptr (CrWebhookEndpoint) endpoint = cr_webhook_endpoint_new ("");

  g_return_val_if_fail (CR_IS_ENGINE (self), FALSE);

  endpoint->url = g_strdup (url);
  return cr_webhook_url_check (url, TRUE, NULL) && !cr_webhook_url_check (url, FALSE, NULL) &&
         !cr_webhooks_allows (self->webhooks, endpoint);
}

/* Save ----------------------------------------------------------------------------------------- */

static gboolean
has_same_host (const char *url, const char *other)
{
  g_autoptr (GUri) a = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GUri) b = g_uri_parse (other, G_URI_FLAGS_NONE, NULL);

  return a != NULL && b != NULL && g_strcmp0 (g_uri_get_host (a), g_uri_get_host (b)) == 0;
}

static gpointer
save_func (CrDb *db, gpointer data, GError **error)
{
  CrWebhookWish *wish = data;
  CrWebhookEndpoint *endpoint = wish->endpoint;
  g_autoptr (CrWebhookEndpoint) old = NULL;
  gint64 n;

  if (!wish->is_new && (old = cr_webhooks_table_get (db, endpoint->id, error)) == NULL)
    return NULL;
  if (old != NULL && !has_same_host (old->url, endpoint->url))
    endpoint->allows_private = FALSE;
  if (!cr_webhook_url_check (endpoint->url, endpoint->allows_private || wish->is_allowed, error))
    return NULL;
  if (old != NULL)
    return cr_webhooks_table_update (db, endpoint, wish->now_ms, error)
             ? cr_webhooks_table_get (db, endpoint->id, error)
             : NULL;

  n = cr_webhooks_table_count (db, NULL, error);
  if (n >= MOST_ENDPOINTS)
    g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT,
                 "There are %d webhook endpoints already; remove one first.", MOST_ENDPOINTS);
  if (n < 0 || n >= MOST_ENDPOINTS || !cr_webhooks_table_add (db, endpoint, error))
    return NULL;
  return cr_webhooks_table_get (db, endpoint->id, error);
}

static void
cleared_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  cr_vault_clear_finish (CR_VAULT (vault), result, NULL);
}

static void
saved_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = CR_ENGINE (engine);
  CrWebhookWish *wish = g_task_get_task_data (task);
  GError *error = NULL;
  CrWebhookEndpoint *saved = g_task_propagate_pointer (G_TASK (result), &error);

  if (saved != NULL)
    {
      cr_webhooks_wake (self->webhooks);
      g_task_return_pointer (task, saved, g_object_unref);
      return;
    }

  if (wish->is_new)
    {
      g_autofree char *name = CR_WEBHOOK_SECRET (wish->id);

      cr_vault_clear_quietly_async (self->vault, name, NULL, cleared_cb, NULL);
    }
  g_task_return_error (task, error);
}

static void
secret_kept_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_vault_set_finish (CR_VAULT (vault), result, &error))
    cr_webhook_wish_run (g_steal_pointer (&task), save_func, "webhook.add", g_object_unref,
                         saved_cb);
  else
    g_task_return_error (task, error);
}

static void
begin_new (CrEngine *self, CrWebhookWish *wish)
{
  wish->is_new = TRUE;
  g_free (wish->id);
  wish->id = cr_id_new ("wh_", wish->now_ms);
  g_free (wish->endpoint->id);
  wish->endpoint->id = g_strdup (wish->id);
  wish->endpoint->created_ms = wish->now_ms;
  wish->endpoint->updated_ms = wish->now_ms;
  if (wish->endpoint->api_version == NULL)
    wish->endpoint->api_version = g_strdup (CR_API_VERSION);
  wish->secret = cr_signature_secret_new ();
}

void
cr_engine_save_webhook_async (CrEngine *self,
                              CrWebhookEndpoint *endpoint,
                              const char *person,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = cr_webhook_wish_task (self, cr_engine_save_webhook_async, endpoint->id,
                                                 person, cancellable, callback, user_data);
  CrWebhookWish *wish = g_task_get_task_data (task);
  g_autofree char *name = NULL;
  gboolean leave = endpoint->allows_private;
  GError *error = NULL;

  wish->endpoint = g_object_ref (endpoint);
  endpoint->allows_private = FALSE;
  wish->is_allowed = cr_webhooks_allows (self->webhooks, endpoint);
  endpoint->allows_private = leave;
  if (!cr_webhook_endpoint_check (endpoint, &error) ||
      !cr_webhook_url_check (endpoint->url, leave || wish->is_allowed, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (endpoint->id != NULL && endpoint->id[0] != '\0')
    {
      cr_webhook_wish_run (g_steal_pointer (&task), save_func, "webhook.edit", g_object_unref,
                           saved_cb);
      return;
    }

  begin_new (self, wish);
  name = CR_WEBHOOK_SECRET (wish->id);
  cr_vault_set_async (self->vault, name, LABEL, wish->secret, cancellable, secret_kept_cb,
                      g_steal_pointer (&task));
}

CrWebhookEndpoint *
cr_engine_save_webhook_finish (CrEngine *self, GAsyncResult *result, char **secret, GError **error)
{
  return take_endpoint (self, result, secret, error);
}

/* Remove --------------------------------------------------------------------------------------- */

static gpointer
remove_func (CrDb *db, gpointer data, GError **error)
{
  CrWebhookWish *wish = data;
  g_autofree char *secret = CR_WEBHOOK_SECRET (wish->id);
  g_autofree char *old = CR_WEBHOOK_OLD_SECRET (wish->id);

  return cr_webhooks_table_remove (db, wish->id, error) &&
                 cr_removal_tasks_add (db, CR_REMOVAL_KEYRING, secret, wish->now_ms, error) &&
                 cr_removal_tasks_add (db, CR_REMOVAL_KEYRING, old, wish->now_ms, error)
           ? CR_DONE
           : NULL;
}

static void
removed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  cr_engine_go_on_removing (CR_ENGINE (engine));
  cr_webhook_wish_done_cb (engine, result, user_data);
}

void
cr_engine_remove_webhook_async (CrEngine *self,
                                const char *id,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  cr_webhook_wish_run (cr_webhook_wish_task (self, cr_engine_remove_webhook_async, id, person,
                                             cancellable, callback, user_data),
                       remove_func, "webhook.remove", NULL, removed_cb);
}

gboolean
cr_engine_remove_webhook_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Rotate --------------------------------------------------------------------------------------- */

static gpointer
rotate_func (CrDb *db, gpointer data, GError **error)
{
  CrWebhookWish *wish = data;

  return cr_webhooks_table_set_old_secret (
             db, wish->id, wish->at_once ? 0 : wish->now_ms + OVERLAP_MS, wish->now_ms, error)
           ? cr_webhooks_table_get (db, wish->id, error)
           : NULL;
}

static void
rotated_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrWebhookWish *wish = g_task_get_task_data (task);
  GError *error = NULL;
  CrWebhookEndpoint *endpoint = g_task_propagate_pointer (G_TASK (result), &error);

  cr_webhooks_forget_secret (CR_ENGINE (engine)->webhooks, wish->id);
  if (endpoint != NULL)
    g_task_return_pointer (task, endpoint, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
new_kept_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_vault_set_finish (CR_VAULT (vault), result, &error))
    cr_webhook_wish_run (g_steal_pointer (&task), rotate_func, "webhook.rotate-secret",
                         g_object_unref, rotated_cb);
  else
    g_task_return_error (task, error);
}

static void
keep_new (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  CrWebhookWish *wish = g_task_get_task_data (task);
  g_autofree char *name = CR_WEBHOOK_SECRET (wish->id);

  wish->secret = cr_signature_secret_new ();
  cr_vault_set_async (self->vault, name, LABEL, wish->secret, g_task_get_cancellable (task),
                      new_kept_cb, task);
}

static void
old_kept_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_vault_set_finish (CR_VAULT (vault), result, &error))
    keep_new (g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

static void
got_current_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrWebhookWish *wish = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autofree char *name = CR_WEBHOOK_OLD_SECRET (wish->id);
  GError *error = NULL;
  char *current = cr_vault_get_finish (CR_VAULT (vault), result, &error);

  if (current != NULL && !wish->at_once)
    cr_vault_set_async (CR_VAULT (vault), name, LABEL, current, cancellable, old_kept_cb,
                        g_steal_pointer (&task));
  else if (current != NULL || g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_clear_error (&error);
      cr_vault_clear_quietly_async (CR_VAULT (vault), name, NULL, cleared_cb, NULL);
      keep_new (g_steal_pointer (&task));
    }
  else
    g_task_return_error (task, error);
  g_clear_pointer (&current, cr_vault_secret_free);
}

static gpointer
known_func (CrDb *db, gpointer data, GError **error)
{
  return cr_webhooks_table_get (db, ((CrWebhookWish *) data)->id, error);
}

static void
known_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  CrWebhookWish *wish = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  g_autoptr (CrWebhookEndpoint) endpoint = cr_store_read_finish (CR_STORE (store), result, &error);
  g_autofree char *name = CR_WEBHOOK_SECRET (wish->id);

  if (endpoint != NULL)
    cr_vault_get_async (self->vault, name, cancellable, got_current_cb, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

void
cr_engine_rotate_webhook_async (CrEngine *self,
                                const char *id,
                                gboolean at_once,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = cr_webhook_wish_task (self, cr_engine_rotate_webhook_async, id, person, cancellable,
                                      callback, user_data);
  CrWebhookWish *wish = g_task_get_task_data (task);

  wish->at_once = at_once;
  cr_store_read_async (self->store, CR_READ_SCREEN, known_func, wish, NULL, g_object_unref,
                       cancellable, known_cb, task);
}

CrWebhookEndpoint *
cr_engine_rotate_webhook_finish (CrEngine *self,
                                 GAsyncResult *result,
                                 char **secret,
                                 GError **error)
{
  return take_endpoint (self, result, secret, error);
}
