/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_RECORDS_VIEW (cr_records_view_get_type ())
G_DECLARE_FINAL_TYPE (CrRecordsView, cr_records_view, CR, RECORDS_VIEW, AdwBin)

/* A patient's records: the types with their counts, and the records of the chosen one. */
void cr_records_view_start (CrRecordsView *self, CrEngine *engine, const char *patient_id);
gboolean cr_records_view_has_any (CrRecordsView *self);
/* Goes to the entry that searches them. */
gboolean cr_records_view_search (CrRecordsView *self);

G_END_DECLS
