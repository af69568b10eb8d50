/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-discover.h"

#include "base/cr-said.h"
#include "model/cr-source.h"

#include "base/cr-error.h"

#define MAX_DOCUMENT (16 * 1024 * 1024)
#define TOTAL_S 40
/* Of each of two documents: nobody looks at a page that does not come for longer. */
#define PATIENT_S 10

typedef struct
{
  char *base; /* (owned) */
  guint total_s;
} Discovery;

static void
discovery_free (gpointer data)
{
  Discovery *self = data;

  g_free (self->base);
  g_free (self);
}

static void
ask (CrClient *client, GTask *task, const char *path, GAsyncReadyCallback callback)
{
  Discovery *self = g_task_get_task_data (task);
  g_autofree char *url = cr_source_join (self->base, path);
  CrRequest request = { 0 };

  request.url = url;
  request.max_bytes = MAX_DOCUMENT;
  request.total_s = self->total_s;
  request.may_leave_origin = TRUE;
  cr_client_send_async (client, &request, g_task_get_cancellable (task), callback, task);
}

/* Neither document says where to sign in. */
static GError *
no_sign_in (const char *base)
{
  g_autoptr (GUri) uri = g_uri_parse (base, G_URI_FLAGS_ENCODED, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  return g_error_new (CR_ERROR, CR_ERROR_BAD_REPLY,
                      "%s does not say where patients sign in: neither its SMART configuration nor "
                      "its CapabilityStatement names the addresses. Check the FHIR base URL with "
                      "the portal.",
                      host != NULL ? host : CR_SAID ("The portal"));
}

static void
got_metadata_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (CrCapability) capability = NULL;
  Discovery *self = g_task_get_task_data (task);
  CrSmartConfig *config = NULL;
  GError *error = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply != NULL && cr_reply_check (reply, &error))
    capability = cr_capability_parse (reply->body, &error);
  if (capability != NULL)
    config = cr_smart_config_from_capability (capability, NULL);

  if (config != NULL)
    g_task_return_pointer (task, config, (GDestroyNotify) cr_smart_config_free);
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_error (task, no_sign_in (self->base));
}

static void
got_configuration_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (CrReply) reply = NULL;
  Discovery *self = g_task_get_task_data (task);
  CrSmartConfig *config = NULL;
  GError *error = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  if (reply->status == 200)
    config = cr_smart_config_parse (reply->body, self->base, NULL);
  if (config != NULL)
    g_task_return_pointer (task, config, (GDestroyNotify) cr_smart_config_free);
  else
    ask (CR_CLIENT (object), g_steal_pointer (&task), "/metadata", got_metadata_cb);
}

/**
 * cr_discover_async:
 * @fhir_base_url: without a slash at its end
 * @somebody_waits: a person does, who is told soon that the portal does not answer
 *
 * Finds where patients of a FHIR server sign in: its `.well-known/smart-configuration`, else the
 * `oauth-uris` of its CapabilityStatement.
 *
 * Source: https://hl7.org/fhir/smart-app-launch/conformance.html
 */
void
cr_discover_async (CrClient *client,
                   const char *fhir_base_url,
                   gboolean somebody_waits,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  Discovery *self = g_new0 (Discovery, 1);

  self->base = g_strdup (fhir_base_url);
  self->total_s = somebody_waits ? PATIENT_S : TOTAL_S;
  g_task_set_source_tag (task, cr_discover_async);
  g_task_set_task_data (task, self, discovery_free);
  ask (client, task, "/.well-known/smart-configuration", got_configuration_cb);
}

CrSmartConfig *
cr_discover_finish (CrClient *client, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
