/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/cr-id.h"
#include "base/cr-json.h"
#include "sandbox/cr-sandbox-portal.h"
#include "sandbox/cr-sandbox-text.h"

#define KEY_BITS 2048
#define LIFETIME_S 600

/* The key is made when it is first needed, which takes a moment, and kept. */
static gnutls_privkey_t
load_key (CrVisit *x)
{
  const char *path = cr_sandbox_portal_key_path (x->house->portal);
  gnutls_x509_privkey_t made;
  gnutls_privkey_t key;
  g_autofree char *pem = NULL;
  gnutls_datum_t text = { NULL, 0 };
  gsize length = 0;

  gnutls_privkey_init (&key);
  if (g_file_get_contents (path, &pem, &length, NULL))
    {
      text.data = (unsigned char *) pem;
      text.size = (unsigned int) length;
      if (gnutls_privkey_import_x509_raw (key, &text, GNUTLS_X509_FMT_PEM, NULL, 0) == 0)
        return key;
    }

  gnutls_x509_privkey_init (&made);
  if (gnutls_x509_privkey_generate (made, GNUTLS_PK_RSA, KEY_BITS, 0) != 0 ||
      gnutls_x509_privkey_export2 (made, GNUTLS_X509_FMT_PEM, &text) != 0)
    {
      gnutls_x509_privkey_deinit (made);
      gnutls_privkey_deinit (key);
      return NULL;
    }

  g_file_set_contents_full (path, (const char *) text.data, (gssize) text.size,
                            G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
  gnutls_free (text.data);
  gnutls_privkey_import_x509 (key, made, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);
  return key;
}

static gboolean
is_wrong (CrVisit *x, const char *how)
{
  return cr_faults_is_on (x->house->faults, "id-token", NULL) &&
         g_strcmp0 (cr_faults_string (x->house->faults, "id-token", "how", ""), how) == 0;
}

static char *
make_claims (CrVisit *x,
             const CrPerson *person,
             const char *client,
             const char *nonce,
             gboolean named)
{
  const char *uri = x->house->uri;
  const char *issuer = is_wrong (x, "issuer") ? "http://127.0.0.2:9" : uri;
  int at_s = (int) (x->now_ms / 1000) - (is_wrong (x, "expired") ? 2 * LIFETIME_S : 0);
  GString *claims = g_string_new (NULL);

  cr_sandbox_text_add (claims, "{'iss':'%s/portal/fhir','sub':%q,'aud':%q,'iat':%d,'exp':%d",
                       issuer, person->username, is_wrong (x, "audience") ? "another-app" : client,
                       at_s, at_s + LIFETIME_S);
  if (nonce != NULL)
    cr_sandbox_text_add (claims, ",'nonce':%q", is_wrong (x, "nonce") ? "another" : nonce);
  if (named)
    cr_sandbox_text_add (claims, ",'fhirUser':'%s/portal/fhir/Patient/%s'",
                         is_wrong (x, "user") ? "http://127.0.0.2:9" : uri, person->portal_id);
  g_string_append_c (claims, '}');
  return g_string_free (claims, FALSE);
}

static char *
make_unsigned (const char *claims)
{
  static const char header[] = "{\"alg\":\"none\",\"typ\":\"JWT\"}";
  g_autofree char *first = cr_base64url_encode ((const guint8 *) header, strlen (header));

  return g_strconcat (first, ".", claims, ".", NULL);
}

/**
 * cr_sandbox_portal_make_id_token:
 * @nonce: (nullable): of the authorization request
 * @named: whether it says which Patient they are
 *
 * Returns: (transfer full) (nullable): a JWT signed with RS256
 * Source: OpenID Connect Core 1.0 §2; SMART App Launch 2.2, scopes for requesting identity data
 */
char *
cr_sandbox_portal_make_id_token (CrVisit *x,
                                 const CrPerson *person,
                                 const char *client,
                                 const char *nonce,
                                 gboolean named)
{
  static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"sandbox\"}";
  g_autofree char *claims = make_claims (x, person, client, nonce, named);
  g_autofree char *first = cr_base64url_encode ((const guint8 *) header, strlen (header));
  g_autofree char *second = cr_base64url_encode ((const guint8 *) claims, strlen (claims));
  g_autofree char *both = g_strconcat (first, ".", second, NULL);
  g_autofree char *third = NULL;
  gnutls_datum_t text = { (unsigned char *) both, (unsigned int) strlen (both) };
  gnutls_datum_t signature = { NULL, 0 };
  gnutls_privkey_t key = load_key (x);

  if (key != NULL &&
      gnutls_privkey_sign_data2 (key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &signature) == 0)
    {
      signature.data[9] ^= is_wrong (x, "signature") ? 1 : 0;
      third = cr_base64url_encode (signature.data, signature.size);
    }
  g_clear_pointer (&key, gnutls_privkey_deinit);
  gnutls_free (signature.data);
  if (is_wrong (x, "none"))
    return make_unsigned (second);

  return third != NULL ? g_strconcat (both, ".", third, NULL) : NULL;
}

/* Source: RFC 7517 */
void
cr_sandbox_portal_answer_keys (CrVisit *x)
{
  gnutls_privkey_t key = load_key (x);
  gnutls_datum_t n = { NULL, 0 }, e = { NULL, 0 };
  g_autofree char *modulus = NULL, *exponent = NULL;
  GString *out = g_string_new (NULL);

  if (cr_faults_take (x->house->faults, "keys-status", NULL))
    {
      g_clear_pointer (&key, gnutls_privkey_deinit);
      g_string_free (out, TRUE);
      cr_visit_answer_text (x,
                            (guint) cr_faults_int (x->house->faults, "keys-status", "status", 503),
                            "text/plain", "No keys\n");
      return;
    }
  if (key != NULL && gnutls_privkey_export_rsa_raw2 (key, &n, &e, NULL, NULL, NULL, NULL, NULL,
                                                     NULL, GNUTLS_EXPORT_FLAG_NO_LZ) == 0)
    {
      modulus = cr_base64url_encode (n.data, n.size);
      exponent = cr_base64url_encode (e.data, e.size);
    }
  g_clear_pointer (&key, gnutls_privkey_deinit);
  gnutls_free (n.data);
  gnutls_free (e.data);

  cr_sandbox_text_add (out,
                       "{'keys':[{'kty':'RSA','use':'sig','alg':'RS256','kid':'sandbox','n':%q,"
                       "'e':%q}]}",
                       modulus != NULL ? modulus : "", exponent != NULL ? exponent : "");
  cr_visit_answer_string (x, 200, CR_TYPE_TEXT_JSON, out);
}
