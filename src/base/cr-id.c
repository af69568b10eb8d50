/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-id.h"

#include <string.h>
#include <sys/random.h>

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * cr_random_bytes:
 * @buffer: (out caller-allocates): filled from the kernel's generator
 * @n_bytes: its size
 *
 * Fit for tokens and nonces. Does not fail: without randomness nothing here may go on.
 */
void
cr_random_bytes (guint8 *buffer, gsize n_bytes)
{
  gsize done = 0;

  while (done < n_bytes)
    {
      gssize n = getrandom (buffer + done, n_bytes - done, 0);

      if (n < 0)
        continue;
      done += (gsize) n;
    }
}

/**
 * cr_id_new:
 * @prefix: such as `"ps_"`
 * @now_ms: wall clock, milliseconds since 1970
 *
 * Returns: (transfer full): @prefix and a ULID of 26 characters, which sorts by time
 * Source: the ULID specification: 48 bits of time, 80 random bits, Crockford's base 32
 */
char *
cr_id_new (const char *prefix, gint64 now_ms)
{
  GString *id = g_string_new (prefix);
  guint8 random[10];
  guint64 time = (guint64) now_ms;
  guint64 high = 0, low = 0;

  cr_random_bytes (random, sizeof random);
  for (guint i = 0; i < 5; i++)
    {
      high = high << 8 | random[i];
      low = low << 8 | random[i + 5];
    }

  for (int shift = 45; shift >= 0; shift -= 5)
    g_string_append_c (id, crockford[(time >> shift) & 31]);
  for (int shift = 35; shift >= 0; shift -= 5)
    g_string_append_c (id, crockford[(high >> shift) & 31]);
  for (int shift = 35; shift >= 0; shift -= 5)
    g_string_append_c (id, crockford[(low >> shift) & 31]);

  return g_string_free (id, FALSE);
}

gboolean
cr_id_has_prefix (const char *id, const char *prefix)
{
  return id != NULL && g_str_has_prefix (id, prefix) && id[strlen (prefix)] != '\0';
}

char *
cr_random_hex (gsize n_bytes)
{
  g_autofree guint8 *bytes = g_malloc (n_bytes);
  GString *hex = g_string_sized_new (n_bytes * 2);

  cr_random_bytes (bytes, n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);

  return g_string_free (hex, FALSE);
}

char *
cr_random_base64url (gsize n_bytes)
{
  g_autofree guint8 *bytes = g_malloc (n_bytes);

  cr_random_bytes (bytes, n_bytes);
  return cr_base64url_encode (bytes, n_bytes);
}

/**
 * cr_base64url_encode:
 *
 * Returns: (transfer full): base64url without padding
 * Source: RFC 4648 §5; RFC 7636 appendix A
 */
char *
cr_base64url_encode (const guint8 *data, gsize n_bytes)
{
  char *text = g_base64_encode (data, n_bytes);

  for (char *p = text; *p != '\0'; p++)
    switch (*p)
      {
      case '+':
        *p = '-';
        break;
      case '/':
        *p = '_';
        break;
      case '=':
        *p = '\0';
        return text;
      default:
        break;
      }

  return text;
}

/**
 * cr_base64url_decode:
 * @text: base64url, padded or not
 * @n_bytes: (out): size of the result
 *
 * Returns: (transfer full) (nullable): the bytes, or %NULL if @text is not base64url: another
 *   character, or a length that no bytes have
 * Source: RFC 4648 §5
 */
guint8 *
cr_base64url_decode (const char *text, gsize *n_bytes)
{
  g_autoptr (GString) plain = g_string_new (NULL);
  const char *p = text;

  for (; *p != '\0' && *p != '='; p++)
    {
      if (!g_ascii_isalnum (*p) && *p != '-' && *p != '_')
        return NULL;
      g_string_append_c (plain, *p == '-' ? '+' : *p == '_' ? '/' : *p);
    }
  if (plain->len % 4 == 1 || strspn (p, "=") != strlen (p))
    return NULL;

  while (plain->len % 4 != 0)
    g_string_append_c (plain, '=');
  return g_base64_decode (plain->str, n_bytes);
}
