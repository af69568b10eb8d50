/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-pull.h"

G_BEGIN_DECLS

typedef enum
{
  CR_RUN_QUEUED,
  CR_RUN_RUNNING,
  CR_RUN_WAITING,
  CR_RUN_COMPLETE,
  CR_RUN_PARTIAL,
  CR_RUN_FAILED,
  CR_RUN_CANCELLED,
} CrRunStatus;

#define CR_TYPE_RUN_STATUS (cr_run_status_get_type ())
GType cr_run_status_get_type (void);
gboolean cr_run_status_can_become (CrRunStatus from, CrRunStatus to);
gboolean cr_run_status_is_final (CrRunStatus status);

typedef enum
{
  CR_RUN_TRIGGER_DESTINATION_ADDED,
  CR_RUN_TRIGGER_PULL_COMPLETED,
  CR_RUN_TRIGGER_REACTIVATED,
  CR_RUN_TRIGGER_MANUAL_RETRY,
  CR_RUN_TRIGGER_MANUAL,
  CR_RUN_TRIGGER_REWIND,
  CR_RUN_TRIGGER_HOLD_RELEASED,
  CR_RUN_TRIGGER_AUTOMATIC_RETRY,
  CR_RUN_TRIGGER_WITHDRAWAL,
} CrRunTrigger;

#define CR_TYPE_RUN_TRIGGER (cr_run_trigger_get_type ())
GType cr_run_trigger_get_type (void);
gboolean cr_run_trigger_is_retry (CrRunTrigger trigger); /* about the retry list alone */

#define CR_TYPE_EXPORT_RUN (cr_export_run_get_type ())
G_DECLARE_FINAL_TYPE (CrExportRun, cr_export_run, CR, EXPORT_RUN, GObject)

struct _CrExportRun
{
  GObject parent_instance;

  char *id;             /* (owned): run_… */
  char *destination_id; /* (owned) */
  CrRunStatus status;
  CrWaitReason waiting_for;
  gint64 wait_until_ms;
  CrRunTrigger trigger;
  char *retry_of;         /* (owned) (nullable): run id */
  char *person;           /* (owned) (nullable) */
  gboolean is_forced;     /* a retry that takes on what would end as before too */
  gboolean is_withdrawal; /* it takes back what was delivered; so does a retry of such a run */
  gint64 upper_sequence;  /* versions above it belong to a later run; 0: not planned yet */
  guint n_patients;
  guint n_resources; /* delivered */
  guint n_files;
  gint64 bytes;
  guint n_items;
  guint n_failed_items;
  gint64 created_ms;
  gint64 started_ms;
  gint64 completed_ms;
  char *error_code;    /* (owned) (nullable): of the run as a whole */
  char *error_message; /* (owned) (nullable) */
};

CrExportRun *cr_export_run_new (const char *id);
gboolean cr_export_run_can_retry (CrExportRun *self); /* it ended, and something of it failed */
gboolean cr_export_run_needs_edit (CrExportRun *self);

typedef enum
{
  CR_ITEM_PENDING,
  CR_ITEM_SENT,
  CR_ITEM_FAILED,
  CR_ITEM_SUPERSEDED,
} CrItemStatus;

#define CR_TYPE_ITEM_STATUS (cr_item_status_get_type ())
GType cr_item_status_get_type (void);
gboolean cr_item_status_can_become (CrItemStatus from, CrItemStatus to);

#define CR_TYPE_EXPORT_ITEM (cr_export_item_get_type ())
G_DECLARE_FINAL_TYPE (CrExportItem, cr_export_item, CR, EXPORT_ITEM, GObject)

/* One file, or one batch. What it holds are versions of records (tables export_range and
 * export_entry). */
struct _CrExportItem
{
  GObject parent_instance;

  char *id;             /* (owned): item_… */
  char *run_id;         /* (owned) */
  char *destination_id; /* (owned) */
  guint n;              /* its place in the run, from 0 */
  char *name;           /* (owned): object key, or `Observation batch 3` */
  CrItemStatus status;
  gboolean is_retryable; /* of a failed one */
  guint n_resources;
  guint n_failed; /* entries of it that were refused */
  gint64 bytes;
  char *sha256; /* (owned) (nullable): of the file as it arrived */
  char *lines;  /* (owned) (nullable): JSON: which lines belong to whom, for the manifest */
  guint attempts;
  gint64 next_attempt_ms;
  gint64 failed_ms;    /* 0: it did not, or only as the run ended */
  char *error_code;    /* (owned) (nullable) */
  char *error_message; /* (owned) (nullable) */
};

CrExportItem *cr_export_item_new (const char *id);

/* One record version. */
typedef struct
{
  gint64 rid;
  gint64 sequence;
} CrRecordMark;

/* One record version inside an item. Rows stay only for entries not delivered. */
typedef struct
{
  gint64 rid;
  gint64 sequence;
  CrItemStatus status;
  gboolean is_retryable;
  char *error_code;    /* (owned) (nullable) */
  char *error_message; /* (owned) (nullable) */
  char *place;         /* (owned) (nullable): the id the destination chose for the record */
} CrExportEntry;

/* Failures of a run with the same cause. */
typedef struct
{
  char *code;    /* (owned) (nullable) */
  char *message; /* (owned) (nullable) */
  char *example; /* (owned) (nullable): where one of them is: its type and item, no id of the record
                  */
  guint n;
  gint64 first_ms; /* 0: not known */
  gint64 last_ms;
  gboolean is_retried; /* by a retry that is not forced */
} CrErrorCause;

void cr_error_cause_free (CrErrorCause *self);

/* What a retry would do. */
typedef struct
{
  guint n_retried;
  guint n_left;      /* the cause is unchanged */
  GPtrArray *causes; /* (owned): of CrErrorCause, most frequent first */
} CrRetryPreview;

CrRetryPreview *cr_retry_preview_new (void);
void cr_retry_preview_free (CrRetryPreview *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrRetryPreview, cr_retry_preview_free)

CrExportEntry *cr_export_entry_new (gint64 rid, gint64 sequence);
void cr_export_entry_free (CrExportEntry *self);

G_END_DECLS
