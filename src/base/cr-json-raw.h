/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Values that go on as they came, numbers to the digit. */
void cr_json_set_raw (JsonObject *object, const char *name, const char *text);
char *cr_json_compact (const char *text, gsize n_bytes);
char *cr_json_unmark (char *text); /* for cr_json_node_to_text() */

G_END_DECLS
