/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-records.h"

#include "fhir/cr-span.h"

#include <string.h>

#define FHIR_JSON "application/fhir+json"
#define PIECE_BYTES (512 * 1024)
#define PIECE_RECORDS 500
#define GZIP_LEVEL 1

/* A Bundle on its way, in pieces. Of three that follow each other one is being sent, one shaped
 * and one read at the same time, and no more: a visitor who takes slowly is waited for. */
typedef struct
{
  CrApiCall *call;
  CrStretchAsk ask;      /* what is to be read next */
  char *types;           /* (owned) (nullable) */
  char *self_url;        /* (owned) */
  char *next_url;        /* (owned): to which the cursor is added */
  char *scope;           /* (owned) */
  GZlibCompressor *gzip; /* (owned) (nullable) */
  CrStretch *read;       /* (owned) (nullable): to be shaped next */
  CrStretch *stretch;    /* (owned) (nullable): being shaped */
  GBytes *piece;         /* (owned) (nullable): to be sent next */
  guint left;            /* of `_count` */
  gint64 now_ms;
  gint64 end_at;      /* sequence of the last record of the stretch being shaped */
  gboolean is_whole;  /* begins with the first record */
  gboolean has_begun; /* to answer */
  gboolean has_head;
  gboolean has_entry;
  gboolean is_read; /* to its end */
  gboolean shapes_last;
  gboolean is_reading;
  gboolean is_shaping;
  gboolean is_sending;
  gboolean has_failed;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_clear_pointer (&reading->read, cr_stretch_free);
  g_clear_pointer (&reading->stretch, cr_stretch_free);
  g_clear_pointer (&reading->piece, g_bytes_unref);
  g_clear_object (&reading->gzip);
  g_free (reading->types);
  g_free (reading->self_url);
  g_free (reading->next_url);
  g_free (reading->scope);
  g_free (reading);
}

/* Shaping, on a thread of the pool ---------------------------------------------------------------
 */

static void
append_escaped (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  cr_span_escape (json, text, strlen (text));
  g_string_append_c (json, '"');
}

static void
append_separator (Reading *reading, GString *json)
{
  g_string_append (json, reading->has_entry ? "," : ",\"entry\":[");
  reading->has_entry = TRUE;
}

/* What is kept back is said, or the reader would think that this is all. */
static void
append_held (Reading *reading, GString *json, guint n_held)
{
  append_separator (reading, json);
  g_string_append_printf (
      json,
      "{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"warning\","
      "\"code\":\"suppressed\",\"diagnostics\":\"The records of %u connection%s are left out: "
      "somebody at the clinic must first decide whether they are of this patient.\"}]},"
      "\"search\":{\"mode\":\"outcome\"}}",
      n_held, n_held == 1 ? "" : "s");
}

static void
append_head (Reading *reading, GString *json)
{
  g_string_append (json, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
  reading->has_head = TRUE;
  if (reading->is_whole && reading->stretch->held->len > 0)
    append_held (reading, json, reading->stretch->held->len);
}

/* Ids are unique within a source only, so the address of each entry is that at its source. */
static void
append_entry (Reading *reading, GString *json, CrRecord *record)
{
  gsize n_bytes;
  const char *body = g_bytes_get_data (record->body, &n_bytes);

  append_separator (reading, json);
  g_string_append_c (json, '{');
  if (record->source_base != NULL && !g_str_has_prefix (record->id, "sha256-"))
    {
      g_autofree char *url =
          g_strdup_printf ("%s/%s/%s", record->source_base, record->type, record->id);

      g_string_append (json, "\"fullUrl\":");
      append_escaped (json, url);
      g_string_append_c (json, ',');
    }
  g_string_append (json, "\"resource\":");
  g_string_append_len (json, body, (gssize) n_bytes);
  g_string_append (json, ",\"search\":{\"mode\":\"match\"}}");
}

static void
append_link (GString *json, const char *relation, const char *url)
{
  g_string_append_printf (json, "{\"relation\":\"%s\",\"url\":", relation);
  append_escaped (json, url);
  g_string_append_c (json, '}');
}

static void
append_end (Reading *reading, GString *json)
{
  if (reading->has_entry)
    g_string_append_c (json, ']');
  g_string_append (json, ",\"link\":[");
  append_link (json, "self", reading->self_url);
  if (reading->stretch->has_more)
    {
      g_autofree char *place = cr_api_place_new (reading->scope, reading->end_at, reading->now_ms);
      g_autofree char *url = g_strconcat (reading->next_url, place, NULL);

      g_string_append_c (json, ',');
      append_link (json, "next", url);
    }
  g_string_append (json, "]}");
}

static GBytes *
compress (GZlibCompressor *gzip, GString *json, gboolean is_last)
{
  g_autoptr (GByteArray) packed = g_byte_array_new ();
  GConverterFlags flags = is_last ? G_CONVERTER_INPUT_AT_END : G_CONVERTER_FLUSH;
  GConverterResult result = G_CONVERTER_CONVERTED;
  guint8 buffer[64 * 1024];
  gsize done = 0;

  while (result == G_CONVERTER_CONVERTED)
    {
      gsize n_read = 0, n_written = 0;

      result = g_converter_convert (G_CONVERTER (gzip), json->str + done, json->len - done, buffer,
                                    sizeof buffer, flags, &n_read, &n_written, NULL);
      done += n_read;
      g_byte_array_append (packed, buffer, (guint) n_written);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&packed));
}

