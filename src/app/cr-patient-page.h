/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_PATIENT_PAGE (cr_patient_page_get_type ())
G_DECLARE_FINAL_TYPE (CrPatientPage, cr_patient_page, CR, PATIENT_PAGE, CrPage)

GtkWidget *cr_patient_page_new (CrEngine *engine, const char *patient_id);
const char *cr_patient_page_get_patient_id (CrPatientPage *self);
/* `records`, `pulls` or `sign-ins` */
void cr_patient_page_show_tab (CrPatientPage *self, const char *name);

G_END_DECLS
