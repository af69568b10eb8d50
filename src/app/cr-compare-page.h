/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_COMPARE_PAGE (cr_compare_page_get_type ())
G_DECLARE_FINAL_TYPE (CrComparePage, cr_compare_page, CR, COMPARE_PAGE, CrPage)

/* Two versions of a record side by side, the last two at first. */
GtkWidget *cr_compare_page_new (CrEngine *engine,
                                const char *patient_id,
                                const char *source_id,
                                const char *type,
                                const char *id);

G_END_DECLS
