/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-connection.h"
#include "model/cr-hold.h"
#include "model/cr-patient.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* The wrong-patient guard after the sign-in: the portal's Patient as it is stored, compared with
 * the clinic's patient as it is now. */

/* @portal_patient: (nullable): the body; @detail: only set when exports must wait */
typedef CrGuardResult (*CrGuardJudge) (CrPatient *clinic, GBytes *portal_patient, char **detail);

/* Opens a hold where one is needed, with its line in the history. */
gboolean cr_guard_table_note (CrDb *db,
                              CrConnection *connection,
                              CrGuardJudge judge,
                              gint64 now_ms,
                              GError **error);
/* The same for each connection of a patient. */
gboolean cr_guard_table_note_patient (CrDb *db,
                                      const char *patient_id,
                                      CrGuardJudge judge,
                                      gint64 now_ms,
                                      GError **error);
/* Whether nothing of the connection may leave, though no hold may say so yet: 1, 0, or -1 on
 * error. */
int cr_guard_table_stops (CrDb *db, CrConnection *connection, CrGuardJudge judge, GError **error);

G_END_DECLS
