/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-server-private.h"

#include <string.h>
#include <unistd.h>

static SoupMessageHeaders *
request_headers (SoupServerMessage *message)
{
  return soup_server_message_get_request_headers (message);
}

static gboolean
peer_is_loopback (SoupServerMessage *message)
{
  GSocketAddress *address = soup_server_message_get_remote_address (message);

  return G_IS_INET_SOCKET_ADDRESS (address) &&
         g_inet_address_get_is_loopback (
             g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

/* Splits `name:port`, `[::1]:port` or `name`; FALSE for what is neither. */
static gboolean
split_host (const char *text, char **name, guint *port)
{
  const char *end = text[0] == '[' ? strchr (text, ']') : NULL;
  const char *colon = strchr (end != NULL ? end : text, ':');
  guint64 number = 0;

  if (*text == '\0' || strpbrk (text, " ,/@\\?#") != NULL || (text[0] == '[' && end == NULL))
    return FALSE;
  if (colon != NULL && !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;

  *name = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
  *port = (guint) number;
  return TRUE;
}

gboolean
cr_is_loopback_name (const char *name)
{
  return g_ascii_strcasecmp (name, "localhost") == 0 || strcmp (name, "127.0.0.1") == 0 ||
         strcmp (name, "[::1]") == 0;
}

/* @text is allowed when it is one of the names of this machine with our port, or one that
 * cr_server_allow_host () named, with any port of a proxy in front. */
static gboolean
host_is_allowed (CrServer *self, const char *text, gboolean *is_local)
{
  g_autofree char *name = NULL;
  guint port;

  *is_local = FALSE;
  if (!split_host (text, &name, &port))
    return FALSE;
  if (cr_is_loopback_name (name))
    {
      *is_local = TRUE;
      return port == self->port || (port == 0 && self->port == 80);
    }

  for (guint i = 0; i < self->hosts->len; i++)
    {
      const char *host = g_ptr_array_index (self->hosts, i);

      if (g_ascii_strcasecmp (host, text) == 0 ||
          (g_ascii_strcasecmp (host, name) == 0 && port == self->port))
        return TRUE;
    }

  return FALSE;
}

static gboolean
is_state_changing (const char *method)
{
  return strcmp (method, "GET") != 0 && strcmp (method, "HEAD") != 0 &&
         strcmp (method, "OPTIONS") != 0;
}

/* Browsers name the page that sends a form. Another site's, and `null`, may not change anything. */
static gboolean
origin_is_allowed (CrServer *self, SoupServerMessage *message)
{
  const char *origin = soup_message_headers_get_list (request_headers (message), "Origin");
  const char *host;
  gboolean is_local;

  if (origin == NULL || !is_state_changing (soup_server_message_get_method (message)))
    return TRUE;
  if (g_str_has_prefix (origin, "https://"))
    host = origin + strlen ("https://");
  else if (g_str_has_prefix (origin, "http://"))
    host = origin + strlen ("http://");
  else
    return FALSE;

  return host_is_allowed (self, host, &is_local);
}

static gboolean
is_forwarded (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = request_headers (message);

  return soup_message_headers_get_list (headers, "X-Forwarded-For") != NULL ||
         soup_message_headers_get_list (headers, "Forwarded") != NULL ||
         soup_message_headers_get_list (headers, "X-Real-IP") != NULL;
}

static guint
check_public (CrServer *self, SoupServerMessage *message, gboolean *is_loopback)
{
  const char *host = soup_message_headers_get_list (request_headers (message), "Host");
  gboolean is_local = FALSE;

  if (host == NULL || !host_is_allowed (self, host, &is_local))
    return SOUP_STATUS_MISDIRECTED_REQUEST;

  *is_loopback = is_local && peer_is_loopback (message) && !is_forwarded (message);
  return origin_is_allowed (self, message) ? 0 : SOUP_STATUS_FORBIDDEN;
}

static guint
check_private (SoupServerMessage *message, gboolean *is_loopback)
{
  GSocket *socket = soup_server_message_get_socket (message);
  g_autoptr (GCredentials) peer = socket != NULL ? g_socket_get_credentials (socket, NULL) : NULL;

  if (peer == NULL || g_credentials_get_unix_user (peer, NULL) != geteuid ())
    return SOUP_STATUS_FORBIDDEN;

  *is_loopback = TRUE;
  return 0;
}

guint
cr_server_check_door (CrServer *self, SoupServerMessage *message, gboolean *is_loopback)
{
  return self->is_private ? check_private (message, is_loopback)
                          : check_public (self, message, is_loopback);
}

/* Behind a proxy on this machine, visitors are told apart by what it says. */
char *
cr_server_visitor_name (SoupServerMessage *message)
{
  const char *forwarded =
      soup_message_headers_get_list (request_headers (message), "X-Forwarded-For");
  const char *remote = soup_server_message_get_remote_host (message);
  const char *last = NULL;

  if (forwarded != NULL && peer_is_loopback (message))
    {
      last = strrchr (forwarded, ',');
      last = last != NULL ? last + 1 : forwarded;
    }

  return g_strstrip (g_strndup (last != NULL ? last : remote != NULL ? remote : "", 64));
}
