/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attempt.h"
#include "model/cr-auth-event.h"
#include "model/cr-pull.h"
#include "model/cr-session.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

gboolean cr_sessions_table_add (CrDb *db, CrSession *session, GError **error);
CrSession *cr_sessions_table_get (CrDb *db, const char *id, GError **error);
CrSession *cr_sessions_table_get_by_url_key (CrDb *db, const char *url_key, GError **error);
gboolean cr_sessions_table_set_status (CrDb *db,
                                       const char *id,
                                       CrSessionStatus status,
                                       gint64 now_ms,
                                       GError **error);
GPtrArray *cr_sessions_table_list (CrDb *db,
                                   const char *patient_id,
                                   guint offset,
                                   guint limit,
                                   GError **error); /* newest first */
gint64 cr_sessions_table_count (CrDb *db, const char *patient_id, GError **error);
GPtrArray *cr_sessions_table_list_ended (CrDb *db, gint64 now_ms, guint limit, GError **error);
gint64 cr_sessions_table_next_expiry_ms (CrDb *db, GError **error); /* of an open one; 0: none */

gboolean cr_attempts_table_add (CrDb *db, CrAttempt *attempt, GError **error);
CrAttempt *cr_attempts_table_get_by_state (CrDb *db,
                                           const char *state,
                                           GError **error); /* CR_ERROR_NOT_FOUND */
/* Takes the verifier out in the same step, so that a state can be used once; CR_ERROR_CONFLICT when
 * it was used already. */
CrAttempt *cr_attempts_table_take (CrDb *db, const char *state, GError **error);
gboolean cr_attempts_table_finish (CrDb *db,
                                   CrAttempt *attempt,
                                   GError **error); /* status, connection id, failure */
GPtrArray *
cr_attempts_table_list (CrDb *db, const char *session_id, GError **error); /* oldest first */
char *cr_attempts_table_dup_redirect_uri (CrDb *db, const char *connection_id, GError **error);
GPtrArray *cr_attempts_table_list_failed (CrDb *db, const char *patient_id, GError **error);
/* Started ones whose state ran out before @now_ms; @is_taken: those whose answer came. */
GPtrArray *cr_attempts_table_list_ended (CrDb *db,
                                         gboolean is_taken,
                                         gint64 now_ms,
                                         guint limit,
                                         GError **error);
gint64 cr_attempts_table_next_end_ms (CrDb *db, GError **error); /* of a started one; 0: none */

gboolean cr_auth_events_table_add (CrDb *db, CrAuthEvent *event, GError **error);
GPtrArray *cr_auth_events_table_list (CrDb *db,
                                      const char *patient_id,
                                      guint offset,
                                      guint limit,
                                      GError **error); /* newest first */
gint64 cr_auth_events_table_count (CrDb *db, const char *patient_id, GError **error);
/* Whether the patient gave access for the connection of @pull again after it was queued: 1 or 0, -1
 * on error. */
gint64 cr_auth_events_table_given_since (CrDb *db, CrPull *pull, GError **error);

G_END_DECLS
