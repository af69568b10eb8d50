/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-pull.h"
#include "model/cr-record.h"

G_BEGIN_DECLS

/* What a pull made of one record. */
typedef enum
{
  CR_RECORD_ADDED,
  CR_RECORD_CHANGED,
  CR_RECORD_OLDER,    /* an earlier state came late and went behind the newest version */
  CR_RECORD_UNLISTED, /* a complete listing no longer has it */
  CR_RECORD_GONE,     /* and a read proved that the source has it no more */
  CR_RECORD_RETURNED, /* it was missed, and came again */
} CrRecordChange;

#define CR_TYPE_RECORD_CHANGE (cr_record_change_get_type ())
GType cr_record_change_get_type (void);

#define CR_TYPE_PULL_CHANGE (cr_pull_change_get_type ())
G_DECLARE_FINAL_TYPE (CrPullChange, cr_pull_change, CR, PULL_CHANGE, GObject)

struct _CrPullChange
{
  GObject parent_instance;

  CrRecord *record; /* (owned): as it is now */
  CrRecordChange change;
  guint before;      /* number of the version; 0: there was none */
  guint after;       /* 0: none came */
  guint http_status; /* of the read that looked for it; 0: none */
  gint64 at_ms;
};

CrPullChange *cr_pull_change_new (gint64 rid);

#define CR_TYPE_PULL_TYPE (cr_pull_type_get_type ())
G_DECLARE_FINAL_TYPE (CrPullType, cr_pull_type, CR, PULL_TYPE, GObject)

/* What a pull changed among the records of one type, by whatever way they came. */
struct _CrPullType
{
  GObject parent_instance;

  char *type; /* (owned) */
  guint n_added;
  guint n_changed;
  guint n_unlisted;
  guint n_gone;
  guint n_returned;
};

CrPullType *cr_pull_type_new (const char *type);

#define CR_TYPE_PULL_WAIT (cr_pull_wait_get_type ())
G_DECLARE_FINAL_TYPE (CrPullWait, cr_pull_wait, CR, PULL_WAIT, GObject)

/* One wait of a pull. */
struct _CrPullWait
{
  GObject parent_instance;

  CrWaitReason reason;
  gint64 began_ms;
  gint64 until_ms; /* as planned; 0: not said */
  gint64 ended_ms; /* 0: it waits still */
};

CrPullWait *cr_pull_wait_new (void);

#define CR_TYPE_PULL_LINE (cr_pull_line_get_type ())
G_DECLARE_FINAL_TYPE (CrPullLine, cr_pull_line, CR, PULL_LINE, GObject)

/* One request of a pull, with nothing in it that tells whose it was. */
struct _CrPullLine
{
  GObject parent_instance;

  gint64 at_ms;
  char *method; /* (owned) */
  char *path;   /* (owned): its pattern, `Observation/{id}` */
  guint status; /* 0: no answer came */
  char *error;  /* (owned) (nullable): nick of the CrErrorCode when no answer came */
  gint64 n_bytes;
  gint64 took_ms; /* with its retries; -1: it was not sent, because the source had asked to wait */
  guint n_attempts;
  gint64 wait_ms; /* the source asked for; 0: not said */
};

CrPullLine *cr_pull_line_new (void);
/* One line of a log that is saved, with its end. */
char *cr_pull_line_to_text (CrPullLine *self);

G_END_DECLS
