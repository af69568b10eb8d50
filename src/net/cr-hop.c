/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-hop.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "net/cr-address.h"
#include "net/cr-pour.h"
#include "net/cr-trust.h"

#define READ_BYTES (128 * 1024)
#define FIRST_BYTES ((gsize) 8 * 1024 * 1024) /* of what is announced, allocated at once */

/* What ended a hop from our side. */
typedef enum
{
  END_NONE,
  END_CONNECT,
  END_IDLE,
  END_TOTAL,
  END_OLD_TLS,
  END_NOT_TRUSTED,
  END_TOO_LARGE,
  END_PRIVATE,
} HopEnd;

typedef struct
{
  SoupSession *session; /* (unowned): the task has it */
  SoupMessage *message; /* (owned) */
  CrHopLimits limits;
  GCancellable *inner;      /* (owned): cancelled by the caller's and by our deadlines */
  GSource *caller_gone;     /* (owned) (nullable) */
  GSource *connect;         /* (owned) (nullable): runs from the first look-up to the sending */
  GSource *idle;            /* (owned) (nullable) */
  gint64 alive_us;          /* monotonic: when something was sent or came last */
  GSource *total;           /* (owned) */
  GInputStream *stream;     /* (owned) (nullable) */
  GByteArray *body;         /* (owned) (nullable) */
  gsize n_bytes;            /* of body that hold something */
  CrRoomShare *share;       /* (owned) (nullable) */
  gsize n_announced;        /* by the server, and a little more */
  gsize n_wanted;           /* what it waits for */
  gint64 room_us;           /* monotonic: when it began to wait for room */
  GTlsCertificate *refused; /* (owned) (nullable) */
  GTlsCertificateFlags refused_flags;
  HopEnd end;
  gboolean was_sent;
} Hop;

static void
hop_free (gpointer data)
{
  Hop *hop = data;

  cr_stop_source (&hop->caller_gone);
  cr_stop_source (&hop->connect);
  cr_stop_source (&hop->idle);
  cr_stop_source (&hop->total);
  g_signal_handlers_disconnect_by_data (hop->message, hop);
  g_clear_object (&hop->message);
  g_clear_object (&hop->inner);
  g_clear_object (&hop->stream);
  g_clear_object (&hop->refused);
  g_clear_pointer (&hop->body, g_byte_array_unref);
  g_clear_pointer (&hop->share, cr_room_share_leave);
  g_free (hop);
}

static void
hop_stop (Hop *hop, HopEnd end)
{
  if (hop->end == END_NONE)
    hop->end = end;
  g_cancellable_cancel (hop->inner);
}

static GSource *
start_timer (guint ms, GSourceFunc function, Hop *hop)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, function, hop, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static gboolean
connect_over_cb (gpointer data)
{
  hop_stop (data, END_CONNECT);
  return G_SOURCE_REMOVE;
}

/* Moving a timer wakes the loop: it looks by itself, when it ends, whether it has to run on. */
static void
hop_is_alive (Hop *hop)
{
  hop->alive_us = g_get_monotonic_time ();
}

static gboolean
idle_over_cb (gpointer data)
{
  Hop *hop = data;
  gint64 left_ms = hop->limits.idle_ms - (g_get_monotonic_time () - hop->alive_us) / 1000;

  cr_stop_source (&hop->idle);
  if (left_ms > 0)
    hop->idle = start_timer ((guint) left_ms, idle_over_cb, hop);
  else
    hop_stop (hop, END_IDLE);
  return G_SOURCE_REMOVE;
}

static gboolean
total_over_cb (gpointer data)
{
  hop_stop (data, END_TOTAL);
  return G_SOURCE_REMOVE;
}

static gboolean
caller_gone_cb (GCancellable *cancellable, gpointer data)
{
  hop_stop (data, END_NONE);
  return G_SOURCE_REMOVE;
}

static gboolean
tls_is_old (GTlsProtocolVersion version)
{
  return version != G_TLS_PROTOCOL_VERSION_UNKNOWN && version < G_TLS_PROTOCOL_VERSION_TLS_1_2 &&
         version != G_TLS_PROTOCOL_VERSION_DTLS_1_2;
}

