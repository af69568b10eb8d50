/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "connect/cr-connect-private.h"
#include "connect/cr-sign-client.h"
#include "fhir/cr-portal-rules.h"
#include "model/cr-event.h"
#include "model/cr-source.h"
#include "net/cr-ca-file.h"

#include <string.h>

#define MAX_DOCUMENT (32 * 1024 * 1024)
#define TOTAL_S 40

typedef struct
{
  CrSource *source;         /* (owned) */
  char *base;               /* (owned) (nullable): without a slash at its end */
  char *host;               /* (owned) */
  GPtrArray *findings;      /* (owned): of CrFinding */
  CrCapability *capability; /* (owned) (nullable) */
} Try;

static void
try_free (gpointer data)
{
  Try *self = data;

  g_object_unref (self->source);
  g_free (self->base);
  g_free (self->host);
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_clear_pointer (&self->capability, cr_capability_free);
  g_free (self);
}

static void G_GNUC_PRINTF (4, 5)
    find (Try *self, const char *check, gboolean ok, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (self->findings, cr_finding_new (check, ok, message));
}

static void
finish (GTask *task)
{
  Try *self = g_task_get_task_data (task);

  g_task_return_pointer (task, g_steal_pointer (&self->findings),
                         (GDestroyNotify) g_ptr_array_unref);
}

static void
ask (GTask *task, const char *path, GAsyncReadyCallback callback)
{
  CrConnect *connect = g_task_get_source_object (task);
  Try *self = g_task_get_task_data (task);
  g_autofree char *url = cr_source_join (self->base, path);
  g_autoptr (CrClient) client = cr_client_trusting (connect->client, self->source->ca_file);
  CrRequest request = { 0 };

  request.url = url;
  request.max_bytes = MAX_DOCUMENT;
  request.total_s = TOTAL_S;
  request.max_attempts = 1;
  request.may_leave_origin = TRUE;
  cr_client_send_async (client, &request, g_task_get_cancellable (task), callback, task);
}

static void
find_scopes (Try *self, const CrSmartConfig *config)
{
  const char *const *supported = (const char *const *) config->scopes_supported;
  g_autoptr (CrPortalRules) rules = NULL;
  const char *scopes = self->source->scopes;

  if (scopes == NULL || scopes[0] == '\0')
    {
      rules = cr_portal_rules_load (self->source->type, NULL);
      scopes = rules != NULL ? cr_portal_rules_get_scopes (rules, config) : "";
    }

  find (self, "scopes", TRUE, CR_SAID ("Chartroom will ask for: %s"), scopes);
  if (cr_smart_config_can (config, "permission-offline") ||
      (supported != NULL && g_strv_contains (supported, "offline_access")))
    find (self, "offline-access", TRUE,
          CR_SAID ("The portal offers access that lasts (offline_access)."));
  else
    find (
        self, "offline-access", FALSE,
        CR_SAID (
            "The portal does not announce access that lasts (offline_access). Patients may have to "
            "sign in again each time it ends; ask the portal's operator whether the clinic's "
            "client "
            "may have it."));
}

/* The portal is asked what it accepts; one that does not say is believed to accept it. */
static void
find_private_key (CrConnect *connect, Try *self, const CrSmartConfig *config)
{
  const char *const *methods = config != NULL ? (const char *const *) config->auth_methods : NULL;
  g_autofree char *jwks_uri = cr_connect_get_jwks_uri (connect);
  g_autoptr (GError) error = NULL;
  const char *algorithm = cr_sign_client_choose (self->source->type, config, &error);

  if (methods != NULL && methods[0] != NULL && !g_strv_contains (methods, "private_key_jwt"))
    find (self, "private-key", FALSE,
          CR_SAID ("The portal does not announce that clients may sign in with a private key "
                   "(private_key_jwt). Ask the portal's operator, or register a client that has a "
                   "secret."));
  else if (algorithm == NULL)
    find (self, "private-key", FALSE, "%s", error->message);
  else
    find (self, "private-key", TRUE,
          CR_SAID (
              "Chartroom signs in with its private key (%s). The portal must know the key set: %s"),
          algorithm, jwks_uri);
}

static void
find_registration (CrConnect *connect, Try *self, const CrSmartConfig *config)
{
  g_autofree char *redirect_uri = cr_connect_get_redirect_uri (connect);
  gboolean has_client = self->source->client_id != NULL && self->source->client_id[0] != '\0';

  if (!has_client)
    find (
        self, "client-id", FALSE,
        CR_SAID (
            "There is no client id yet. Register the clinic with the portal, with the redirect URI "
            "%s, and enter the client id it gives."),
        redirect_uri);
  else
    find (self, "client-id", TRUE,
          CR_SAID ("A client id is set. The portal must know this redirect URI: %s"), redirect_uri);
  if (self->source->client_auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT)
    find_private_key (connect, self, config);
}

static void
find_sign_in (Try *self, const CrSmartConfig *config, const char *where)
{
  const char *const *methods = (const char *const *) config->code_challenge_methods;

  find (self, "smart-configuration", TRUE, CR_SAID ("%s says in its %s where patients sign in."),
        self->host, where);
  if (methods != NULL && g_strv_contains (methods, "S256"))
    find (self, "pkce", TRUE, CR_SAID ("Sign-in is protected with PKCE (S256)."));
  else if (methods == NULL)
    find (self, "pkce", TRUE,
          CR_SAID (
              "The portal does not say whether it checks PKCE. Chartroom sends it (S256) anyway."));
  else
    find (self, "pkce", FALSE,
          CR_SAID ("The portal announces PKCE without S256, the only method that is safe. Ask the "
                   "portal's "
                   "operator."));
  find_scopes (self, config);
}

