/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_LOOKS_PAGE (cr_looks_page_get_type ())
G_DECLARE_FINAL_TYPE (CrLooksPage, cr_looks_page, CR, LOOKS_PAGE, CrPage)

/* Who looked at a patient's records, on screen and, for the patient, on paper. */
GtkWidget *cr_looks_page_new (CrEngine *engine, const char *patient_id);

G_END_DECLS