static gboolean
goes_astray (Hop *hop, GSocketAddress *address)
{
  return hop->limits.refuses_private && G_IS_INET_SOCKET_ADDRESS (address) &&
         cr_address_is_private (
             g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

/* What the name means is known only now, and may be something else the next time. */
static gboolean
connects_astray (Hop *hop, GIOStream *connection)
{
  g_autoptr (GSocketAddress) address =
      G_IS_SOCKET_CONNECTION (connection)
          ? g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (connection), NULL)
          : NULL;

  return address != NULL && goes_astray (hop, address);
}

static void
network_event_cb (SoupMessage *message,
                  GSocketClientEvent event,
                  GIOStream *connection,
                  gpointer data)
{
  Hop *hop = data;

  if (hop->connect == NULL && !hop->was_sent)
    hop->connect = start_timer (hop->limits.connect_ms, connect_over_cb, hop);

  if (event == G_SOCKET_CLIENT_CONNECTING && connects_astray (hop, connection))
    hop_stop (hop, END_PRIVATE);
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKED && G_IS_TLS_CONNECTION (connection) &&
      tls_is_old (g_tls_connection_get_protocol_version (G_TLS_CONNECTION (connection))))
    hop_stop (hop, END_OLD_TLS);
}

/* Connected, or a kept connection taken; nothing is written yet. A connection that was made for a
 * message which we then stopped may be kept too, hence the second look. */
static void
starting_cb (SoupMessage *message, gpointer data)
{
  Hop *hop = data;
  GTlsCertificateFlags flags;

  cr_stop_source (&hop->connect);
  if (goes_astray (hop, soup_message_get_remote_address (message)))
    {
      hop_stop (hop, END_PRIVATE);
      return;
    }
  if (tls_is_old (soup_message_get_tls_protocol_version (message)))
    {
      hop_stop (hop, END_OLD_TLS);
      return;
    }
  if (!cr_trust_has_peer (hop->session, message, &flags))
    {
      g_set_object (&hop->refused, soup_message_get_tls_peer_certificate (message));
      hop->refused_flags = flags;
      hop_stop (hop, END_NOT_TRUSTED);
      return;
    }

  hop->was_sent = TRUE;
  cr_pour_widely ();
  hop_is_alive (hop);
  if (hop->idle == NULL)
    hop->idle = start_timer (hop->limits.idle_ms, idle_over_cb, hop);
}

static void
wrote_data_cb (SoupMessage *message, guint n_bytes, gpointer data)
{
  hop_is_alive (data);
}

static void
got_headers_cb (SoupMessage *message, gpointer data)
{
  Hop *hop = data;
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  hop_is_alive (hop);
  if (hop->limits.cut_bytes == 0 && soup_message_get_method (message) != SOUP_METHOD_HEAD &&
      soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
      (guint64) soup_message_headers_get_content_length (headers) > hop->limits.max_bytes)
    hop_stop (hop, END_TOO_LARGE);
}

static gboolean
accept_certificate_cb (SoupMessage *message,
                       GTlsCertificate *certificate,
                       GTlsCertificateFlags flags,
                       gpointer data)
{
  Hop *hop = data;

  if (cr_trust_is_public (message, certificate))
    return TRUE;

  g_set_object (&hop->refused, certificate);
  hop->refused_flags = flags;
  return FALSE;
}

static char *
date_words (GDateTime *date)
{
  return date != NULL ? cr_said_day (date) : g_strdup (CR_SAID ("a date unknown"));
}

static char *
certificate_words (GTlsCertificate *certificate, GTlsCertificateFlags flags)
{
  g_autoptr (GDateTime) after = NULL;
  g_autoptr (GDateTime) before = NULL;
  g_autofree char *date = NULL;

  if (flags & G_TLS_CERTIFICATE_EXPIRED)
    {
      after = g_tls_certificate_get_not_valid_after (certificate);
      date = date_words (after);
      return g_strdup_printf (CR_SAID ("has expired on %s"), date);
    }
  if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    {
      before = g_tls_certificate_get_not_valid_before (certificate);
      date = date_words (before);
      return g_strdup_printf (CR_SAID ("is not valid before %s; check this computer's clock"),
                              date);
    }
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return g_strdup (CR_SAID ("is for another host name"));
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return g_strdup (CR_SAID ("is signed by an unknown authority"));
  if (flags & G_TLS_CERTIFICATE_REVOKED)
    return g_strdup (CR_SAID ("has been revoked"));
  if (flags & G_TLS_CERTIFICATE_INSECURE)
    return g_strdup (CR_SAID ("is signed in a way that is not secure any more"));

  return g_strdup (CR_SAID ("is not trusted"));
}

