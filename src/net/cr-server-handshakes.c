/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-server-private.h"

/* libsoup 3.6 gives its connection to the callback of the TLS handshake without a reference, so
 * that a server that is closed in the meantime leaves a callback behind that reads what was freed.
 * A message holds its connection, so the first message of each is held until the handshake is over.
 * (soup-server-connection.c, tls_connection_handshake_ready_cb ()) */

#define GRACE_S 5

static void
over_cb (SoupServerMessage *message, gpointer user_data)
{
  CrServer *self = user_data;

  g_signal_handlers_disconnect_by_func (message, over_cb, self);
  g_hash_table_remove (self->handshakes, message);
}

/* Before anything was read of @message. */
void
cr_server_hold_handshake (CrServer *self, SoupServerMessage *message)
{
  if (!self->has_certificate)
    return;

  g_hash_table_add (self->handshakes, g_object_ref (message));
  g_signal_connect (message, "connected", G_CALLBACK (over_cb), self);
  g_signal_connect (message, "disconnected", G_CALLBACK (over_cb), self);
}

static gboolean
let_go_cb (gpointer messages)
{
  return G_SOURCE_REMOVE;
}

/* Handshakes under way end at once, which also keeps libsoup from waiting for them, and their
 * messages stay for a while after the server. */
void
cr_server_end_handshakes (CrServer *self)
{
  g_autoptr (GSource) grace = NULL;
  GHashTableIter iter;
  gpointer message;

  g_hash_table_iter_init (&iter, self->handshakes);
  while (g_hash_table_iter_next (&iter, &message, NULL))
    {
      GSocket *socket = soup_server_message_get_socket (message);

      g_signal_handlers_disconnect_by_func (message, over_cb, self);
      if (socket != NULL)
        g_socket_shutdown (socket, TRUE, TRUE, NULL);
    }
  if (g_hash_table_size (self->handshakes) == 0)
    return;

  grace = g_timeout_source_new_seconds (GRACE_S);
  g_source_set_callback (grace, let_go_cb, self->handshakes, (GDestroyNotify) g_hash_table_unref);
  g_source_attach (grace, g_main_context_get_thread_default ());
  self->handshakes = cr_server_new_handshakes ();
}

GHashTable *
cr_server_new_handshakes (void)
{
  return g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
}
