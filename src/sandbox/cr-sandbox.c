/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "sandbox/cr-description.h"
#include "sandbox/cr-request-log.h"
#include "sandbox/cr-sandbox-bucket.h"
#include "sandbox/cr-sandbox-container.h"
#include "sandbox/cr-sandbox-portal.h"
#include "sandbox/cr-sandbox-reader.h"
#include "sandbox/cr-sandbox-writer.h"
#include "sandbox/cr-shelf.h"
#include "sandbox/cr-visit.h"

#define DEFAULT_SEED 1
#define DEFAULT_PATIENTS 12
#define MAX_PATIENTS 100000

struct _CrSandbox
{
  GObject parent_instance;

  CrHouse house;                /* its people, faults, … are owned here */
  SoupServer *server;           /* (owned) (nullable) */
  CrRequestLog *log;            /* (owned) */
  char *state_dir;              /* (owned) */
  char *uri;                    /* (owned) (nullable): while listening */
  GTlsCertificate *certificate; /* (owned) (nullable): it speaks TLS */
  CrClock clock;
  guint port; /* of the last start, 0 at the first */
};

G_DEFINE_FINAL_TYPE (CrSandbox, cr_sandbox, G_TYPE_OBJECT)

/* An answer that is held back. */
typedef struct
{
  SoupServer *server;         /* (owned) */
  SoupServerMessage *message; /* (owned) */
} Held;

static gboolean
release_held_cb (gpointer user_data)
{
  Held *held = user_data;

  soup_server_message_unpause (held->message);
  g_object_unref (held->message);
  g_object_unref (held->server);
  g_free (held);
  return G_SOURCE_REMOVE;
}

static void
hold_back (SoupServer *server, SoupServerMessage *message, guint delay_ms)
{
  GSource *source = g_timeout_source_new (delay_ms);
  Held *held = g_new0 (Held, 1);

  held->server = g_object_ref (server);
  held->message = g_object_ref (message);
  soup_server_message_pause (message);
  g_source_set_callback (source, release_held_cb, held, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);
}

/* A page of another site must not reach this server by a name it controls. */
static gboolean
is_host_allowed (CrVisit *x)
{
  const char *header = cr_visit_header (x, "Host");
  g_autofree char *host = g_strdup (header != NULL ? header : "");
  char *colon = strrchr (host, ':');

  if (colon != NULL && strchr (colon, ']') == NULL)
    *colon = '\0';
  return strcmp (host, "127.0.0.1") == 0 || g_ascii_strcasecmp (host, "localhost") == 0 ||
         strcmp (host, "[::1]") == 0;
}

static void
answer_faults (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  const char *name = cr_visit_segment (x, 2);
  g_autoptr (GBytes) body = cr_visit_body (x);
  g_autoptr (JsonObject) parameters = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *answer;

  if (cr_visit_is (x, "GET"))
    {
      answer = json_object_new ();
      json_object_set_array_member (answer, "faults", cr_faults_list (faults));
      cr_visit_answer_json (x, 200, answer);
      return;
    }

  if (cr_visit_is (x, "DELETE") && (name[0] == '\0' || cr_faults_exists (name)))
    {
      cr_faults_clear (faults, name[0] != '\0' ? name : NULL);
      cr_visit_answer_text (x, 204, "text/plain", "");
      return;
    }

  if (g_bytes_get_size (body) > 0)
    parameters = cr_json_parse (g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body),
                                "The body", &error);
  if (error != NULL)
    cr_visit_outcome (x, 400, "structure", error->message);
  else if (!cr_visit_is (x, "PUT"))
    cr_visit_not_allowed (x, "GET, PUT, DELETE");
  else if (!cr_faults_set (faults, name, parameters, &error))
    cr_visit_outcome (x, 404, "not-found", error->message);
  else
    cr_visit_answer_text (x, 204, "text/plain", "");
}

static void
answer_control (CrSandbox *self, CrVisit *x)
{
  const char *name = cr_visit_segment (x, 1);

  if (name[0] == '\0' && cr_visit_is (x, "GET"))
    cr_description_answer (x);
  else if (strcmp (name, "faults") == 0)
    answer_faults (x);
  else if (strcmp (name, "dest") == 0 && strcmp (cr_visit_segment (x, 2), "summary") == 0)
    cr_sandbox_writer_answer_summary (x);
  else if (strcmp (name, "client") == 0)
    cr_sandbox_portal_answer_client (x);
  else if (strcmp (name, "log") == 0)
    cr_request_log_answer (self->log, x);
  else
    cr_visit_outcome (x, 404, "not-found", "There is nothing at this address");
}

