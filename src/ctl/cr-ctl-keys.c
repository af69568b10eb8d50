/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-engine-keys.h"

#include <string.h>

#define LOCAL_NOTE                                                                                 \
  "A portal on the internet cannot read this address. Save the key set (keys show --output FILE) " \
  "and give the file to the portal."

/* Adds where the keys are, and what to do when a portal cannot go there. */
void
cr_ctl_add_key_set_url (CrCtlCall *call, JsonObject *object)
{
  gboolean can_be_read;
  g_autofree char *url = cr_engine_dup_key_set_url (call->engine, &can_be_read);

  json_object_set_string_member (object, "jwks_uri", url);
  if (!can_be_read)
    json_object_set_string_member (object, "note", LOCAL_NOTE);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  JsonObject *answer;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_READ_ONLY,
                                      "The key set could not be saved: %s", error->message));
      g_error_free (error);
      return;
    }

  answer = json_object_new ();
  cr_ctl_add_key_set_url (call, answer);
  cr_ctl_answer (call, answer, CR_EXIT_DONE);
}

static void
save (CrCtlCall *call, const char *path, const char *set)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_file_replace_contents_async (file, set, strlen (set), NULL, FALSE, G_FILE_CREATE_NONE,
                                 call->cancellable, saved_cb, call);
}

static void
key_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  char *set = cr_engine_key_set_finish (CR_ENGINE (source), result, &error);
  const char *output = cr_ctl_option (call, "output");
  g_autofree char *path = output != NULL ? cr_ctl_file (call, output) : NULL;
  g_autoptr (JsonObject) parsed = NULL;
  JsonObject *answer;

  if (set == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_set_data (call, set, g_free);
  if (path != NULL)
    {
      save (call, path, set);
      return;
    }

  parsed = cr_json_parse (set, -1, "The key set", &error);
  if (parsed == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  answer = json_object_new ();
  json_object_set_array_member (answer, "keys", json_array_ref (cr_json_array (parsed, "keys")));
  cr_ctl_add_key_set_url (call, answer);
  cr_ctl_answer (call, answer, CR_EXIT_DONE);
}

void
cr_ctl_keys_show (CrCtlCall *call)
{
  cr_engine_key_set_async (call->engine, CR_KEY_SET_SHOW, NULL, call->cancellable, key_set_cb,
                           call);
}

void
cr_ctl_keys_rotate (CrCtlCall *call)
{
  cr_engine_key_set_async (call->engine,
                           cr_ctl_has (call, "now") ? CR_KEY_SET_REPLACE : CR_KEY_SET_ROTATE,
                           cr_ctl_person (call), call->cancellable, key_set_cb, call);
}
