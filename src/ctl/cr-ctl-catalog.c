/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-json.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-engine-catalog.h"
#include "engine/cr-engine-logos.h"
#include "engine/cr-wire.h"

static JsonObject *
wire_change (CrCatalogChange *change)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "change",
                                 cr_enum_to_string (CR_TYPE_CATALOG_KIND, (int) change->kind));
  json_object_set_string_member (object, "id", change->source->id);
  json_object_set_string_member (object, "name", change->source->name);
  json_object_set_string_member (object, "fhir_base_url", change->source->fhir_base_url);
  cr_json_set_string (object, "old_base_url", change->old_base);
  cr_json_set_string (object, "fields", change->fields);
  cr_json_set_string (object, "successor", change->successor);
  json_object_set_int_member (object, "connections", change->n_connections);
  json_object_set_int_member (object, "patients", change->n_patients);
  return object;
}

static JsonObject *
wire_diff (CrCatalogDiff *diff)
{
  JsonObject *object = json_object_new ();
  JsonArray *changes = json_array_new ();

  json_object_set_string_member (object, "list", diff->publisher);
  json_object_set_boolean_member (object, "applied", diff->is_applied);
  for (int i = CR_CATALOG_NEW; i <= CR_CATALOG_UNCHANGED; i++)
    json_object_set_int_member (object, cr_enum_to_string (CR_TYPE_CATALOG_KIND, i), diff->n[i]);
  json_object_set_int_member (object, "in_another_list", diff->n_other_list);
  json_object_set_int_member (object, "left_out", diff->n_unusable);
  cr_json_set_string (object, "left_out_because", diff->unusable);
  json_object_set_int_member (object, "connections", diff->n_connections);
  json_object_set_int_member (object, "patients", diff->n_patients);
  for (guint i = 0; i < diff->changes->len; i++)
    json_array_add_object_element (changes, wire_change (g_ptr_array_index (diff->changes, i)));
  json_object_set_array_member (object, "changes", changes);
  return object;
}

static void
applied_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (CrCatalogDiff) diff =
      cr_engine_apply_catalog_finish (CR_ENGINE (engine), result, &error);

  if (diff != NULL)
    cr_ctl_answer (user_data, wire_diff (diff), CR_EXIT_DONE);
  else
    cr_ctl_fail (user_data, error);
}

static void
read_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrCatalogDiff) diff =
      cr_engine_read_catalog_finish (CR_ENGINE (engine), result, &error);

  if (diff == NULL)
    cr_ctl_fail (call, error);
  else if (cr_ctl_has (call, "dry-run"))
    cr_ctl_answer (call, wire_diff (diff), CR_EXIT_DONE);
  else if (cr_catalog_diff_is_drastic (diff) && !cr_ctl_has (call, "accept-gone"))
    cr_ctl_fail (call,
                 g_error_new (CR_ERROR, CR_ERROR_CONFLICT,
                              "%u of the sources of the list “%s” would be gone. If that is right, "
                              "give --accept-gone; if this is another publisher's list, name it "
                              "with --list. Nothing was changed.",
                              diff->n[CR_CATALOG_GONE], diff->publisher));
  else
    cr_engine_apply_catalog_async (call->engine, diff, cr_ctl_person (call), call->cancellable,
                                   applied_cb, call);
}

void
cr_ctl_source_import (CrCtlCall *call)
{
  g_autofree char *path = cr_ctl_file (call, cr_ctl_value (call, 0));
  g_autoptr (GFile) file = g_file_new_for_path (path);

  cr_engine_read_catalog_async (call->engine, file, cr_ctl_option (call, "list"), NULL,
                                call->cancellable, read_cb, call);
}

static void
status_set_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_set_source_status_finish (CR_ENGINE (engine), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

/* A day, which counts to its end, or a moment. */
static gboolean
read_until (const char *text, gint64 *until_ms)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *whole = NULL;
  g_autoptr (GDateTime) time = NULL;

  if (text == NULL)
    return TRUE;
  whole = strchr (text, 'T') == NULL ? g_strconcat (text, "T23:59:59", NULL) : g_strdup (text);
  time = g_date_time_new_from_iso8601 (whole, zone);
  if (time == NULL)
    return FALSE;

  *until_ms = g_date_time_to_unix (time) * 1000;
  return TRUE;
}

void
cr_ctl_source_suspend (CrCtlCall *call)
{
  static const char *const needed[] = { "reason", NULL };
  gint64 until_ms = 0;

  if (!cr_ctl_require (call, needed))
    return;
  if (!read_until (cr_ctl_option (call, "until"), &until_ms))
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                      "--until is a day, such as 2030-12-31."));
      return;
    }

  cr_engine_set_source_status_async (call->engine, cr_ctl_value (call, 0),
                                     cr_ctl_has (call, "not-enabled") ? CR_SOURCE_NOT_ENABLED
                                                                      : CR_SOURCE_SUSPENDED,
                                     cr_ctl_option (call, "reason"), until_ms, cr_ctl_person (call),
                                     call->cancellable, status_set_cb, call);
}

