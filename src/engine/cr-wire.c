/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-wire.h"

#include "base/cr-error.h"
#include "base/cr-json-raw.h"
#include "base/cr-json.h"
#include "connect/cr-session-json.h"
#include "engine/cr-wire-set.h"

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)

static void
set_error (JsonObject *object, const char *code, const char *message)
{
  JsonObject *error;

  if (code == NULL)
    {
      json_object_set_null_member (object, "error");
      return;
    }

  error = json_object_new ();
  json_object_set_string_member (error, "code", code);
  cr_json_set_string (error, "message", message);
  json_object_set_object_member (object, "error", error);
}

JsonObject *
cr_wire_connection (CrConnection *connection)
{
  JsonObject *object = json_object_new ();
  g_auto (GStrv) scopes =
      g_strsplit (connection->scopes != NULL ? connection->scopes : "", " ", -1);

  json_object_set_string_member (object, "id", connection->id);
  json_object_set_string_member (object, "resource_type", "connection");
  cr_json_set_string (object, "patient_session_id", connection->session_id);
  json_object_set_string_member (object, "connection_id", connection->source_id);
  cr_wire_set_enum (object, "status", CR_TYPE_CONNECTION_STATUS, (int) connection->status);
  cr_json_set_strv (object, "scopes", (const char *const *) scopes);
  cr_json_set_string (object, "ungranted_scopes", connection->ungranted);
  cr_json_set_time (object, "access_ends_at", cr_connection_get_end_ms (connection));
  cr_wire_set_enum_unless (object, "failure_code", CR_TYPE_FAILURE_CODE,
                           (int) connection->failure_code, CR_FAILURE_NONE);
  cr_json_set_time (object, "failure_at", connection->failure_ms);
  cr_json_set_time (object, "next_pull_at", connection->next_pull_ms);
  if (connection->next_pull_ms > 0 && connection->n_retries > 0)
    json_object_set_int_member (object, "next_pull_retry", connection->n_retries);
  cr_json_set_time (object, "created_at", connection->created_ms);
  cr_json_set_time (object, "updated_at", connection->updated_ms);
  return object;
}

JsonObject *
cr_wire_reconnect (CrConnection *connection, gint64 now_ms)
{
  JsonObject *object = cr_wire_connection (connection);
  gint64 ends_ms = cr_connection_ends_ms (connection);

  cr_json_set_string (object, "patient_id", connection->patient_id);
  cr_json_set_string (object, "source", connection->source_name);
  cr_json_set_time (object, "access_ends_at", ends_ms);
  if (connection->status == CR_CONNECTION_ACTIVE)
    json_object_set_int_member (object, "days_left", MAX (ends_ms - now_ms, 0) / DAY_MS);
  else
    json_object_set_null_member (object, "days_left");
  cr_json_set_string (object, "note", connection->note);
  cr_json_set_time (object, "called_at", connection->called_ms);
  cr_json_set_string (object, "called_by", connection->called_by);
  return object;
}

JsonObject *
cr_wire_removal (CrRemoval *removal)
{
  JsonObject *object = json_object_new ();
  JsonArray *places = json_array_new (), *told = json_array_new ();

  json_object_set_int_member (object, "connections", removal->n_connections);
  json_object_set_int_member (object, "records", removal->n_records);
  json_object_set_int_member (object, "versions", removal->n_versions);
  json_object_set_int_member (object, "pulls", removal->n_pulls);
  for (guint i = 0; i < removal->places->len; i++)
    {
      CrRemovalPlace *place = g_ptr_array_index (removal->places, i);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "destination", place->name);
      json_object_set_int_member (entry, "records", place->n_records);
      json_array_add_object_element (place->is_told ? told : places, entry);
    }
  json_object_set_array_member (object, "stays_at", places);
  json_object_set_array_member (object, "withdrawn_from", told);
  cr_json_set_time (object, "removed_at", removal->at_ms);
  cr_json_set_string (object, "removed_by", removal->person);
  json_object_set_boolean_member (object, "wiped", removal->is_wiped);
  return object;
}

