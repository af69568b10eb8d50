/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-connections-table.h"
#include "store/cr-stmt-rows.h"

G_BEGIN_DECLS

/* A rejected hold keeps exports stopped until a later comparison released the connection. */
#define CR_CONNECTION_SELECT                                                                       \
  "SELECT c.id, c.patient_id, c.source_id, s.name, c.portal_patient_id, c.session_id, c.status,"   \
  " c.scopes, c.asked_scopes, c.token_endpoint, c.has_refresh, c.access_expires_ms,"               \
  " c.sealed_tokens, c.failure_code, c.failure_ms, c.next_pull_ms, c.created_ms, c.updated_ms,"    \
  " (SELECT count(*) FROM hold h WHERE h.connection_id = c.id AND (h.status = 'open'"              \
  "   OR (h.status = 'rejected' AND h.n = (SELECT max(n) FROM hold l"                              \
  "     WHERE l.connection_id = c.id)))) > 0,"                                                     \
  " coalesce ((SELECT t.n_records FROM stream t WHERE t.patient_id = c.patient_id"                 \
  "   AND t.source_id = c.source_id AND t.portal_patient_id = c.portal_patient_id), 0),"           \
  " p.id, p.status, CASE WHEN p.finished_ms > 0 THEN p.finished_ms"                                \
  "   WHEN p.started_ms > 0 THEN p.started_ms ELSE p.created_ms END,"                              \
  " who.name, m.text, coalesce (m.called_ms, 0), m.called_by, c.consent_ends_ms, c.ungranted,"     \
  " c.n_retries"                                                                                   \
  " FROM connection c JOIN source s ON s.id = c.source_id"                                         \
  " JOIN patient who ON who.id = c.patient_id"                                                     \
  " LEFT JOIN connection_note m ON m.connection_id = c.id"                                         \
  " LEFT JOIN pull p ON p.n = (SELECT n FROM pull q WHERE q.connection_id = c.id"                  \
  "   ORDER BY q.created_ms DESC, q.n DESC LIMIT 1)"

/* For the test of its plan. */
const char *cr_reconnect_table_sql (CrReconnectSort sort);

/* Makes a connection of a row of the above. */
gpointer cr_connection_read (CrStmt *stmt);

G_END_DECLS