static void
route (CrSandbox *self, CrVisit *x)
{
  const char *first = cr_visit_segment (x, 0);
  const char *second = cr_visit_segment (x, 1);

  if (!is_host_allowed (x))
    cr_visit_answer_text (x, 421, "text/plain", "This server answers to loopback names only.\n");
  else if (strcmp (first, "portal") == 0 && strcmp (second, "fhir") == 0)
    cr_sandbox_reader_handle (x);
  else if (strcmp (first, "portal") == 0)
    cr_sandbox_portal_handle (x);
  else if (strcmp (first, "dest") == 0 && strcmp (second, "token") == 0 && cr_visit_is (x, "POST"))
    cr_sandbox_writer_answer_token (x);
  else if (g_str_has_prefix (first, "dest") && strcmp (second, "fhir") == 0)
    cr_sandbox_writer_handle (x);
  else if (strcmp (first, "s3") == 0)
    cr_sandbox_bucket_handle (x);
  else if (strcmp (first, "azure") == 0)
    cr_sandbox_container_handle (x);
  else if (strcmp (first, "_sandbox") == 0)
    answer_control (self, x);
  else
    cr_visit_outcome (x, 404, "not-found", "There is nothing at this address");
}

static void
tell_time (CrSandbox *self, CrVisit *x)
{
  gint64 ahead_s = cr_faults_int (self->house.faults, "clock", "seconds", 3600);
  g_autoptr (GDateTime) date = NULL;
  g_autofree char *text = NULL;

  if (!cr_faults_is_on (self->house.faults, "clock", NULL))
    return;

  date = g_date_time_new_from_unix_utc (self->clock () / 1000 + ahead_s);
  text = soup_date_time_to_string (date, SOUP_DATE_HTTP);
  cr_visit_set_header (x, "Date", text);
}

static void
request_cb (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  CrSandbox *self = user_data;
  g_autoptr (SoupServerMessage) kept = g_object_ref (message);
  g_autoptr (CrVisit) x = cr_visit_new (&self->house, message, self->clock ());

  route (self, x);
  tell_time (self, x);
  if (x->delay_ms > 0)
    hold_back (server, message, x->delay_ms);
  cr_request_log_add (self->log, x);
}

static void
cr_sandbox_finalize (GObject *object)
{
  CrSandbox *self = CR_SANDBOX (object);

  cr_sandbox_close (self);
  g_clear_pointer (&self->house.bucket, cr_sandbox_bucket_free);
  g_clear_pointer (&self->house.shelf, cr_shelf_free);
  g_clear_pointer (&self->house.portal, cr_sandbox_portal_free);
  g_clear_pointer (&self->house.faults, cr_faults_free);
  g_clear_pointer (&self->house.people, cr_people_free);
  g_clear_pointer (&self->log, cr_request_log_free);
  g_clear_object (&self->certificate);
  g_free (self->state_dir);

  G_OBJECT_CLASS (cr_sandbox_parent_class)->finalize (object);
}

static void
cr_sandbox_class_init (CrSandboxClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_sandbox_finalize;
}

static void
cr_sandbox_init (CrSandbox *self)
{
  self->log = cr_request_log_new ();
}

static JsonObject *
load_settings (const char *path)
{
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (path, &text, &length, NULL)
           ? cr_json_parse (text, (gssize) length, "The sandbox's state", NULL)
           : NULL;
}

static gboolean
save_settings (CrSandbox *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->state_dir, "sandbox.json", NULL);
  g_autoptr (JsonObject) settings = json_object_new ();
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, self->house.seed);
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;

  json_object_set_string_member (settings, "seed", seed);
  json_object_set_int_member (settings, "patients", cr_people_count (self->house.people));
  json_object_set_int_member (settings, "port", self->port);
  text = cr_json_object_to_text (settings, TRUE);
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local))
    return TRUE;

  g_set_error (error, CR_ERROR,
               g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? CR_ERROR_NO_SPACE
                                                                         : CR_ERROR_READ_ONLY,
               "The sandbox cannot write its state: choose another folder with --state");
  return FALSE;
}

/**
 * cr_sandbox_new:
 * @options: a state folder and a clock at least
 * @error: %CR_ERROR_READ_ONLY if the folder cannot be written
 *
 * Loads the state of the folder, or makes it. A seed or a number of patients other than the state's
 * win over it.
 *
 * Returns: (transfer full): a sandbox that does not listen yet
 */