static JsonObject *
wire_attempt (CrAttempt *attempt)
{
  JsonObject *object = json_object_new ();

  cr_json_set_string (object, "id", attempt->connection_id);
  json_object_set_string_member (object, "connection_id", attempt->source_id);
  cr_wire_set_enum (object, "status", CR_TYPE_ATTEMPT_STATUS, (int) attempt->status);
  cr_wire_set_enum_unless (object, "failure_code", CR_TYPE_FAILURE_CODE,
                           (int) attempt->failure_code, CR_FAILURE_NONE);
  cr_json_set_time (object, "failure_at", attempt->failure_ms);
  cr_json_set_time (object, "created_at", attempt->created_ms);
  return object;
}

static void
add_all (JsonArray *array, GPtrArray *objects, const char *public_url)
{
  for (guint i = 0; objects != NULL && i < objects->len; i++)
    json_array_add_object_element (array,
                                   cr_wire_object (g_ptr_array_index (objects, i), public_url));
}

JsonObject *
cr_wire_patient (CrPatient *patient, GPtrArray *connections, GPtrArray *failed_attempts)
{
  JsonObject *object = json_object_new ();
  JsonArray *array;

  json_object_set_string_member (object, "id", patient->id);
  json_object_set_string_member (object, "resource_type", "patient");
  cr_json_set_string (object, "email", patient->email);
  cr_json_set_string (object, "name", patient->name);
  cr_json_set_raw (object, "metadata", patient->metadata);
  cr_json_set_time (object, "created_at", patient->created_ms);
  if (connections == NULL)
    return object;

  array = json_array_new ();
  add_all (array, connections, NULL);
  add_all (array, failed_attempts, NULL);
  json_object_set_array_member (object, "connections", array);
  return object;
}

/* The same as the events carry. */
JsonObject *
cr_wire_session (CrSession *session, const char *url, GPtrArray *attempts)
{
  return cr_session_to_json (session, url, attempts);
}

static JsonObject *
wire_outage (CrSource *source)
{
  JsonObject *object = json_object_new ();

  cr_json_set_time (object, "since", source->out_since_ms);
  cr_json_set_time (object, "next_try_at", source->next_try_ms);
  json_object_set_int_member (object, "patients_waiting", source->n_waiting);
  cr_json_set_string (object, "code", source->outage_code);
  cr_json_set_string (object, "message", source->outage_message);
  return object;
}

static JsonObject *
wire_quota (const CrSourceQuota *quota)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "requests_today", quota->n);
  json_object_set_int_member (object, "max_parallel", quota->max_parallel);
  if (quota->per_minute > 0)
    json_object_set_int_member (object, "max_per_minute", quota->per_minute);
  else
    json_object_set_null_member (object, "max_per_minute");
  if (quota->said_s > 0)
    {
      json_object_set_int_member (object, "portal_limit", quota->said_n);
      json_object_set_int_member (object, "portal_limit_seconds", quota->said_s);
      cr_json_set_time (object, "portal_limit_since", quota->said_ms);
    }
  if (quota->slowed_ms > 0)
    {
      cr_json_set_time (object, "slowed_at", quota->slowed_ms);
      json_object_set_int_member (object, "slowed_after_requests", quota->slowed_n);
      json_object_set_int_member (object, "slowed_for_ms", quota->slowed_for_ms);
    }
  return object;
}

