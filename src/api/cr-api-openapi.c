/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-call.h"

#include "api/cr-api-resources.h"
#include "base/cr-json.h"

#include <string.h>

#define SCHEMAS "/io/github/chartroom/Chartroom/api/schemas.json"

/* The description is made of the table that serves, so that neither says what the other does not
 * do.
 *
 * Source: https://spec.openapis.org/oas/v3.1.0 */

static JsonObject *
make_ref (const char *kind, const char *name)
{
  JsonObject *object = json_object_new ();
  g_autofree char *ref = g_strdup_printf ("#/components/%s/%s", kind, name);

  json_object_set_string_member (object, "$ref", ref);
  return object;
}

static JsonObject *
make_type (const char *type)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "type", type);
  return object;
}

static void
allow_null (JsonObject *schema)
{
  JsonArray *types = json_array_new ();

  json_array_add_string_element (types, json_object_get_string_member (schema, "type"));
  json_array_add_string_element (types, "null");
  json_object_set_array_member (schema, "type", types);
}

static void
add_choices (JsonObject *schema, const CrApiField *field)
{
  JsonArray *choices = json_array_new ();

  for (guint i = 0; field->choices[i] != NULL; i++)
    json_array_add_string_element (choices, field->choices[i]);
  if (field->is_nullable)
    json_array_add_null_element (choices);
  json_object_set_array_member (schema, "enum", choices);
}

static void
add_limits (JsonObject *schema, const CrApiField *field, const char *min, const char *max)
{
  if (field->min != 0)
    json_object_set_int_member (schema, min, field->min);
  if (field->max != 0)
    json_object_set_int_member (schema, max, field->max);
}

static JsonObject *
make_text (const CrApiField *field, const char *format, const char *pattern)
{
  JsonObject *schema = make_type ("string");

  add_limits (schema, field, "minLength", "maxLength");
  if (format != NULL)
    json_object_set_string_member (schema, "format", format);
  if (pattern != NULL)
    json_object_set_string_member (schema, "pattern", pattern);
  return schema;
}

/* A day, or a day and a time of it. */
static JsonObject *
make_time (void)
{
  JsonObject *schema = make_type ("string");
  JsonArray *formats = json_array_new ();

  for (guint i = 0; i < 2; i++)
    {
      JsonObject *format = json_object_new ();

      json_object_set_string_member (format, "format", i == 0 ? "date" : "date-time");
      json_array_add_object_element (formats, format);
    }
  json_object_set_array_member (schema, "anyOf", formats);
  return schema;
}

static JsonObject *
make_strings (const CrApiField *field)
{
  JsonObject *schema = make_type ("array");
  JsonObject *item = make_type ("string");

  json_object_set_int_member (item, "minLength", 1);
  if (field->choices != NULL)
    {
      add_choices (item, field);
      json_object_set_boolean_member (schema, "uniqueItems", TRUE);
    }
  json_object_set_object_member (schema, "items", item);
  add_limits (schema, field, "minItems", "maxItems");
  return schema;
}

static JsonObject *
make_schema (const CrApiField *field)
{
  JsonObject *schema;

  switch (field->type)
    {
    case CR_API_INTEGER:
      schema = make_type ("integer");
      add_limits (schema, field, "minimum", "maximum");
      return schema;
    case CR_API_BOOLEAN:
      return make_type ("boolean");
    case CR_API_OBJECT:
      return make_type ("object");
    case CR_API_STRINGS:
      return make_strings (field);
    case CR_API_EMAIL:
      return make_text (field, "email", "^[^@\\s<>,;]+@[^@\\s<>,;]+$");
    case CR_API_URI:
      return make_text (field, "uri", "^[A-Za-z][A-Za-z0-9+.-]*:");
    case CR_API_TYPES:
      return make_text (field, NULL, "^[A-Z][A-Za-z]*(,[A-Z][A-Za-z]*)*$");
    case CR_API_DATE:
      return make_text (field, NULL, "^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$");
    case CR_API_TIME:
      return make_time ();
    case CR_API_STRING:
    case CR_API_CHOICE:
      break;
    }

  return make_text (field, NULL, NULL);
}

