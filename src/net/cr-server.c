/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-server.h"

#include <gio/gunixsocketaddress.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cr-error.h"
#include "net/cr-buckets.h"
#include "net/cr-exchange-private.h"
#include "net/cr-routes.h"

#define MAX_BODY_BYTES (1024 * 1024)
#define MAX_PRIVATE_BODY_BYTES (64 * 1024 * 1024)
/* An upload this far over the cap is cut off without an answer. */
#define PATIENCE_BYTES (8 * 1024 * 1024)
#define TEXT_PLAIN "text/plain; charset=utf-8"
#define PAGES_PER_SECOND 20
#define PAGES_AT_ONCE 120
#define LOOPBACK_FACTOR 10

struct _CrServer
{
  GObject parent_instance;

  SoupServer *soup;          /* (owned) */
  GPtrArray *routes;         /* (owned): Route (owned) */
  GPtrArray *hosts;          /* (owned): allowed hosts beside the loopback names */
  CrBuckets *visitors;       /* (owned) */
  CrBuckets *local_visitors; /* (owned) */
  char *uri;                 /* (owned) (nullable) */
  guint port;
  gboolean is_private;
};

G_DEFINE_FINAL_TYPE (CrServer, cr_server, G_TYPE_OBJECT)

typedef struct
{
  char *method;
  char *pattern;
  CrRouteFace face;
  CrHandler handler;
  gpointer user_data;
} Route;

/* What the look at the headers found; kept with the message until its body is there. */
typedef struct
{
  guint refusal; /* status; 0: none */
  gboolean is_loopback;
  gsize max_bytes;
  gsize n_bytes;
} Check;

static void
route_free (gpointer data)
{
  Route *route = data;

  g_free (route->method);
  g_free (route->pattern);
  g_free (route);
}

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

static gboolean
is_loopback_name (const char *name)
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
  if (is_loopback_name (name))
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

