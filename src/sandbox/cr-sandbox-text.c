/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-text.h"

#include <stdarg.h>
#include <string.h>

#define DAY_MS (G_GINT64_CONSTANT (86400000))
#define ZONE_MS (G_GINT64_CONSTANT (5) * 3600000)

/* Days since 1970 to a civil date, after Howard Hinnant's "chrono-compatible low-level date
 * algorithms". GDateTime is too slow for hundreds of thousands of stamps. */
static void
civil_from_days (gint64 days, int *year, int *month, int *day)
{
  gint64 z = days + 719468;
  gint64 era = (z >= 0 ? z : z - 146096) / 146097;
  gint64 doe = z - era * 146097;
  gint64 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  gint64 doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  gint64 mp = (5 * doy + 2) / 153;

  *day = (int) (doy - (153 * mp + 2) / 5 + 1);
  *month = (int) (mp < 10 ? mp + 3 : mp - 9);
  *year = (int) (yoe + era * 400 + (*month <= 2 ? 1 : 0));
}

/**
 * cr_sandbox_text_civil_ms:
 *
 * Returns: midnight UTC of that day, in milliseconds since 1970
 */
gint64
cr_sandbox_text_civil_ms (int year, int month, int day)
{
  gint64 y = month <= 2 ? year - 1 : year;
  gint64 era = (y >= 0 ? y : y - 399) / 400;
  gint64 yoe = y - era * 400;
  gint64 doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  gint64 doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

  return (era * 146097 + doe - 719468) * DAY_MS;
}

static void
add_time (GString *out, gint64 ms, char kind)
{
  gint64 local = kind == 'I' ? ms : ms - ZONE_MS;
  gint64 days = local >= 0 ? local / DAY_MS : -((DAY_MS - 1 - local) / DAY_MS);
  gint64 rest = local - days * DAY_MS;
  int year, month, day;
  int seconds = (int) (rest / 1000);

  civil_from_days (days, &year, &month, &day);
  g_string_append_printf (out, "\"%04d-%02d-%02d", year, month, day);
  if (kind != 'D')
    g_string_append_printf (out, "T%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60,
                            seconds % 60);
  if (kind == 'I')
    g_string_append_printf (out, ".%03dZ", (int) (rest % 1000));
  else if (kind == 'T')
    g_string_append (out, "-05:00");
  g_string_append_c (out, '"');
}

static void
add_character (GString *out, const char *p, gboolean all)
{
  gunichar c = g_utf8_get_char (p);

  if (c == '"' || c == '\\')
    g_string_append_printf (out, "\\%c", (char) c);
  else if (c == '\n')
    g_string_append (out, "\\n");
  else if (c == '\t')
    g_string_append (out, "\\t");
  else if (c < 0x20)
    g_string_append_printf (out, "\\u%04x", c);
  else if (all && c == '/')
    g_string_append (out, "\\/");
  else if (all && c > 0xffff)
    g_string_append_printf (out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                            0xdc00 + ((c - 0x10000) & 0x3ff));
  else if (all && c > 0x7e)
    g_string_append_printf (out, "\\u%04x", c);
  else
    g_string_append_unichar (out, c);
}

static void
add_string (GString *out, const char *text, gboolean all)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    add_character (out, p, all);
  g_string_append_c (out, '"');
}

/* A JSON string with what must be escaped escaped, and the rest as UTF-8. */
void
cr_sandbox_text_add_quoted (GString *out, const char *text)
{
  add_string (out, text, FALSE);
}

/* Text for HTML, between tags or inside a quoted attribute. */
void
cr_sandbox_text_add_html (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    switch (*p)
      {
      case '&':
        g_string_append (out, "&amp;");
        break;
      case '<':
        g_string_append (out, "&lt;");
        break;
      case '>':
        g_string_append (out, "&gt;");
        break;
      case '"':
        g_string_append (out, "&quot;");
        break;
      case '\'':
        g_string_append (out, "&#39;");
        break;
      default:
        g_string_append_c (out, *p);
      }
}

static void
add_narrative (GString *out, const char *text)
{
  g_autoptr (GString) div = g_string_new ("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>");

  cr_sandbox_text_add_html (div, text);
  g_string_append (div, "</p></div>");
  g_string_append (out, "\"text\":{\"status\":\"generated\",\"div\":");
  add_string (out, div->str, FALSE);
  g_string_append_c (out, '}');
}

/**
 * cr_sandbox_text_add:
 * @out: where the text goes
 * @format: JSON with `'` for `"`, and these marks
 *
 * Marks: `q` a quoted string, `e` one with every escape that is allowed, `s` text as it is, `d` an
 * int, `n` a whole `text` element from plain text, and from milliseconds (gint64) `D` a date, `T` a
 * dateTime at -05:00, `I` an instant in UTC. Numbers of clinical meaning are passed as text, so
 * that they arrive in the spelling they were given.
 */
void
cr_sandbox_text_add (GString *out, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  for (const char *p = format; *p != '\0'; p++)
    {
      if (*p == '\'')
        g_string_append_c (out, '"');
      else if (*p != '%')
        g_string_append_c (out, *p);
      else if (*++p == 'q')
        add_string (out, va_arg (args, const char *), FALSE);
      else if (*p == 'e')
        add_string (out, va_arg (args, const char *), TRUE);
      else if (*p == 's')
        g_string_append (out, va_arg (args, const char *));
      else if (*p == 'd')
        g_string_append_printf (out, "%d", va_arg (args, int));
      else if (*p == 'n')
        add_narrative (out, va_arg (args, const char *));
      else if (*p == 'D' || *p == 'T' || *p == 'I')
        add_time (out, va_arg (args, gint64), *p);
      else
        g_assert_not_reached ();
    }
  va_end (args);
}

static void
new_line (GString *out, guint depth)
{
  g_string_append_c (out, '\n');
  for (guint i = 0; i < depth; i++)
    g_string_append (out, "  ");
}

/* Only adds white space between tokens; every token keeps its spelling. */
char *
cr_sandbox_text_pretty (const char *json, gsize length)
{
  GString *out = g_string_sized_new (length * 2);
  gboolean inside = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      char c = json[i];

      if (inside || c == '"')
        {
          g_string_append_c (out, c);
          if (c == '\\' && i + 1 < length)
            g_string_append_c (out, json[++i]);
          else if (c == '"')
            inside = !inside;
          continue;
        }
      if (c == '}' || c == ']')
        new_line (out, --depth);
      g_string_append_c (out, c);
      if (c == '{' || c == '[')
        new_line (out, ++depth);
      else if (c == ',')
        new_line (out, depth);
      else if (c == ':')
        g_string_append_c (out, ' ');
    }

  return g_string_free (out, FALSE);
}
