/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-call.h"

#include "base/cr-json.h"
#include "engine/cr-wire.h"

#define LIMIT 10

static gboolean
is_place_name (const char *name)
{
  static const char *const names[] = { "limit",          "count",         "_count",
                                       "starting_after", "ending_before", NULL };

  return g_strv_contains (names, name);
}

char *
cr_api_scope (CrApiCall *call)
{
  GString *scope = g_string_new (cr_exchange_get_path (call->exchange));

  for (guint i = 0; i < call->route->n_query; i++)
    {
      const char *name = call->route->query[i].name;
      const char *value = is_place_name (name) ? NULL : cr_api_query (call, name);

      if (value != NULL)
        g_string_append_printf (scope, "\n%s=%s", name, value);
    }
  return g_string_free (scope, FALSE);
}

/* Every object says what it is; those that the contract does not know are told apart here. */
JsonObject *
cr_api_wire (CrApiCall *call, gpointer row)
{
  g_autofree char *url = NULL;
  JsonObject *object;

  if (CR_IS_SESSION (row))
    {
      url = cr_engine_get_session_url (call->engine, row);
      return cr_wire_session (row, url, CR_SESSION (row)->attempts);
    }

  object = cr_wire_object (row, cr_engine_get_public_url (call->engine));
  if (CR_IS_PULL (row))
    json_object_set_string_member (object, "resource_type", "pull");
  else if (CR_IS_DESTINATION (row))
    json_object_set_string_member (object, "resource_type", "destination");
  else if (CR_IS_EXPORT_RUN (row))
    json_object_set_string_member (object, "resource_type", "export_run");
  else if (CR_IS_EXPORT_ITEM (row))
    json_object_set_string_member (object, "resource_type", "export_item");
  else if (CR_IS_SOURCE (row))
    json_object_remove_member (object, "ca_file"); /* a path of this computer */
  return object;
}

/* @next: (nullable): the cursor behind these rows */
void
cr_api_reply_list (CrApiCall *call, GPtrArray *rows, const char *next)
{
  JsonObject *object = json_object_new ();
  JsonArray *data = json_array_new ();

  for (guint i = 0; i < rows->len; i++)
    json_array_add_object_element (data, cr_api_wire (call, g_ptr_array_index (rows, i)));
  json_object_set_string_member (object, "resource_type", "list");
  json_object_set_array_member (object, "data", data);
  json_object_set_boolean_member (object, "has_more", next != NULL);
  cr_json_set_string (object, "next_cursor", next);
  cr_api_reply (call, object);
}

static void
page_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrListPage) page = cr_engine_page_finish (CR_ENGINE (source), result, &error);
  g_autofree char *scope = cr_api_scope (call);
  g_autofree char *next = NULL;

  if (page == NULL)
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  if (page->has_more)
    next = cr_api_cursor_new (scope, page->at_ms, page->key);
  cr_api_reply_list (call, page->rows, next);
}

void
cr_api_list (CrApiCall *call, CrPageAsk *ask)
{
  const char *cursor = cr_api_query (call, "starting_after");
  g_autofree char *scope = cr_api_scope (call);
  g_autofree char *key = NULL;

  if (cursor != NULL && !cr_api_cursor_read (cursor, scope, &ask->at_ms, &key))
    {
      cr_api_fail (call, CR_API_BAD_REQUEST, "starting_after",
                   "This cursor is not from this list with these filters. Pass next_cursor back "
                   "unchanged, or begin again without one.");
      return;
    }

  ask->key = key;
  ask->limit = cr_api_query_number (call, "limit", LIMIT);
  cr_engine_page_async (call->engine, ask, cr_api_cancellable (call), page_cb, call);
}
