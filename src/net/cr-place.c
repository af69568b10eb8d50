/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-place.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

static gboolean
refuse (GError **error, char *words)
{
  g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT, words);
  g_free (words);
  return FALSE;
}

/* Returns: (nullable) with CR_ERROR_BAD_INPUT */
GSocketAddress *
cr_place_address (const char *listen, GError **error)
{
  const char *colon = strrchr (listen, ':');
  GSocketAddress *address = NULL;
  guint64 port;

  if (colon != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    {
      g_autofree char *name = g_strndup (listen, (gsize) (colon - listen));
      g_autofree char *host = NULL;

      if (name[0] == '[' && g_str_has_suffix (name, "]"))
        host = g_strndup (name + 1, strlen (name) - 2);
      else
        host = g_strdup (strcmp (name, "localhost") == 0 ? "127.0.0.1" : name);
      address = g_inet_socket_address_new_from_string (host, (guint) port);
    }
  if (address == NULL)
    refuse (error,
            g_strdup_printf (
                CR_SAID ("%s is not an address to listen at; it should look like 127.0.0.1:8484"),
                listen));

  return address;
}

static gboolean
is_loopback_host (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_ascii_strcasecmp (host, "localhost") == 0 ||
         (address != NULL && g_inet_address_get_is_loopback (address));
}

/**
 * cr_place_check_url:
 * @public_url: how browsers come to the pages
 *
 * Whoever has a session's address can use it, so it goes over the network by https only.
 */
gboolean
cr_place_check_url (const char *public_url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (public_url, G_URI_FLAGS_ENCODED, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || host[0] == '\0' || g_uri_get_userinfo (uri) != NULL ||
      g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL ||
      (strcmp (scheme, "https") != 0 && strcmp (scheme, "http") != 0))
    return refuse (error,
                   g_strdup (CR_SAID ("The address of the patient pages (public-url) is not a web "
                                      "address; it should look like https://records.example.org")));
  if (strcmp (scheme, "http") == 0 && !is_loopback_host (host))
    return refuse (
        error, g_strdup_printf (
                   CR_SAID ("The address of the patient pages (public-url) begins with http://, so "
                            "anybody on the way to %s could read what patients send. It must begin "
                            "with https://"),
                   host));

  return TRUE;
}

/**
 * cr_place_check:
 *
 * Plain http stays on this computer: elsewhere a certificate is needed, or a web server of this
 * computer in front.
 *
 * Returns: %FALSE with CR_ERROR_BAD_INPUT, which says what would happen and what to do
 */
gboolean
cr_place_check (const CrPlace *place, GError **error)
{
  g_autoptr (GSocketAddress) address = cr_place_address (place->listen, error);
  gboolean has_tls = place->tls_cert != NULL && place->tls_key != NULL;
  GInetAddress *inet;

  if (address == NULL ||
      (place->public_url != NULL && !cr_place_check_url (place->public_url, error)))
    return FALSE;
  if ((place->tls_cert != NULL) != (place->tls_key != NULL))
    return refuse (
        error, g_strdup (CR_SAID ("A certificate and its key go together: give both tls-cert and "
                                  "tls-key, or neither")));

  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  if (!has_tls && !g_inet_address_get_is_loopback (inet))
    return refuse (error,
                   g_strdup_printf (
                       CR_SAID ("Other computers reach %s, and without a certificate anybody on "
                                "the way could read what patients send there. Give tls-cert and "
                                "tls-key, or keep 127.0.0.1 and let a web server on this computer "
                                "take https and pass it on, with its address in --public-url"),
                       place->listen));
  if (place->public_url == NULL && g_inet_address_get_is_any (inet))
    return refuse (error, g_strdup_printf ("%s means every address of this computer: say in "
                                           "public-url by which one patients come, such as "
                                           "https://records.example.org",
                                           place->listen));
  if (has_tls && place->public_url != NULL && g_str_has_prefix (place->public_url, "http:"))
    return refuse (error, g_strdup ("With a certificate the patient pages answer to https only: "
                                    "public-url must begin with https://"));

  return TRUE;
}

/* Certificates --------------------------------------------------------------------------------- */

typedef struct
{
  gnutls_certificate_credentials_t credentials;
  gnutls_x509_crt_t *list;
  unsigned n;
} Pair;

static void
pair_clear (Pair *pair)
{
  for (unsigned i = 0; i < pair->n; i++)
    gnutls_x509_crt_deinit (pair->list[i]);
  gnutls_free (pair->list);
  if (pair->credentials != NULL)
    gnutls_certificate_free_credentials (pair->credentials);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static gboolean
read_file (const char *path, const char *what, GBytes **bytes, GError **error)
{
  g_autoptr (GError) foreign = NULL;
  char *text;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &foreign))
    return refuse (error,
                   g_strdup_printf (CR_SAID ("The %s file %s cannot be read: %s"), what, path,
                                    g_strerror (foreign->code == G_FILE_ERROR_ACCES   ? EACCES
                                                : foreign->code == G_FILE_ERROR_NOENT ? ENOENT
                                                                                      : EIO)));

  *bytes = g_bytes_new_take (text, length);
  return TRUE;
}

