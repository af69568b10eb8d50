/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

#define CR_TYPE_RECORD_FINDER (cr_record_finder_get_type ())
G_DECLARE_FINAL_TYPE (CrRecordFinder, cr_record_finder, CR, RECORD_FINDER, GObject)

/* How many are listed: nobody reads on further. */
#define CR_RECORD_FINDER_MOST 1000

/* The records of a patient that have some words in them: a GListModel of CrListRow that grows while
 * they are looked through. Afterwards, when records come in, they are looked through again, and the
 * rows change in place. */
/* @filter: patient_id, text, and perhaps source_id and type. Signal `moved`: it got further. */
CrRecordFinder *cr_record_finder_new (CrEngine *engine, const CrListFilter *filter);
guint cr_record_finder_get_looked (CrRecordFinder *self);
/* All were looked at, or CR_RECORD_FINDER_MOST were found. */
gboolean cr_record_finder_is_done (CrRecordFinder *self);
/* Why it could not go on: (transfer none) (nullable) */
const GError *cr_record_finder_get_error (CrRecordFinder *self);

G_END_DECLS
