/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-patient.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_PATIENT_LINE (cr_patient_line_get_type ())
G_DECLARE_FINAL_TYPE (CrPatientLine, cr_patient_line, CR, PATIENT_LINE, AdwBin)

/* Whose it is what a page shows, where the page is not the patient's own: name, id, birth date,
 * sex. It follows what changes. */
void cr_patient_line_show (CrPatientLine *self, CrEngine *engine, const char *patient_id);
/* What tells a patient from others of the name. */
char *cr_patient_line_about (CrPatient *patient);

G_END_DECLS
