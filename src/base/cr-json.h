/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* For small documents whose numbers are ours or do not matter (token answers, settings, discovery
 * documents). Never for a FHIR resource that is kept or sent on: json-glib changes decimals. */
JsonObject *cr_json_parse (const char *text, gssize length, const char *what, GError **error);

const char *cr_json_string (JsonObject *object, const char *name);
JsonObject *cr_json_object (JsonObject *object, const char *name);
JsonArray *cr_json_array (JsonObject *object, const char *name);
gboolean cr_json_int (JsonObject *object, const char *name, gint64 *value);
gboolean cr_json_bool (JsonObject *object, const char *name, gboolean fallback);
JsonObject *cr_json_array_object (JsonArray *array, guint index);
const char *cr_json_array_string (JsonArray *array, guint index);
char **cr_json_strv (JsonObject *object, const char *name);
gboolean cr_json_array_has (JsonArray *array, const char *text);

void cr_json_set_string (JsonObject *object, const char *name, const char *value);
void cr_json_set_time (JsonObject *object, const char *name, gint64 ms);
void cr_json_set_strv (JsonObject *object, const char *name, const char *const *values);

char *cr_json_object_to_text (JsonObject *object, gboolean pretty);
char *cr_json_node_to_text (JsonNode *node, gboolean pretty);

G_END_DECLS