static void
shape_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  GPtrArray *records = reading->stretch->records;
  GString *json = g_string_sized_new (PIECE_BYTES + PIECE_BYTES / 2);

  if (!reading->has_head)
    append_head (reading, json);
  for (guint i = 0; i < records->len; i++)
    append_entry (reading, json, g_ptr_array_index (records, i));
  if (reading->shapes_last)
    append_end (reading, json);
  /* Thousands of strings: not on the main thread. */
  g_clear_pointer (&reading->stretch, cr_stretch_free);

  if (reading->gzip == NULL)
    g_task_return_pointer (task, g_string_free_to_bytes (json), (GDestroyNotify) g_bytes_unref);
  else
    {
      g_task_return_pointer (task, compress (reading->gzip, json, reading->shapes_last),
                             (GDestroyNotify) g_bytes_unref);
      g_string_free (json, TRUE);
    }
}

/* Sending -------------------------------------------------------------------------------------- */

static void go_on (Reading *reading);

/* Ends what cannot go on, once nothing of it is under way any more. */
static void
give_up (Reading *reading)
{
  reading->has_failed = TRUE;
  if (reading->is_reading || reading->is_shaping || reading->is_sending)
    return;

  cr_exchange_abort (reading->call->exchange);
  cr_api_call_free (reading->call);
}

static void
flushed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;

  reading->is_sending = FALSE;
  if (cr_exchange_flush_finish (CR_EXCHANGE (source), result, NULL) && !reading->has_failed)
    go_on (reading);
  else
    give_up (reading);
}

static void
shaped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;

  reading->piece = g_task_propagate_pointer (G_TASK (result), NULL);
  reading->is_shaping = FALSE;
  if (reading->has_failed)
    give_up (reading);
  else
    go_on (reading);
}

static void
shape (Reading *reading)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, shaped_cb, reading);
  GPtrArray *records = reading->read->records;

  reading->is_shaping = TRUE;
  reading->stretch = g_steal_pointer (&reading->read);
  reading->shapes_last = reading->is_read;
  if (records->len > 0)
    reading->end_at = CR_RECORD (g_ptr_array_index (records, records->len - 1))->sequence;
  g_task_set_task_data (task, reading, NULL);
  g_task_run_in_thread (task, shape_thread);
}

static void
begin (Reading *reading)
{
  CrExchange *exchange = reading->call->exchange;

  reading->has_begun = TRUE;
  cr_api_note_look (reading->call, CR_LOOK_RECORD);
  if (reading->gzip != NULL)
    cr_exchange_set_header (exchange, "Content-Encoding", "gzip");
  cr_exchange_begin (exchange, 200, FHIR_JSON);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  GError *error = NULL;

  reading->is_reading = FALSE;
  reading->read = cr_engine_read_stretch_finish (CR_ENGINE (source), result, &error);
  if (reading->read == NULL && !reading->has_begun)
    {
      cr_api_fail_with (reading->call, error, "id");
      return;
    }
  if (reading->read == NULL)
    {
      g_debug ("A Bundle broke off: %s", error->message);
      g_error_free (error);
    }
  if (reading->read == NULL || reading->has_failed)
    {
      give_up (reading);
      return;
    }

  if (!reading->has_begun)
    begin (reading);
  go_on (reading);
}

static void
read_next (Reading *reading)
{
  reading->is_reading = TRUE;
  reading->ask.limit = MIN (reading->left, PIECE_RECORDS);
  cr_engine_read_stretch_async (reading->call->engine, &reading->ask,
                                cr_api_cancellable (reading->call), read_cb, reading);
}

/* What was read says where to read on. */
static void
move_behind (Reading *reading)
{
  GPtrArray *records = reading->read->records;

  if (records->len > 0)
    reading->ask.at = CR_RECORD (g_ptr_array_index (records, records->len - 1))->sequence;
  reading->left -= MIN (reading->left, records->len);
  reading->is_read = !reading->read->has_more || reading->left == 0;
}

static void
send_piece (Reading *reading)
{
  g_autoptr (GBytes) piece = g_steal_pointer (&reading->piece);

  reading->is_sending = TRUE;
  cr_exchange_write (reading->call->exchange, piece);
  cr_exchange_flush_async (reading->call->exchange, flushed_cb, reading);
}

