/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-api-key.h"
#include "model/cr-look.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The JSON shapes that the faces share: objects of the API under their published names, the others
 * as the command line documents them. */
JsonObject *
cr_wire_patient (CrPatient *patient,
                 GPtrArray *connections,
                 GPtrArray *failed_attempts); /* arrays (nullable): without `connections` */
JsonObject *cr_wire_connection (CrConnection *connection);
/* As the reconnect list shows it, with its patient, the days that are left, and what staff noted.
 */
JsonObject *cr_wire_reconnect (CrConnection *connection, gint64 now_ms);
JsonObject *cr_wire_removal (CrRemoval *removal);
JsonObject *cr_wire_session (CrSession *session, const char *url, GPtrArray *attempts);
JsonObject *cr_wire_source (CrSource *source, const char *public_url);
JsonObject *cr_wire_pull (CrPull *pull, GPtrArray *queries); /* queries (nullable) */
JsonObject *cr_wire_pull_change (CrPullChange *change);
JsonObject *cr_wire_pull_type (CrPullType *type);
JsonObject *cr_wire_pull_wait (CrPullWait *wait);
JsonObject *cr_wire_pull_line (CrPullLine *line);
JsonObject *cr_wire_record (CrRecord *record);
JsonObject *cr_wire_record_file (CrRecordFile *file);
JsonObject *cr_wire_destination (CrDestination *destination);
JsonObject *cr_wire_run (CrExportRun *run, GPtrArray *items); /* items (nullable) */
JsonObject *cr_wire_retry_preview (CrRetryPreview *preview);
JsonObject *cr_wire_reconciliation (CrReconciliation *found);
JsonObject *cr_wire_receipt (CrReceipt *receipt);
JsonObject *cr_wire_findings (GPtrArray *findings);
JsonObject *cr_wire_auth_event (CrAuthEvent *event);
JsonObject *cr_wire_hold (CrHold *hold);
JsonObject *cr_wire_event (CrEvent *event);
JsonObject *cr_wire_webhook (CrWebhookEndpoint *endpoint, const char *secret); /* (nullable) */
JsonObject *cr_wire_delivery (CrDelivery *delivery);
JsonObject *cr_wire_delivery_attempt (CrDeliveryAttempt *attempt);
JsonObject *cr_wire_audit (CrAuditEntry *entry);
JsonObject *cr_wire_look (CrLook *look);
JsonObject *cr_wire_api_key (CrApiKey *key, gint64 now_ms);
JsonObject *cr_wire_error (const GError *error);
/* Any model object by its type, with @public_url (nullable) before what is shown there; lists of
 * them as {"data": […]}. */
JsonObject *cr_wire_object (gpointer object, const char *public_url);
JsonObject *cr_wire_list (GPtrArray *objects, const char *public_url);

G_END_DECLS
