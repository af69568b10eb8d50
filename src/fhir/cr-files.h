/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-record-file.h"

G_BEGIN_DECLS

/* The files that a resource carries or links to, of CrRecordFile, in the order written: of a
 * DocumentReference, a DiagnosticReport, Media and Binary all of them, of others those inside. */
GPtrArray *cr_files_find (const char *body, gsize n_bytes, GError **error);
/* The bytes of the file number @n that lies inside. (nullable): there is none inside. */
GBytes *cr_files_read (const char *body, gsize n_bytes, guint n);

G_END_DECLS
