/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-sign-client.h"

#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "connect/cr-client-keys.h"
#include "connect/cr-discover.h"
#include "fhir/cr-portal-rules.h"

typedef struct
{
  CrSource *source;      /* (owned) */
  char *token_endpoint;  /* (owned) */
  const char *algorithm; /* (nullable): static */
  gint64 now_ms;
} Sign;

static void
sign_free (gpointer data)
{
  Sign *self = data;

  g_object_unref (self->source);
  g_free (self->token_endpoint);
  g_free (self);
}

/**
 * cr_sign_client_choose:
 * @vendor: (nullable): of the source
 * @config: (nullable): what the portal says of itself; %NULL when it could not be read
 * @error: %CR_ERROR_REFUSED: the portal accepts none that Chartroom makes
 *
 * The first algorithm of the portal's rules that the portal accepts; a portal that does not say
 * what it accepts gets the first of its rules.
 *
 * Returns: `ES384` or `RS384`
 * Source: SMART App Launch 2.2, client-confidential-asymmetric.html
 */
const char *
cr_sign_client_choose (const char *vendor, const CrSmartConfig *config, GError **error)
{
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (vendor, error);
  const char *const *accepted =
      config != NULL ? (const char *const *) config->auth_algorithms : NULL;
  const char *const *ours;

  if (rules == NULL)
    return NULL;

  ours = cr_portal_rules_get_client_algorithms (rules);
  for (guint i = 0; ours[i] != NULL; i++)
    if (accepted == NULL || accepted[0] == NULL || g_strv_contains (accepted, ours[i]))
      return g_intern_string (ours[i]);

  g_set_error_literal (error, CR_ERROR, CR_ERROR_REFUSED,
                       "The portal accepts neither ES384 nor RS384 for signing in with a private "
                       "key. Register a client that has a secret, or ask the portal's operator.");
  return NULL;
}

static void
got_key_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Sign *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrSigningKey) key = cr_client_keys_get_finish (CR_VAULT (object), result, &error);
  char *assertion = NULL;

  if (key != NULL)
    assertion = cr_client_assertion_new (key, self->source->client_id, self->token_endpoint,
                                         self->now_ms, &error);
  if (assertion != NULL)
    g_task_return_pointer (task, assertion, cr_secret_free);
  else
    g_task_return_error (task, error);
}

/* Takes @task. */
static void
get_key (GTask *task)
{
  Sign *self = g_task_get_task_data (task);

  cr_client_keys_get_async (g_task_get_source_object (task), self->algorithm, self->now_ms,
                            g_task_get_cancellable (task), got_key_cb, task);
}

/* A portal that cannot be reached now will not take a token request either; one that says nothing
 * of itself any more may. */
static void
discovered_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Sign *self = g_task_get_task_data (task);
  g_autoptr (CrSmartConfig) config = NULL;
  GError *error = NULL;

  config = cr_discover_finish (CR_CLIENT (object), result, &error);
  if (config == NULL && !cr_error_is_cancelled (error) && !cr_error_is_retryable (error))
    g_clear_error (&error);
  if (error == NULL)
    self->algorithm = cr_sign_client_choose (self->source->type, config, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    get_key (g_steal_pointer (&task));
}

/**
 * cr_sign_client_async:
 *
 * Errors: those of the keyring, of the network, and %CR_ERROR_REFUSED of cr_sign_client_choose ()
 */
void
cr_sign_client_async (CrVault *vault,
                      CrClient *client,
                      const CrSignRequest *request,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (vault, cancellable, callback, user_data);
  g_autoptr (CrClient) trusting = cr_client_trusting (client, request->source->ca_file);
  Sign *self = g_new0 (Sign, 1);

  g_task_set_source_tag (task, cr_sign_client_async);
  g_task_set_task_data (task, self, sign_free);
  self->source = g_object_ref (request->source);
  self->token_endpoint = g_strdup (request->token_endpoint);
  self->algorithm = g_intern_string (request->algorithm);
  self->now_ms = request->now_ms;
  if (self->algorithm != NULL)
    get_key (task);
  else
    cr_discover_async (trusting, self->source->fhir_base_url, FALSE, cancellable, discovered_cb,
                       task);
}

char *
cr_sign_client_finish (CrVault *vault, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, vault), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
