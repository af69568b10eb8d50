/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-list-page.h"
#include "model/cr-record.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

CrStretch *cr_record_stretch_read (CrDb *db, const CrStretchAsk *ask, GError **error);
/* Differs once anything in the patient's readable records does. */
char *cr_record_stretch_mark (CrDb *db, const char *patient_id, GError **error);

G_END_DECLS
