/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-source.h"

#include <gio/gio.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-said.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrClientAuth,
                    cr_client_auth,
                    G_DEFINE_ENUM_VALUE (CR_CLIENT_AUTH_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (CR_CLIENT_AUTH_BASIC, "basic"),
                    G_DEFINE_ENUM_VALUE (CR_CLIENT_AUTH_POST, "post"),
                    G_DEFINE_ENUM_VALUE (CR_CLIENT_AUTH_PRIVATE_KEY_JWT, "private-key-jwt"))

G_DEFINE_ENUM_TYPE (CrSourceStatus,
                    cr_source_status,
                    G_DEFINE_ENUM_VALUE (CR_SOURCE_WORKING, "working"),
                    G_DEFINE_ENUM_VALUE (CR_SOURCE_MOVED, "moved"),
                    G_DEFINE_ENUM_VALUE (CR_SOURCE_SUSPENDED, "suspended"),
                    G_DEFINE_ENUM_VALUE (CR_SOURCE_NOT_ENABLED, "not-enabled"),
                    G_DEFINE_ENUM_VALUE (CR_SOURCE_GONE, "gone"))

G_DEFINE_FINAL_TYPE (CrSource, cr_source, G_TYPE_OBJECT)

static void
cr_source_finalize (GObject *object)
{
  CrSource *self = CR_SOURCE (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->type);
  g_free (self->fhir_base_url);
  g_free (self->portal_url);
  g_free (self->client_id);
  g_free (self->scopes);
  g_free (self->status_reason);
  g_free (self->successor_id);
  g_free (self->publisher);
  g_free (self->published_id);
  g_free (self->published_name);
  g_free (self->brand);
  g_free (self->login);
  g_strfreev (self->aliases);
  g_free (self->city);
  g_free (self->state);
  g_free (self->npi);
  g_free (self->website);
  g_free (self->logo_url);
  g_free (self->fhir_version);
  g_free (self->parameters);
  g_free (self->ca_file);
  g_free (self->outage_code);
  g_free (self->outage_message);

  G_OBJECT_CLASS (cr_source_parent_class)->finalize (object);
}

static void
cr_source_class_init (CrSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_source_finalize;
}

static void
cr_source_init (CrSource *self)
{
}

CrSource *
cr_source_new (const char *id)
{
  CrSource *self = g_object_new (CR_TYPE_SOURCE, NULL);

  self->id = g_strdup (id);
  return self;
}

/* Returns: the day that requests count for, by the clocks of the clinic */
int
cr_source_day (gint64 now_ms)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (now_ms / 1000);

  return g_date_time_get_year (at) * 10000 + g_date_time_get_month (at) * 100 +
         g_date_time_get_day_of_month (at);
}

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);

  return g_ascii_strcasecmp (host, "localhost") == 0;
}

/* NULL when @uri may be the base of a FHIR server, else what is wrong with it. */
static const char *
fault_of_base (GUri *uri)
{
  const char *scheme = g_uri_get_scheme (uri);
  const char *host = g_uri_get_host (uri);

  if (host == NULL || host[0] == '\0')
    return CR_SAID ("The FHIR base URL has no host. Write it as the portal gives it, such as "
                    "https://fhir.example.org/r4.");
  if (g_strcmp0 (scheme, "https") != 0 && g_strcmp0 (scheme, "http") != 0)
    return CR_SAID ("The FHIR base URL must begin with https://.");
  if (g_strcmp0 (scheme, "http") == 0 && !is_loopback (host))
    return CR_SAID (
        "The FHIR base URL must begin with https://; http:// is only for this computer.");
  if (g_uri_get_userinfo (uri) != NULL)
    return CR_SAID ("The FHIR base URL must not hold a user name or password.");
  if (g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return CR_SAID ("The FHIR base URL must end before any “?” or “#”.");
  return NULL;
}

/* -1 when the scheme says it already. */
static int
port_worth_writing (GUri *uri)
{
  int usual = g_strcmp0 (g_uri_get_scheme (uri), "https") == 0 ? 443 : 80;

  return g_uri_get_port (uri) == usual ? -1 : g_uri_get_port (uri);
}

/**
 * cr_source_normal_base:
 * @url: a FHIR base URL as a person or a file writes it
 *
 * Returns: (transfer full): the one form it is stored and compared in: scheme and host in small
 *   letters, no default port, no slash at its end; %NULL with CR_ERROR_BAD_INPUT
 * Source: https://hl7.org/fhir/R4/http.html#root (“the Service Base URL”); RFC 3986 §6.2
 */
char *
cr_source_normal_base (const char *url, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (url != NULL ? url : ""));
  g_autoptr (GUri) uri =
      g_uri_parse (trimmed, G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, NULL);
  g_autofree char *host = NULL;
  g_autofree char *path = NULL;
  const char *fault = uri != NULL
                        ? fault_of_base (uri)
                        : CR_SAID ("The FHIR base URL is not a web address. Write it as the "
                                   "portal gives it, such as https://fhir.example.org/r4.");

  if (fault != NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT, fault);
      return NULL;
    }

  host = g_ascii_strdown (g_uri_get_host (uri), -1);
  path = g_strdup (g_uri_get_path (uri));
  for (gsize n = strlen (path); n > 0 && path[n - 1] == '/'; n--)
    path[n - 1] = '\0';

  return g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), NULL, host,
                     port_worth_writing (uri), path, NULL, NULL);
}

