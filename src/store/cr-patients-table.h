/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-patient.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Lists hold owned objects (g_object_unref). `text` searches name, id and e-mail by the beginnings
 * of words, folded. */
gboolean cr_patients_table_add (CrDb *db,
                                CrPatient *patient,
                                GError **error); /* CR_ERROR_CONFLICT when the id is taken */
gboolean cr_patients_table_update (CrDb *db, CrPatient *patient, GError **error);
gboolean cr_patients_table_upsert (
    CrDb *db,
    CrPatient *patient,
    GError **error); /* unset name, email, birth date, sex keep what is there */
gboolean
cr_patients_table_remove (CrDb *db, const char *id, GError **error); /* with everything of theirs */
CrPatient *
cr_patients_table_get (CrDb *db, const char *id, GError **error); /* CR_ERROR_NOT_FOUND */
GPtrArray *cr_patients_table_list (CrDb *db,
                                   const char *text,
                                   CrPatientGroup group,
                                   gint64 now_ms,
                                   guint offset,
                                   guint limit,
                                   GError **error);
gint64 cr_patients_table_count (CrDb *db,
                                const char *text,
                                CrPatientGroup group,
                                gint64 now_ms,
                                GError **error); /* -1 on error */

G_END_DECLS
