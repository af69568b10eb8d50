/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-list-page.h"
#include "model/cr-patient.h"
#include "model/cr-session.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

CrListPage *cr_pages_read (CrDb *db, const CrPageAsk *ask, GError **error);
/* With what is derived on demand: a session with its attempts, a patient with connections. */
CrSession *cr_pages_get_session (CrDb *db, const char *id, GError **error);
CrPatient *cr_pages_get_patient (CrDb *db, const char *id, GError **error);

G_END_DECLS