static void
refuse (SoupServerMessage *message, Check *check, guint status)
{
  check->refusal = status;
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static void
got_chunk_cb (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  Check *check = user_data;
  GSocket *socket;

  check->n_bytes += g_bytes_get_size (chunk);
  if (check->n_bytes <= check->max_bytes)
    return;

  if (check->refusal == 0)
    refuse (message, check, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
  socket = soup_server_message_get_socket (message);
  if (check->n_bytes > check->max_bytes + PATIENCE_BYTES && socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

static void
got_headers_cb (SoupServer *soup,
                SoupServerMessage *message,
                const char *path,
                GHashTable *query,
                gpointer user_data)
{
  CrServer *self = user_data;
  SoupMessageHeaders *headers = request_headers (message);
  Check *check = g_new0 (Check, 1);
  guint refusal;

  g_object_set_data_full (G_OBJECT (message), "cr-check", check, g_free);
  check->max_bytes = self->is_private ? MAX_PRIVATE_BODY_BYTES : MAX_BODY_BYTES;
  g_signal_connect (message, "got-chunk", G_CALLBACK (got_chunk_cb), check);

  refusal = self->is_private ? check_private (message, &check->is_loopback)
                             : check_public (self, message, &check->is_loopback);
  if (refusal == 0 && soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
      (guint64) soup_message_headers_get_content_length (headers) > check->max_bytes)
    refusal = SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
  if (refusal != 0)
    refuse (message, check, refusal);
}

static const char *
refusal_text (guint status)
{
  switch (status)
    {
    case SOUP_STATUS_FORBIDDEN:
      return "This request comes from somewhere that may not send it.\n";
    case SOUP_STATUS_NOT_FOUND:
      return "There is nothing at this address.\n";
    case SOUP_STATUS_METHOD_NOT_ALLOWED:
      return "This address does not take that kind of request.\n";
    case SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE:
      return "The request is larger than 1 MiB.\n";
    case SOUP_STATUS_MISDIRECTED_REQUEST:
      return "This is not the address of this server.\n";
    case 429:
      return "Too many requests. Please try again in a moment.\n";
    default:
      return "The request cannot be answered.\n";
    }
}

static void
answer_refusal (CrExchange *exchange, guint status)
{
  cr_exchange_reply_text (exchange, status, TEXT_PLAIN, refusal_text (status));
}

static gboolean
method_fits (const char *wanted, const char *given)
{
  return strcmp (wanted, given) == 0 ||
         (strcmp (wanted, "GET") == 0 && strcmp (given, "HEAD") == 0);
}

static void
add_allowed (GString *allow, const char *method)
{
  if (strstr (allow->str, method) != NULL)
    return;

  g_string_append_printf (allow, "%s%s", allow->len > 0 ? ", " : "", method);
  if (strcmp (method, "GET") == 0)
    add_allowed (allow, "HEAD");
}

/* The route, or NULL with the methods that the path knows. */
static Route *
find_route (CrServer *self, CrExchange *exchange, GString *allow)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      Route *route = g_ptr_array_index (self->routes, i);
      GHashTable *parameters = NULL;

      if (route->face == CR_ROUTE_API && !cr_exchange_is_loopback (exchange))
        continue;
      if (!cr_route_match (route->pattern, cr_exchange_get_path (exchange), &parameters))
        continue;
      if (method_fits (route->method, cr_exchange_get_method (exchange)))
        {
          cr_exchange_set_parameters (exchange, parameters);
          return route;
        }
      g_hash_table_unref (parameters);
      add_allowed (allow, route->method);
    }

  return NULL;
}

/* Behind a proxy on this machine, visitors are told apart by what it says. */
static char *
visitor_name (SoupServerMessage *message)
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

static gboolean
may_visit (CrServer *self, SoupServerMessage *message, gboolean is_loopback)
{
  g_autofree char *visitor = visitor_name (message);

  return cr_buckets_take (is_loopback ? self->local_visitors : self->visitors, visitor,
                          g_get_monotonic_time ());
}

static void
run_route (CrServer *self, SoupServerMessage *message, CrExchange *exchange)
{
  g_autoptr (GString) allow = g_string_new (NULL);
  Route *route = find_route (self, exchange, allow);

  if (route == NULL && allow->len > 0)
    {
      cr_exchange_set_header (exchange, "Allow", allow->str);
      answer_refusal (exchange, SOUP_STATUS_METHOD_NOT_ALLOWED);
    }
  else if (route == NULL)
    answer_refusal (exchange, SOUP_STATUS_NOT_FOUND);
  else if (route->face == CR_ROUTE_PAGE && !self->is_private &&
           !may_visit (self, message, cr_exchange_is_loopback (exchange)))
    {
      cr_exchange_set_header (exchange, "Retry-After", "2");
      answer_refusal (exchange, 429);
    }
  else
    route->handler (exchange, route->user_data);
}

static void
got_request_cb (SoupServer *soup,
                SoupServerMessage *message,
                const char *path,
                GHashTable *query,
                gpointer user_data)
{
  g_autoptr (CrServer) self = g_object_ref (user_data);
  Check *check = g_object_get_data (G_OBJECT (message), "cr-check");
  g_autoptr (CrExchange) exchange = cr_exchange_new (message, check != NULL && check->is_loopback);

  if (check == NULL)
    answer_refusal (exchange, SOUP_STATUS_BAD_REQUEST);
  else if (check->refusal != 0)
    answer_refusal (exchange, check->refusal);
  else
    run_route (self, message, exchange);

  /* Whoever still holds a reference answers later; else this reference is the last one. */
  cr_exchange_wait (exchange);
}

static void
cr_server_dispose (GObject *object)
{
  CrServer *self = CR_SERVER (object);

  if (self->soup != NULL)
    cr_server_close (self);
  g_clear_object (&self->soup);

  G_OBJECT_CLASS (cr_server_parent_class)->dispose (object);
}

static void
cr_server_finalize (GObject *object)
{
  CrServer *self = CR_SERVER (object);

  g_clear_pointer (&self->routes, g_ptr_array_unref);
  g_clear_pointer (&self->hosts, g_ptr_array_unref);
  g_clear_pointer (&self->visitors, cr_buckets_free);
  g_clear_pointer (&self->local_visitors, cr_buckets_free);
  g_free (self->uri);

  G_OBJECT_CLASS (cr_server_parent_class)->finalize (object);
}

static void
cr_server_class_init (CrServerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_server_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_server_finalize;
}

static void
cr_server_init (CrServer *self)
{
  self->soup = soup_server_new ("raw-paths", TRUE, NULL);
  self->routes = g_ptr_array_new_with_free_func (route_free);
  self->hosts = g_ptr_array_new_with_free_func (g_free);
  self->visitors = cr_buckets_new (PAGES_PER_SECOND, PAGES_AT_ONCE);
  self->local_visitors =
      cr_buckets_new (PAGES_PER_SECOND * LOOPBACK_FACTOR, PAGES_AT_ONCE * LOOPBACK_FACTOR);
  soup_server_add_early_handler (self->soup, NULL, got_headers_cb, self, NULL);
  soup_server_add_handler (self->soup, NULL, got_request_cb, self, NULL);
}

/**
 * cr_server_new:
 *
 * Belongs to the thread-default main context it is made in. Answers by itself: 421 for a `Host`
 * that is not ours, 403 for a foreign `Origin` that would change something, 413, 404 (also for API
 * routes asked for from elsewhere), 405, and 429 for a visitor of pages who asks too often.
 */
CrServer *
cr_server_new (void)
{
  return g_object_new (CR_TYPE_SERVER, NULL);
}

CrServer *
cr_server_new_private (void)
{
  CrServer *self = cr_server_new ();

  self->is_private = TRUE;
  return self;
}

/**
 * cr_server_add_routes:
 * @routes: copied; of two that fit, the one added first answers
 */
void
cr_server_add_routes (CrServer *self, const CrRoute *routes, guint n_routes, gpointer user_data)
{
  g_return_if_fail (CR_IS_SERVER (self));

  for (guint i = 0; i < n_routes; i++)
    {
      Route *route = g_new0 (Route, 1);

      route->method = g_strdup (routes[i].method);
      route->pattern = g_strdup (routes[i].pattern);
      route->face = routes[i].face;
      route->handler = routes[i].handler;
      route->user_data = user_data;
      g_ptr_array_add (self->routes, route);
    }
}

static GSocketAddress *
parse_address (const char *text, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *host = NULL;
  const char *colon = strrchr (text, ':');
  GSocketAddress *address = NULL;
  guint64 port;

  if (colon != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    {
      name = g_strndup (text, (gsize) (colon - text));
      if (name[0] == '[' && g_str_has_suffix (name, "]"))
        host = g_strndup (name + 1, strlen (name) - 2);
      else
        host = g_strdup (strcmp (name, "localhost") == 0 ? "127.0.0.1" : name);
      address = g_inet_socket_address_new_from_string (host, (guint) port);
    }
  if (address == NULL)
    g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                 "%s is not an address to listen at; it should look like 127.0.0.1:8484", text);

  return address;
}

/* Takes @error. */
static GError *
translate_listen (const char *address, GError *error)
{
  GError *ours;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    ours =
        g_error_new (CR_ERROR, CR_ERROR_IN_USE, "Another program listens at %s already", address);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    ours = g_error_new (CR_ERROR, CR_ERROR_REFUSED,
                        "This account may not listen at %s; choose a port above 1023", address);
  else
    ours = g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                        "This computer cannot listen at %s; choose one of its addresses", address);

  g_error_free (error);
  return ours;
}

/* The address given stands for itself as a host, unless it means all addresses. */
static void
keep_address (CrServer *self)
{
  GSList *listeners = soup_server_get_listeners (self->soup);
  g_autoptr (GSocketAddress) address = NULL;
  GInetAddress *inet;
  g_autofree char *text = NULL;
  g_autofree char *host = NULL;

  address = g_socket_get_local_address (listeners->data, NULL);
  g_slist_free (listeners);
  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));

  if (g_inet_address_get_is_any (inet))
    text = g_strdup ("127.0.0.1");
  else
    text = g_inet_address_to_string (inet);
  host = strchr (text, ':') != NULL ? g_strdup_printf ("[%s]", text) : g_strdup (text);
  if (!is_loopback_name (host))
    cr_server_allow_host (self, host);

  g_free (self->uri);
  self->uri = g_strdup_printf ("http://%s:%u", host, self->port);
}

