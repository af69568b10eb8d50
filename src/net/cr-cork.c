/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-cork.h"

#include <gio/gnetworking.h>

/* Bodies that go out in a few pieces anyway. */
#define SMALL (64 * 1024)

static gboolean
is_closed (gpointer id, gpointer socket, gpointer data)
{
  return g_socket_is_closed (socket);
}

static gint64 *
id_of (SoupMessage *message)
{
  gint64 id = (gint64) soup_message_get_connection_id (message);

  return g_memdup2 (&id, sizeof id);
}

/**
 * cr_cork_notice:
 *
 * To be told of each connection that is made: messages name theirs, and do not give it.
 */
void
cr_cork_notice (SoupSession *session, SoupMessage *message, GIOStream *connection)
{
  GHashTable *sockets = g_object_get_data (G_OBJECT (session), "cr-cork");

  if (!G_IS_TCP_CONNECTION (connection))
    return;

  if (sockets == NULL)
    {
      sockets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
      g_object_set_data_full (G_OBJECT (session), "cr-cork", sockets,
                              (GDestroyNotify) g_hash_table_unref);
    }
  g_hash_table_foreach_remove (sockets, is_closed, NULL);
  g_hash_table_insert (
      sockets, id_of (message),
      g_object_ref (g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection))));
}

/**
 * cr_cork_set:
 *
 * For a message with a large body: corked before its head is written, uncorked when the body is.
 * Source: tcp(7), TCP_CORK
 */
void
cr_cork_set (SoupSession *session, SoupMessage *message, gboolean is_corked)
{
#ifdef TCP_CORK
  GHashTable *sockets = g_object_get_data (G_OBJECT (session), "cr-cork");
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  gint64 id = (gint64) soup_message_get_connection_id (message);
  GSocket *socket = sockets != NULL ? g_hash_table_lookup (sockets, &id) : NULL;

  if (socket != NULL && !g_socket_is_closed (socket) &&
      soup_message_headers_get_content_length (headers) > SMALL)
    g_socket_set_option (socket, IPPROTO_TCP, TCP_CORK, is_corked, NULL);
#endif
}
