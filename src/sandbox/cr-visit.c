/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-visit.h"

#include <string.h>

#include "base/cr-json.h"
#include "sandbox/cr-sandbox-text.h"

/* `+` is a space in a query and in a form, by the HTML standard's urlencoded parsing. */
static char *
decode (const char *text, gsize length, gboolean plus)
{
  g_autofree char *copy = g_strndup (text, length);
  char *plain;

  for (char *p = copy; plus && *p != '\0'; p++)
    if (*p == '+')
      *p = ' ';
  plain = g_uri_unescape_string (copy, NULL);
  if (plain == NULL || !g_utf8_validate (plain, -1, NULL))
    {
      g_free (plain);
      return g_strdup ("\xef\xbf\xbd");
    }

  return plain;
}

static GPtrArray *
parse_pairs (const char *text)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", "&", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *equals = strchr (parts[i], '=');
      gsize length = equals != NULL ? (gsize) (equals - parts[i]) : strlen (parts[i]);

      if (parts[i][0] == '\0')
        continue;
      g_ptr_array_add (pairs, decode (parts[i], length, TRUE));
      g_ptr_array_add (pairs, equals != NULL ? decode (equals + 1, strlen (equals + 1), TRUE)
                                             : g_strdup (""));
    }

  return pairs;
}

CrVisit *
cr_visit_new (CrHouse *house, SoupServerMessage *message, gint64 now_ms)
{
  CrVisit *self = g_new0 (CrVisit, 1);
  GUri *uri = soup_server_message_get_uri (message);

  self->house = house;
  self->message = message;
  self->method = soup_server_message_get_method (message);
  self->raw_path = g_uri_get_path (uri);
  self->raw_query = g_uri_get_query (uri);
  self->now_ms = now_ms;
  self->path = g_strsplit (self->raw_path + (self->raw_path[0] == '/' ? 1 : 0), "/", -1);
  self->n_path = g_strv_length (self->path);
  for (guint i = 0; i < self->n_path; i++)
    {
      char *plain = decode (self->path[i], strlen (self->path[i]), FALSE);

      g_free (self->path[i]);
      self->path[i] = plain;
    }
  self->query = parse_pairs (self->raw_query);
  return self;
}

void
cr_visit_free (CrVisit *self)
{
  g_strfreev (self->path);
  g_ptr_array_unref (self->query);
  g_free (self);
}

gboolean
cr_visit_is (CrVisit *self, const char *method)
{
  return strcmp (self->method, method) == 0;
}

/* Returns: the decoded segment, or "" past the end */
const char *
cr_visit_segment (CrVisit *self, guint index)
{
  return index < self->n_path ? self->path[index] : "";
}

/* Returns: (nullable): the first value of that name */
const char *
cr_visit_query (CrVisit *self, const char *name)
{
  for (guint i = 0; i + 1 < self->query->len; i += 2)
    if (strcmp (g_ptr_array_index (self->query, i), name) == 0)
      return g_ptr_array_index (self->query, i + 1);

  return NULL;
}

const char *
cr_visit_header (CrVisit *self, const char *name)
{
  return soup_message_headers_get_list (soup_server_message_get_request_headers (self->message),
                                        name);
}

void
cr_visit_set_header (CrVisit *self, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (self->message), name,
                                value);
}

/* Returns: (transfer full): the request's body */
GBytes *
cr_visit_body (CrVisit *self)
{
  return soup_message_body_flatten (soup_server_message_get_request_body (self->message));
}

/* Returns: (transfer full): the fields of a urlencoded body */
GHashTable *
cr_visit_form (CrVisit *self)
{
  GHashTable *form = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GBytes) body = cr_visit_body (self);
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  g_autoptr (GPtrArray) pairs = parse_pairs (text);

  for (guint i = 0; i + 1 < pairs->len; i += 2)
    g_hash_table_replace (form, g_strdup (g_ptr_array_index (pairs, i)),
                          g_strdup (g_ptr_array_index (pairs, i + 1)));

  return form;
}

