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
#include "net/cr-place.h"
#include "net/cr-routes.h"
#include "net/cr-server-private.h"

#define MAX_BODY_BYTES (1024 * 1024)
#define MAX_PRIVATE_BODY_BYTES (64 * 1024 * 1024)
/* An upload this far over the cap is cut off without an answer. */
#define PATIENCE_BYTES (8 * 1024 * 1024)
#define TEXT_PLAIN "text/plain; charset=utf-8"
#define PAGES_PER_SECOND 20
#define PAGES_AT_ONCE 120
#define LOOPBACK_FACTOR 10
#define READ_MS 30000

G_DEFINE_FINAL_TYPE (CrServer, cr_server, G_TYPE_OBJECT)

typedef struct
{
  char *method;
  char **parts; /* (owned): of its pattern */
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
  g_strfreev (route->parts);
  g_free (route);
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
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  Check *check = g_new0 (Check, 1);
  guint refusal;

  g_object_set_data_full (G_OBJECT (message), "cr-check", check, g_free);
  check->max_bytes = self->is_private ? MAX_PRIVATE_BODY_BYTES : MAX_BODY_BYTES;
  g_signal_connect (message, "got-chunk", G_CALLBACK (got_chunk_cb), check);

  refusal = cr_server_check_door (self, message, &check->is_loopback);
  if (refusal == 0)
    refusal = cr_server_check_target (message);
  if (refusal == 0 && self->is_ending)
    refusal = SOUP_STATUS_SERVICE_UNAVAILABLE;
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
    case SOUP_STATUS_SERVICE_UNAVAILABLE:
      return "Chartroom is being closed. Please try again later.\n";
    case 429:
      return "Too many requests. Please try again in a moment.\n";
    default:
      return "The request cannot be answered.\n";
    }
}

static gboolean
match (const Route *route, char **parts, GHashTable **parameters)
{
  return cr_route_match ((const char *const *) route->parts, (const char *const *) parts,
                         parameters);
}

static gboolean
is_page (CrServer *self, const char *path)
{
  g_auto (GStrv) parts = cr_route_split (path);

  for (guint i = 0; i < self->routes->len; i++)
    {
      Route *route = g_ptr_array_index (self->routes, i);
      g_autoptr (GHashTable) parameters = NULL;

      if (route->face == CR_ROUTE_PAGE && match (route, parts, &parameters))
        return TRUE;
    }
  return FALSE;
}

static gboolean
ask_refuser (CrServer *self, CrRouteFace face, CrExchange *exchange, guint status)
{
  return self->refusers[face] != NULL &&
         self->refusers[face](exchange, status, self->refuser_data[face]);
}

void
cr_server_refuse (CrServer *self, CrExchange *exchange, guint status)
{
  if (ask_refuser (self, CR_ROUTE_PAGE, exchange, status) ||
      (!is_page (self, cr_exchange_get_path (exchange)) &&
       ask_refuser (self, CR_ROUTE_API, exchange, status)))
    return;

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
  g_auto (GStrv) parts = cr_route_split (cr_exchange_get_path (exchange));

  for (guint i = 0; i < self->routes->len; i++)
    {
      Route *route = g_ptr_array_index (self->routes, i);
      GHashTable *parameters = NULL;

      if (route->face == CR_ROUTE_API && !cr_exchange_is_loopback (exchange))
        continue;
      if (!match (route, parts, &parameters))
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

static gboolean
may_visit (CrServer *self, SoupServerMessage *message, gboolean is_loopback)
{
  g_autofree char *visitor = cr_server_visitor_name (message);

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
      cr_server_refuse (self, exchange, SOUP_STATUS_METHOD_NOT_ALLOWED);
    }
  else if (route == NULL)
    cr_server_refuse (self, exchange, SOUP_STATUS_NOT_FOUND);
  else if (route->face == CR_ROUTE_PAGE && !self->is_private &&
           !may_visit (self, message, cr_exchange_is_loopback (exchange)))
    {
      cr_exchange_set_header (exchange, "Retry-After", "2");
      cr_server_refuse (self, exchange, 429);
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
    cr_server_refuse (self, exchange, SOUP_STATUS_BAD_REQUEST);
  else if (check->refusal != 0)
    cr_server_refuse (self, exchange, check->refusal);
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
  g_clear_pointer (&self->n_open, g_rc_box_release);
  g_clear_pointer (&self->handshakes, g_hash_table_unref);
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
  self->read_ms = READ_MS;
  self->n_open = g_rc_box_new0 (guint);
  self->handshakes = cr_server_new_handshakes ();
  cr_server_limit_connections (self);
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
  self->read_ms = 0;
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
      route->parts = cr_route_split (routes[i].pattern);
      route->face = routes[i].face;
      route->handler = routes[i].handler;
      route->user_data = user_data;
      g_ptr_array_add (self->routes, route);
    }
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
  if (!cr_is_loopback_name (host))
    cr_server_allow_host (self, host);

  g_free (self->uri);
  self->uri = g_strdup_printf ("%s://%s:%u", soup_server_is_https (self->soup) ? "https" : "http",
                               host, self->port);
}

/**
 * cr_server_set_certificate:
 * @certificate: with its key; from here on the server listens for https only
 *
 * TLS is 1.2 at least, see cr_first_of_all().
 */
void
cr_server_set_certificate (CrServer *self, GTlsCertificate *certificate)
{
  g_return_if_fail (CR_IS_SERVER (self));
  g_return_if_fail (self->uri == NULL);

  soup_server_set_tls_certificate (self->soup, certificate);
  self->has_certificate = TRUE;
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

  socket_address = cr_place_address (address, error);
  if (socket_address == NULL)
    return FALSE;
  if (!soup_server_listen (self->soup, socket_address,
                           self->has_certificate ? SOUP_SERVER_LISTEN_HTTPS : 0, &foreign))
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

void
cr_server_set_refuser (CrServer *self, CrRouteFace face, CrRefuser refuser, gpointer user_data)
{
  g_return_if_fail (CR_IS_SERVER (self));

  self->refusers[face] = refuser;
  self->refuser_data[face] = user_data;
}

/**
 * cr_server_set_read_deadline:
 * @ms: in which a request must have come in whole, counted from the connection; 0 means for ever.
 *   The default is 30 s, and for ever on a private socket
 */
void
cr_server_set_read_deadline (CrServer *self, guint ms)
{
  g_return_if_fail (CR_IS_SERVER (self));

  self->read_ms = ms;
}

/**
 * cr_server_let_nobody_in:
 *
 * Before closing: exchanges under way are still answered.
 */
void
cr_server_let_nobody_in (CrServer *self)
{
  g_return_if_fail (CR_IS_SERVER (self));

  self->is_ending = TRUE;
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

  cr_server_end_handshakes (self);
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
