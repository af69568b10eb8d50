/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-cursor.h"

#include "base/cr-id.h"

#include <string.h>

/* Cursors say where to go on, hold nothing that names a patient, and are good for the list and the
 * filters they were made for. */

#define CHECK_BYTES 6
#define HEAD_BYTES (CHECK_BYTES + 8)
#define PLACE_CHARS 12
#define SEQUENCE_CHARS 7
#define HOUR_CHARS 3
#define HOUR_MS ((gint64) 60 * 60 * 1000)
#define VALID_HOURS (7 * 24)
#define EPOCH_MS G_GINT64_CONSTANT (1767225600000) /* 2026-01-01 */

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void
make_check (const char *scope, gint64 number, const char *key, guint8 *check, gsize n_check)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_digest = sizeof digest;

  g_checksum_update (checksum, (const guchar *) scope, (gssize) strlen (scope) + 1);
  g_checksum_update (checksum, (const guchar *) &number, sizeof number);
  g_checksum_update (checksum, (const guchar *) key, (gssize) strlen (key));
  g_checksum_get_digest (checksum, digest, &n_digest);
  memcpy (check, digest, n_check);
}

char *
cr_api_cursor_new (const char *scope, gint64 at_ms, const char *key)
{
  gsize n_key = strlen (key);
  g_autofree guint8 *bytes = g_malloc (HEAD_BYTES + n_key);
  gint64 big = GINT64_TO_BE (at_ms);

  make_check (scope, at_ms, key, bytes, CHECK_BYTES);
  memcpy (bytes + CHECK_BYTES, &big, sizeof big);
  memcpy (bytes + HEAD_BYTES, key, n_key);
  return cr_base64url_encode (bytes, HEAD_BYTES + n_key);
}

gboolean
cr_api_cursor_read (const char *cursor, const char *scope, gint64 *at_ms, char **key)
{
  gsize n_bytes = 0;
  g_autofree guint8 *bytes = cr_base64url_decode (cursor, &n_bytes);
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;
  guint8 check[CHECK_BYTES];
  gint64 big;

  if (bytes == NULL || n_bytes <= HEAD_BYTES)
    return FALSE;
  again = cr_base64url_encode (bytes, n_bytes);
  if (strcmp (again, cursor) != 0)
    return FALSE;

  memcpy (&big, bytes + CHECK_BYTES, sizeof big);
  text = g_strndup ((const char *) bytes + HEAD_BYTES, n_bytes - HEAD_BYTES);
  make_check (scope, GINT64_FROM_BE (big), text, check, CHECK_BYTES);
  if (memcmp (check, bytes, CHECK_BYTES) != 0 || strlen (text) != n_bytes - HEAD_BYTES)
    return FALSE;

  *at_ms = GINT64_FROM_BE (big);
  *key = g_steal_pointer (&text);
  return TRUE;
}

static void
write_number (char *to, guint n_chars, guint64 number)
{
  for (guint i = n_chars; i > 0; i--)
    {
      to[i - 1] = digits[number % 62];
      number /= 62;
    }
}

static gboolean
read_number (const char *from, guint n_chars, guint64 *number)
{
  *number = 0;
  for (guint i = 0; i < n_chars; i++)
    {
      const char *digit = from[i] != '\0' ? strchr (digits, from[i]) : NULL;

      if (digit == NULL)
        return FALSE;
      *number = *number * 62 + (guint64) (digit - digits);
    }
  return TRUE;
}

static void
write_place (char *place, const char *scope, guint64 sequence, guint64 hour)
{
  guint8 check[2];

  make_check (scope, (gint64) (sequence * 1000000 + hour), "place", check, sizeof check);
  write_number (place, SEQUENCE_CHARS, sequence);
  write_number (place + SEQUENCE_CHARS, HOUR_CHARS, hour);
  write_number (place + SEQUENCE_CHARS + HOUR_CHARS, PLACE_CHARS - SEQUENCE_CHARS - HOUR_CHARS,
                (guint64) (check[0] << 8 | check[1]) % (62 * 62));
  place[PLACE_CHARS] = '\0';
}

/**
 * cr_api_place_new:
 *
 * Returns: (transfer full): a cursor among records: 12 letters and digits, good for seven days
 */
char *
cr_api_place_new (const char *scope, gint64 sequence, gint64 now_ms)
{
  char place[PLACE_CHARS + 1];

  write_place (place, scope, (guint64) sequence, (guint64) MAX (now_ms - EPOCH_MS, 0) / HOUR_MS);
  return g_strdup (place);
}

gboolean
cr_api_place_read (const char *place, const char *scope, gint64 now_ms, gint64 *sequence)
{
  char again[PLACE_CHARS + 1];
  guint64 number, hour;

  if (strlen (place) != PLACE_CHARS || !read_number (place, SEQUENCE_CHARS, &number) ||
      !read_number (place + SEQUENCE_CHARS, HOUR_CHARS, &hour))
    return FALSE;

  write_place (again, scope, number, hour);
  if (strcmp (place, again) != 0 || EPOCH_MS + (gint64) (hour + VALID_HOURS + 1) * HOUR_MS < now_ms)
    return FALSE;

  *sequence = (gint64) number;
  return TRUE;
}
