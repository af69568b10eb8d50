/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-look.h"

G_BEGIN_DECLS

/* Keeps that @person looked at something of a patient, for CR_LIST_LOOKS. Nobody waits for it; when
 * it cannot be kept, that is said as of anything that cannot be stored. */
void
cr_engine_note_look (CrEngine *self, const char *patient_id, CrLookKind kind, const char *person);

G_END_DECLS