static void
got_configuration_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Try *self = g_task_get_task_data (task);
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (CrSmartConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  const char *where = CR_SAID ("SMART configuration");

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (reply != NULL && cr_reply_check (reply, &error))
    config = cr_smart_config_parse (reply->body, self->base, &error);
  if (config == NULL && self->capability != NULL)
    {
      config = cr_smart_config_from_capability (self->capability, NULL);
      where = "CapabilityStatement";
    }

  if (config != NULL)
    find_sign_in (self, config, where);
  else
    find (self, "smart-configuration", FALSE,
          CR_SAID ("%s does not say where patients sign in (%s). Check that this is the base URL "
                   "for patient "
                   "access."),
          self->host, error != NULL ? error->message : CR_SAID ("no SMART configuration"));
  find_registration (g_task_get_source_object (task), self, config);
  finish (task);
}

/* What a web server that is no FHIR server tends to answer. */
static gboolean
looks_like_html (const CrReply *reply)
{
  const char *type = cr_reply_header (reply, "content-type");

  return type != NULL && (strstr (type, "text/html") != NULL || strstr (type, "xhtml") != NULL);
}

static void
find_capability (Try *self, const CrReply *reply)
{
  g_autoptr (GError) error = NULL;
  const char *software;

  if (reply->status == 404 || reply->status == 410)
    find (
        self, "read-capability", FALSE,
        CR_SAID (
            "%s answers, but there is no FHIR server at this address (404). Check the path of the "
            "base URL."),
        self->host);
  else if (looks_like_html (reply))
    find (self, "read-capability", FALSE,
          CR_SAID ("%s answered a web page instead of FHIR. Enter the FHIR base URL, not the "
                   "address of the "
                   "portal's website."),
          self->host);
  else if (!cr_reply_check (reply, &error))
    find (self, "read-capability", FALSE, "%s", error->message);
  else if ((self->capability = cr_capability_parse (reply->body, &error)) == NULL)
    find (self, "read-capability", FALSE, "%s", error->message);
  else
    {
      software = cr_capability_get_software (self->capability);
      find (self, "read-capability", TRUE, CR_SAID ("%s is a FHIR R4 server (%s%s%s)."), self->host,
            cr_capability_get_fhir_version (self->capability), software != NULL ? ", " : "",
            software != NULL ? software : "");
    }
}

static void
got_metadata_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Try *self = g_task_get_task_data (task);
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (g_error_matches (error, CR_ERROR, CR_ERROR_CERTIFICATE))
    {
      find (
          self, "tls", FALSE,
          CR_SAID (
              "%s. Where the portal has an authority of its own, choose that one's certificate as "
              "the CA certificate of this source."),
          error->message);
      finish (task);
      return;
    }
  if (reply == NULL)
    {
      find (self, "reach", FALSE, "%s", error->message);
      finish (task);
      return;
    }

  find (self, "reach", TRUE, CR_SAID ("%s answers."), self->host);
  if (g_str_has_prefix (self->base, "https://"))
    find (self, "tls", TRUE,
          CR_SAID ("The connection is encrypted, and the certificate is trusted."));
  find_capability (self, reply);
  ask (task, "/.well-known/smart-configuration", got_configuration_cb);
  g_steal_pointer (&task);
}

static gboolean
find_ca_file (Try *self)
{
  const char *path = self->source->ca_file;
  g_autoptr (GTlsDatabase) authorities = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL || path[0] == '\0')
    return TRUE;

  authorities = cr_ca_file_load (path, &error);
  if (authorities != NULL)
    find (self, "ca-file", TRUE, CR_SAID ("The CA certificate can be read."));
  else
    find (self, "ca-file", FALSE, "%s", error->message);
  return authorities != NULL;
}

/**
 * cr_connect_test_source_async:
 * @source: saved or not
 *
 * Tries a source without signing in. What is wrong is a finding, not an error.
 */
void
cr_connect_test_source_async (CrConnect *self,
                              CrSource *source,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GError) error = NULL;
  GTask *task;
  Try *try;

  g_return_if_fail (CR_IS_CONNECT (self));
  g_return_if_fail (CR_IS_SOURCE (source));

  task = g_task_new (self, cancellable, callback, user_data);
  try = g_new0 (Try, 1);
  g_task_set_source_tag (task, cr_connect_test_source_async);
  g_task_set_task_data (task, try, try_free);
  try->source = g_object_ref (source);
  try->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_finding_free);

  try->base = cr_source_normal_base (source->fhir_base_url, &error);
  if (try->base != NULL)
    uri = g_uri_parse (try->base, G_URI_FLAGS_ENCODED, &error);
  if (uri == NULL)
    {
      find (try, "address", FALSE, "%s", error->message);
      finish (task);
      g_object_unref (task);
      return;
    }

  try->host = g_strdup (g_uri_get_host (uri));
  find (try, "address", TRUE, CR_SAID ("The address may be used."));
  if (find_ca_file (try))
    ask (task, "/metadata", got_metadata_cb);
  else
    {
      finish (task);
      g_object_unref (task);
    }
}

GPtrArray *
cr_connect_test_source_finish (CrConnect *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
