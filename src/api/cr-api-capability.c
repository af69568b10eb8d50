/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-call.h"

#include "base/cr-json.h"
#include "base/cr-time.h"
#include "config.h"

#define FHIR_JSON "application/fhir+json"

/* What a FHIR client may ask here: one operation on a patient.
 *
 * Source: https://hl7.org/fhir/R4/capabilitystatement.html */

static JsonObject *
make_operation (void)
{
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "name", "everything");
  json_object_set_string_member (operation, "definition",
                                 "http://hl7.org/fhir/OperationDefinition/Patient-everything");
  json_object_set_string_member (
      operation, "documentation",
      "GET /patients/[id]/$everything, the id being the clinic's own; _type, _since and _count");
  return operation;
}

static JsonArray *
make_rest (void)
{
  JsonArray *all = json_array_new (), *resources = json_array_new (),
            *operations = json_array_new (), *services = json_array_new ();
  JsonObject *rest = json_object_new (), *resource = json_object_new (),
             *security = json_object_new (), *service = json_object_new ();

  json_array_add_object_element (operations, make_operation ());
  json_object_set_string_member (resource, "type", "Patient");
  json_object_set_array_member (resource, "operation", operations);
  json_array_add_object_element (resources, resource);
  json_object_set_string_member (service, "text", "An API key as a bearer token");
  json_array_add_object_element (services, service);
  json_object_set_boolean_member (security, "cors", FALSE);
  json_object_set_array_member (security, "service", services);
  json_object_set_string_member (rest, "mode", "server");
  json_object_set_object_member (rest, "security", security);
  json_object_set_array_member (rest, "resource", resources);
  json_array_add_object_element (all, rest);
  return all;
}

void
cr_api_capability (CrApiCall *call)
{
  g_autoptr (JsonObject) statement = json_object_new ();
  JsonObject *software = json_object_new ();
  JsonObject *implementation = json_object_new ();
  JsonArray *formats = json_array_new ();
  g_autofree char *text = NULL;

  json_array_add_string_element (formats, FHIR_JSON);
  json_array_add_string_element (formats, "json");
  json_object_set_string_member (software, "name", "Chartroom");
  json_object_set_string_member (software, "version", PACKAGE_VERSION);
  json_object_set_string_member (statement, "resourceType", "CapabilityStatement");
  json_object_set_string_member (statement, "status", "active");
  cr_json_set_time (statement, "date", cr_engine_now_ms (call->engine));
  json_object_set_string_member (statement, "kind", "instance");
  json_object_set_object_member (statement, "software", software);
  json_object_set_string_member (implementation, "description",
                                 "Records that patients let their portals share");
  json_object_set_string_member (implementation, "url",
                                 cr_server_get_uri (cr_engine_get_server (call->engine)));
  json_object_set_object_member (statement, "implementation", implementation);
  json_object_set_string_member (statement, "fhirVersion", "4.0.1");
  json_object_set_array_member (statement, "format", formats);
  json_object_set_array_member (statement, "rest", make_rest ());
  text = cr_json_object_to_text (statement, FALSE);
  cr_exchange_reply_text (call->exchange, 200, FHIR_JSON, text);
  cr_api_call_free (call);
}
