/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-oauth.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-secret.h"

/* Renewed this long before its end, or at half its time if that is shorter. */
#define EARLY_MS (60 * 1000)
/* What a token without an end is taken to last. */
#define UNKNOWN_LIFE_S 300

#define CR_TYPE_CREDENTIALS_TOKEN (cr_credentials_token_get_type ())
G_DECLARE_FINAL_TYPE (CrCredentialsToken, cr_credentials_token, CR, CREDENTIALS_TOKEN, GObject)

struct _CrCredentialsToken
{
  GObject parent_instance;

  CrClient *client; /* (owned) */
  CrClock clock;
  CrOAuthRequest request; /* its pointers are owned copies; the secret is wiped when freed */
  char *origin;           /* (owned) */
  char *value;            /* (owned) (nullable): the header's value */
  gint64 good_until_ms;
  GPtrArray *waiting; /* (owned): tasks; a request is under way while there is one */
};

static void cr_credentials_token_iface_init (CrTokenInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (CrCredentialsToken,
                               cr_credentials_token,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CR_TYPE_TOKEN,
                                                      cr_credentials_token_iface_init))

static void
keep_grant (CrCredentialsToken *self, const CrOAuthGrant *grant)
{
  gint64 life_ms = (grant->expires_in_s > 0 ? grant->expires_in_s : UNKNOWN_LIFE_S) * 1000;

  cr_secret_free (self->value);
  self->value = g_strconcat ("Bearer ", grant->access_token, NULL);
  self->good_until_ms = self->clock () + life_ms - MIN (EARLY_MS, life_ms / 2);
}

static void
got_grant_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrCredentialsToken) self = user_data;
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);
  g_autoptr (CrOAuthGrant) grant = NULL;
  g_autoptr (GError) error = NULL;

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  grant = cr_oauth_token_finish (CR_CLIENT (source), result, NULL, &error);
  if (grant != NULL)
    keep_grant (self, grant);

  for (guint i = 0; i < waiting->len; i++)
    {
      GTask *task = g_ptr_array_index (waiting, i);

      if (grant != NULL)
        g_task_return_pointer (task, g_strdup (self->value), g_free);
      else
        g_task_return_error (task, g_error_copy (error));
    }
}

static const char *
cr_credentials_token_get_origin (CrToken *token)
{
  return CR_CREDENTIALS_TOKEN (token)->origin;
}

/* One request at a time serves all who wait; it goes on when one of them is cancelled. */
static void
cr_credentials_token_get_async (CrToken *token,
                                gboolean renew,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  CrCredentialsToken *self = CR_CREDENTIALS_TOKEN (token);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_credentials_token_get_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (!renew && self->value != NULL && self->clock () < self->good_until_ms)
    {
      g_task_return_pointer (task, g_strdup (self->value), g_free);
      return;
    }

  g_ptr_array_add (self->waiting, g_object_ref (task));
  if (self->waiting->len == 1)
    cr_oauth_token_async (self->client, &self->request, NULL, got_grant_cb, g_object_ref (self));
}

static char *
cr_credentials_token_get_finish (CrToken *token, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
cr_credentials_token_finalize (GObject *object)
{
  CrCredentialsToken *self = CR_CREDENTIALS_TOKEN (object);

  g_free ((char *) self->request.token_endpoint);
  g_free ((char *) self->request.client_id);
  cr_secret_free ((char *) self->request.client_secret);
  g_strfreev ((char **) self->request.parameters);
  g_clear_object (&self->request.tls_database);
  g_clear_object (&self->client);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  cr_secret_free (self->value);
  g_free (self->origin);

  G_OBJECT_CLASS (cr_credentials_token_parent_class)->finalize (object);
}

static void
cr_credentials_token_iface_init (CrTokenInterface *iface)
{
  iface->get_origin = cr_credentials_token_get_origin;
  iface->get_async = cr_credentials_token_get_async;
  iface->get_finish = cr_credentials_token_get_finish;
}

static void
cr_credentials_token_class_init (CrCredentialsTokenClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_credentials_token_finalize;
}

static void
cr_credentials_token_init (CrCredentialsToken *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

/* The parameters given, then the grant type and the scope unless they are among them. */
static char **
all_parameters (const char *const *given, const char *scope)
{
  GStrvBuilder *builder = g_strv_builder_new ();
  gboolean has_grant = FALSE;
  char **all;

  for (guint i = 0; given != NULL && given[i] != NULL; i += 2)
    {
      has_grant = has_grant || strcmp (given[i], "grant_type") == 0;
      g_strv_builder_add_many (builder, given[i], given[i + 1], NULL);
    }
  if (!has_grant)
    g_strv_builder_add_many (builder, "grant_type", "client_credentials", NULL);
  if (scope != NULL && *scope != '\0')
    g_strv_builder_add_many (builder, "scope", scope, NULL);

  all = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return all;
}

/**
 * cr_client_credentials_token_new:
 * @request: endpoint, client and further parameters; copied. `grant_type` need not be there
 * @scope: (nullable)
 * @origin: a URL of the only server the token may be sent to
 *
 * Source: RFC 6749 §4.4
 */
CrToken *
cr_client_credentials_token_new (CrClient *client,
                                 const CrOAuthRequest *request,
                                 const char *scope,
                                 const char *origin,
                                 CrClock clock)
{
  CrCredentialsToken *self;

  g_return_val_if_fail (CR_IS_CLIENT (client), NULL);
  g_return_val_if_fail (origin != NULL, NULL);

  self = g_object_new (CR_TYPE_CREDENTIALS_TOKEN, NULL);
  self->client = g_object_ref (client);
  self->clock = clock;
  self->origin = cr_origin_of (origin);
  self->request = *request;
  self->request.token_endpoint = g_strdup (request->token_endpoint);
  self->request.client_id = g_strdup (request->client_id);
  self->request.client_secret = g_strdup (request->client_secret);
  self->request.parameters = (const char *const *) all_parameters (request->parameters, scope);
  if (self->request.tls_database != NULL)
    g_object_ref (self->request.tls_database);

  return CR_TOKEN (self);
}
