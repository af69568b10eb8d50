/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-wire.h"

#define MANY 1000

static void
settings_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GHashTable) settings =
      cr_engine_get_settings_finish (CR_ENGINE (source), result, &error);
  const char *key = cr_ctl_value (call, 0);
  g_autoptr (GList) keys = NULL;
  JsonObject *object;

  if (settings == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  if (key != NULL && !g_hash_table_contains (settings, key))
    {
      cr_ctl_fail (call,
                   g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "There is no setting of this name."));
      return;
    }

  object = json_object_new ();
  keys = g_list_sort (g_hash_table_get_keys (settings), (GCompareFunc) g_strcmp0);
  for (GList *l = keys; l != NULL; l = l->next)
    if (key == NULL || g_str_equal (key, l->data))
      cr_json_set_string (object, l->data, g_hash_table_lookup (settings, l->data));
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

void
cr_ctl_config_get (CrCtlCall *call)
{
  cr_engine_get_settings_async (call->engine, call->cancellable, settings_cb, call);
}

static void
setting_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_set_setting_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_config_set (CrCtlCall *call)
{
  cr_engine_set_setting_async (call->engine, cr_ctl_value (call, 0), cr_ctl_value (call, 1),
                               cr_ctl_person (call), call->cancellable, setting_set_cb, call);
}

static void
add_open (JsonObject *object, const char *name, GPtrArray *rows)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < rows->len; i++)
    {
      GObject *row = g_ptr_array_index (rows, i);
      gboolean is_final = CR_IS_PULL (row) ? cr_pull_status_is_final (CR_PULL (row)->status)
                                           : cr_run_status_is_final (CR_EXPORT_RUN (row)->status);

      if (!is_final)
        json_array_add_object_element (array, cr_wire_object (row, NULL));
    }
  json_object_set_array_member (object, name, array);
}

static void
add_clock (JsonObject *object, CrEngine *engine)
{
  g_autofree char *words = NULL;
  gint64 skew_s = 0;

  cr_engine_is_clock_wrong (engine, &skew_s, &words);
  json_object_set_int_member (object, "clock_skew_seconds", skew_s);
  cr_json_set_string (object, "clock", words);
}

static void
status_outages_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) outages = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  JsonArray *array;

  if (outages == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  array = json_array_new ();
  for (guint i = 0; i < outages->len; i++)
    json_array_add_object_element (array, cr_wire_source (g_ptr_array_index (outages, i), NULL));
  json_object_set_array_member (call->data, "outages", array);
  cr_ctl_answer (call, json_object_ref (call->data), CR_EXIT_DONE);
}

static void
status_runs_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrEngine *engine = CR_ENGINE (source);
  CrListFilter outages = { .kind = CR_LIST_OUTAGES };
  GError *error = NULL;
  g_autoptr (GPtrArray) runs = cr_engine_list_finish (engine, result, &error);
  JsonObject *object = call->data;

  if (runs == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  add_open (object, "export_runs", runs);
  cr_json_set_string (object, "public_url", cr_engine_get_public_url (engine));
  cr_json_set_string (object, "keyring",
                      cr_engine_get_keyring_error (engine) != NULL
                          ? cr_engine_get_keyring_error (engine)->message
                          : NULL);
  cr_json_set_string (object, "storage",
                      cr_engine_get_storage_error (engine) != NULL
                          ? cr_engine_get_storage_error (engine)->message
                          : NULL);
  add_clock (object, engine);
  json_object_set_boolean_member (object, "sandbox",
                                  cr_workspace_is_sandbox (cr_engine_get_workspace (engine)));
  cr_engine_list_async (engine, &outages, 0, MANY, call->cancellable, status_outages_cb, call);
}

static void
status_pulls_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrListFilter runs = { .kind = CR_LIST_RUNS };
  GError *error = NULL;
  g_autoptr (GPtrArray) pulls = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (pulls == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  add_open (call->data, "pulls", pulls);
  cr_engine_list_async (call->engine, &runs, 0, MANY, call->cancellable, status_runs_cb, call);
}

void
cr_ctl_status (CrCtlCall *call)
{
  CrListFilter pulls = { .kind = CR_LIST_PULLS };

  cr_ctl_set_data (call, json_object_new (), (GDestroyNotify) json_object_unref);
  cr_engine_list_async (call->engine, &pulls, 0, MANY, call->cancellable, status_pulls_cb, call);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) findings = cr_engine_check_finish (CR_ENGINE (source), result, &error);

  cr_ctl_answer_findings (user_data, findings, error);
}

void
cr_ctl_check_store (CrCtlCall *call)
{
  cr_engine_check_async (call->engine, call->cancellable, checked_cb, call);
}

void
cr_ctl_event_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_EVENTS };

  cr_ctl_list (call, &filter);
}

void
cr_ctl_audit_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_AUDIT };

  cr_ctl_list (call, &filter);
}
