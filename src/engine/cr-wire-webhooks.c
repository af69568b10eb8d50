/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-json-raw.h"
#include "base/cr-json.h"
#include "engine/cr-wire-set.h"
#include "engine/cr-wire.h"

/**
 * cr_wire_webhook:
 * @secret: (nullable): shown once
 *
 * Source: contract §1.6; what follows `updated_at` is ours
 */
JsonObject *
cr_wire_webhook (CrWebhookEndpoint *endpoint, const char *secret)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", endpoint->id);
  json_object_set_string_member (object, "resource_type", "webhook_endpoint");
  json_object_set_string_member (object, "url", endpoint->url);
  cr_json_set_strv (object, "events", (const char *const *) endpoint->events);
  cr_wire_set_enum (object, "status", CR_TYPE_WEBHOOK_STATUS, (int) endpoint->status);
  cr_json_set_string (object, "description", endpoint->description);
  cr_json_set_raw (object, "metadata", endpoint->metadata);
  json_object_set_string_member (object, "api_version", endpoint->api_version);
  cr_json_set_time (object, "created_at", endpoint->created_ms);
  cr_json_set_time (object, "updated_at", endpoint->updated_ms);
  json_object_set_int_member (object, "pending", endpoint->n_pending);
  json_object_set_int_member (object, "failed", endpoint->n_exhausted);
  cr_json_set_time (object, "last_delivered_at", endpoint->delivered_ms);
  cr_json_set_time (object, "failing_since", endpoint->failing_since_ms);
  cr_wire_set_enum_unless (object, "disabled_reason", CR_TYPE_WEBHOOK_END, (int) endpoint->end,
                           CR_WEBHOOK_END_NONE);
  cr_json_set_time (object, "old_secret_until", endpoint->old_secret_until_ms);
  if (secret != NULL)
    json_object_set_string_member (object, "secret", secret);
  return object;
}

/**
 * cr_wire_delivery:
 *
 * Source: contract §7.6; `status` and `last_error` are ours
 */
JsonObject *
cr_wire_delivery (CrDelivery *delivery)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", delivery->id);
  json_object_set_string_member (object, "resource_type", "event");
  json_object_set_string_member (object, "webhook_endpoint_id", delivery->webhook_id);
  json_object_set_string_member (object, "type", delivery->type);
  cr_json_set_raw (object, "data", delivery->data);
  json_object_set_string_member (object, "api_version", delivery->api_version);
  json_object_set_int_member (object, "attempts", delivery->attempts);
  cr_json_set_time (object, "next_attempt_at", delivery->next_ms);
  cr_json_set_time (object, "delivered_at", delivery->delivered_ms);
  cr_wire_set_number (object, "last_status_code", delivery->last_status, 0);
  cr_json_set_string (object, "last_response_body", delivery->last_body);
  cr_json_set_time (object, "last_redelivered_at", delivery->redelivered_ms);
  cr_json_set_time (object, "created_at", delivery->created_ms);
  cr_wire_set_enum (object, "status", CR_TYPE_DELIVERY_STATUS, (int) delivery->status);
  cr_json_set_string (object, "last_error", delivery->last_error);
  return object;
}

JsonObject *
cr_wire_delivery_attempt (CrDeliveryAttempt *attempt)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "attempt", attempt->n);
  cr_json_set_time (object, "at", attempt->at_ms);
  json_object_set_int_member (object, "took_ms", attempt->took_ms);
  cr_wire_set_number (object, "status_code", attempt->status, 0);
  cr_json_set_string (object, "error", attempt->error);
  cr_json_set_string (object, "response_body", attempt->body);
  return object;
}
