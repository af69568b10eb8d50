/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-changes.h"
#include "model/cr-connection.h"
#include "model/cr-destination.h"
#include "model/cr-export.h"
#include "model/cr-pull.h"
#include "model/cr-source.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What the schedule holds now, read and brought up to date in one transaction. */

typedef struct
{
  CrPull *pull;               /* (owned) */
  CrConnection *connection;   /* (owned) */
  CrSource *source;           /* (owned) */
  guint per_minute;           /* requests to the source; 0: as the rules say */
  CrExportRun *run;           /* (owned) */
  CrDestination *destination; /* (owned) */
} CrDue;

typedef struct
{
  gint64 now_ms;
  gint64 true_ms;   /* the same, put right when our clock is known to be wrong */
  gboolean is_sure; /* that our clock is right: else access does not end by it */
  gboolean no_schedule;
  gboolean is_first; /* since the engine began */
  GStrv stranded;    /* (owned) (nullable): ids that run nowhere, whatever their rows say */
} CrLookQuestion;

/* What is due now, and when to look again at the latest. */
typedef struct
{
  GPtrArray *due;     /* (owned): of CrDue */
  GPtrArray *lapsed;  /* (owned) (nullable): of CrTold */
  GPtrArray *silent;  /* (owned) (nullable): of CrTold */
  GPtrArray *outages; /* (owned) (nullable): of CrOutage, when it was the first look */
  GPtrArray *to_ask;  /* (owned) (nullable): of CrSource, to ask for the time before access ends */
  gint64 next_ms;     /* 0: nothing known */
  gboolean has_stopped;   /* a pull */
  gboolean has_forgotten; /* an outage that nobody waits for */
} CrLookAnswer;

void cr_look_question_free (gpointer data);
void cr_look_answer_free (gpointer data);
/* Tells what it changed. */
void cr_look_answer_tell (CrLookAnswer *self, CrChanges *changes);
/* A function of the store: CrLookQuestion → CrLookAnswer. */
gpointer cr_look_func (CrDb *db, gpointer data, GError **error);

/* What waits for one of these need not wait longer. */
typedef struct
{
  gboolean keyring;
  gboolean network;
  gint64 shift_ms; /* the wall clock was set back by as much, below 0; 0: it was not */
} CrWakeOrder;

/* A function of the store: CrWakeOrder → itself. */
gpointer cr_wake_func (CrDb *db, gpointer data, GError **error);

G_END_DECLS
