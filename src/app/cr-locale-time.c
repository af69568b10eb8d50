/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-locale-time.h"

#include <glib/gi18n.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

typedef struct
{
  const char *ours;
  const char *theirs;
} Pair;

/* The longer first: they hold the shorter ones. */
static const Pair twelve_hours[] = {
  { "%H:%M:%S", "%-I:%M:%S %p" },
  { "%H:%M", "%-I:%M %p" },
};
static const Pair month_first[] = {
  { "%-d %b %Y", "%b %-d, %Y" },
  { "%-d %B %Y", "%B %-d, %Y" },
  { "%-d %b", "%b %-d" },
  { "%-d %B", "%B %-d" },
};

static void
replace (GString *text, const Pair *pairs, gsize n_pairs)
{
  for (gsize i = 0; i < n_pairs; i++)
    g_string_replace (text, pairs[i].ours, pairs[i].theirs, 0);
}

char *
cr_locale_time_format (const char *format,
                       gboolean is_english,
                       const char *time_format,
                       const char *day_format)
{
  GString *text = g_string_new (format);

  if (strstr (time_format, "%r") != NULL || strstr (time_format, "%I") != NULL ||
      strstr (time_format, "%l") != NULL)
    replace (text, twelve_hours, G_N_ELEMENTS (twelve_hours));
  if (is_english && g_str_has_prefix (day_format, "%m"))
    replace (text, month_first, G_N_ELEMENTS (month_first));
  return g_string_free (text, FALSE);
}

gboolean
cr_locale_is_chosen (int category)
{
  const char *name = setlocale (category, NULL);

  return name != NULL && name[0] != 'C' && !g_str_equal (name, "POSIX");
}

char *
cr_locale_time (GDateTime *when, const char *format)
{
  const char *translated = _ (format);
  const char *day_format = cr_locale_is_chosen (LC_TIME) ? nl_langinfo (D_FMT) : "";
  g_autofree char *theirs = cr_locale_time_format (translated, g_str_equal (translated, format),
                                                   nl_langinfo (T_FMT), day_format);

  return g_date_time_format (when, theirs);
}
