/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-pages.h"

G_BEGIN_DECLS

/* What the files that write pages share. */

/* Marks words for translation as everywhere; here the function says in which language. */
#define _(text) cr_language_get (in, text)
#define C_(context, text) cr_language_get_of (in, context, text)

/* Every %s is escaped. */
void cr_html_add (GString *html, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* @caller: (nullable): on whose behalf */
void cr_html_begin (GString *html, const CrLanguage *in, const char *title, const char *caller);
/* Takes @html. @has_script: the page's own script goes with it. */
char *cr_html_end (GString *html, gboolean has_script);
void cr_html_add_outcomes (GString *html, const CrLanguage *in, GPtrArray *outcomes);

G_END_DECLS
