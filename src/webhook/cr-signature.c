/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "webhook/cr-signature.h"

#include "base/cr-id.h"
#include "base/cr-secret.h"

#include <string.h>

#define PREFIX "whsec_"
/* Of 62 letters and digits, all of which base64 has too: 238 bits, which decode to 30 bytes. */
#define N_LETTERS 40

/**
 * cr_signature_secret_new:
 *
 * Returns: (transfer full): `whsec_` and forty letters and digits; free with cr_secret_free()
 *
 * Source: contract §1.2; Standard Webhooks, "Signature scheme": base64 of 24 to 64 bytes
 */
char *
cr_signature_secret_new (void)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  GString *secret = g_string_sized_new (sizeof PREFIX + N_LETTERS);

  g_string_append (secret, PREFIX);
  while (secret->len < strlen (PREFIX) + N_LETTERS)
    {
      guint8 byte;

      cr_random_bytes (&byte, 1);
      if (byte < 4 * strlen (letters)) /* each letter as likely as any other */
        g_string_append_c (secret, letters[byte % strlen (letters)]);
    }

  return g_string_free (secret, FALSE);
}

static GHmac *
start_hmac (const guint8 *key, gsize n_key, const char *before, GBytes *body)
{
  GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, key, n_key);
  gsize size;
  gconstpointer data = g_bytes_get_data (body, &size);

  g_hmac_update (hmac, (const guchar *) before, (gssize) strlen (before));
  g_hmac_update (hmac, data, (gssize) size);
  return hmac;
}

/**
 * cr_signature_of_contract:
 * @secret: the whole of it is the key, with its prefix
 * @at_s: seconds since 1970
 *
 * Returns: (transfer full): the value of `Medblocks-Signature`
 *
 * Source: contract §7.4
 */
char *
cr_signature_of_contract (const char *secret, gint64 at_s, GBytes *body)
{
  g_autofree char *before = g_strdup_printf ("%" G_GINT64_FORMAT ".", at_s);
  GHmac *hmac = start_hmac ((const guint8 *) secret, strlen (secret), before, body);
  char *value = g_strdup_printf ("t=%" G_GINT64_FORMAT ",v1=%s", at_s, g_hmac_get_string (hmac));

  g_hmac_unref (hmac);
  return value;
}

static char *
sign_standard (const char *secret, const char *before, GBytes *body)
{
  const char *tail = g_str_has_prefix (secret, PREFIX) ? secret + strlen (PREFIX) : secret;
  gsize n_key;
  guint8 *key = g_base64_decode (tail, &n_key);
  GHmac *hmac = start_hmac (key, n_key, before, body);
  guint8 digest[32];
  gsize n_digest = sizeof digest;
  g_autofree char *text = NULL;

  g_hmac_get_digest (hmac, digest, &n_digest);
  g_hmac_unref (hmac);
  memset (key, 0, n_key);
  g_free (key);
  text = g_base64_encode (digest, n_digest);
  return g_strconcat ("v1,", text, NULL);
}

/**
 * cr_signature_standard:
 * @secrets: the one in use first, then an older one that receivers may still have
 * @message_id: what `webhook-id` says
 * @at_s: what `webhook-timestamp` says
 *
 * Returns: (transfer full): the value of `webhook-signature`: one signature a secret
 *
 * Source: Standard Webhooks specification, "Signature scheme" and "Secret rotation"
 */
char *
cr_signature_standard (const char *const *secrets,
                       const char *message_id,
                       gint64 at_s,
                       GBytes *body)
{
  g_autofree char *before = g_strdup_printf ("%s.%" G_GINT64_FORMAT ".", message_id, at_s);
  g_autoptr (GStrvBuilder) signatures = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; secrets[i] != NULL; i++)
    {
      g_autofree char *signature = sign_standard (secrets[i], before, body);

      g_strv_builder_add (signatures, signature);
    }

  list = g_strv_builder_end (signatures);
  return g_strjoinv (" ", list);
}
