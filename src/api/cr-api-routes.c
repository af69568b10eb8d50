/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check-sizes: table. The one list of what the API answers: it serves, checks and describes. */
#include "api/cr-api-route.h"

#include <glib.h>

#define LIMIT                                                                                      \
  {                                                                                                \
    "limit", CR_API_INTEGER, "How many at most; 10 if not given", .min = 1, .max = 100             \
  }
#define AFTER                                                                                      \
  {                                                                                                \
    "starting_after", CR_API_STRING, "next_cursor of the page before", .min = 1                    \
  }
#define BEFORE                                                                                     \
  {                                                                                                \
    "ending_before", CR_API_STRING, "previous_cursor of the page behind", .min = 1                 \
  }

static const char *const session_statuses[] = { "open", "complete", "expired", NULL };
static const char *const sexes[] = { "male", "female", "other", "unknown", NULL };

static const CrApiField patients_query[] = {
  LIMIT,
  AFTER,
  { "patient_id", CR_API_STRING, "The patient with exactly this id" },
  { "email", CR_API_STRING, "Patients with exactly this e-mail address" },
};

static const CrApiField sessions_query[] = {
  LIMIT,
  AFTER,
  { "status", CR_API_CHOICE, "Sessions in this state", .choices = session_statuses },
};

static const CrApiField sources_query[] = {
  LIMIT,
  AFTER,
  { "q", CR_API_STRING, "Part of the name, in any case", .max = 200 },
  { "type", CR_API_STRING, "The vendor", .max = 100 },
};

static const CrApiField records_query[] = {
  { "type", CR_API_TYPES, "Resource types, separated by commas" },
  { "since", CR_API_TIME, "Only what changed here after it" },
  { "count", CR_API_INTEGER, "How many at most; 100 if not given", .min = 1, .max = 100 },
  AFTER,
  BEFORE,
};

static const CrApiField everything_query[] = {
  { "_type", CR_API_TYPES, "Resource types, separated by commas" },
  { "_since", CR_API_TIME, "Only what changed here after it" },
  { "_count", CR_API_INTEGER, "How many a page; all in one if not given", .min = 1, .max = 1000 },
  AFTER,
};

static const char *const pull_statuses[] = { "queued",  "running", "waiting",   "complete",
                                             "partial", "failed",  "cancelled", NULL };
static const char *const item_statuses[] = { "failed", NULL };

static const CrApiField pulls_query[] = {
  LIMIT,
  AFTER,
  { "status", CR_API_CHOICE, "Those in this state", .choices = pull_statuses },
};

static const CrApiField page_query[] = { LIMIT, AFTER };

static const CrApiField items_query[] = {
  LIMIT,
  AFTER,
  { "status", CR_API_CHOICE, "Only those that failed", .choices = item_statuses },
};

static const CrApiField events_query[] = {
  { "after", CR_API_STRING, "Begin behind this event; so does the header Last-Event-ID" },
};

static const char *const webhook_statuses[] = { "active", "disabled", NULL };
static const char *const yes_or_no[] = { "true", "false", NULL };

static const CrApiField webhooks_query[] = {
  LIMIT,
  AFTER,
  { "status", CR_API_CHOICE, "Endpoints in this state", .choices = webhook_statuses },
};

static const CrApiField deliveries_query[] = {
  LIMIT,
  AFTER,
  { "delivered", CR_API_CHOICE, "Whether they were taken", .choices = yes_or_no },
};

#define EVENTS "Types of events, or * alone for all"

static const char *const event_choices[] = { "*",
                                             "patient_session.completed",
                                             "connection.token_refresh_failed",
                                             "records.sync.completed",
                                             "records.sync.failed",
                                             NULL };

static const CrApiField webhook_fields[] = {
  { "url", CR_API_URI, "Where events go: https", .is_required = TRUE },
  { "events", CR_API_STRINGS, EVENTS, .is_required = TRUE, .min = 1, .max = 5,
    .choices = event_choices },
  { "description", CR_API_STRING, "For people", .max = 500 },
  { "metadata", CR_API_OBJECT, "Anything of yours, up to 50 keys" },
};

