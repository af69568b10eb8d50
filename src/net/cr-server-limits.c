/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-server-private.h"

#include "net/cr-exchange-private.h"

#include <string.h>

/* Well below what a process may have open, so that the database and the portals stay in reach. */
#define MAX_CONNECTIONS 256

typedef struct
{
  guint *n_open;              /* (owned): a box shared with the server, which may go first */
  SoupServerMessage *message; /* (unowned): this is part of it */
  GSource *deadline;          /* (owned) (nullable) */
} Stay;

static void
stop_deadline (Stay *stay)
{
  if (stay->deadline == NULL)
    return;

  g_source_destroy (stay->deadline);
  g_clear_pointer (&stay->deadline, g_source_unref);
}

static void
stay_free (gpointer data)
{
  Stay *stay = data;

  stop_deadline (stay);
  (*stay->n_open)--;
  g_rc_box_release (stay->n_open);
  g_free (stay);
}

/* libsoup sees the end of what it reads, and lets go. */
static void
hang_up (SoupServerMessage *message)
{
  GSocket *socket = soup_server_message_get_socket (message);

  if (socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

static gboolean
deadline_cb (gpointer user_data)
{
  Stay *stay = user_data;

  stop_deadline (stay);
  hang_up (stay->message);
  return G_SOURCE_REMOVE;
}

/* What libsoup cannot read it refuses by itself, and asks nobody for words; those that lie ready
 * go along. */
static void
lay_ready (CrServer *self, SoupServerMessage *message)
{
  g_autoptr (CrExchange) exchange = NULL;

  if (self->refusers[CR_ROUTE_API] == NULL || self->is_private)
    return;

  exchange = cr_exchange_new_ahead (message);
  cr_server_refuse (self, exchange, SOUP_STATUS_BAD_REQUEST);
}

static char *
raw_refusal (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_response_body (message));
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  const char *id = soup_message_headers_get_one (headers, "X-Request-Id");
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);

  if (n_bytes == 0 || type == NULL || id == NULL)
    return g_strdup ("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  return g_strdup_printf ("HTTP/1.1 400 Bad Request\r\nContent-Type: %s\r\nX-Request-Id: %s\r\n"
                          "Content-Length: %" G_GSIZE_FORMAT "\r\nConnection: close\r\n\r\n%.*s",
                          type, id, n_bytes, (int) n_bytes, text);
}

/* libsoup reads "-10" and numbers over 63 bits as a length below zero and goes on with it; nothing
 * it offers stops that but taking the connection away. */
static void
got_headers_cb (SoupServerMessage *message, gpointer user_data)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  g_autofree char *refusal = NULL;
  g_autoptr (GIOStream) stream = NULL;

  if (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH ||
      soup_message_headers_get_content_length (headers) >= 0)
    return;

  refusal = raw_refusal (message);
  stream = soup_server_message_steal_connection (message);
  if (stream == NULL)
    return;
  g_pollable_output_stream_write_nonblocking (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream)), refusal, strlen (refusal),
      NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
}

/* Comes with the connection, before anything was read of it. */
static void
request_started_cb (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  CrServer *self = user_data;
  Stay *stay = g_new0 (Stay, 1);

  stay->n_open = g_rc_box_acquire (self->n_open);
  stay->message = message;
  cr_server_hold_handshake (self, message);
  (*stay->n_open)++;
  g_object_set_data_full (G_OBJECT (message), "cr-stay", stay, stay_free);
  g_signal_connect_after (message, "got-headers", G_CALLBACK (got_headers_cb), NULL);
  if (!self->is_private && *stay->n_open > MAX_CONNECTIONS)
    {
      g_debug ("Too many connections at once; one more was not taken");
      hang_up (message);
      return;
    }
  lay_ready (self, message);
  if (self->read_ms > 0)
    {
      stay->deadline = g_timeout_source_new (self->read_ms);
      g_source_set_callback (stay->deadline, deadline_cb, stay, NULL);
      g_source_attach (stay->deadline, g_main_context_get_thread_default ());
    }
  cr_server_look_at_target (self, message); /* the last thing before libsoup reads */
}

static void
request_read_cb (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  Stay *stay = g_object_get_data (G_OBJECT (message), "cr-stay");

  if (stay != NULL)
    stop_deadline (stay);
}

void
cr_server_limit_connections (CrServer *self)
{
  g_signal_connect (self->soup, "request-started", G_CALLBACK (request_started_cb), self);
  g_signal_connect (self->soup, "request-read", G_CALLBACK (request_read_cb), self);
}