JsonObject *
cr_wire_source (CrSource *source, const char *public_url)
{
  JsonObject *object = json_object_new ();
  g_autofree char *logo = source->has_logo && public_url != NULL
                            ? g_strconcat (public_url, "/logos/", source->id, NULL)
                            : NULL;

  json_object_set_string_member (object, "id", source->id);
  json_object_set_string_member (object, "resource_type", "fhir_source");
  json_object_set_string_member (object, "name", source->name);
  cr_json_set_string (object, "type", source->type);
  json_object_set_string_member (object, "fhir_base_url", source->fhir_base_url);
  cr_json_set_string (object, "logo_url", logo);
  cr_json_set_string (object, "portal_url", source->portal_url);
  cr_json_set_string (object, "parameters", source->parameters);
  cr_json_set_string (object, "ca_file", source->ca_file);
  cr_wire_set_enum (object, "status", CR_TYPE_SOURCE_STATUS, (int) source->status);
  cr_json_set_string (object, "status_reason", source->status_reason);
  cr_json_set_time (object, "suspended_until", source->suspended_until_ms);
  cr_json_set_string (object, "successor", source->successor_id);
  cr_json_set_string (object, "brand", source->brand);
  cr_json_set_string (object, "login", source->login);
  cr_json_set_string (object, "city", source->city);
  cr_json_set_string (object, "state", source->state);
  cr_json_set_string (object, "npi", source->npi);
  if (source->out_since_ms > 0)
    json_object_set_object_member (object, "outage", wire_outage (source));
  if (source->quota.max_parallel > 0)
    json_object_set_object_member (object, "quota", wire_quota (&source->quota));
  return object;
}

static JsonObject *
wire_query (CrQuery *query)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "type", query->type);
  cr_wire_set_enum (object, "status", CR_TYPE_QUERY_STATUS, (int) query->status);
  json_object_set_int_member (object, "pages", query->pages);
  json_object_set_int_member (object, "received", query->n_received);
  json_object_set_int_member (object, "new", query->n_new);
  json_object_set_int_member (object, "changed", query->n_changed);
  json_object_set_int_member (object, "unchanged", query->n_unchanged);
  if (query->http_status > 0)
    json_object_set_int_member (object, "http_status", query->http_status);
  else
    json_object_set_null_member (object, "http_status");
  set_error (object, query->error_code, query->outcome);
  cr_json_set_string (object, "note", query->error_code == NULL ? query->outcome : NULL);
  cr_json_set_string (object, "raw", query->raw);
  return object;
}

JsonObject *
cr_wire_pull (CrPull *pull, GPtrArray *queries)
{
  JsonObject *object = json_object_new ();
  JsonArray *array;

  json_object_set_string_member (object, "id", pull->id);
  json_object_set_string_member (object, "patient_id", pull->patient_id);
  json_object_set_string_member (object, "connection", pull->connection_id);
  json_object_set_string_member (object, "connection_id", pull->source_id);
  cr_wire_set_enum (object, "status", CR_TYPE_PULL_STATUS, (int) pull->status);
  cr_wire_set_enum_unless (object, "waiting_for", CR_TYPE_WAIT_REASON, (int) pull->waiting_for,
                           CR_WAIT_NONE);
  cr_wire_set_enum (object, "trigger", CR_TYPE_PULL_TRIGGER, (int) pull->trigger);
  cr_json_set_string (object, "started_by", pull->person);
  if (pull->is_stopping)
    json_object_set_boolean_member (object, "stopping", TRUE);
  if (pull->is_joined)
    json_object_set_boolean_member (object, "joined", TRUE);
  if (pull->status == CR_PULL_WAITING)
    cr_json_set_time (object, "goes_on_at", pull->wait_until_ms);
  cr_json_set_time (object, "created_at", pull->created_ms);
  cr_json_set_time (object, "started_at", pull->started_ms);
  cr_json_set_time (object, "finished_at", pull->finished_ms);
  json_object_set_int_member (object, "requests", pull->requests);
  json_object_set_int_member (object, "retries", pull->retries);
  json_object_set_int_member (object, "pages", pull->pages);
  json_object_set_int_member (object, "received", pull->n_received);
  json_object_set_int_member (object, "new", pull->n_new);
  json_object_set_int_member (object, "changed", pull->n_changed);
  json_object_set_int_member (object, "unchanged", pull->n_unchanged);
  json_object_set_int_member (object, "failed", pull->n_failed_queries);
  json_object_set_int_member (object, "bytes", pull->bytes);
  set_error (object, pull->error_code, pull->error_message);
  if (queries == NULL)
    return object;

  array = json_array_new ();
  for (guint i = 0; i < queries->len; i++)
    json_array_add_object_element (array, wire_query (g_ptr_array_index (queries, i)));
  json_object_set_array_member (object, "queries", array);
  return object;
}

