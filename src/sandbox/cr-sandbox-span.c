/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-span.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 200

static const char *scan_value (const char *p, const char *end, guint depth);

static const char *
scan_space (const char *p, const char *end)
{
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    p++;

  return p;
}

/* Every scanner answers where its value ends, or NULL where it is not JSON (RFC 8259). */
static const char *
scan_string (const char *p, const char *end)
{
  for (p++; p < end; p++)
    {
      if (*p == '"')
        return p + 1;
      if ((guchar) *p < 0x20)
        return NULL;
      if (*p != '\\')
        continue;
      if (++p >= end)
        return NULL;
      if (*p == 'u')
        {
          for (guint i = 1; i <= 4; i++)
            if (p + i >= end || !g_ascii_isxdigit (p[i]))
              return NULL;
          p += 4;
        }
      else if (strchr ("\"\\/bfnrt", *p) == NULL)
        return NULL;
    }

  return NULL;
}

static const char *
scan_digits (const char *p, const char *end)
{
  if (p == NULL || p >= end || !g_ascii_isdigit (*p))
    return NULL;
  while (p < end && g_ascii_isdigit (*p))
    p++;

  return p;
}

static const char *
scan_number (const char *p, const char *end)
{
  if (*p == '-')
    p++;
  if (p < end && *p == '0')
    p++;
  else
    p = scan_digits (p, end);
  if (p != NULL && p < end && *p == '.')
    p = scan_digits (p + 1, end);
  if (p != NULL && p < end && (*p == 'e' || *p == 'E'))
    {
      p++;
      if (p < end && (*p == '+' || *p == '-'))
        p++;
      p = scan_digits (p, end);
    }

  return p;
}

static const char *
scan_container (const char *p, const char *end, guint depth)
{
  char close = *p == '{' ? '}' : ']';

  p = scan_space (p + 1, end);
  if (p < end && *p == close)
    return p + 1;

  while (p != NULL && p < end)
    {
      if (close == '}')
        {
          p = p < end && *p == '"' ? scan_string (p, end) : NULL;
          p = p != NULL ? scan_space (p, end) : NULL;
          if (p == NULL || p >= end || *p != ':')
            return NULL;
          p = scan_space (p + 1, end);
        }
      p = scan_value (p, end, depth + 1);
      p = p != NULL ? scan_space (p, end) : NULL;
      if (p == NULL || p >= end)
        return NULL;
      if (*p == close)
        return p + 1;
      if (*p != ',')
        return NULL;
      p = scan_space (p + 1, end);
    }

  return NULL;
}

static const char *
scan_word (const char *p, const char *end, const char *word)
{
  gsize length = strlen (word);

  return (gsize) (end - p) >= length && memcmp (p, word, length) == 0 ? p + length : NULL;
}

static const char *
scan_value (const char *p, const char *end, guint depth)
{
  if (p >= end || depth > MAX_DEPTH)
    return NULL;

  switch (*p)
    {
    case '{':
    case '[':
      return scan_container (p, end, depth);
    case '"':
      return scan_string (p, end);
    case 't':
      return scan_word (p, end, "true");
    case 'f':
      return scan_word (p, end, "false");
    case 'n':
      return scan_word (p, end, "null");
    default:
      return scan_number (p, end);
    }
}

/**
 * cr_sandbox_span_check:
 * @value: (out): the value without the white space around it
 *
 * Returns: whether @text is one JSON value in UTF-8 and nothing else. The other functions want a
 *   span that came from here.
 */
gboolean
cr_sandbox_span_check (const char *text, gsize length, CrSandboxSpan *value)
{
  const char *end = text + length;
  const char *start = scan_space (text, end);
  const char *stop;

  if (!g_utf8_validate_len (text, length, NULL))
    return FALSE;

  stop = scan_value (start, end, 0);
  if (stop == NULL || scan_space (stop, end) != end)
    return FALSE;

  value->start = start;
  value->length = (gsize) (stop - start);
  return TRUE;
}

gboolean
cr_sandbox_span_is (CrSandboxSpan value, char first)
{
  return value.length > 0 && value.start[0] == first;
}