static JsonObject *
describe_field (const CrApiField *field)
{
  JsonObject *schema = make_schema (field);

  if (field->is_nullable)
    allow_null (schema);
  if (field->choices != NULL && field->type != CR_API_STRINGS)
    add_choices (schema, field);
  return schema;
}

static JsonObject *
make_required (const char *const *names)
{
  JsonObject *schema = json_object_new ();
  JsonArray *required = json_array_new ();

  for (guint i = 0; names[i] != NULL; i++)
    json_array_add_string_element (required, names[i]);
  json_object_set_array_member (schema, "required", required);
  return schema;
}

static JsonObject *
describe_body (const CrApiBody *body)
{
  JsonObject *schema = make_type ("object");
  JsonObject *properties = json_object_new ();
  JsonArray *required = json_array_new ();

  for (guint i = 0; i < body->n_fields; i++)
    {
      JsonObject *property = describe_field (&body->fields[i]);

      json_object_set_string_member (property, "description", body->fields[i].words);
      json_object_set_object_member (properties, body->fields[i].name, property);
      if (body->fields[i].is_required)
        json_array_add_string_element (required, body->fields[i].name);
    }
  json_object_set_object_member (schema, "properties", properties);
  json_object_set_array_member (schema, "required", required);
  if (body->is_closed)
    json_object_set_boolean_member (schema, "additionalProperties", FALSE);
  if (body->exclusive != NULL)
    json_object_set_object_member (schema, "not", make_required (body->exclusive));
  return schema;
}

static JsonObject *
make_parameter (const char *in, const char *name, const char *words, JsonObject *schema)
{
  JsonObject *parameter = json_object_new ();

  json_object_set_string_member (parameter, "name", name);
  json_object_set_string_member (parameter, "in", in);
  json_object_set_boolean_member (parameter, "required", strcmp (in, "path") == 0);
  json_object_set_string_member (parameter, "description", words);
  json_object_set_object_member (parameter, "schema", schema);
  return parameter;
}

static void
add_path_parameters (JsonArray *parameters, const char *pattern)
{
  g_auto (GStrv) parts = g_strsplit (pattern, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] == '{')
      {
        JsonObject *schema = make_type ("string");

        parts[i][strlen (parts[i]) - 1] = '\0';
        json_object_set_int_member (schema, "minLength", 1);
        json_array_add_object_element (
            parameters, make_parameter ("path", parts[i] + 1, "Percent-encoded", schema));
      }
}

static JsonArray *
describe_parameters (const CrApiRoute *route)
{
  JsonArray *parameters = json_array_new ();

  add_path_parameters (parameters, route->pattern);
  for (guint i = 0; i < route->n_query; i++)
    json_array_add_object_element (parameters, make_parameter ("query", route->query[i].name,
                                                               route->query[i].words,
                                                               describe_field (&route->query[i])));
  json_array_add_object_element (parameters, make_ref ("parameters", "Version"));
  if (route->access == CR_API_ACCESS_WRITE)
    json_array_add_object_element (parameters, make_ref ("parameters", "IdempotencyKey"));
  return parameters;
}

static JsonObject *
make_content (const char *media, JsonObject *schema)
{
  JsonObject *content = json_object_new ();
  JsonObject *type = json_object_new ();

  json_object_set_object_member (type, "schema", schema);
  json_object_set_object_member (content, media, type);
  return content;
}

/* `Patient[]` is a page of Patients. */
static JsonObject *
describe_answer (const char *answer)
{
  g_autofree char *name = g_strdup (answer);
  JsonObject *schema, *properties, *data;
  JsonArray *all;

  if (!g_str_has_suffix (answer, "[]"))
    return make_ref ("schemas", answer);

  name[strlen (name) - 2] = '\0';
  schema = json_object_new ();
  all = json_array_new ();
  properties = json_object_new ();
  data = make_type ("array");
  json_object_set_object_member (data, "items", make_ref ("schemas", name));
  json_object_set_object_member (properties, "data", data);
  json_array_add_object_element (all, make_ref ("schemas", "List"));
  json_object_set_array_member (schema, "allOf", all);
  json_object_set_object_member (schema, "properties", properties);
  return schema;
}

