/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-json-raw.h"
#include "base/cr-json.h"
#include "engine/cr-wire-set.h"
#include "engine/cr-wire.h"
#include "model/cr-explain.h"

JsonObject *
cr_wire_pull_change (CrPullChange *change)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "source", change->record->source_id);
  json_object_set_string_member (object, "type", change->record->type);
  json_object_set_string_member (object, "id", change->record->id);
  cr_wire_set_enum (object, "change", CR_TYPE_RECORD_CHANGE, (int) change->change);
  cr_wire_set_number (object, "version_before", change->before, 0);
  cr_wire_set_number (object, "version_after", change->after, 0);
  cr_wire_set_number (object, "http_status", change->http_status, 0);
  cr_json_set_time (object, "at", change->at_ms);
  return object;
}

JsonObject *
cr_wire_pull_type (CrPullType *type)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "type", type->type);
  json_object_set_int_member (object, "added", type->n_added);
  json_object_set_int_member (object, "changed", type->n_changed);
  json_object_set_int_member (object, "unlisted", type->n_unlisted);
  json_object_set_int_member (object, "gone", type->n_gone);
  json_object_set_int_member (object, "returned", type->n_returned);
  return object;
}

JsonObject *
cr_wire_pull_wait (CrPullWait *wait)
{
  JsonObject *object = json_object_new ();

  cr_wire_set_enum (object, "reason", CR_TYPE_WAIT_REASON, (int) wait->reason);
  cr_json_set_time (object, "began_at", wait->began_ms);
  cr_json_set_time (object, "planned_until", wait->until_ms);
  cr_json_set_time (object, "ended_at", wait->ended_ms);
  cr_wire_set_number (object, "duration_ms",
                      wait->ended_ms == 0 ? -1 : wait->ended_ms - wait->began_ms, -1);
  return object;
}

JsonObject *
cr_wire_pull_line (CrPullLine *line)
{
  JsonObject *object = json_object_new ();

  cr_json_set_time (object, "at", line->at_ms);
  json_object_set_string_member (object, "method", line->method);
  json_object_set_string_member (object, "path", line->path);
  cr_wire_set_number (object, "status", line->status, 0);
  cr_json_set_string (object, "error", line->error);
  json_object_set_int_member (object, "bytes", line->n_bytes);
  cr_wire_set_number (object, "took_ms", line->took_ms, -1);
  json_object_set_boolean_member (object, "sent", line->took_ms >= 0);
  cr_wire_set_number (object, "attempts", line->n_attempts, 0);
  cr_wire_set_number (object, "asked_to_wait_ms", line->wait_ms, 0);
  return object;
}

JsonObject *
cr_wire_record_file (CrRecordFile *file)
{
  JsonObject *object = json_object_new ();
  const char *status = cr_enum_to_string (CR_TYPE_ATTACHMENT_STATUS, (int) file->status);

  cr_json_set_string (object, "source", file->source_id);
  cr_json_set_string (object, "type", file->type);
  cr_json_set_string (object, "id", file->id);
  json_object_set_int_member (object, "number", file->n);
  cr_json_set_string (object, "title", file->title);
  cr_json_set_string (object, "content_type", file->content_type);
  cr_wire_set_number (object, "bytes", file->n_bytes, -1);
  json_object_set_string_member (object, "status", status);
  cr_json_set_string (
      object, "message",
      file->status == CR_ATTACHMENT_KEPT ? NULL : cr_explain_attachment (file->status)->sentence);
  cr_json_set_string (object, "reason", file->reason);
  cr_wire_set_number (object, "http_status", file->http_status, 0);
  cr_json_set_string (object, "binary", file->binary_id);
  cr_json_set_string (object, "sha256", file->sha256);
  cr_json_set_time (object, "fetched_at", file->fetched_ms);
  return object;
}

JsonObject *
cr_wire_event (CrEvent *event)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", event->id);
  cr_wire_set_enum (object, "type", CR_TYPE_EVENT_TYPE, (int) event->type);
  cr_json_set_time (object, "created_at", event->created_ms);
  cr_json_set_raw (object, "data", event->data);
  return object;
}

JsonObject *
cr_wire_audit (CrAuditEntry *entry)
{
  JsonObject *object = json_object_new ();

  cr_json_set_time (object, "at", entry->at_ms);
  json_object_set_string_member (object, "person", entry->person);
  json_object_set_string_member (object, "action", entry->action);
  cr_json_set_string (object, "object", entry->object);
  cr_json_set_string (object, "detail", entry->detail);
  return object;
}

JsonObject *
cr_wire_look (CrLook *look)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "person", look->person);
  cr_wire_set_enum (object, "kind", CR_TYPE_LOOK_KIND, (int) look->kind);
  cr_json_set_time (object, "first_at", look->first_ms);
  cr_json_set_time (object, "last_at", look->last_ms);
  return object;
}

JsonObject *
cr_wire_api_key (CrApiKey *key, gint64 now_ms)
{
  JsonObject *object = json_object_new ();
  gboolean is_over = key->expires_ms > 0 && key->expires_ms <= now_ms;

  json_object_set_string_member (object, "id", key->id);
  json_object_set_string_member (object, "name", key->name);
  json_object_set_string_member (object, "status",
                                 key->revoked_ms > 0 ? "revoked"
                                 : is_over           ? "expired"
                                                     : "active");
  json_object_set_string_member (object, "access", key->is_read_only ? "read" : "read and write");
  json_object_set_string_member (object, "created_by", key->person);
  cr_json_set_time (object, "created_at", key->created_ms);
  cr_json_set_time (object, "expires_at", key->expires_ms);
  cr_json_set_time (object, "last_used_at", key->used_ms);
  cr_json_set_time (object, "revoked_at", key->revoked_ms);
  return object;
}
