/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

G_BEGIN_DECLS

/* Full-text search, which every database does in its own way, kept in one place. The index holds a
 * text for each patient, under the patient's row number. */

/* A condition on `patient`, true for those whose words begin with those bound to `:words`. */
#define CR_SEARCH_PATIENT                                                                          \
  "patient.n IN (SELECT rowid FROM patient_search WHERE patient_search MATCH :words)"

char *cr_search_words (const char *text);
char *cr_search_fold (const char *text);
char *cr_search_part (const char *text);
gboolean cr_search_put (CrDb *db,
                        gint64 n,
                        const char *id,
                        const char *name,
                        const char *email,
                        GError **error);
gboolean cr_search_remove (CrDb *db, gint64 n, GError **error);

G_END_DECLS