CrSandbox *
cr_sandbox_new (const CrSandboxOptions *options, GError **error)
{
  g_autoptr (CrSandbox) self = g_object_new (CR_TYPE_SANDBOX, NULL);
  g_autofree char *path = g_build_filename (options->state_dir, "sandbox.json", NULL);
  g_autofree char *faults = g_build_filename (options->state_dir, "faults.json", NULL);
  g_autofree char *bucket = g_build_filename (options->state_dir, CR_SANDBOX_BUCKET_NAME, NULL);
  g_autofree char *shelf = g_build_filename (options->state_dir, "destination.log", NULL);
  g_autofree char *portal = g_build_filename (options->state_dir, "portal.json", NULL);
  g_autoptr (JsonObject) settings = load_settings (path);
  const char *seed = cr_json_string (settings, "seed");
  gint64 n_patients = DEFAULT_PATIENTS, port = 0;

  g_return_val_if_fail (options->clock != NULL, NULL);

  self->clock = options->clock;
  g_set_object (&self->certificate, options->certificate);
  self->state_dir = g_strdup (options->state_dir);
  if (g_mkdir_with_parents (self->state_dir, 0700) != 0)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_READ_ONLY,
                   "The sandbox cannot make its folder (%s): choose another with --state",
                   g_strerror (errno));
      return NULL;
    }

  cr_json_int (settings, "patients", &n_patients);
  cr_json_int (settings, "port", &port);
  if (options->n_patients > 0)
    n_patients = options->n_patients;
  self->port = (guint) CLAMP (port, 0, 65535);
  self->house.seed = options->seed != 0 ? options->seed
                   : seed != NULL       ? g_ascii_strtoull (seed, NULL, 10)
                                        : DEFAULT_SEED;
  self->house.people =
      cr_people_new (self->house.seed, (guint) CLAMP (n_patients, 1, MAX_PATIENTS));
  self->house.faults = cr_faults_new (faults);
  self->house.portal = cr_sandbox_portal_new (portal, self->house.seed);
  self->house.bucket = cr_sandbox_bucket_new (bucket);
  self->house.shelf = cr_shelf_new (shelf, error);
  if (self->house.shelf == NULL || !save_settings (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

static gboolean
try_listen (CrSandbox *self, GInetAddress *address, guint port, GError **error)
{
  g_autoptr (GSocketAddress) socket = g_inet_socket_address_new (address, (guint16) port);

  return soup_server_listen (self->server, socket,
                             self->certificate != NULL ? SOUP_SERVER_LISTEN_HTTPS : 0, error);
}

static GInetAddress *
parse_address (const char *text, guint *port, GError **error)
{
  const char *colon = text != NULL ? strrchr (text, ':') : NULL;
  g_autofree char *host = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : NULL;
  g_autoptr (GInetAddress) address = NULL;
  guint64 number;

  if (host != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, &number, NULL))
    {
      gsize length = strlen (host);

      if (host[0] == '[' && host[length - 1] == ']')
        {
          memmove (host, host + 1, length - 2);
          host[length - 2] = '\0';
        }
      address =
          g_inet_address_new_from_string (strcmp (host, "localhost") == 0 ? "127.0.0.1" : host);
    }
  if (address == NULL || !g_inet_address_get_is_loopback (address))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "The sandbox listens on loopback only: give an address such as 127.0.0.1:8585");
      return NULL;
    }

  *port = (guint) number;
  return g_steal_pointer (&address);
}

/* libsoup before 3.3 keeps a connection that its client closed between two requests, with its
 * descriptor. The portal speaks keep-alive all the same, as portals do, and this makes it last. */
static void
allow_many_connections (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;

  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

/**
 * cr_sandbox_listen:
 * @address: "127.0.0.1:8585"; port 0 takes the port of the last start, or any
 * @error: %CR_ERROR_BAD_INPUT if it is not a loopback address, %CR_ERROR_CONFLICT if it is taken
 *
 * Serves on the thread-default main context.
 */
gboolean
cr_sandbox_listen (CrSandbox *self, const char *address, GError **error)
{
  g_autoptr (GInetAddress) inet = NULL;
  g_autoptr (GError) local = NULL;
  guint port = 0;
  g_autoslist (GUri) uris = NULL;

  g_return_val_if_fail (CR_IS_SANDBOX (self) && self->server == NULL, FALSE);

  inet = parse_address (address, &port, error);
  if (inet == NULL)
    return FALSE;

  allow_many_connections ();
  self->server = soup_server_new ("server-header", "Chartroom-Sandbox", NULL);
  soup_server_set_tls_certificate (self->server, self->certificate);
  soup_server_add_handler (self->server, NULL, request_cb, self, NULL);
  if (!try_listen (self, inet, port != 0 ? port : self->port, &local) &&
      (port != 0 || self->port == 0 || !try_listen (self, inet, 0, NULL)))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT,
                   "The sandbox cannot listen on %s (%s): choose another port with --listen",
                   address, local->message);
      g_clear_object (&self->server);
      return FALSE;
    }

  uris = soup_server_get_uris (self->server);
  self->port = (guint) g_uri_get_port (uris->data);
  self->uri = g_strdup_printf (
      "%s://%s:%u", self->certificate != NULL ? "https" : "http",
      g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6 ? "[::1]" : "127.0.0.1", self->port);
  self->house.uri = self->uri;
  return save_settings (self, error);
}

/* Returns: (nullable): "http://127.0.0.1:PORT", https with a certificate, while listening */
const char *
cr_sandbox_get_uri (CrSandbox *self)
{
  g_return_val_if_fail (CR_IS_SANDBOX (self), NULL);

  return self->uri;
}

void
cr_sandbox_close (CrSandbox *self)
{
  g_return_if_fail (CR_IS_SANDBOX (self));

  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_pointer (&self->uri, g_free);
  self->house.uri = NULL;
}
