/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A libFuzzer target for what the API reads before anything is done: which route a path is of, the
 * members of a body against the rows of its table, and cursors. */

#include "api/cr-api-body.h"
#include "api/cr-api-cursor.h"
#include "base/cr-json.h"
#include "net/cr-routes.h"

#include <string.h>

#define NOW_MS G_GINT64_CONSTANT (1795000000000)

int LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes);

/* The table names its handlers; none is called here. */
#define HANDLER(name)                                                                              \
  void name (CrApiCall *call) {}
HANDLER (cr_api_health)
HANDLER (cr_api_create_patient)
HANDLER (cr_api_list_patients)
HANDLER (cr_api_get_patient)
HANDLER (cr_api_update_patient)
HANDLER (cr_api_delete_patient)
HANDLER (cr_api_disconnect)
HANDLER (cr_api_list_sessions)
HANDLER (cr_api_create_session)
HANDLER (cr_api_get_session)
HANDLER (cr_api_list_sources)
HANDLER (cr_api_get_source)
HANDLER (cr_api_get_launch_context)
HANDLER (cr_api_get_records)
HANDLER (cr_api_get_everything)
HANDLER (cr_api_capability)
HANDLER (cr_api_describe)
HANDLER (cr_api_list_pulls)
HANDLER (cr_api_list_patient_pulls)
HANDLER (cr_api_get_pull)
HANDLER (cr_api_start_pulls)
HANDLER (cr_api_cancel_pull)
HANDLER (cr_api_list_destinations)
HANDLER (cr_api_get_destination)
HANDLER (cr_api_list_runs)
HANDLER (cr_api_get_run)
HANDLER (cr_api_list_items)
HANDLER (cr_api_retry_run)
HANDLER (cr_api_stream_events)
HANDLER (cr_api_create_webhook)
HANDLER (cr_api_list_webhooks)
HANDLER (cr_api_get_webhook)
HANDLER (cr_api_update_webhook)
HANDLER (cr_api_delete_webhook)
HANDLER (cr_api_rotate_webhook)
HANDLER (cr_api_list_webhook_events)
HANDLER (cr_api_redeliver)
HANDLER (cr_api_test_webhook)
HANDLER (cr_api_replay_webhook)

JsonObject *
cr_api_patient_tombstone (CrApiCall *call)
{
  return NULL;
}

static void
require (gboolean holds, const char *what)
{
  if (holds)
    return;

  g_printerr ("does not hold: %s\n", what);
  abort ();
}

static void
match_path (const CrApiRoute *route, const char *path)
{
  g_auto (GStrv) wanted = cr_route_split (route->pattern);
  g_auto (GStrv) given = cr_route_split (path);
  g_autoptr (GHashTable) parameters = NULL;
  GHashTableIter iter;
  gpointer name, value;

  if (!cr_route_match ((const char *const *) wanted, (const char *const *) given, &parameters))
    return;

  g_hash_table_iter_init (&iter, parameters);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      g_autofree char *quoted = g_strdup_printf ("{%s}", (char *) name);

      require (strstr (route->pattern, quoted) != NULL, "a parameter is one of the pattern");
      require (g_utf8_validate (value, -1, NULL) && *(char *) value != '\0', "and is text");
    }
}

static void
read_body (const CrApiBody *body, const char *text, gsize n_bytes)
{
  const char *param = NULL;
  CrApiCode code = CR_API_INTERNAL_ERROR;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = cr_api_body_read (body, text, n_bytes, &param, &code, &error);

  require ((object != NULL) == (error == NULL), "a body or an error");
  if (object == NULL)
    {
      require (cr_api_code_status (code) == 400, "what is wrong is the request");
      require (g_utf8_validate (error->message, -1, NULL), "and is said in text");
      return;
    }

  require (memchr (text, '{', n_bytes) != NULL, "a body is an object");
  for (guint i = 0; i < body->n_fields; i++)
    {
      const CrApiField *field = &body->fields[i];
      const char *value = cr_json_string (object, field->name);

      require (!field->is_required || json_object_has_member (object, field->name),
               "what is required is there");
      require (value == NULL || field->max == 0 || field->type == CR_API_STRINGS ||
                   g_utf8_strlen (value, -1) <= field->max,
               "nothing is too long");
    }
}

static void
read_cursor (const char *text)
{
  g_autofree char *key = NULL;
  gint64 at = 0;

  if (cr_api_cursor_read (text, "scope", &at, &key))
    {
      g_autofree char *again = cr_api_cursor_new ("scope", at, key);

      require (strcmp (again, text) == 0, "there is one cursor for each place");
    }
  if (cr_api_place_read (text, "scope", NOW_MS, &at))
    require (at >= 0 && strlen (text) == 12, "a place among records");
}

static void
make_cursors (const char *text, gsize n_bytes)
{
  g_autofree char *cursor = NULL;
  g_autofree char *place = NULL;
  g_autofree char *key = NULL;
  gint64 at = 0, number = 0;

  if (*text == '\0')
    return;
  cursor = cr_api_cursor_new (text, (gint64) n_bytes - 2000, text);
  require (cr_api_cursor_read (cursor, text, &at, &key) && strcmp (key, text) == 0 &&
               at == (gint64) n_bytes - 2000,
           "a cursor comes back");
  g_clear_pointer (&key, g_free);
  require (!cr_api_cursor_read (cursor, "other", &at, &key) || strcmp (text, "other") == 0,
           "of its own list");
  place = cr_api_place_new (text, (gint64) n_bytes * 1000003, NOW_MS);
  require (cr_api_place_read (place, text, NOW_MS, &number) && number == (gint64) n_bytes * 1000003,
           "a place comes back");
  require (!cr_api_place_read (place, text, NOW_MS + G_GINT64_CONSTANT (700000000), &number),
           "for seven days");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes)
{
  g_autofree char *text = g_strndup ((const char *) data, n_bytes);
  guint n_routes;
  const CrApiRoute *routes = cr_api_routes (&n_routes);

  for (guint i = 0; i < n_routes; i++)
    {
      match_path (&routes[i], text);
      if (routes[i].body != NULL)
        read_body (routes[i].body, (const char *) data, n_bytes);
    }
  read_cursor (text);
  make_cursors (text, n_bytes);
  return 0;
}
