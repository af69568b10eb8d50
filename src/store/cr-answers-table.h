/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-answer.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Writes of the API that carried an Idempotency-Key, for a day. @key and @request are digests. */
typedef struct
{
  const char *key;
  const char *request;    /* what was asked for under it */
  const char *patient_id; /* (nullable): with whom it is forgotten */
  gint64 now_ms;
} CrAnswerAsk;

/* Returns: (transfer full) (nullable): what there is under the key; when nothing is, it is begun */
CrAnswer *cr_answers_table_begin (CrDb *db, const CrAnswerAsk *ask, GError **error);
/* @sealed: (nullable): the body could not be sealed. One that was forgotten meanwhile stays so. */
gboolean
cr_answers_table_settle (CrDb *db, const char *key, guint status, GBytes *sealed, GError **error);
gboolean cr_answers_table_drop (CrDb *db, const char *key, GError **error);
gboolean cr_answers_table_forget_patient (CrDb *db, const char *patient_id, GError **error);

G_END_DECLS