/**
 * cr_sandbox_span_next:
 * @name: (inout): of an object's member; with NULL as its start, the first
 * @value: (inout): with NULL as its start, the first
 *
 * Steps through an object or an array.
 */
gboolean
cr_sandbox_span_next (CrSandboxSpan container, CrSandboxSpan *name, CrSandboxSpan *value)
{
  const char *end = container.start + container.length;
  const char *p = value->start != NULL ? value->start + value->length : container.start + 1;
  const char *stop;

  if (container.length < 2 || (container.start[0] != '{' && container.start[0] != '['))
    return FALSE;

  p = scan_space (p, end);
  if (*p == ',')
    p = scan_space (p + 1, end);
  if (*p == '}' || *p == ']')
    return FALSE;

  if (container.start[0] == '{')
    {
      stop = scan_string (p, end);
      name->start = p;
      name->length = (gsize) (stop - p);
      p = scan_space (stop, end);
      p = scan_space (p + 1, end);
    }
  stop = scan_value (p, end, 0);
  value->start = p;
  value->length = (gsize) (stop - p);
  return TRUE;
}

gboolean
cr_sandbox_span_member (CrSandboxSpan object, const char *name, CrSandboxSpan *value)
{
  CrSandboxSpan key = { NULL, 0 }, found = { NULL, 0 };
  gsize length = strlen (name);

  if (!cr_sandbox_span_is (object, '{'))
    return FALSE;

  while (cr_sandbox_span_next (object, &key, &found))
    if (key.length == length + 2 && memcmp (key.start + 1, name, length) == 0)
      {
        *value = found;
        return TRUE;
      }

  return FALSE;
}

static const char *
add_escape (GString *text, const char *p)
{
  static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
  const char *known = strchr (from, *p);
  gunichar c;

  if (*p != 'u')
    {
      g_string_append_c (text, known != NULL ? to[known - from] : *p);
      return p + 1;
    }

  c = (gunichar) strtoul ((char[]){ p[1], p[2], p[3], p[4], 0 }, NULL, 16);
  p += 5;
  if (c >= 0xd800 && c < 0xdc00 && p[0] == '\\' && p[1] == 'u')
    {
      gunichar low = (gunichar) strtoul ((char[]){ p[2], p[3], p[4], p[5], 0 }, NULL, 16);

      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      p += 6;
    }
  g_string_append_unichar (text, c != 0 && g_unichar_validate (c) ? c : 0xfffd);
  return p;
}

/* Returns: (transfer full) (nullable): the text of a string, %NULL of anything else */
char *
cr_sandbox_span_string (CrSandboxSpan value)
{
  GString *text;
  const char *end;

  if (!cr_sandbox_span_is (value, '"'))
    return NULL;

  text = g_string_sized_new (value.length);
  end = value.start + value.length - 1;
  for (const char *p = value.start + 1; p < end;)
    if (*p == '\\')
      p = add_escape (text, p + 1);
    else
      g_string_append_c (text, *p++);

  return g_string_free (text, FALSE);
}

char *
cr_sandbox_span_member_string (CrSandboxSpan object, const char *name)
{
  CrSandboxSpan value;

  return cr_sandbox_span_member (object, name, &value) ? cr_sandbox_span_string (value) : NULL;
}

/* Calls @func with the value of every member called @name, at any depth. */
void
cr_sandbox_span_each_member (CrSandboxSpan value,
                             const char *name,
                             CrSandboxSpanStringFunc func,
                             gpointer user_data)
{
  CrSandboxSpan key = { NULL, 0 }, found = { NULL, 0 };
  gsize length = strlen (name);

  if (!cr_sandbox_span_is (value, '{') && !cr_sandbox_span_is (value, '['))
    return;

  while (cr_sandbox_span_next (value, &key, &found))
    {
      if (cr_sandbox_span_is (value, '{') && key.length == length + 2 &&
          memcmp (key.start + 1, name, length) == 0)
        func (found, user_data);
      cr_sandbox_span_each_member (found, name, func, user_data);
    }
}
