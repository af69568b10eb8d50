/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_PATIENT_DIALOG (cr_patient_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrPatientDialog, cr_patient_dialog, CR, PATIENT_DIALOG, AdwWindow)

typedef void (*CrPatientFunc) (CrPatient *patient, gpointer user_data);

/* Add a patient, or change @patient (nullable). @func: (nullable): called when saved, as long as
 * @parent is there. */
GtkWidget *cr_patient_dialog_new (GtkWindow *parent,
                                  CrEngine *engine,
                                  CrPatient *patient,
                                  const char *person,
                                  CrPatientFunc func,
                                  gpointer user_data);

G_END_DECLS
