/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_RECORD_PAGE (cr_record_page_get_type ())
G_DECLARE_FINAL_TYPE (CrRecordPage, cr_record_page, CR, RECORD_PAGE, CrPage)

/* One record: in words, and the bytes as they came in. */
GtkWidget *cr_record_page_new (CrEngine *engine,
                               const char *patient_id,
                               const char *source_id,
                               const char *type,
                               const char *id);

G_END_DECLS
