/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-explain.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_SIGN_INS_VIEW (cr_sign_ins_view_get_type ())
G_DECLARE_FINAL_TYPE (CrSignInsView, cr_sign_ins_view, CR, SIGN_INS_VIEW, AdwBin)

/* The links made for a patient, and what happened when they signed in. */
void cr_sign_ins_view_start (CrSignInsView *self, CrEngine *engine, const char *patient_id);
/* The page has this on top; its own rows do not offer it once more. */
void cr_sign_ins_view_set_offered (CrSignInsView *self, CrRemedy remedy);

G_END_DECLS
