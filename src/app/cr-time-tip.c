/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-time-tip.h"

#include "app/cr-tip.h"
#include "app/cr-words.h"

static void
add_line (GString *text, const char *line)
{
  if (line != NULL && line[0] != '\0')
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
}

void
cr_time_tip_add (GtkWidget *widget, const char *words, gint64 first_ms, gint64 second_ms)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *first = cr_words_exact_time (first_ms);
  g_autofree char *second = cr_words_exact_time (second_ms);

  add_line (text, words);
  add_line (text, first);
  add_line (text, second);
  cr_tip_set (widget, text->len > 0 ? text->str : NULL);
}

void
cr_time_tip_set (GtkWidget *widget, gint64 first_ms, gint64 second_ms)
{
  cr_time_tip_add (widget, NULL, first_ms, second_ms);
}
