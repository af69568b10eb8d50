/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-export.h"

G_BEGIN_DECLS

/* The setting of a destination by which it wants to be told, and its value when it does. */
#define CR_WITHDRAWALS_FIELD "withdrawals"
#define CR_WITHDRAWALS_SEND "send"

typedef enum
{
  CR_WITHDRAWAL_GONE,         /* the portal has it no more: a read has proven it */
  CR_WITHDRAWAL_DISCONNECTED, /* the clinic disconnected the source */
  CR_WITHDRAWAL_REMOVED,      /* the clinic removed the data, or the patient */
} CrWithdrawalCause;

#define CR_TYPE_WITHDRAWAL_CAUSE (cr_withdrawal_cause_get_type ())
GType cr_withdrawal_cause_get_type (void);

/* One record that a destination is asked to give up, or one file that holds nothing but what it is
 * to give up. */
typedef struct
{
  gint64 n; /* its row */
  CrWithdrawalCause cause;
  gint64 rid;       /* 0: the record is not stored any more */
  char *type;       /* (owned) (nullable): of a record */
  char *id;         /* (owned) (nullable): at its source */
  char *patient_id; /* (owned) (nullable) */
  char *source_id;  /* (owned) (nullable) */
  char *place;      /* (owned) (nullable): the id the destination chose */
  char *file;       /* (owned) (nullable): of a file: its name */
  char *sha256;     /* (owned) (nullable): of a file, as we wrote it */
  gint64 bytes;     /* of a file */
  CrItemStatus status;
  const char *how; /* (unowned) (nullable): `delete`, `manifest` or `file`; set by the sender */
  guint answer;    /* HTTP status; 0: none; set by the sender */
} CrWithdrawal;

void cr_withdrawal_free (CrWithdrawal *self);

/* What became of some of what a run withdrew: those with the same cause, type and end. */
typedef struct
{
  CrWithdrawalCause cause;
  char *type; /* (owned) (nullable): of records; %NULL: files */
  CrItemStatus status;
  char *how; /* (owned) (nullable) */
  guint answer;
  guint n;
  gboolean is_retryable;
  gint64 first_ms; /* when the first of them was answered; 0: not yet */
  gint64 last_ms;
  char *error_message; /* (owned) (nullable) */
} CrReceiptLine;

/* What one run told one destination, and what it answered. Names nobody. */
typedef struct
{
  CrExportRun *run;       /* (owned) */
  char *destination_name; /* (owned) */
  char *destination_kind; /* (owned) */
  gint64 next_attempt_ms; /* of what failed; 0: none is planned */
  GPtrArray *lines;       /* (owned): of CrReceiptLine */
} CrReceipt;

CrReceipt *cr_receipt_new (CrExportRun *run);
void cr_receipt_free (CrReceipt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrReceipt, cr_receipt_free)
CrReceiptLine *cr_receipt_add (CrReceipt *self);
guint cr_receipt_count (CrReceipt *self, CrItemStatus status);

G_END_DECLS
