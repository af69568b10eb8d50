/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void cr_sandbox_text_add (GString *out, const char *format, ...);
void cr_sandbox_text_add_quoted (GString *out, const char *text);
void cr_sandbox_text_add_html (GString *out, const char *text);
char *cr_sandbox_text_pretty (const char *json, gsize length);
gint64 cr_sandbox_text_civil_ms (int year, int month, int day);

G_END_DECLS