static GError *
our_end_error (Hop *hop, const char *host)
{
  g_autofree char *words = NULL;

  switch (hop->end)
    {
    case END_CONNECT:
      return g_error_new (CR_ERROR, CR_ERROR_OFFLINE, "%s could not be reached in time", host);
    case END_IDLE:
      return g_error_new (CR_ERROR, CR_ERROR_OFFLINE, "%s stopped answering", host);
    case END_TOTAL:
      return g_error_new (CR_ERROR, CR_ERROR_OFFLINE, "%s took too long to answer", host);
    case END_OLD_TLS:
      return g_error_new (CR_ERROR, CR_ERROR_REFUSED,
                          "%s offers only outdated encryption; it must offer TLS 1.2 or newer",
                          host);
    case END_NOT_TRUSTED:
      words = hop->refused != NULL ? certificate_words (hop->refused, hop->refused_flags)
                                   : g_strdup (CR_SAID ("is not trusted"));
      return g_error_new (CR_ERROR, CR_ERROR_CERTIFICATE, "The certificate of %s %s", host, words);
    case END_TOO_LARGE:
      return g_error_new (CR_ERROR, CR_ERROR_TOO_LARGE, "The answer of %s is larger than %zu bytes",
                          host, hop->limits.max_bytes);
    case END_PRIVATE:
      return g_error_new (
          CR_ERROR, CR_ERROR_REFUSED,
          "%s is on this computer or the local network, which is not allowed for it", host);
    case END_NONE:
    default:
      return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled");
    }
}

static GError *
tls_error (Hop *hop, const char *host, const GError *error)
{
  g_autofree char *words = NULL;

  if (hop->refused != NULL)
    {
      words = certificate_words (hop->refused, hop->refused_flags);
      return g_error_new (CR_ERROR, CR_ERROR_CERTIFICATE, "The certificate of %s %s", host, words);
    }
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED))
    return g_error_new (CR_ERROR, CR_ERROR_REFUSED, "%s asks for a client certificate", host);
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_EOF))
    return g_error_new (CR_ERROR, CR_ERROR_OFFLINE, "%s closed the connection", host);
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_NOT_TLS))
    return g_error_new (CR_ERROR, CR_ERROR_BAD_REPLY, "%s does not offer encryption at this port",
                        host);

  return g_error_new (CR_ERROR, CR_ERROR_REFUSED,
                      "No encryption that both accept was found with %s; it must offer TLS 1.2 or "
                      "newer",
                      host);
}

static GError *
network_error (const char *host, const GError *error)
{
  if (error->domain == G_RESOLVER_ERROR)
    return g_error_new (CR_ERROR, CR_ERROR_OFFLINE, "The name %s is not known to the network",
                        host);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return g_error_new (CR_ERROR, CR_ERROR_OFFLINE, "%s refused the connection", host);
  if (error->domain == SOUP_SESSION_ERROR ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    return g_error_new (CR_ERROR, CR_ERROR_BAD_REPLY, "%s answered something that is not HTTP",
                        host);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE))
    return g_error_new (CR_ERROR, CR_ERROR_OFFLINE, "%s could not be reached", host);

  return g_error_new (CR_ERROR, CR_ERROR_OFFLINE, "The connection to %s broke", host);
}

/* Takes @error. The one place that knows libsoup's and GIO's errors. */
static GError *
translate (Hop *hop, GError *error)
{
  const char *host = g_uri_get_host (soup_message_get_uri (hop->message));
  GError *ours;

  if (hop->end != END_NONE || cr_error_is_cancelled (error))
    ours = our_end_error (hop, host);
  else if (error->domain == G_TLS_ERROR)
    ours = tls_error (hop, host, error);
  else
    ours = network_error (host, error);

  g_error_free (error);
  return ours;
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_input_stream_close_finish (G_INPUT_STREAM (source), result, NULL);
}

