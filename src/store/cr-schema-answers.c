/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-schema-private.h"

/* Writes of the API that may be asked for again: see cr-answers-table.c. The key and what was asked
 * are digests, the body is sealed, so nothing of either can be read here. */
gboolean
cr_schema_add_answers (CrDb *db, GError **error)
{
  return cr_db_exec (
      db,
      "CREATE TABLE api_answer ("
      "  n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, request TEXT NOT NULL, patient_id TEXT,"
      "  at_ms INTEGER NOT NULL, status INTEGER NOT NULL, body BLOB);"
      "CREATE INDEX api_answer_by_age ON api_answer (at_ms);"
      "CREATE INDEX api_answer_of_patient ON api_answer (patient_id);",
      error);
}