JsonObject *
cr_wire_record (CrRecord *record)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "source", record->source_id);
  json_object_set_string_member (object, "type", record->type);
  json_object_set_string_member (object, "id", record->id);
  json_object_set_int_member (object, "version", record->version);
  json_object_set_int_member (object, "sequence", record->sequence);
  cr_json_set_time (object, "first_seen_at", record->first_seen_ms);
  cr_json_set_time (object, "last_confirmed_at", record->last_confirmed_ms);
  cr_json_set_string (object, "reached_by", record->reached);
  cr_json_set_time (object, "not_listed_since", record->missed_ms);
  cr_json_set_time (object, "gone_at", record->gone_ms);
  cr_json_set_string (object, "sha256", record->sha256);
  json_object_set_int_member (object, "bytes", (gint64) record->n_bytes);
  return object;
}

JsonObject *
cr_wire_destination (CrDestination *destination)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", destination->id);
  json_object_set_string_member (object, "name", destination->name);
  json_object_set_string_member (object, "kind", destination->kind);
  json_object_set_boolean_member (object, "enabled", destination->is_enabled);
  cr_wire_set_enum (object, "status", CR_TYPE_DESTINATION_STATUS, (int) destination->status);
  cr_json_set_string (object, "active_run",
                      destination->work != NULL ? destination->work->id : NULL);
  cr_json_set_string (object, "last_successful_run", destination->last_successful_run);
  json_object_set_int_member (object, "failed_runs", destination->n_failed_runs);
  cr_json_set_time (object, "last_exported_at", destination->last_exported_ms);
  json_object_set_int_member (object, "stored", destination->n_stored);
  json_object_set_int_member (object, "delivered", destination->n_delivered);
  json_object_set_int_member (object, "failing", destination->n_failing);
  json_object_set_int_member (object, "withdrawn", destination->n_withdrawn);
  json_object_set_int_member (object, "to_withdraw", destination->n_to_withdraw);
  cr_json_set_string (object, "action_required", destination->action_required);
  cr_json_set_string (object, "left_behind", destination->left_behind);
  return object;
}

static JsonObject *
wire_item (CrExportItem *item)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", item->id);
  json_object_set_string_member (object, "name", item->name);
  cr_wire_set_enum (object, "status", CR_TYPE_ITEM_STATUS, (int) item->status);
  json_object_set_int_member (object, "resources", item->n_resources);
  json_object_set_int_member (object, "failed", item->n_failed);
  json_object_set_int_member (object, "bytes", item->bytes);
  cr_json_set_string (object, "sha256", item->sha256);
  json_object_set_int_member (object, "attempts", item->attempts);
  cr_json_set_time (object, "next_attempt_at", item->next_attempt_ms);
  set_error (object, item->error_code, item->error_message);
  return object;
}

static void
add_to_cause (GPtrArray *causes, const char *code, const char *message, gint64 at_ms)
{
  CrErrorCause *cause = NULL;

  for (guint i = 0; cause == NULL && i < causes->len; i++)
    {
      CrErrorCause *each = g_ptr_array_index (causes, i);

      if (g_strcmp0 (each->code, code) == 0 && g_strcmp0 (each->message, message) == 0)
        cause = each;
    }
  if (cause == NULL)
    {
      cause = g_new0 (CrErrorCause, 1);
      cause->code = g_strdup (code);
      cause->message = g_strdup (message);
      g_ptr_array_add (causes, cause);
    }
  cause->n++;
  if (at_ms > 0)
    cause->first_ms = cause->first_ms == 0 ? at_ms : MIN (cause->first_ms, at_ms);
  cause->last_ms = MAX (cause->last_ms, at_ms);
}