static gnutls_datum_t
datum_of (GBytes *bytes)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);

  return (gnutls_datum_t){ (void *) data, (unsigned) size };
}

static gboolean
check_dates (gnutls_x509_crt_t certificate, const char *path, gint64 now_ms, GError **error)
{
  gint64 now_s = now_ms / 1000;
  gint64 from_s = gnutls_x509_crt_get_activation_time (certificate);
  gint64 until_s = gnutls_x509_crt_get_expiration_time (certificate);
  gboolean is_early = now_s < from_s;
  g_autoptr (GDateTime) day = g_date_time_new_from_unix_utc (is_early ? from_s : until_s);
  g_autofree char *text = NULL;

  if (!is_early && now_s < until_s)
    return TRUE;

  text = cr_said_day (day);
  return refuse (
      error, g_strdup_printf (is_early ? CR_SAID ("The certificate %s is not valid before %s")
                                       : CR_SAID ("The certificate %s has expired on %s: browsers "
                                                  "would warn patients. Renew it"),
                              path, text));
}

static gboolean
read_pair (Pair *pair, const CrPlace *place, GBytes *cert, GBytes *key, GError **error)
{
  gnutls_datum_t cert_datum = datum_of (cert);
  gnutls_datum_t key_datum = datum_of (key);
  int code =
      gnutls_x509_crt_list_import2 (&pair->list, &pair->n, &cert_datum, GNUTLS_X509_FMT_PEM, 0);

  if (code < 0 || pair->n == 0)
    return refuse (error, g_strdup_printf (CR_SAID ("The file %s holds no certificate in PEM form"),
                                           place->tls_cert));

  gnutls_certificate_allocate_credentials (&pair->credentials);
  code = gnutls_certificate_set_x509_key_mem2 (pair->credentials, &cert_datum, &key_datum,
                                               GNUTLS_X509_FMT_PEM, NULL, 0);
  if (code >= 0)
    return TRUE;
  if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
    return refuse (error,
                   g_strdup_printf (CR_SAID ("The key %s belongs to another certificate than %s"),
                                    place->tls_key, place->tls_cert));
  if (code == GNUTLS_E_DECRYPTION_FAILED)
    return refuse (
        error, g_strdup_printf (CR_SAID ("The key %s is locked with a passphrase: Chartroom needs "
                                         "it without one"),
                                place->tls_key));

  return refuse (
      error, g_strdup_printf (CR_SAID ("The file %s holds no key in PEM form"), place->tls_key));
}

static void
warn_of_name (gnutls_x509_crt_t certificate, const CrPlace *place)
{
  g_autoptr (GUri) uri =
      place->public_url != NULL ? g_uri_parse (place->public_url, G_URI_FLAGS_ENCODED, NULL) : NULL;

  if (uri != NULL && !gnutls_x509_crt_check_hostname (certificate, g_uri_get_host (uri)))
    g_message ("The certificate is not for the host of public-url: browsers that come here "
               "directly will warn patients.");
}

/**
 * cr_place_read_certificate:
 *
 * Returns: (transfer full) (nullable): %NULL without an error when there is none; with
 *   CR_ERROR_BAD_INPUT when it cannot be used: unreadable, not PEM, expired, not valid yet, a key
 *   that is locked or belongs to another certificate
 */
GTlsCertificate *
cr_place_read_certificate (const CrPlace *place, gint64 now_ms, GError **error)
{
  g_autoptr (GBytes) cert = NULL;
  g_autoptr (GBytes) key = NULL;
  g_autoptr (GError) foreign = NULL;
  g_auto (Pair) pair = { 0 };
  GTlsCertificate *certificate;

  if (place->tls_cert == NULL || place->tls_key == NULL)
    return NULL;
  if (!read_file (place->tls_cert, "certificate", &cert, error) ||
      !read_file (place->tls_key, "key", &key, error) ||
      !read_pair (&pair, place, cert, key, error) ||
      !check_dates (pair.list[0], place->tls_cert, now_ms, error))
    return NULL;

  warn_of_name (pair.list[0], place);
  certificate = g_tls_certificate_new_from_files (place->tls_cert, place->tls_key, &foreign);
  if (certificate == NULL)
    refuse (error, g_strdup_printf (CR_SAID ("The certificate %s cannot be used: %s"),
                                    place->tls_cert, foreign->message));

  return certificate;
}
