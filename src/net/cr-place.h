/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where a server answers, as a person chose it. */
typedef struct
{
  const char *listen;     /* `127.0.0.1:8484`; port 0 picks one */
  const char *public_url; /* (nullable): how browsers come to it; NULL: by the address */
  const char *tls_cert;   /* (nullable): file of PEM certificates, the server's own first */
  const char *tls_key;    /* (nullable): file of its PEM key */
} CrPlace;

GSocketAddress *cr_place_address (const char *listen, GError **error);
gboolean cr_place_check (const CrPlace *place, GError **error);
gboolean cr_place_check_url (const char *public_url, GError **error);
/* (nullable): without an error when the place has no certificate. */
GTlsCertificate *cr_place_read_certificate (const CrPlace *place, gint64 now_ms, GError **error);

G_END_DECLS