static JsonObject *
wire_cause (const CrErrorCause *cause)
{
  JsonObject *object = json_object_new ();

  cr_json_set_string (object, "code", cause->code);
  cr_json_set_string (object, "message", cause->message);
  json_object_set_int_member (object, "count", cause->n);
  cr_json_set_time (object, "first_seen_at", cause->first_ms);
  cr_json_set_time (object, "last_seen_at", cause->last_ms);
  return object;
}

/* What went wrong, grouped by cause: the same code and message are one row with a count. */
static JsonArray *
group_errors (CrExportRun *run, GPtrArray *items)
{
  g_autoptr (GPtrArray) causes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_error_cause_free);
  JsonArray *errors = json_array_new ();

  if (run->error_code != NULL)
    add_to_cause (causes, run->error_code, run->error_message, run->completed_ms);
  for (guint i = 0; items != NULL && i < items->len; i++)
    {
      CrExportItem *item = g_ptr_array_index (items, i);

      if (item->error_code != NULL)
        add_to_cause (causes, item->error_code, item->error_message,
                      item->failed_ms > 0 ? item->failed_ms : run->completed_ms);
    }

  for (guint i = 0; i < causes->len; i++)
    json_array_add_object_element (errors, wire_cause (g_ptr_array_index (causes, i)));
  return errors;
}

JsonObject *
cr_wire_run (CrExportRun *run, GPtrArray *items)
{
  JsonObject *object = json_object_new ();
  JsonArray *array;

  json_object_set_string_member (object, "id", run->id);
  json_object_set_string_member (object, "destination_id", run->destination_id);
  cr_wire_set_enum (object, "status", CR_TYPE_RUN_STATUS, (int) run->status);
  cr_wire_set_enum_unless (object, "waiting_for", CR_TYPE_WAIT_REASON, (int) run->waiting_for,
                           CR_WAIT_NONE);
  cr_wire_set_enum (object, "trigger", CR_TYPE_RUN_TRIGGER, (int) run->trigger);
  cr_json_set_string (object, "retry_of", run->retry_of);
  json_object_set_int_member (object, "patients", run->n_patients);
  json_object_set_int_member (object, "resources", run->n_resources);
  json_object_set_int_member (object, "files", run->n_files);
  json_object_set_int_member (object, "bytes", run->bytes);
  cr_json_set_string (object, "person", run->person);
  cr_json_set_time (object, "next_attempt_at", run->wait_until_ms);
  cr_json_set_time (object, "created_at", run->created_ms);
  cr_json_set_time (object, "started_at", run->started_ms);
  cr_json_set_time (object, "completed_at", run->completed_ms);
  json_object_set_array_member (object, "errors", group_errors (run, items));
  if (items == NULL)
    return object;

  array = json_array_new ();
  for (guint i = 0; i < items->len; i++)
    json_array_add_object_element (array, wire_item (g_ptr_array_index (items, i)));
  json_object_set_array_member (object, "items", array);
  return object;
}

JsonObject *
cr_wire_retry_preview (CrRetryPreview *preview)
{
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < preview->causes->len; i++)
    {
      const CrErrorCause *cause = g_ptr_array_index (preview->causes, i);
      JsonObject *each = wire_cause (cause);

      cr_json_set_string (each, "example", cause->example);
      json_object_set_boolean_member (each, "retried", cause->is_retried);
      json_array_add_object_element (array, each);
    }
  json_object_set_int_member (object, "retried", preview->n_retried);
  json_object_set_int_member (object, "left", preview->n_left);
  json_object_set_array_member (object, "causes", array);
  return object;
}

