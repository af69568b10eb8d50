/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-removal.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What there is of a patient, or of one connection. CR_ERROR_NOT_FOUND */
CrRemoval *cr_removal_weigh_patient (CrDb *db, const char *patient_id, GError **error);
CrRemoval *cr_removal_weigh_connection (CrDb *db, const char *connection_id, GError **error);

/* Do it, in the open transaction; what they return is the receipt. */
CrRemoval *cr_removal_of_patient (CrDb *db, const char *patient_id, gint64 now_ms, GError **error);
CrRemoval *cr_removal_of_data (CrDb *db, const char *connection_id, gint64 now_ms, GError **error);
/* What names a patient in rows that are not the patient's own. */
gboolean cr_removal_forget_names (CrDb *db, const char *patient_id, GError **error);

/* What a removal leaves to do outside the transaction: queued in it, struck out once it is proven
 * to be done. */
#define CR_REMOVAL_KEYRING "keyring" /* the name is that of the secret */
#define CR_REMOVAL_WIPE "wipe"       /* old bytes in the database's files and in copies of it */

typedef struct
{
  char *kind; /* (owned) */
  char *name; /* (owned) */
  gint64 queued_ms;
} CrRemovalTask;

void cr_removal_task_free (CrRemovalTask *self);
gboolean
cr_removal_tasks_add (CrDb *db, const char *kind, const char *name, gint64 now_ms, GError **error);
GPtrArray *cr_removal_tasks_list (CrDb *db, GError **error); /* CrRemovalTask, oldest first */
gboolean cr_removal_tasks_strike (CrDb *db, CrRemovalTask *task, GError **error);

G_END_DECLS
