/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-exchange-private.h"

#include <glib-unix.h>
#include <poll.h>
#include <string.h>

struct _CrExchange
{
  GObject parent_instance;

  SoupServerMessage *message; /* (owned) */
  GHashTable *parameters;     /* (owned) (nullable) */
  GHashTable *query;          /* (owned) (nullable): read when asked for */
  GHashTable *form;           /* (owned) (nullable): read when asked for */
  GBytes *body;               /* (owned) (nullable) */
  GCancellable *cancellable;  /* (owned) (nullable) */
  GSource *watch;             /* (owned) (nullable): the visitor's end of the connection */
  char *request_id;           /* (owned) */
  GTask *flush;               /* (owned) (nullable) */
  guint n_unsent;             /* pieces */
  gboolean is_loopback;
  gboolean has_begun;
  gboolean has_ended;
  gboolean is_ahead; /* without a status: a message that has one is answered */
  gboolean is_over;  /* libsoup has let go of the message */
};

G_DEFINE_FINAL_TYPE (CrExchange, cr_exchange, G_TYPE_OBJECT)

static void
stop_watch (CrExchange *self)
{
  if (self->watch == NULL)
    return;

  g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
}

static void
settle_flush (CrExchange *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->flush);

  if (task == NULL)
    return;
  if (self->is_over)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The visitor has gone");
  else
    g_task_return_boolean (task, TRUE);
}