/* Dropping a half-read stream would close it with a blocking read of the rest. */
static void
hop_close (Hop *hop)
{
  cr_stop_source (&hop->idle);
  cr_stop_source (&hop->total);
  cr_stop_source (&hop->caller_gone);
  if (hop->stream == NULL)
    return;

  g_input_stream_close_async (hop->stream, G_PRIORITY_DEFAULT, hop->inner, closed_cb, NULL);
  g_clear_object (&hop->stream);
}

/* Takes @error. */
static void
hop_fail (GTask *task, GError *error)
{
  Hop *hop = g_task_get_task_data (task);

  error = translate (hop, error);
  g_cancellable_cancel (hop->inner);
  hop_close (hop);
  g_task_return_error (task, error);
}

/* Takes @body. Refusals may be kept for long, and are small. */
static GBytes *
hold (Hop *hop, GBytes *body)
{
  guint status = soup_message_get_status (hop->message);

  if (hop->share == NULL || status < 200 || status > 299)
    return body;

  return cr_room_share_hold (g_steal_pointer (&hop->share), body);
}

static void
hop_done (GTask *task)
{
  Hop *hop = g_task_get_task_data (task);

  hop_close (hop);
  g_byte_array_set_size (hop->body, (guint) hop->n_bytes);
  g_task_return_pointer (task,
                         hold (hop, g_byte_array_free_to_bytes (g_steal_pointer (&hop->body))),
                         (GDestroyNotify) g_bytes_unref);
}

/* libsoup takes a body that ends before its announced length for whole, where the server has said
 * that it will close. What was compressed is measured otherwise. */
static gboolean
is_cut_short (Hop *hop)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (hop->message);
  guint status = soup_message_get_status (hop->message);

  return soup_message_get_method (hop->message) != SOUP_METHOD_HEAD &&
         status != SOUP_STATUS_NO_CONTENT && status != SOUP_STATUS_NOT_MODIFIED &&
         soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         soup_message_headers_get_one (headers, "Content-Encoding") == NULL &&
         (goffset) hop->n_bytes < soup_message_headers_get_content_length (headers);
}

static void grow (GTask *task, gsize n_bytes);
static void read_more (GTask *task);

static void
got_piece_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Hop *hop = g_task_get_task_data (task);
  GError *error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n < 0)
    {
      hop_fail (task, error);
      return;
    }

  hop_is_alive (hop);
  hop->n_bytes += (gsize) n;
  if (hop->limits.cut_bytes > 0 && hop->n_bytes >= hop->limits.cut_bytes)
    {
      hop->n_bytes = hop->limits.cut_bytes;
      g_cancellable_cancel (hop->inner);
      hop_done (task);
      return;
    }
  if (hop->n_bytes > hop->limits.max_bytes)
    {
      hop_stop (hop, END_TOO_LARGE);
      hop_fail (task, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Too large"));
    }
  else if (n > 0)
    read_more (g_steal_pointer (&task));
  else if (is_cut_short (hop))
    hop_fail (task, g_error_new (G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "Cut short"));
  else
    hop_done (task);
}

/* Takes @task. Reads straight into the end of the body. */
static void
read_more (GTask *task)
{
  Hop *hop = g_task_get_task_data (task);
  gsize room = hop->body->len - hop->n_bytes;

  if (room < READ_BYTES / 4)
    {
      gsize n_bytes = hop->n_bytes + MAX (READ_BYTES, hop->n_bytes);

      if (hop->n_bytes + READ_BYTES / 4 <= hop->n_announced)
        n_bytes = MIN (n_bytes, hop->n_announced);
      grow (task, n_bytes);
      return;
    }

  g_input_stream_read_async (hop->stream, hop->body->data + hop->n_bytes, MIN (room, READ_BYTES),
                             G_PRIORITY_DEFAULT, hop->inner, got_piece_cb, task);
}

/* What waits for room is no server that stopped answering. */
static void
pause_deadlines (Hop *hop)
{
  hop->room_us = g_get_monotonic_time ();
  if (hop->idle != NULL)
    g_source_set_ready_time (hop->idle, -1);
}

static void
resume_deadlines (Hop *hop)
{
  gint64 waited_us = g_get_monotonic_time () - hop->room_us;

  hop_is_alive (hop);
  if (hop->idle != NULL)
    g_source_set_ready_time (hop->idle, hop->alive_us + (gint64) hop->limits.idle_ms * 1000);
  if (!g_source_is_destroyed (hop->total))
    g_source_set_ready_time (hop->total, g_source_get_ready_time (hop->total) + waited_us);
}

