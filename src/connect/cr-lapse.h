/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-auth-log.h"
#include "model/cr-connection.h"

G_BEGIN_DECLS

#define CR_LAPSE_CONSENT_ENDED "The time that the patient allowed at the portal has passed."
#define CR_LAPSE_ENDED "Access ended on its date, and the portal gave no refresh token."

CrAuthEvent *cr_auth_event_of_connection (CrConnection *connection,
                                          CrAuthStep step,
                                          CrAuthOutcome outcome,
                                          CrFailureCode code,
                                          const char *description,
                                          gint64 now_ms);

gboolean cr_lapse (CrDb *db,
                   CrConnection *connection,
                   CrConnectionStatus status,
                   CrFailureCode code,
                   const char *note,
                   CrTold *told,
                   gint64 now_ms,
                   GError **error);
/* GPtrArray of CrTold, to be told after the commit. Only when it is sure that it is now @now_ms. */
GPtrArray *cr_lapse_ended (CrDb *db, gint64 now_ms, GError **error);
/* What to ask first when it is not: the sources (of CrSource) whose access would end. */
GPtrArray *cr_lapse_list_to_ask (CrDb *db, gint64 now_ms, GError **error);

G_END_DECLS
