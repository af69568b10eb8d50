/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* What points at a row, in stretches of 131,072 of the rows that point. Within a million records
 * one index of all stretches is written all over by every page; of stretches only the last is. */
gboolean
cr_schema_add_stretches (CrDb *db, GError **error)
{
  return cr_db_exec (db,
                     "DROP INDEX reference_back;"
                     "CREATE INDEX reference_back ON reference (rid >> 17, to_rid);",
                     error);
}