static void
got_room_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Hop *hop = g_task_get_task_data (task);
  GError *error = NULL;

  resume_deadlines (hop);
  if (!cr_room_share_grow_finish (result, &error))
    {
      hop_fail (task, error);
      return;
    }

  g_byte_array_set_size (hop->body, (guint) hop->n_wanted);
  read_more (g_steal_pointer (&task));
}

/* Takes @task. Goes on once the body has room for @n_bytes. */
static void
grow (GTask *task, gsize n_bytes)
{
  Hop *hop = g_task_get_task_data (task);
  gsize n_held = MAX (n_bytes, hop->n_announced);

  hop->n_wanted = n_bytes;
  if (hop->share != NULL && !cr_room_share_try (hop->share, n_held))
    {
      pause_deadlines (hop);
      cr_room_share_grow_async (hop->share, n_held, hop->inner, got_room_cb, task);
      return;
    }

  g_byte_array_set_size (hop->body, (guint) n_bytes);
  read_more (task);
}

/* Some room beyond the end, where the read that finds the end goes. */
static gsize
announced_size (Hop *hop)
{
  goffset length =
      soup_message_headers_get_content_length (soup_message_get_response_headers (hop->message));

  return (gsize) CLAMP (length, 0, (goffset) hop->limits.max_bytes) + READ_BYTES / 4;
}

static void
got_stream_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Hop *hop = g_task_get_task_data (task);
  GError *error = NULL;

  cr_stop_source (&hop->connect);
  hop->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (hop->stream == NULL)
    {
      hop_fail (task, error);
      return;
    }

  hop_is_alive (hop);
  hop->body = g_byte_array_new ();
  hop->n_announced = announced_size (hop);
  if (hop->limits.room != NULL)
    hop->share = cr_room_enter (hop->limits.room);
  grow (g_steal_pointer (&task), MIN (hop->n_announced, FIRST_BYTES));
}

static void
watch_message (Hop *hop)
{
  g_signal_connect (hop->message, "network-event", G_CALLBACK (network_event_cb), hop);
  g_signal_connect (hop->message, "starting", G_CALLBACK (starting_cb), hop);
  g_signal_connect (hop->message, "wrote-body-data", G_CALLBACK (wrote_data_cb), hop);
  g_signal_connect (hop->message, "got-headers", G_CALLBACK (got_headers_cb), hop);
  g_signal_connect (hop->message, "accept-certificate", G_CALLBACK (accept_certificate_cb), hop);
}

static void
watch_caller (Hop *hop, GCancellable *cancellable)
{
  if (cancellable == NULL)
    return;

  hop->caller_gone = g_cancellable_source_new (cancellable);
  g_source_set_callback (hop->caller_gone, G_SOURCE_FUNC (caller_gone_cb), hop, NULL);
  g_source_attach (hop->caller_gone, g_main_context_get_thread_default ());
}

void
cr_stop_source (GSource **source)
{
  if (*source == NULL)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
cr_hop_send_async (SoupSession *session,
                   SoupMessage *message,
                   const CrHopLimits *limits,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  GTask *task = g_task_new (session, cancellable, callback, user_data);
  Hop *hop = g_new0 (Hop, 1);
  gint64 left_us = limits->end_us - g_get_monotonic_time ();

  hop->session = session;
  hop->message = g_object_ref (message);
  hop->limits = *limits;
  hop->inner = g_cancellable_new ();
  hop->total = start_timer ((guint) MAX (left_us / 1000, 0), total_over_cb, hop);
  g_task_set_source_tag (task, cr_hop_send_async);
  g_task_set_task_data (task, hop, hop_free);
  watch_message (hop);
  watch_caller (hop, cancellable);

  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, hop->inner, got_stream_cb, task);
}

GBytes *
cr_hop_send_finish (GAsyncResult *result, gboolean *was_sent, GError **error)
{
  Hop *hop = g_task_get_task_data (G_TASK (result));

  *was_sent = hop->was_sent;
  return g_task_propagate_pointer (G_TASK (result), error);
}