void
cr_ctl_source_resume (CrCtlCall *call)
{
  cr_engine_set_source_status_async (call->engine, cr_ctl_value (call, 0), CR_SOURCE_WORKING, NULL,
                                     0, cr_ctl_person (call), call->cancellable, status_set_cb,
                                     call);
}

/* The source as it is after the try, with what was wrong. */
static void
shown_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrSource) source = cr_engine_get_finish (CR_ENGINE (engine), result, &error);
  JsonObject *object;

  if (source == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = cr_wire_source (source, NULL);
  json_object_set_boolean_member (object, "answers", TRUE);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
tried_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;

  if (!cr_engine_try_source_finish (CR_ENGINE (engine), result, &error))
    cr_ctl_fail (call, error);
  else
    cr_ctl_get (call, CR_LIST_SOURCES, shown_cb);
}

void
cr_ctl_source_try (CrCtlCall *call)
{
  cr_engine_try_source_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                              call->cancellable, tried_cb, call);
}

/* Logos ---------------------------------------------------------------------------------------- */

static void
logo_set_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_set_logo_finish (CR_ENGINE (engine), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

static void
logo_removed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_logo_finish (CR_ENGINE (engine), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

static void
logo_fetched_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_fetch_logo_finish (CR_ENGINE (engine), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_source_logo (CrCtlCall *call)
{
  const char *id = cr_ctl_value (call, 0);
  const char *name = cr_ctl_value (call, 1);
  gboolean removes = cr_ctl_has (call, "remove");
  gboolean fetches = cr_ctl_has (call, "fetch");
  g_autofree char *path = NULL;
  g_autoptr (GFile) file = NULL;

  if ((name != NULL) + removes + fetches != 1)
    cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                    "Give a file, or --remove, or --fetch to ask its publisher."));
  else if (removes)
    cr_engine_remove_logo_async (call->engine, id, cr_ctl_person (call), call->cancellable,
                                 logo_removed_cb, call);
  else if (fetches)
    cr_engine_fetch_logo_async (call->engine, id, call->cancellable, logo_fetched_cb, call);
  else
    {
      path = cr_ctl_file (call, name);
      file = g_file_new_for_path (path);
      cr_engine_set_logo_async (call->engine, id, file, cr_ctl_person (call), call->cancellable,
                                logo_set_cb, call);
    }
}

/* Vendors -------------------------------------------------------------------------------------- */

static void
vendor_set_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_set_vendor_client_finish (CR_ENGINE (engine), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_vendor_set (CrCtlCall *call)
{
  static const char *const needed[] = { "client-id", NULL };
  const char *auth = cr_ctl_option (call, "client-auth");
  int value = CR_CLIENT_AUTH_NONE;
  CrVendorClient client = { 0 };

  if (!cr_ctl_require (call, needed))
    return;
  if (auth != NULL && !cr_enum_from_string (CR_TYPE_CLIENT_AUTH, auth, &value))
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                      "--client-auth is none, basic, post or private-key-jwt."));
      return;
    }

  client.type = (char *) cr_ctl_value (call, 0);
  client.client_id = (char *) cr_ctl_option (call, "client-id");
  client.client_auth = (CrClientAuth) value;
  cr_engine_set_vendor_client_async (call->engine, &client, call->input->secret,
                                     cr_ctl_person (call), call->cancellable, vendor_set_cb, call);
}

static void
vendor_removed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_vendor_client_finish (CR_ENGINE (engine), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_vendor_remove (CrCtlCall *call)
{
  cr_engine_remove_vendor_client_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                        call->cancellable, vendor_removed_cb, call);
}

static void
vendors_listed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) list =
      cr_engine_list_vendor_clients_finish (CR_ENGINE (engine), result, &error);
  JsonObject *object;
  JsonArray *data;

  if (list == NULL)
    {
      cr_ctl_fail (user_data, error);
      return;
    }

  object = json_object_new ();
  data = json_array_new ();
  for (guint i = 0; i < list->len; i++)
    {
      CrVendorClient *client = g_ptr_array_index (list, i);
      JsonObject *each = json_object_new ();

      json_object_set_string_member (each, "type", client->type);
      json_object_set_string_member (each, "client_id", client->client_id);
      json_object_set_string_member (
          each, "client_auth", cr_enum_to_string (CR_TYPE_CLIENT_AUTH, (int) client->client_auth));
      json_array_add_object_element (data, each);
    }
  json_object_set_array_member (object, "data", data);
  cr_ctl_answer (user_data, object, CR_EXIT_DONE);
}

void
cr_ctl_vendor_list (CrCtlCall *call)
{
  cr_engine_list_vendor_clients_async (call->engine, call->cancellable, vendors_listed_cb, call);
}