/**
 * cr_server_listen:
 * @error: %CR_ERROR_IN_USE, %CR_ERROR_REFUSED for a port that is not for us, %CR_ERROR_BAD_INPUT
 */
gboolean
cr_server_listen (CrServer *self, const char *address, GError **error)
{
  g_autoptr (GSocketAddress) socket_address = NULL;
  GError *foreign = NULL;

  g_return_val_if_fail (CR_IS_SERVER (self), FALSE);
  g_return_val_if_fail (!self->is_private && self->uri == NULL, FALSE);

  socket_address = parse_address (address, error);
  if (socket_address == NULL)
    return FALSE;
  if (!soup_server_listen (self->soup, socket_address, 0, &foreign))
    {
      g_propagate_error (error, translate_listen (address, foreign));
      return FALSE;
    }

  keep_address (self);
  return TRUE;
}

/**
 * cr_server_get_uri:
 *
 * Returns: (nullable): where it answers on this machine; %NULL while it does not listen
 */
const char *
cr_server_get_uri (CrServer *self)
{
  g_return_val_if_fail (CR_IS_SERVER (self), NULL);

  return self->uri;
}

void
cr_server_allow_host (CrServer *self, const char *host)
{
  g_return_if_fail (CR_IS_SERVER (self));
  g_return_if_fail (host != NULL);

  g_ptr_array_add (self->hosts, g_strdup (host));
}

/**
 * cr_server_close:
 *
 * Nothing is accepted and connections end; exchanges under way see their visitor leave.
 */
void
cr_server_close (CrServer *self)
{
  g_return_if_fail (CR_IS_SERVER (self));

  soup_server_disconnect (self->soup);
  g_clear_pointer (&self->uri, g_free);
}

/**
 * cr_server_listen_private:
 * @folder_fd: the folder, needed during the call only
 * @name: of the socket in it. One that is there already is replaced: the caller holds the lock that
 *   says no other engine uses it
 * @error: %CR_ERROR_READ_ONLY
 *
 * The socket is bound by way of the descriptor, because the kernel takes 107 bytes of path at most
 * and GLib cuts longer ones.
 */
gboolean
cr_server_listen_private (CrServer *self, int folder_fd, const char *name, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d/%s", folder_fd, name);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) foreign = NULL;
  gboolean listens;
  mode_t mask;

  g_return_val_if_fail (CR_IS_SERVER (self) && self->is_private, FALSE);
  g_return_val_if_fail (strlen (path) < 107, FALSE);

  unlinkat (folder_fd, name, 0);
  address = g_unix_socket_address_new (path);
  mask = umask (0177);
  listens = soup_server_listen (self->soup, address, 0, &foreign);
  umask (mask);
  if (!listens)
    g_set_error (error, CR_ERROR, CR_ERROR_READ_ONLY,
                 "No command socket could be made in the workspace folder (%s)", foreign->message);

  return listens;
}
