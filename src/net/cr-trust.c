/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-trust.h"

static GTlsCertificateFlags
verify (GTlsDatabase *database, SoupMessage *message, GTlsCertificate *certificate)
{
  GUri *uri = soup_message_get_uri (message);
  g_autoptr (GSocketConnectable) identity =
      g_network_address_new (g_uri_get_host (uri), (guint16) g_uri_get_port (uri));

  return g_tls_database_verify_chain (database, certificate,
                                      G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity, NULL,
                                      G_TLS_DATABASE_VERIFY_NONE, NULL, NULL);
}

/**
 * cr_trust_is_public:
 * @message: says which host is meant
 *
 * A CA file counts besides what this computer trusts, not in its place: a portal's own server may
 * have a private authority and its sign-in a public one.
 *
 * Returns: whether an authority of this computer vouches for @certificate (RFC 5280, RFC 6125)
 */
gboolean
cr_trust_is_public (SoupMessage *message, GTlsCertificate *certificate)
{
  g_autoptr (GTlsDatabase) database =
      g_tls_backend_get_default_database (g_tls_backend_get_default ());

  return verify (database, message, certificate) == G_TLS_CERTIFICATE_NO_FLAGS;
}

/**
 * cr_trust_has_peer:
 * @session: its authorities are those of a CA file, or of this computer
 * @message: that has a connection
 * @flags: (out): what is wrong with the certificate; set where the answer is no
 *
 * A resumed TLS session was checked when it began, perhaps against the CA file of somebody else,
 * and GLib does not check it again: so we do, once a connection.
 *
 * Returns: whether its server may be spoken to; without TLS it may
 */
gboolean
cr_trust_has_peer (SoupSession *session, SoupMessage *message, GTlsCertificateFlags *flags)
{
  static const char *const mark = "cr-trusted-by";
  GTlsCertificate *certificate = soup_message_get_tls_peer_certificate (message);
  GTlsDatabase *database;

  /* To ask a session for its authorities reads all of them, which takes a while. */
  if (g_strcmp0 (g_uri_get_scheme (soup_message_get_uri (message)), "https") != 0)
    return TRUE;

  *flags = G_TLS_CERTIFICATE_GENERIC_ERROR;
  if (certificate == NULL)
    return FALSE;
  database = soup_session_get_tls_database (session);
  if (g_object_get_data (G_OBJECT (certificate), mark) == database)
    return TRUE;

  *flags = verify (database, message, certificate);
  if (*flags != G_TLS_CERTIFICATE_NO_FLAGS && !cr_trust_is_public (message, certificate))
    return FALSE;

  g_object_set_data_full (G_OBJECT (certificate), mark, g_object_ref (database), g_object_unref);
  return TRUE;
}
