/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_PATIENTS_PAGE (cr_patients_page_get_type ())
G_DECLARE_FINAL_TYPE (CrPatientsPage, cr_patients_page, CR, PATIENTS_PAGE, CrPage)

GtkWidget *cr_patients_page_new (CrEngine *engine);
void cr_patients_page_show_group (CrPatientsPage *self, CrPatientGroup group);

G_END_DECLS