JsonObject *
cr_wire_reconciliation (CrReconciliation *found)
{
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();
  guint n_expected = 0;

  for (guint i = 0; i < found->expected->len; i++)
    {
      const CrDifference *each = g_ptr_array_index (found->expected, i);
      JsonObject *difference;

      n_expected += each->n_expected;
      if (each->n_found >= each->n_expected)
        continue;
      difference = json_object_new ();
      json_object_set_string_member (difference, "name", each->name);
      cr_json_set_string (difference, "type", each->type);
      json_object_set_int_member (difference, "expected", each->n_expected);
      json_object_set_int_member (difference, "found", each->n_found);
      json_array_add_object_element (array, difference);
    }
  json_object_set_int_member (object, "expected", n_expected);
  json_object_set_int_member (object, "missing", cr_reconciliation_missing (found));
  if (found->has_files)
    {
      /* By what the files were known: the rest by a checksum. */
      json_object_set_int_member (object, "files", found->expected->len);
      json_object_set_int_member (object, "size_only", cr_reconciliation_sized (found));
    }
  cr_json_set_string (object, "queued_run", found->queued_run);
  json_object_set_array_member (object, "differences", array);
  return object;
}

static JsonObject *
wire_receipt_line (const CrReceiptLine *line)
{
  JsonObject *object = json_object_new ();

  cr_wire_set_enum (object, "cause", CR_TYPE_WITHDRAWAL_CAUSE, (int) line->cause);
  cr_json_set_string (object, "type", line->type != NULL ? line->type : "files");
  json_object_set_int_member (object, "count", line->n);
  cr_wire_set_enum (object, "status", CR_TYPE_ITEM_STATUS, (int) line->status);
  cr_json_set_string (object, "how", line->how);
  if (line->answer > 0)
    json_object_set_int_member (object, "http_status", line->answer);
  cr_json_set_time (object, "first_at", line->first_ms);
  cr_json_set_time (object, "last_at", line->last_ms);
  cr_json_set_string (object, "error", line->error_message);
  if (line->status == CR_ITEM_FAILED)
    json_object_set_boolean_member (object, "retryable", line->is_retryable);
  return object;
}

JsonObject *
cr_wire_receipt (CrReceipt *receipt)
{
  JsonObject *object = json_object_new ();
  JsonArray *lines = json_array_new ();

  json_object_set_string_member (object, "run", receipt->run->id);
  json_object_set_string_member (object, "destination_id", receipt->run->destination_id);
  json_object_set_string_member (object, "destination", receipt->destination_name);
  json_object_set_string_member (object, "kind", receipt->destination_kind);
  cr_wire_set_enum (object, "status", CR_TYPE_RUN_STATUS, (int) receipt->run->status);
  cr_json_set_time (object, "created_at", receipt->run->created_ms);
  cr_json_set_time (object, "completed_at", receipt->run->completed_ms);
  cr_json_set_time (object, "next_attempt_at", receipt->next_attempt_ms);
  json_object_set_int_member (object, "withdrawn", cr_receipt_count (receipt, CR_ITEM_SENT));
  json_object_set_int_member (object, "failed", cr_receipt_count (receipt, CR_ITEM_FAILED));
  json_object_set_int_member (object, "pending", cr_receipt_count (receipt, CR_ITEM_PENDING));
  for (guint i = 0; i < receipt->lines->len; i++)
    json_array_add_object_element (lines,
                                   wire_receipt_line (g_ptr_array_index (receipt->lines, i)));
  json_object_set_array_member (object, "lines", lines);
  return object;
}

JsonObject *
cr_wire_findings (GPtrArray *findings)
{
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();
  gboolean ok = TRUE;

  for (guint i = 0; i < findings->len; i++)
    {
      CrFinding *finding = g_ptr_array_index (findings, i);
      JsonObject *each = json_object_new ();

      ok = ok && finding->ok;
      json_object_set_string_member (each, "check", finding->check);
      json_object_set_boolean_member (each, "ok", finding->ok);
      json_object_set_string_member (each, "message", finding->message);
      json_array_add_object_element (array, each);
    }

  json_object_set_boolean_member (object, "ok", ok);
  json_object_set_array_member (object, "findings", array);
  return object;
}