static const CrApiField webhook_changes[] = {
  { "url", CR_API_URI, "Where events go: https" },
  { "events", CR_API_STRINGS, EVENTS, .min = 1, .max = 5, .choices = event_choices },
  { "description", CR_API_STRING, "For people", .is_nullable = TRUE, .max = 500 },
  { "metadata", CR_API_OBJECT, "Anything of yours, up to 50 keys" },
  { "status", CR_API_CHOICE, "Whether it gets events", .choices = webhook_statuses },
};

static const CrApiField replay_fields[] = {
  { "since", CR_API_STRING, "What happened after this time; everything if not given", .min = 1 },
};

static const CrApiField pull_fields[] = {
  { "connection", CR_API_STRING, "This connection alone (conn_…)", .min = 1 },
  { "full", CR_API_BOOLEAN, "Everything, not only what changed since the last pull" },
};

/* Birth date and sex are ours: with them the records of a wrong person are noticed. */
#define PATIENT_FIELDS                                                                             \
  { "patient_id",        CR_API_STRING, "Your own id of the patient; never changes",               \
    .is_required = TRUE, .min = 1,      .max = 200 },                                              \
      { "email", CR_API_EMAIL, "E-mail address", .is_nullable = TRUE },                            \
      { "name", CR_API_STRING, "What people call the patient", .is_nullable = TRUE, .max = 200 },  \
      { "metadata", CR_API_OBJECT, "Anything of yours" },                                          \
      { "birth_date", CR_API_DATE, "Compared with the portal's; not part of the contract",         \
        .is_nullable = TRUE },                                                                     \
  {                                                                                                \
    "sex", CR_API_CHOICE, "Compared with the portal's; not part of the contract",                  \
        .is_nullable = TRUE, .choices = sexes                                                      \
  }

static const CrApiField patient_fields[] = { PATIENT_FIELDS };

static const CrApiField session_fields[] = {
  { "patient_id", CR_API_STRING, "The patient; made if there is none", .is_required = TRUE,
    .min = 1, .max = 200 },
  { "patient_email", CR_API_EMAIL, "Stored with the patient" },
  { "patient_name", CR_API_STRING, "Stored with the patient", .max = 200 },
  { "connection_id", CR_API_STRING, "Straight to this source: its id or FHIR base URL", .min = 1 },
  { "recommended_connection_ids", CR_API_STRINGS, "Sources listed first on the page", .max = 100 },
  { "return_url", CR_API_URI, "Where the patient ends", .is_required = TRUE },
  { "return_button_label", CR_API_STRING, "Name of that place, on the last button", .min = 1,
    .max = 60 },
  { "expires_in", CR_API_INTEGER, "Seconds; 1800 if not given", .min = 60, .max = 86400 },
  { "metadata", CR_API_OBJECT, "Anything of yours; comes back on reads and events" },
};

static const char *const session_exclusive[] = { "connection_id", "recommended_connection_ids",
                                                 NULL };

static const CrApiBody create_patient = { "PatientCreate", patient_fields,
                                          G_N_ELEMENTS (patient_fields) };
static const CrApiBody update_patient = { "PatientUpdate", patient_fields,
                                          G_N_ELEMENTS (patient_fields) };
static const CrApiBody create_session = { "PatientSessionCreate", session_fields,
                                          G_N_ELEMENTS (session_fields), .is_closed = TRUE,
                                          .exclusive = session_exclusive };

static const CrApiBody start_pulls = { "PullStart", pull_fields, G_N_ELEMENTS (pull_fields),
                                       .is_closed = TRUE, .is_optional = TRUE };

static const CrApiBody create_webhook = { "WebhookEndpointCreate", webhook_fields,
                                          G_N_ELEMENTS (webhook_fields) };
static const CrApiBody update_webhook = { "WebhookEndpointUpdate", webhook_changes,
                                          G_N_ELEMENTS (webhook_changes), .is_optional = TRUE };
