/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Of a category of setlocale(3). Where nobody chose one, how it writes days and numbers is nobody's
 * choice: they are written as the language of the words does. */
gboolean cr_locale_is_chosen (int category);

/* A moment by a format of ours, as it stands in the sources: in the window's language, with the
 * hours and the order of day and month that the user's LC_TIME has. */
char *cr_locale_time (GDateTime *when, const char *format);
/* @format with what LC_TIME's formats of a time and a date (nl_langinfo(3): T_FMT, D_FMT) say. Day
 * and month change places in English alone: translators chose theirs. */
char *cr_locale_time_format (const char *format,
                             gboolean is_english,
                             const char *time_format,
                             const char *day_format);

G_END_DECLS