JsonObject *
cr_wire_auth_event (CrAuthEvent *event)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", event->id);
  cr_json_set_string (object, "attempt_id", event->attempt_id);
  json_object_set_string_member (object, "source", event->source_id);
  cr_json_set_string (object, "source_name", event->source_name);
  cr_wire_set_enum (object, "step", CR_TYPE_AUTH_STEP, (int) event->step);
  cr_wire_set_enum (object, "status", CR_TYPE_AUTH_OUTCOME, (int) event->outcome);
  cr_wire_set_enum_unless (object, "code", CR_TYPE_FAILURE_CODE, (int) event->code,
                           CR_FAILURE_NONE);
  cr_json_set_string (object, "description", event->description);
  cr_json_set_time (object, "at", event->at_ms);
  return object;
}

JsonObject *
cr_wire_hold (CrHold *hold)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", hold->id);
  json_object_set_string_member (object, "connection", hold->connection_id);
  json_object_set_string_member (object, "patient_id", hold->patient_id);
  cr_wire_set_enum (object, "status", CR_TYPE_HOLD_STATUS, (int) hold->status);
  cr_wire_set_enum (object, "reason", CR_TYPE_GUARD_RESULT, (int) hold->reason);
  cr_json_set_string (object, "detail", hold->detail);
  cr_json_set_string (object, "person", hold->person);
  cr_json_set_time (object, "created_at", hold->created_ms);
  cr_json_set_time (object, "decided_at", hold->decided_ms);
  return object;
}

JsonObject *
cr_wire_error (const GError *error)
{
  JsonObject *object = json_object_new ();

  set_error (object, cr_error_nick (error), error->message);
  return object;
}

JsonObject *
cr_wire_object (gpointer object, const char *public_url)
{
  if (CR_IS_PATIENT (object))
    return cr_wire_patient (object, NULL, NULL);
  if (CR_IS_CONNECTION (object))
    return cr_wire_connection (object);
  if (CR_IS_ATTEMPT (object))
    return wire_attempt (object);
  if (CR_IS_SESSION (object))
    return cr_wire_session (object, NULL, NULL);
  if (CR_IS_SOURCE (object))
    return cr_wire_source (object, public_url);
  if (CR_IS_PULL (object))
    return cr_wire_pull (object, NULL);
  if (CR_IS_QUERY (object))
    return wire_query (object);
  if (CR_IS_PULL_CHANGE (object))
    return cr_wire_pull_change (object);
  if (CR_IS_PULL_TYPE (object))
    return cr_wire_pull_type (object);
  if (CR_IS_PULL_WAIT (object))
    return cr_wire_pull_wait (object);
  if (CR_IS_PULL_LINE (object))
    return cr_wire_pull_line (object);
  if (CR_IS_RECORD (object))
    return cr_wire_record (object);
  if (CR_IS_RECORD_FILE (object))
    return cr_wire_record_file (object);
  if (CR_IS_DESTINATION (object))
    return cr_wire_destination (object);
  if (CR_IS_EXPORT_RUN (object))
    return cr_wire_run (object, NULL);
  if (CR_IS_EXPORT_ITEM (object))
    return wire_item (object);
  if (CR_IS_AUTH_EVENT (object))
    return cr_wire_auth_event (object);
  if (CR_IS_HOLD (object))
    return cr_wire_hold (object);
  if (CR_IS_EVENT (object))
    return cr_wire_event (object);
  if (CR_IS_WEBHOOK_ENDPOINT (object))
    return cr_wire_webhook (object, NULL);
  if (CR_IS_DELIVERY (object))
    return cr_wire_delivery (object);
  if (CR_IS_DELIVERY_ATTEMPT (object))
    return cr_wire_delivery_attempt (object);
  if (CR_IS_AUDIT_ENTRY (object))
    return cr_wire_audit (object);
  if (CR_IS_LOOK (object))
    return cr_wire_look (object);

  g_return_val_if_reached (json_object_new ());
}

JsonObject *
cr_wire_list (GPtrArray *objects, const char *public_url)
{
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();

  add_all (array, objects, public_url);
  json_object_set_array_member (object, "data", array);
  return object;
}