static const CrApiBody replay_webhook = { "WebhookReplay", replay_fields,
                                          G_N_ELEMENTS (replay_fields), .is_closed = TRUE,
                                          .is_optional = TRUE };

#define QUERY(fields) .query = fields, .n_query = G_N_ELEMENTS (fields)
#define READ CR_API_ACCESS_READ
#define WRITE CR_API_ACCESS_WRITE

static const CrApiRoute routes[] = {
  { "GET", "/health", "api.health", "Whether the engine answers", CR_API_ACCESS_OPEN, cr_api_health,
    "Health" },

  { "POST", "/patients", "api.createPatient", "Add a patient", WRITE, cr_api_create_patient,
    "Patient", .body = &create_patient },
  { "GET", "/patients", "api.listPatients", "Patients, newest first", READ, cr_api_list_patients,
    "Patient[]", QUERY (patients_query) },
  { "GET", "/patients/{id}", "api.getPatient", "A patient with connections", READ,
    cr_api_get_patient, "PatientDetail" },
  { "PUT", "/patients/{id}", "api.updatePatient",
    "Replace a patient: what is left out of email, name and metadata is cleared", WRITE,
    cr_api_update_patient, "Patient", .body = &update_patient },
  { "DELETE", "/patients/{id}", "api.deletePatient", "Remove a patient with everything of theirs",
    WRITE, cr_api_delete_patient, "PatientDeleted", .tombstone = cr_api_patient_tombstone },
  { "DELETE", "/patients/{id}/connections/{connection_id}", "api.disconnectPatientConnection",
    "End a connection; its records stay", WRITE, cr_api_disconnect, "ConnectionDisconnected" },
  { "GET", "/patients/{id}/patient-sessions", "api.listPatientSessionsForPatient",
    "Sessions of a patient, newest first", READ, cr_api_list_sessions, "PatientSession[]",
    QUERY (sessions_query) },
  { "GET", "/patients/{id}/records", "api.getPatientRecords",
    "Latest versions of a patient's records, by their last change, oldest first", READ,
    cr_api_get_records, "PatientRecords", QUERY (records_query) },
  { "GET", "/patients/{id}/$everything", "api.getPatientEverything", "The same as a FHIR R4 Bundle",
    READ, cr_api_get_everything, "Bundle", QUERY (everything_query),
    .media = "application/fhir+json" },

  { "GET", "/connections", "api.listFhirSources", "The catalog of sources", READ,
    cr_api_list_sources, "FhirSource[]", QUERY (sources_query) },
  { "GET", "/connections/{id}", "api.getFhirSource",
    "A source by its id or its percent-encoded FHIR base URL", READ, cr_api_get_source,
    "FhirSource" },

  { "POST", "/patient-sessions", "api.initPatientSession",
    "Begin a session: give its url to the patient", WRITE, cr_api_create_session, "PatientSession",
    .body = &create_session },
  { "GET", "/patient-sessions/{id}", "api.retrievePatientSession", "A session", READ,
    cr_api_get_session, "PatientSession" },
  { "GET", "/launch-contexts/{id}", "api.retrieveLaunchContext",
    "Of the contract, and not part of Chartroom: answers feature_not_enabled", READ,
    cr_api_get_launch_context, "LaunchContext" },

  { "POST", "/webhooks", "api.createWebhook", "Add an endpoint; its secret is shown this once",
    WRITE, cr_api_create_webhook, "WebhookEndpointSecret", .body = &create_webhook },
  { "GET", "/webhooks", "api.listWebhooks", "Endpoints, newest first", READ, cr_api_list_webhooks,
    "WebhookEndpoint[]", QUERY (webhooks_query) },
  { "GET", "/webhooks/{id}", "api.getWebhook", "An endpoint", READ, cr_api_get_webhook,
    "WebhookEndpoint" },
  { "PATCH", "/webhooks/{id}", "api.updateWebhook", "Change what is given of an endpoint", WRITE,
    cr_api_update_webhook, "WebhookEndpoint", .body = &update_webhook },
  { "DELETE", "/webhooks/{id}", "api.deleteWebhook", "Remove an endpoint and its deliveries", WRITE,
    cr_api_delete_webhook, "WebhookEndpointDeleted" },
  { "POST", "/webhooks/{id}/rotate-secret", "api.rotateWebhookSecret",
    "A new secret, shown this once; the old one signs on for a day in webhook-signature alone",
    WRITE, cr_api_rotate_webhook, "WebhookEndpointSecret" },
  { "GET", "/webhooks/{id}/events", "api.listWebhookEvents", "Deliveries, newest first", READ,
    cr_api_list_webhook_events, "WebhookEvent[]", QUERY (deliveries_query) },
  { "POST", "/events/{id}/redeliver", "api.redeliverWebhookEvent",
    "Send it once more, now; once a minute", WRITE, cr_api_redeliver, "WebhookEvent" },

  /* Beyond the contract. */
  { "POST", "/webhooks/{id}/test", "api.testWebhook", "Send webhook.test, now", WRITE,
    cr_api_test_webhook, "WebhookEvent" },
  { "POST", "/webhooks/{id}/replay", "api.replayWebhook",
    "Send what the endpoint was not told, though it wants it", WRITE, cr_api_replay_webhook,
    "WebhookReplayed", .body = &replay_webhook },
  { "GET", "/patients/{id}/pulls", "api.listPatientPulls", "Pulls of a patient, newest first", READ,
    cr_api_list_patient_pulls, "Pull[]", QUERY (pulls_query) },
  { "POST", "/patients/{id}/pulls", "api.startPulls",
    "Pull from each active connection; one under way is joined", WRITE, cr_api_start_pulls,
    "Pull[]", .body = &start_pulls },
  { "GET", "/pulls", "api.listPulls", "All pulls, newest first", READ, cr_api_list_pulls, "Pull[]",
    QUERY (pulls_query) },
  { "GET", "/pulls/{id}", "api.getPull", "A pull with its queries", READ, cr_api_get_pull,
    "PullDetail" },
  { "POST", "/pulls/{id}/cancel", "api.cancelPull", "Stop a pull; what it brought stays", WRITE,
    cr_api_cancel_pull, "PullDetail" },
  { "GET", "/destinations", "api.listDestinations", "Where records go", READ,
    cr_api_list_destinations, "Destination[]", QUERY (page_query) },
  { "GET", "/destinations/{id}", "api.getDestination", "One of them", READ, cr_api_get_destination,
    "Destination" },
  { "GET", "/destinations/{id}/export-runs", "api.listExportRuns",
    "Export runs of a destination, newest first", READ, cr_api_list_runs, "ExportRun[]",
    QUERY (pulls_query) },
  { "GET", "/export-runs/{id}", "api.getExportRun", "An export run", READ, cr_api_get_run,
    "ExportRun" },
  { "GET", "/export-runs/{id}/items", "api.listExportItems", "Its files or batches, in order", READ,
    cr_api_list_items, "ExportItem[]", QUERY (items_query) },
  { "POST", "/export-runs/{id}/retry", "api.retryExportRun", "Send again what failed: a new run",
    WRITE, cr_api_retry_run, "ExportRun" },
  { "GET", "/events/stream", "api.streamEvents", "What happens, as Server-Sent Events", READ,
    cr_api_stream_events, "EventStream", QUERY (events_query), .media = "text/event-stream" },
  { "GET", "/metadata", "api.capability", "The FHIR CapabilityStatement", CR_API_ACCESS_OPEN,
    cr_api_capability, "CapabilityStatement", .media = "application/fhir+json" },
  { "GET", "/openapi.json", "api.describe", "This description", CR_API_ACCESS_OPEN, cr_api_describe,
    "OpenApi" },
};

const CrApiRoute *
cr_api_routes (guint *n_routes)
{
  *n_routes = G_N_ELEMENTS (routes);
  return routes;
}