static void
add_response (JsonObject *responses, const char *status, const char *name)
{
  json_object_set_object_member (responses, status, make_ref ("responses", name));
}

static JsonObject *
describe_responses (const CrApiRoute *route)
{
  static const char *const usual[] = { "400", "401", "403", "404", "409", "500" };
  JsonObject *responses = json_object_new ();
  JsonObject *good = json_object_new ();
  const char *media = route->media != NULL ? route->media : "application/json";

  json_object_set_string_member (good, "description", route->words);
  json_object_set_object_member (good, "content",
                                 make_content (media, describe_answer (route->answer)));
  json_object_set_object_member (responses, "200", good);
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    add_response (responses, usual[i], "Error");
  add_response (responses, "429", "TooMany");
  add_response (responses, "503", "Error");
  if (route->body != NULL)
    add_response (responses, "413", "Error");
  if (g_str_equal (route->answer, "LaunchContext"))
    add_response (responses, "402", "Error");
  if (g_str_equal (route->answer, "Bundle"))
    add_response (responses, "304", "NotModified");
  if (route->access == CR_API_ACCESS_WRITE)
    add_response (responses, "502", "Error");
  return responses;
}

static JsonObject *
describe_request (const CrApiBody *body)
{
  JsonObject *request = json_object_new ();

  json_object_set_boolean_member (request, "required", !body->is_optional);
  json_object_set_object_member (
      request, "content", make_content ("application/json", make_ref ("schemas", body->schema)));
  return request;
}

static JsonObject *
describe_route (const CrApiRoute *route)
{
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "operationId", route->operation);
  json_object_set_string_member (operation, "summary", route->words);
  if (route->access == CR_API_ACCESS_OPEN)
    json_object_set_array_member (operation, "security", json_array_new ());
  json_object_set_array_member (operation, "parameters", describe_parameters (route));
  if (route->body != NULL)
    json_object_set_object_member (operation, "requestBody", describe_request (route->body));
  json_object_set_object_member (operation, "responses", describe_responses (route));
  return operation;
}

static void
add_route (JsonObject *paths, JsonObject *schemas, const CrApiRoute *route)
{
  JsonObject *path = cr_json_object (paths, route->pattern);
  g_autofree char *method = g_ascii_strdown (route->method, -1);

  if (path == NULL)
    {
      path = json_object_new ();
      json_object_set_object_member (paths, route->pattern, path);
    }
  json_object_set_object_member (path, method, describe_route (route));
  if (route->body != NULL)
    json_object_set_object_member (schemas, route->body->schema, describe_body (route->body));
}

/* What the table does not say lies in the file beside it: by way of the resource itself, which the
 * linker would drop otherwise. */
static JsonObject *
read_frame (void)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (cr_api_files_get_resource (), SCHEMAS,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize n_bytes;
  const char *text = g_bytes_get_data (bytes, &n_bytes);
  g_autoptr (JsonParser) parser = json_parser_new ();

  json_parser_load_from_data (parser, text, (gssize) n_bytes, NULL);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static void
add_server (JsonObject *document, CrEngine *engine)
{
  JsonArray *servers = json_array_new ();
  JsonObject *server = json_object_new ();

  json_object_set_string_member (server, "url", cr_server_get_uri (cr_engine_get_server (engine)));
  json_array_add_object_element (servers, server);
  json_object_set_array_member (document, "servers", servers);
}

void
cr_api_describe (CrApiCall *call)
{
  JsonObject *document = read_frame ();
  JsonObject *schemas = cr_json_object (cr_json_object (document, "components"), "schemas");
  JsonObject *paths = json_object_new ();
  guint n_routes;
  const CrApiRoute *routes = cr_api_routes (&n_routes);

  for (guint i = 0; i < n_routes; i++)
    add_route (paths, schemas, &routes[i]);
  json_object_set_object_member (document, "paths", paths);
  add_server (document, call->engine);
  cr_api_reply (call, document);
}