static void
go_on (Reading *reading)
{
  if (reading->piece != NULL && !reading->is_sending)
    {
      if (reading->shapes_last)
        {
          cr_exchange_write (reading->call->exchange, reading->piece);
          cr_exchange_end (reading->call->exchange);
          cr_api_call_free (reading->call);
          return;
        }
      send_piece (reading);
    }
  if (reading->read != NULL && !reading->is_shaping && reading->piece == NULL)
    {
      move_behind (reading);
      shape (reading);
    }
  if (reading->read == NULL && !reading->is_reading && !reading->is_read)
    read_next (reading);
}

/* The request ---------------------------------------------------------------------------------- */

static gboolean
takes_gzip (CrApiCall *call)
{
  const char *accept = cr_exchange_get_header (call->exchange, "Accept-Encoding");
  g_auto (GStrv) codings = g_strsplit (accept != NULL ? accept : "", ",", -1);

  for (guint i = 0; codings[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (codings[i], ";", 2);
      const char *weight = parts[0] != NULL && parts[1] != NULL ? strstr (parts[1], "q=") : NULL;

      if (parts[0] != NULL && g_ascii_strcasecmp (g_strstrip (parts[0]), "gzip") == 0)
        return weight == NULL || g_ascii_strtod (weight + 2, NULL) > 0;
    }
  return FALSE;
}

static void
append_query (GString *url, CrApiCall *call, const char *name)
{
  const char *value = cr_api_query (call, name);
  g_autofree char *escaped = value != NULL ? g_uri_escape_string (value, ",:", FALSE) : NULL;

  if (value != NULL)
    g_string_append_printf (url, "%c%s=%s", strchr (url->str, '?') == NULL ? '?' : '&', name,
                            escaped);
}

static char *
make_url (CrApiCall *call, const char *with)
{
  GString *url = g_string_new (cr_server_get_uri (cr_engine_get_server (call->engine)));

  g_string_append (url, cr_exchange_get_path (call->exchange));
  append_query (url, call, "_type");
  append_query (url, call, "_since");
  append_query (url, call, "_count");
  if (with == NULL)
    append_query (url, call, "starting_after");
  else
    g_string_append_printf (url, "%c%s", strchr (url->str, '?') == NULL ? '?' : '&', with);
  return g_string_free (url, FALSE);
}

/* Weak: the same records, perhaps packed. */
static char *
make_etag (Reading *reading, const char *mark)
{
  g_autofree char *all = g_strconcat (mark, "\n", reading->self_url, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, all, -1);

  return g_strdup_printf ("W/\"%.32s\"", digest);
}

static gboolean
is_known (CrApiCall *call, const char *etag)
{
  const char *known = cr_exchange_get_header (call->exchange, "If-None-Match");

  return known != NULL && (strcmp (known, "*") == 0 || strstr (known, etag + 2) != NULL);
}

static void
marked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  CrApiCall *call = reading->call;
  GError *error = NULL;
  g_autofree char *mark = cr_engine_mark_records_finish (CR_ENGINE (source), result, &error);
  g_autofree char *etag = NULL;
  gboolean knows;

  if (mark == NULL)
    {
      cr_api_fail_with (call, error, "id");
      return;
    }

  etag = make_etag (reading, mark);
  cr_exchange_set_header (call->exchange, "ETag", etag);
  cr_exchange_set_header (call->exchange, "Vary", "Accept-Encoding");
  cr_exchange_set_header (call->exchange, "Cache-Control", "private, no-cache");
  knows = is_known (call, etag);
  if (!knows && strcmp (cr_exchange_get_method (call->exchange), "HEAD") != 0)
    {
      reading->is_whole = reading->ask.at == 0;
      read_next (reading);
      return;
    }

  cr_exchange_reply (call->exchange, knows ? 304 : 200, knows ? NULL : FHIR_JSON, NULL);
  cr_api_call_free (call);
}

void
cr_api_get_everything (CrApiCall *call)
{
  const char *after = cr_api_query (call, "starting_after");
  Reading *reading = g_new0 (Reading, 1);

  call->data = reading;
  call->free_data = reading_free;
  reading->call = call;
  reading->scope = cr_api_scope (call);
  reading->now_ms = cr_engine_now_ms (call->engine);
  if (after != NULL &&
      !cr_api_place_read (after, reading->scope, reading->now_ms, &reading->ask.at))
    {
      cr_api_fail (call, CR_API_BAD_REQUEST, "starting_after",
                   "This page is not one of this Bundle, or is older than seven days. Begin again "
                   "with the first page.");
      return;
    }

  reading->types = cr_api_types (cr_api_query (call, "_type"));
  reading->ask.patient_id = cr_api_parameter (call, "id");
  reading->ask.types = reading->types;
  reading->ask.since_ms = cr_api_time (cr_api_query (call, "_since"));
  reading->ask.max_bytes = PIECE_BYTES;
  reading->left = cr_api_query_number (call, "_count", G_MAXUINT);
  reading->self_url = make_url (call, NULL);
  reading->next_url = make_url (call, "starting_after=");
  if (takes_gzip (call))
    reading->gzip = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, GZIP_LEVEL);
  cr_engine_mark_records_async (call->engine, reading->ask.patient_id, cr_api_cancellable (call),
                                marked_cb, reading);
}
