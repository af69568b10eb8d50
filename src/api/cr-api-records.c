/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-records.h"

#include "base/cr-json.h"
#include "base/cr-time.h"

#include <string.h>

#define COUNT 100
#define MAX_PAGE_BYTES (8 * 1024 * 1024)

char *
cr_api_types (const char *text)
{
  return text != NULL ? g_strdup_printf (",%s,", text) : NULL;
}

gint64
cr_api_time (const char *text)
{
  gint64 ms = -1;

  if (text != NULL)
    cr_time_from_string (text, &ms);
  return ms;
}

static void
append_text (GString *json, const char *text)
{
  g_string_append_printf (json, "%s", text);
}

static void
append_cursor (GString *json, const char *name, gboolean is_there, const char *cursor)
{
  g_string_append_printf (json, is_there ? ",\"%s\":\"%s\"" : ",\"%s\":null", name, cursor);
}

/* Each record as it is stored, in the order of the last change. */
static void
append_records (GString *json, GPtrArray *records)
{
  for (guint i = 0; i < records->len; i++)
    {
      CrRecord *record = g_ptr_array_index (records, i);
      gsize n_bytes;
      const char *body = g_bytes_get_data (record->body, &n_bytes);

      g_string_append_printf (json, "%s{\"source\":\"%s\",\"resource\":", i > 0 ? "," : "",
                              record->source_id);
      g_string_append_len (json, body, (gssize) n_bytes);
      g_string_append_c (json, '}');
    }
}

static gint64
sequence_at (GPtrArray *records, guint index, gint64 fallback)
{
  return records->len > 0 ? CR_RECORD (g_ptr_array_index (records, index))->sequence : fallback;
}

static void
append_rest (GString *json, CrApiCall *call, const CrStretch *stretch, const CrStretchAsk *ask)
{
  gint64 now_ms = cr_engine_now_ms (call->engine);
  g_autofree char *scope = cr_api_scope (call);
  GPtrArray *records = stretch->records;
  gint64 first = sequence_at (records, 0, ask->is_backwards ? ask->at : ask->at + 1);
  gint64 last = sequence_at (records, records->len > 0 ? records->len - 1 : 0,
                             ask->is_backwards ? ask->at - 1 : ask->at);
  g_autofree char *next = cr_api_place_new (scope, last, now_ms);
  g_autofree char *previous = cr_api_place_new (scope, first, now_ms);

  g_string_append_printf (json, "],\"has_more\":%s", stretch->has_more ? "true" : "false");
  append_cursor (json, "next_cursor", ask->is_backwards || stretch->has_more, next);
  append_cursor (json, "previous_cursor", ask->is_backwards ? stretch->has_more : ask->at > 0,
                 previous);
}

/* What is kept back is said on every page, or the reader would think that this is all. */
static void
append_held (GString *json, GPtrArray *held)
{
  g_string_append (json, ",\"held_sources\":[");
  for (guint i = 0; i < held->len; i++)
    g_string_append_printf (json, "%s\"%s\"", i > 0 ? "," : "",
                            (char *) g_ptr_array_index (held, i));
  g_string_append (json, "]}");
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrApiCall *call = user_data;
  const CrStretchAsk *ask = call->data;
  GError *error = NULL;
  g_autoptr (CrStretch) stretch =
      cr_engine_read_stretch_finish (CR_ENGINE (source), result, &error);
  g_autoptr (JsonNode) id = NULL;
  g_autofree char *id_text = NULL;
  g_autoptr (GBytes) body = NULL;
  GString *json;

  if (stretch == NULL)
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  cr_api_note_look (call, CR_LOOK_RECORD);
  id = json_node_init_string (json_node_alloc (), cr_api_parameter (call, "id"));
  id_text = cr_json_node_to_text (id, FALSE);
  json = g_string_new ("{\"resource_type\":\"list\",\"patient_id\":");
  append_text (json, id_text);
  append_text (json, ",\"data\":[");
  append_records (json, stretch->records);
  append_rest (json, call, stretch, ask);
  append_held (json, stretch->held);
  body = g_string_free_to_bytes (json);
  cr_exchange_reply (call->exchange, 200, "application/json", body);
  cr_api_call_free (call);
}

static void
ask_free (gpointer data)
{
  CrStretchAsk *ask = data;

  g_free ((char *) ask->types);
  g_free (ask);
}

void
cr_api_get_records (CrApiCall *call)
{
  const char *after = cr_api_query (call, "starting_after");
  const char *before = cr_api_query (call, "ending_before");
  const char *place = before != NULL ? before : after;
  g_autofree char *scope = cr_api_scope (call);
  CrStretchAsk *ask = g_new0 (CrStretchAsk, 1);

  call->data = ask;
  call->free_data = ask_free;
  if (after != NULL && before != NULL)
    {
      cr_api_fail (call, CR_API_BAD_REQUEST, "ending_before",
                   "starting_after and ending_before exclude each other.");
      return;
    }
  if (place != NULL && !cr_api_place_read (place, scope, cr_engine_now_ms (call->engine), &ask->at))
    {
      cr_api_fail (call, CR_API_BAD_REQUEST, before != NULL ? "ending_before" : "starting_after",
                   "This cursor is not from these records with these filters, or is older than "
                   "seven days. Begin again without one.");
      return;
    }

  ask->patient_id = cr_api_parameter (call, "id");
  ask->types = cr_api_types (cr_api_query (call, "type"));
  ask->since_ms = cr_api_time (cr_api_query (call, "since"));
  ask->is_backwards = before != NULL;
  ask->limit = cr_api_query_number (call, "count", COUNT);
  ask->max_bytes = MAX_PAGE_BYTES;
  cr_engine_read_stretch_async (call->engine, ask, cr_api_cancellable (call), read_cb, call);
}
