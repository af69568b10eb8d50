/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-destination.h"

G_BEGIN_DECLS

/* How much of one patient has reached one destination. */
typedef struct
{
  char *destination_id; /* (owned) */
  char *name;           /* (owned) */
  CrDestinationStatus status;
  gint64 n_stored;
  gint64 n_delivered; /* at their latest versions */
  gint64 n_failing;
  gint64 last_ms;   /* when something of them was last sent; 0: never */
  char *error;      /* (owned) (nullable): why one of those that fail does */
  gboolean is_held; /* a connection of theirs waits for a decision, and nothing of it is sent */
} CrPatientDelivery;

CrPatientDelivery *cr_patient_delivery_new (void);
void cr_patient_delivery_free (CrPatientDelivery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPatientDelivery, cr_patient_delivery_free)

G_END_DECLS
