/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void cr_secret_wipe (char *text);
void cr_secret_free (gpointer text);
void cr_secret_wipe_array (GByteArray *bytes);
char *cr_secret_hide (char *text, const char *secret);

G_END_DECLS