/* Both before and after the answer: then nobody waits for it any more. */
static void
finished_cb (SoupServerMessage *message, gpointer user_data)
{
  g_autoptr (CrExchange) self = g_object_ref (user_data);

  self->is_over = TRUE;
  stop_watch (self);
  if (!self->has_ended && self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  settle_flush (self);
}

static void
wrote_chunk_cb (SoupServerMessage *message, gpointer user_data)
{
  g_autoptr (CrExchange) self = g_object_ref (user_data);

  if (self->n_unsent > 0)
    self->n_unsent--;
  if (self->n_unsent == 0)
    settle_flush (self);
}

static gboolean
visitor_left_cb (int fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (CrExchange) self = g_object_ref (user_data);

  stop_watch (self);
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

/* libsoup does not look at the connection while a message is paused. */
static void
start_watch (CrExchange *self)
{
  GSocket *socket = soup_server_message_get_socket (self->message);

  if (socket == NULL || g_socket_is_closed (socket))
    return;

  self->watch = g_unix_fd_source_new (g_socket_get_fd (socket),
                                      (GIOCondition) (POLLRDHUP | G_IO_HUP | G_IO_ERR));
  g_source_set_callback (self->watch, G_SOURCE_FUNC (visitor_left_cb), self, NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
}

/* libsoup takes no word about a message it is done with. */
static void
go_on (CrExchange *self)
{
  if (!self->is_over)
    soup_server_message_unpause (self->message);
}

static SoupMessageHeaders *
answer_headers (CrExchange *self)
{
  return soup_server_message_get_response_headers (self->message);
}

/* What a handler has set stays. */
static void
add_default_headers (CrExchange *self)
{
  static const char *const defaults[][2] = {
    { "Content-Security-Policy",
      "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'" },
    { "Referrer-Policy", "no-referrer" },
    { "Cache-Control", "no-store" },
    { "X-Content-Type-Options", "nosniff" },
  };
  SoupMessageHeaders *headers = answer_headers (self);

  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (soup_message_headers_get_one (headers, defaults[i][0]) == NULL)
      soup_message_headers_replace (headers, defaults[i][0], defaults[i][1]);
  soup_message_headers_replace (headers, "X-Request-Id", self->request_id);
  /* libsoup before 3.3 keeps a connection that its visitor closed between two requests for ever,
   * until the process has no descriptor left; so there is one request for each. */
  soup_message_headers_replace (headers, "Connection", "close");
}

static void
cr_exchange_dispose (GObject *object)
{
  CrExchange *self = CR_EXCHANGE (object);

  if (!self->has_begun)
    cr_exchange_reply_text (self, SOUP_STATUS_INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8",
                            "Something went wrong. Please try again.\n");
  else if (!self->has_ended)
    cr_exchange_end (self);
  stop_watch (self);
  if (self->message != NULL)
    g_signal_handlers_disconnect_by_data (self->message, self);

  G_OBJECT_CLASS (cr_exchange_parent_class)->dispose (object);
}

static void
cr_exchange_finalize (GObject *object)
{
  CrExchange *self = CR_EXCHANGE (object);

  g_clear_object (&self->message);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->parameters, g_hash_table_unref);
  g_clear_pointer (&self->query, g_hash_table_unref);
  g_clear_pointer (&self->form, g_hash_table_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->request_id);

  G_OBJECT_CLASS (cr_exchange_parent_class)->finalize (object);
}

static void
cr_exchange_class_init (CrExchangeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_exchange_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_exchange_finalize;
}

static void
cr_exchange_init (CrExchange *self)
{
  self->request_id = g_uuid_string_random ();
}

CrExchange *
cr_exchange_new_ahead (SoupServerMessage *message)
{
  CrExchange *self = g_object_new (CR_TYPE_EXCHANGE, NULL);

  self->message = g_object_ref (message);
  self->is_ahead = TRUE;
  self->is_over = TRUE;
  return self;
}

CrExchange *
cr_exchange_new (SoupServerMessage *message, gboolean is_loopback)
{
  CrExchange *self = g_object_new (CR_TYPE_EXCHANGE, NULL);

  self->message = g_object_ref (message);
  self->is_loopback = is_loopback;
  soup_message_headers_remove (answer_headers (self), "Content-Type");
  soup_message_body_truncate (soup_server_message_get_response_body (message));
  g_signal_connect (message, "finished", G_CALLBACK (finished_cb), self);
  g_signal_connect (message, "disconnected", G_CALLBACK (finished_cb), self);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (wrote_chunk_cb), self);

  return self;
}

void
cr_exchange_set_parameters (CrExchange *self, GHashTable *parameters)
{
  g_clear_pointer (&self->parameters, g_hash_table_unref);
  self->parameters = parameters;
}

void
cr_exchange_wait (CrExchange *self)
{
  if (!self->has_begun && !self->is_over)
    soup_server_message_pause (self->message);
}

const char *
cr_exchange_get_method (CrExchange *self)
{
  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  return soup_server_message_get_method (self->message);
}

/**
 * cr_exchange_get_path:
 *
 * Returns: as it was sent, percent-encoded, without the query; empty when it could not be read
 */
const char *
cr_exchange_get_path (CrExchange *self)
{
  GUri *uri;

  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  uri = soup_server_message_get_uri (self->message);
  return uri != NULL ? g_uri_get_path (uri) : "";
}

const char *
cr_exchange_get_parameter (CrExchange *self, const char *name)
{
  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  return self->parameters != NULL ? g_hash_table_lookup (self->parameters, name) : NULL;
}

static const char *
lookup_text (GHashTable *table, const char *name)
{
  const char *value = g_hash_table_lookup (table, name);

  return value != NULL && g_utf8_validate (value, -1, NULL) ? value : NULL;
}

const char *
cr_exchange_get_query (CrExchange *self, const char *name)
{
  const char *query;

  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  if (self->query == NULL)
    {
      query = g_uri_get_query (soup_server_message_get_uri (self->message));
      self->query = soup_form_decode (query != NULL ? query : "");
    }

  return lookup_text (self->query, name);
}

/**
 * cr_exchange_count_query:
 *
 * Returns: how often the query has a parameter of this name
 */
guint
cr_exchange_count_query (CrExchange *self, const char *name)
{
  const char *query = g_uri_get_query (soup_server_message_get_uri (self->message));
  g_auto (GStrv) pairs = g_strsplit (query != NULL ? query : "", "&", -1);
  guint n = 0;

  for (guint i = 0; pairs[i] != NULL; i++)
    {
      g_autoptr (GHashTable) pair = soup_form_decode (pairs[i]);

      n += g_hash_table_contains (pair, name) ? 1 : 0;
    }

  return n;
}

static gboolean
body_is_form (CrExchange *self)
{
  const char *type = soup_message_headers_get_content_type (
      soup_server_message_get_request_headers (self->message), NULL);

  return type != NULL && g_ascii_strcasecmp (type, "application/x-www-form-urlencoded") == 0;
}

const char *
cr_exchange_get_form (CrExchange *self, const char *name)
{
  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  if (self->form == NULL)
    {
      GBytes *body = cr_exchange_get_body (self);
      g_autofree char *text = NULL;

      if (body_is_form (self) && g_bytes_get_size (body) > 0)
        text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
      self->form = soup_form_decode (text != NULL ? text : "");
    }

  return lookup_text (self->form, name);
}

const char *
cr_exchange_get_header (CrExchange *self, const char *name)
{
  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  return soup_message_headers_get_list (soup_server_message_get_request_headers (self->message),
                                        name);
}

GBytes *
cr_exchange_get_body (CrExchange *self)
{
  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  if (self->body == NULL)
    self->body = soup_message_body_flatten (soup_server_message_get_request_body (self->message));

  return self->body;
}

const char *
cr_exchange_get_request_id (CrExchange *self)
{
  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  return self->request_id;
}

/**
 * cr_exchange_is_loopback:
 *
 * Returns: whether the visitor is on this machine; not so when a proxy here speaks for another
 */
gboolean
cr_exchange_is_loopback (CrExchange *self)
{
  g_return_val_if_fail (CR_IS_EXCHANGE (self), FALSE);

  return self->is_loopback;
}

/**
 * cr_exchange_set_header:
 *
 * Before the answer. Replaces the default of `Content-Security-Policy`, `Referrer-Policy`,
 * `Cache-Control` or `X-Content-Type-Options` too. A name may be set more than once for
 * `Set-Cookie` only.
 */
void
cr_exchange_set_header (CrExchange *self, const char *name, const char *value)
{
  g_return_if_fail (CR_IS_EXCHANGE (self));
  g_return_if_fail (!self->has_begun);
  g_return_if_fail (value != NULL && strpbrk (value, "\r\n") == NULL);

  if (g_ascii_strcasecmp (name, "Set-Cookie") == 0)
    soup_message_headers_append (answer_headers (self), name, value);
  else
    soup_message_headers_replace (answer_headers (self), name, value);
}

static void
begin_answer (CrExchange *self, guint status, const char *content_type)
{
  self->has_begun = TRUE;
  if (!self->is_ahead)
    soup_server_message_set_status (self->message, status, NULL);
  add_default_headers (self);
  if (content_type != NULL)
    soup_message_headers_replace (answer_headers (self), "Content-Type", content_type);
}

void
cr_exchange_reply (CrExchange *self, guint status, const char *content_type, GBytes *body)
{
  g_return_if_fail (CR_IS_EXCHANGE (self));
  g_return_if_fail (!self->has_begun);

  begin_answer (self, status, content_type);
  self->has_ended = TRUE;
  if (body != NULL && g_bytes_get_size (body) > 0)
    soup_message_body_append_bytes (soup_server_message_get_response_body (self->message), body);
  go_on (self);
}

void
cr_exchange_reply_text (CrExchange *self, guint status, const char *content_type, const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  cr_exchange_reply (self, status, content_type, body);
}

/**
 * cr_exchange_redirect:
 *
 * Answers 303, so that the browser asks with GET and a reload does not repeat a form.
 *
 * Source: RFC 9110 §15.4.4
 */
void
cr_exchange_redirect (CrExchange *self, const char *url)
{
  cr_exchange_set_header (self, "Location", url);
  cr_exchange_reply (self, SOUP_STATUS_SEE_OTHER, NULL, NULL);
}

void
cr_exchange_begin (CrExchange *self, guint status, const char *content_type)
{
  g_return_if_fail (CR_IS_EXCHANGE (self));
  g_return_if_fail (!self->has_begun);

  begin_answer (self, status, content_type);
  soup_message_headers_set_encoding (answer_headers (self), SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (self->message), FALSE);
  go_on (self);
}

/**
 * cr_exchange_write:
 *
 * Pieces that cannot be sent yet are kept in memory.
 */
void
cr_exchange_write (CrExchange *self, GBytes *piece)
{
  g_return_if_fail (CR_IS_EXCHANGE (self));
  g_return_if_fail (self->has_begun && !self->has_ended);

  if (g_bytes_get_size (piece) == 0)
    return;

  self->n_unsent++;
  soup_message_body_append_bytes (soup_server_message_get_response_body (self->message), piece);
  go_on (self);
}

void
cr_exchange_flush_async (CrExchange *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (CR_IS_EXCHANGE (self));
  g_return_if_fail (self->flush == NULL);

  self->flush = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->flush, cr_exchange_flush_async);
  if (self->is_over || self->n_unsent == 0)
    settle_flush (self);
}

gboolean
cr_exchange_flush_finish (CrExchange *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
cr_exchange_abort (CrExchange *self)
{
  GSocket *socket;

  g_return_if_fail (CR_IS_EXCHANGE (self));
  g_return_if_fail (self->has_begun && !self->has_ended);

  self->has_ended = TRUE;
  socket = self->is_over ? NULL : soup_server_message_get_socket (self->message);
  if (socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
  go_on (self);
}

void
cr_exchange_end (CrExchange *self)
{
  g_return_if_fail (CR_IS_EXCHANGE (self));
  g_return_if_fail (self->has_begun && !self->has_ended);

  self->has_ended = TRUE;
  soup_message_body_complete (soup_server_message_get_response_body (self->message));
  go_on (self);
}

GCancellable *
cr_exchange_get_cancellable (CrExchange *self)
{
  g_return_val_if_fail (CR_IS_EXCHANGE (self), NULL);

  if (self->cancellable == NULL)
    {
      self->cancellable = g_cancellable_new ();
      start_watch (self);
    }

  return self->cancellable;
}
