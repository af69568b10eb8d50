/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_FILE_ROW (cr_file_row_get_type ())
G_DECLARE_FINAL_TYPE (CrFileRow, cr_file_row, CR, FILE_ROW, GtkListBoxRow)

/* A file of a record: what it is, itself if it is text or an image, or why it is not here. */
GtkWidget *cr_file_row_new (CrEngine *engine,
                            const char *patient_id,
                            guint version,
                            CrRecordFile *file,
                            gboolean is_shown);

G_END_DECLS
