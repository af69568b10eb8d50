/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-connection.h"
#include "model/cr-pull.h"

G_BEGIN_DECLS

typedef enum
{
  CR_LEDGER_NO,
  CR_LEDGER_YES,
  CR_LEDGER_UNKNOWN,
} CrLedgerMark;

/* What became of one type of record between the asking and the record. */
typedef struct
{
  char *type; /* (owned): FHIR resource type */
  CrLedgerMark asked;
  CrLedgerMark granted;
  CrLedgerMark supported;
  guint n_records; /* kept here, of this source */
  CrQueryStatus status;
  gboolean is_cut_off; /* by cancelling; `status` says failed then */
  gboolean has_begun;  /* a page came before it */
} CrLedgerLine;

GPtrArray *cr_ledger_new (CrConnection *connection, GPtrArray *queries, GPtrArray *counts);

G_END_DECLS
