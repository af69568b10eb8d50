/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-pull.h"

G_BEGIN_DECLS

/* A pull or an export that is under way. */
typedef struct
{
  char *id; /* (owned): a pull, or an export run */
  gboolean is_run;
  gboolean is_queued;
  CrWaitReason waiting_for; /* CR_WAIT_NONE: it does not wait */
  gint64 wait_until_ms;     /* 0: for no certain time */
  char *error_code;         /* (owned) (nullable): that it waits after */
  char *patient_id;         /* (owned) (nullable): of a pull */
  char *name;               /* (owned): the patient, or the destination */
  char *about;              /* (owned) (nullable): the source */
  char *type;               /* (owned) (nullable): of record, which is asked for now */
  guint n_done;             /* queries, or items */
  guint n_all;
  guint n_pages;    /* of a pull */
  guint last_pages; /* that the last complete pull of its connection had; 0: there was none */
  gint64 n_records;
  gint64 started_ms;
} CrWork;

void cr_work_free (CrWork *self);
gint64 cr_work_left_ms (const CrWork *self, gint64 now_ms);

G_END_DECLS