/* Takes @body. */
void
cr_visit_answer (CrVisit *self, guint status, const char *type, char *body, gsize length)
{
  soup_server_message_set_status (self->message, status, NULL);
  soup_server_message_set_response (self->message, type, SOUP_MEMORY_TAKE, body, length);
}

void
cr_visit_answer_text (CrVisit *self, guint status, const char *type, const char *body)
{
  cr_visit_answer (self, status, type, g_strdup (body), strlen (body));
}

/* Takes @body. */
void
cr_visit_answer_string (CrVisit *self, guint status, const char *type, GString *body)
{
  gsize length = body->len;

  cr_visit_answer (self, status, type, g_string_free (body, FALSE), length);
}

static void
cut_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GIOStream) stream = user_data;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  g_io_stream_close_async (stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}

/* Takes @body. Promises all of it, sends two thirds and hangs up. */
void
cr_visit_answer_cut (CrVisit *self, const char *type, GString *body)
{
  GIOStream *stream = soup_server_message_steal_connection (self->message);
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
                                           "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                                           type, body->len);
  gsize length = strlen (head) + body->len * 2 / 3;
  char *text;

  g_string_prepend (body, head);
  text = g_string_free (body, FALSE);
  g_object_set_data_full (G_OBJECT (stream), "cr-text", text, g_free);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (stream), text, length,
                                   G_PRIORITY_DEFAULT, NULL, cut_cb, stream);
}

typedef struct
{
  GIOStream *stream; /* (owned) */
  gsize n_sent;
} Drip;

static void
drip_free (gpointer data)
{
  Drip *drip = data;

  g_io_stream_close_async (drip->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  g_object_unref (drip->stream);
  g_free (drip);
}

static gboolean
drip_cb (gpointer user_data)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: " CR_TYPE_TEXT_FHIR "\r\n"
                             "Content-Length: 1000000\r\n\r\n{";
  Drip *drip = user_data;
  GPollableOutputStream *out =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (drip->stream));
  const char *bytes = drip->n_sent == 0 ? head : " ";
  gssize n = g_pollable_output_stream_write_nonblocking (out, bytes, strlen (bytes), NULL, NULL);

  drip->n_sent++;
  return n > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* A byte now and a byte then, until the visitor leaves. */
void
cr_visit_answer_drip (CrVisit *self, guint every_ms)
{
  Drip *drip = g_new0 (Drip, 1);

  drip->stream = soup_server_message_steal_connection (self->message);
  if (drip_cb (drip) == G_SOURCE_CONTINUE)
    g_timeout_add_full (G_PRIORITY_DEFAULT, every_ms, drip_cb, drip, drip_free);
  else
    drip_free (drip);
}

/* Takes @object. */
void
cr_visit_answer_json (CrVisit *self, guint status, JsonObject *object)
{
  g_autofree char *text = cr_json_object_to_text (object, TRUE);

  json_object_unref (object);
  cr_visit_answer_text (self, status, CR_TYPE_TEXT_JSON, text);
}

/**
 * cr_visit_outcome:
 * @code: of the issue types
 * @text: for a person
 *
 * Source: https://hl7.org/fhir/R4/operationoutcome.html
 */
void
cr_visit_outcome (CrVisit *self, guint status, const char *code, const char *text)
{
  GString *body = g_string_new (NULL);

  cr_sandbox_text_add (body,
                       "{'resourceType':'OperationOutcome','issue':[{'severity':%q,'code':%q,"
                       "'diagnostics':%q}]}",
                       status < 400 ? "information" : "error", code, text);
  cr_visit_answer_string (self, status, CR_TYPE_TEXT_FHIR, body);
}

void
cr_visit_not_allowed (CrVisit *self, const char *allow)
{
  cr_visit_set_header (self, "Allow", allow);
  cr_visit_outcome (self, 405, "not-supported", "This method is not allowed here");
}
