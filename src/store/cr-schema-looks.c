/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Who looked at a patient's records: see cr-looks-table.c. It is the patient's own, and goes with
 * them. */
gboolean
cr_schema_add_looks (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "CREATE TABLE look ("
                     "  n INTEGER PRIMARY KEY,"
                     "  patient_id TEXT NOT NULL REFERENCES patient (id) ON DELETE CASCADE,"
                     "  person TEXT NOT NULL, kind TEXT NOT NULL, first_ms INTEGER NOT NULL,"
                     "  last_ms INTEGER NOT NULL);"
                     "CREATE INDEX look_of_patient ON look (patient_id, last_ms, n);",
                     error);
}
