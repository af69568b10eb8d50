/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-sender.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What a run does in the store: functions for its threads, and their plain data. */
CrExportRun *cr_export_run_copy (CrExportRun *run);

/* Start: the run as it stands, made running, its upper bound fixed. */
typedef struct
{
  char *run_id;
  gint64 now_ms;
} CrExportStart;

void cr_export_start_free (CrExportStart *self);
gpointer cr_export_start (CrDb *db, gpointer data, GError **error); /* → CrExportRun */

gpointer cr_export_list_items (CrDb *db, gpointer run_id, GError **error); /* → GPtrArray */

/* The bodies of one item, read in slices until is_done. */
typedef struct
{
  CrParcel parcel;
  GArray *ranges;     /* (owned) (nullable): of CrRange, still to be read */
  GPtrArray *entries; /* (owned) (nullable): of CrExportEntry, still to be read */
  GPtrArray *dropped; /* (owned): of CrExportEntry: nothing to send any more */
  GPtrArray *held;    /* (owned): of CrExportEntry: not to be sent now */
  guint position;     /* in the ranges, or in the entries */
  gint64 after;       /* in the range */
  gboolean is_second; /* only what was refused for a missing target */
  gboolean is_done;
  gboolean takes_lines;
  gboolean wants_withdrawals; /* what is withdrawn by now is not sent */
  guint rank;                 /* of its type */
} CrExportLoad;

CrExportLoad *
cr_export_load_new (CrExportRun *run, CrExportItem *item, gboolean is_second, gboolean takes_lines);
guint cr_export_load_count (CrExportLoad *self); /* how many there are to be sent */
void cr_export_load_free (CrExportLoad *self);
gpointer cr_export_load (CrDb *db, gpointer data, GError **error);
gpointer cr_export_load_places (CrDb *db, gpointer data, GError **error); /* into the parcel */

/* What became of one item. */
typedef struct
{
  CrExportItem *item;
  CrExportRun *run;
  GArray *sent; /* (nullable): of CrRecordMark, beside the outcomes */
  GPtrArray *outcomes;
  GPtrArray *withdrawn; /* (nullable): the outcomes are of these */
  gint64 now_ms;
  CrExportLoad *load; /* (nullable): only to be freed on that thread, as it is large */
} CrExportSettle;

void cr_export_settle_free (CrExportSettle *self);
gpointer cr_export_settle (CrDb *db, gpointer data, GError **error);

/* The files of a run that arrived and are to get a manifest. */
typedef struct
{
  CrExportRun *run;
  GPtrArray *items; /* of CrExportItem */
} CrExportSeal;

CrExportSeal *cr_export_seal_new (CrExportRun *run, GPtrArray *items); /* of them, what arrived */
void cr_export_seal_free (CrExportSeal *self);
/* Of CrExportSeal: runs of the destination, whose id is the data, that ended without one */
gpointer cr_export_list_unsealed (CrDb *db, gpointer data, GError **error);

/* The end of a run, or of this try. */
typedef struct
{
  CrExportRun *run;
  GPtrArray *items;      /* of CrExportItem: of the run */
  GPtrArray *sealed;     /* of char *: other runs that have their manifest now */
  char *action_required; /* (nullable) */
  gboolean clears_action;
  gboolean moves_watermarks;
  gboolean plans_retry;  /* what may end well later is tried again by itself */
  CrItemStatus leave_as; /* what becomes of items not sent: pending, failed or superseded */
  gint64 now_ms;
} CrExportEnd;

void cr_export_end_free (CrExportEnd *self);
gpointer cr_export_end (CrDb *db, gpointer data, GError **error);

G_END_DECLS
