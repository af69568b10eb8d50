/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-private.h"

#include "base/cr-enum.h"
#include "base/cr-json-raw.h"
#include "base/cr-json.h"

#include <string.h>

#define MAX_STREAMS 16
#define PIECE 50
#define BEAT_S 15

/* Beyond the contract: what webhooks tell, for whoever keeps a connection open.
 *
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html */
typedef struct
{
  CrApiCall *call;  /* (owned) */
  char *last_id;    /* (owned): of the event told last; empty: before the first */
  gulong changed;   /* handler */
  gulong cancelled; /* handler */
  guint beat;       /* source */
  guint end;        /* source */
  gboolean is_busy; /* reading or sending */
  gboolean wants_more;
} Stream;

static void read_on (Stream *stream);

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  stream->call->api->n_streams--;
  if (stream->changed != 0)
    g_signal_handler_disconnect (stream->call->engine, stream->changed);
  if (stream->cancelled != 0)
    g_signal_handler_disconnect (cr_api_cancellable (stream->call), stream->cancelled);
  g_clear_handle_id (&stream->beat, g_source_remove);
  g_clear_handle_id (&stream->end, g_source_remove);
  g_free (stream->last_id);
  g_free (stream);
}

static gboolean
end_cb (gpointer user_data)
{
  Stream *stream = user_data;

  if (stream->is_busy)
    return G_SOURCE_CONTINUE;

  stream->end = 0;
  cr_exchange_abort (stream->call->exchange);
  cr_api_call_free (stream->call);
  return G_SOURCE_REMOVE;
}

/* What is under way still holds the stream, so it ends behind that. */
static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  Stream *stream = user_data;

  if (stream->end == 0)
    stream->end = g_timeout_add (20, end_cb, stream);
}

static void
flushed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Stream *stream = user_data;

  stream->is_busy = FALSE;
  if (!cr_exchange_flush_finish (CR_EXCHANGE (source), result, NULL))
    cancelled_cb (NULL, stream);
  else if (stream->wants_more)
    read_on (stream);
}

static void
send_text (Stream *stream, GString *text)
{
  g_autoptr (GBytes) piece = g_string_free_to_bytes (text);

  stream->is_busy = TRUE;
  cr_exchange_write (stream->call->exchange, piece);
  cr_exchange_flush_async (stream->call->exchange, flushed_cb, stream);
}

/* The envelope of the contract's webhooks. */
static void
append_event (GString *text, CrEvent *event)
{
  g_autoptr (JsonObject) envelope = json_object_new ();
  JsonObject *data = json_object_new ();
  const char *type = cr_enum_to_string (CR_TYPE_EVENT_TYPE, (int) event->type);
  g_autofree char *json = NULL;

  json_object_set_string_member (envelope, "id", event->id);
  json_object_set_string_member (envelope, "object", "event");
  json_object_set_string_member (envelope, "type", type);
  json_object_set_string_member (envelope, "api_version", CR_API_VERSION);
  cr_json_set_time (envelope, "created_at", event->created_ms);
  cr_json_set_raw (data, "object", event->data);
  json_object_set_object_member (envelope, "data", data);
  json = cr_json_object_to_text (envelope, FALSE);
  g_string_append_printf (text, "id: %s\nevent: %s\ndata: %s\n\n", event->id, type, json);
}

static void
keep_last (Stream *stream, const char *id)
{
  g_free (stream->last_id);
  stream->last_id = g_strdup (id);
}

static void
events_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Stream *stream = user_data;
  g_autoptr (GPtrArray) events = cr_engine_read_events_finish (CR_ENGINE (source), result, NULL);
  GString *text;

  stream->is_busy = FALSE;
  if (events == NULL)
    {
      cancelled_cb (NULL, stream);
      return;
    }
  if (events->len == 0)
    {
      if (stream->wants_more)
        read_on (stream);
      return;
    }

  text = g_string_new (NULL);
  for (guint i = 0; i < events->len; i++)
    append_event (text, g_ptr_array_index (events, i));
  keep_last (stream, CR_EVENT (g_ptr_array_index (events, events->len - 1))->id);
  stream->wants_more = stream->wants_more || events->len == PIECE;
  send_text (stream, text);
}

static void
read_on (Stream *stream)
{
  if (stream->is_busy || stream->end != 0)
    {
      stream->wants_more = TRUE;
      return;
    }

  stream->wants_more = FALSE;
  stream->is_busy = TRUE;
  cr_engine_read_events_async (stream->call->engine, stream->last_id, PIECE, NULL, events_cb,
                               stream);
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            Stream *stream)
{
  if (kind == CR_CHANGE_EVENT || kind == CR_CHANGE_PULL || kind == CR_CHANGE_SESSION)
    read_on (stream);
}

/* A line that says nothing keeps proxies awake, and finds out who has gone. */
static gboolean
beat_cb (gpointer user_data)
{
  Stream *stream = user_data;

  if (!stream->is_busy && stream->end == 0)
    send_text (stream, g_string_new (": \n\n"));
  return G_SOURCE_CONTINUE;
}

static void
begin (Stream *stream, const char *last_id)
{
  CrApiCall *call = stream->call;

  keep_last (stream, last_id);
  cr_exchange_begin (call->exchange, 200, "text/event-stream");
  stream->changed = g_signal_connect (call->engine, "changed", G_CALLBACK (changed_cb), stream);
  stream->beat = g_timeout_add_seconds (BEAT_S, beat_cb, stream);
  stream->cancelled =
      g_signal_connect (cr_api_cancellable (call), "cancelled", G_CALLBACK (cancelled_cb), stream);
  stream->wants_more = TRUE;
  send_text (stream, g_string_new (": \n\n"));
}

static void
newest_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Stream *stream = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) newest = cr_engine_read_events_finish (CR_ENGINE (source), result, &error);

  if (newest == NULL)
    cr_api_fail_with (stream->call, error, NULL);
  else
    begin (stream, newest->len > 0 ? CR_EVENT (g_ptr_array_index (newest, 0))->id : "");
}

void
cr_api_stream_events (CrApiCall *call)
{
  const char *last_id = cr_exchange_get_header (call->exchange, "Last-Event-ID");
  Stream *stream;

  if (call->api->n_streams >= MAX_STREAMS)
    {
      cr_exchange_set_header (call->exchange, "Retry-After", "60");
      cr_api_fail (call, CR_API_THROTTLED, NULL,
                   "Too many streams are open already. Close one that is no longer read.");
      return;
    }

  stream = g_new0 (Stream, 1);
  stream->call = call;
  call->data = stream;
  call->free_data = stream_free;
  call->api->n_streams++;
  if (last_id == NULL)
    last_id = cr_api_query (call, "after");
  if (last_id != NULL)
    begin (stream, last_id);
  else
    cr_engine_read_events_async (call->engine, NULL, 1, NULL, newest_cb, stream);
}
