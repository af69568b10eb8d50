/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-record-file.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How a file of somebody else's is looked at. Nothing in it is carried out. */

/* The image, made small enough for a screen, away from the main thread. */
void cr_file_view_image_async (GBytes *bytes,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
GdkTexture *cr_file_view_image_finish (GAsyncResult *result, GError **error);
/* As much of the text as is shown. */
char *cr_file_view_text (CrRecordFile *file, gboolean *is_cut);
char *cr_file_view_kind (CrRecordFile *file); /* in words: “PDF document” */

/* A folder of its own for a file that another program shows: nobody else may look into it, and it
 * goes when Chartroom ends. Returns: (transfer full) (nullable) */
char *cr_file_view_new_folder (GError **error);
void cr_file_view_remove_folders (void);

G_END_DECLS
