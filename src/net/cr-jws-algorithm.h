/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

G_BEGIN_DECLS

/* A signature algorithm of JSON Web Algorithms (RFC 7518 §3). `none` and those with a shared secret
 * are not among them. */
typedef struct
{
  const char *name;
  const char *key_type; /* `kty` */
  const char *curve;    /* (nullable): `crv` */
  gnutls_sign_algorithm_t sign;
  gnutls_ecc_curve_t ecc_curve;
  gsize n_coordinate; /* bytes of r, s, x and y; 0 for RSA */
} CrJwsAlgorithm;

/* Returns: (nullable) */
const CrJwsAlgorithm *cr_jws_algorithm_find (const char *name);
/* A signature as JWS has it, from the DER that GnuTLS makes, and back; RSA's stay as they are.
 * Returns: (nullable): NULL when it cannot be one. */
GBytes *cr_jws_algorithm_pack (const CrJwsAlgorithm *self, const gnutls_datum_t *der);
GBytes *cr_jws_algorithm_unpack (const CrJwsAlgorithm *self, const guint8 *data, gsize n_bytes);

G_END_DECLS
