/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-span.h"

#include <string.h>

#define REPLACEMENT 0xfffd

static guint
read_hex (const char *at)
{
  guint value = 0;

  for (guint i = 0; i < 4; i++)
    value = value * 16 + (guint) g_ascii_xdigit_value (at[i]);

  return value;
}

/* @at is after `\u`; moves it behind what belonged to the character. A lone surrogate and NUL are
 * no text and become U+FFFD. */
static gunichar
read_unicode (const char **at, const char *end)
{
  guint high = read_hex (*at);
  guint low;

  *at += 4;
  if (high == 0 || (high >= 0xdc00 && high <= 0xdfff))
    return REPLACEMENT;
  if (high < 0xd800 || high > 0xdbff)
    return high;
  if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
    return REPLACEMENT;

  low = read_hex (*at + 2);
  if (low < 0xdc00 || low > 0xdfff)
    return REPLACEMENT;

  *at += 6;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char
plain_escape (char letter)
{
  switch (letter)
    {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
    }
}

/**
 * cr_span_decode:
 * @into: grows by the text meant
 * @content: what is between the quotes of a string the scanner accepted
 *
 * Source: RFC 8259 §7
 */
void
cr_span_decode (GString *into, const char *content, gsize n_bytes)
{
  const char *at = content;
  const char *end = content + n_bytes;

  while (at < end)
    {
      const char *slash = memchr (at, '\\', (gsize) (end - at));

      g_string_append_len (into, at, (slash != NULL ? slash : end) - at);
      if (slash == NULL)
        return;

      at = slash + 2;
      if (slash[1] == 'u')
        g_string_append_unichar (into, read_unicode (&at, end));
      else
        g_string_append_c (into, plain_escape (slash[1]));
    }
}

/* Appends @text as the content of a JSON string, with no escape that is not needed. */
void
cr_span_escape (GString *into, const char *text, gsize n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++)
    {
      guchar c = (guchar) text[i];

      if (c == '"' || c == '\\')
        g_string_append_c (into, '\\');
      if (c < 0x20)
        g_string_append_printf (into, "\\u%04x", c);
      else
        g_string_append_c (into, (char) c);
    }
}

/* Returns: (transfer full): @text with U+FFFD for what is no UTF-8, ending at the first NUL */
char *
cr_span_valid_utf8 (const char *text, gsize n_bytes)
{
  const char *nul = n_bytes > 0 ? memchr (text, '\0', n_bytes) : NULL;

  return n_bytes > 0 ? g_utf8_make_valid (text, nul != NULL ? nul - text : (gssize) n_bytes)
                     : g_strdup ("");
}
