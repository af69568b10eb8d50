/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-secret.h"
#include "base/cr-time.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-engine-api-keys.h"
#include "engine/cr-wire.h"

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  char *text = NULL;
  GError *error = NULL;
  g_autoptr (CrApiKey) key =
      cr_engine_create_api_key_finish (CR_ENGINE (source), result, &text, &error);
  JsonObject *object;

  if (key == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = cr_wire_api_key (key, cr_engine_now_ms (call->engine));
  json_object_set_string_member (object, "key", text);
  cr_secret_free (text);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

/* A day ends with it. */
static gboolean
read_expiry (CrCtlCall *call, gint64 *ms)
{
  const char *text = cr_ctl_option (call, "expires");

  *ms = 0;
  if (text == NULL || cr_time_from_string (text, ms))
    return TRUE;

  cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                  "--expires takes a date such as 2027-01-31."));
  return FALSE;
}

void
cr_ctl_api_key_create (CrCtlCall *call)
{
  gint64 expires_ms;

  if (read_expiry (call, &expires_ms))
    cr_engine_create_api_key_async (call->engine, cr_ctl_value (call, 0),
                                    cr_ctl_has (call, "read-only"), expires_ms,
                                    cr_ctl_person (call), call->cancellable, created_cb, call);
}

void
cr_ctl_api_key_list (CrCtlCall *call)
{
  g_autoptr (GPtrArray) keys = cr_engine_dup_api_keys (call->engine);
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < keys->len; i++)
    json_array_add_object_element (
        array, cr_wire_api_key (g_ptr_array_index (keys, i), cr_engine_now_ms (call->engine)));
  json_object_set_array_member (object, "data", array);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
revoked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_revoke_api_key_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_api_key_revoke (CrCtlCall *call)
{
  cr_engine_revoke_api_key_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                  call->cancellable, revoked_cb, call);
}