/**
 * cr_source_join:
 * @base: as cr_source_normal_base() gives it; a slash at its end does no harm
 * @path: relative, such as `metadata` or `/Patient/1`
 *
 * The one way a FHIR address is made of base and path: the whole path of the base is kept, with
 * one slash between. (RFC 3986 resolution would drop the last segment of `https://host/r4`.)
 *
 * Returns: (transfer full)
 * Source: https://hl7.org/fhir/R4/http.html#general (“[base]/[type]/[id]”)
 */
char *
cr_source_join (const char *base, const char *path)
{
  gsize n = strlen (base);

  while (n > 0 && base[n - 1] == '/')
    n--;
  while (*path == '/')
    path++;
  return g_strdup_printf ("%.*s/%s", (int) n, base, path);
}

/**
 * cr_source_secret_name:
 *
 * Returns: (transfer full): where the keyring has the client secret: the source's own, or its
 *   vendor's while the client id is the vendor's
 */
char *
cr_source_secret_name (CrSource *self)
{
  return self->uses_vendor_client ? g_strconcat ("vendor/", self->type, NULL)
                                  : g_strconcat ("source/", self->id, NULL);
}

/**
 * cr_source_status_at:
 *
 * Returns: the status, with a suspension that was to end by @now_ms over
 */
CrSourceStatus
cr_source_status_at (CrSource *self, gint64 now_ms)
{
  if (self->status == CR_SOURCE_SUSPENDED && self->suspended_until_ms > 0 &&
      self->suspended_until_ms <= now_ms)
    return CR_SOURCE_WORKING;

  return self->status;
}

/**
 * cr_source_can_be_chosen:
 *
 * Returns: whether a patient may sign in there now: the clinic is registered with it, and it
 *   neither is suspended, nor gone, nor closed to patients
 */
gboolean
cr_source_can_be_chosen (CrSource *self, gint64 now_ms)
{
  CrSourceStatus status = cr_source_status_at (self, now_ms);

  return self->client_id != NULL && self->client_id[0] != '\0' &&
         (status == CR_SOURCE_WORKING || status == CR_SOURCE_MOVED);
}

/**
 * cr_source_dup_login:
 *
 * Returns: (transfer full) (nullable): which sign-in page this is, for people to tell two sources
 *   of one name apart: the publisher's words, else the host they will see
 */
char *
cr_source_dup_login (CrSource *self)
{
  const char *url = self->portal_url != NULL ? self->portal_url : self->fhir_base_url;
  g_autoptr (GUri) uri = NULL;

  if (self->login != NULL)
    return g_strdup (self->login);

  uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL) : NULL;
  return uri != NULL ? g_strdup (g_uri_get_host (uri)) : NULL;
}

/**
 * cr_source_dup_place:
 *
 * Returns: (transfer full) (nullable): “Boston, MA”
 */
char *
cr_source_dup_place (CrSource *self)
{
  if (self->city != NULL && self->state != NULL)
    return g_strdup_printf ("%s, %s", self->city, self->state);

  return g_strdup (self->city != NULL ? self->city : self->state);
}

void
cr_vendor_client_free (CrVendorClient *self)
{
  g_free (self->type);
  g_free (self->client_id);
  g_free (self);
}
