/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-webhook.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What came of one attempt, and what follows from it. */
typedef struct
{
  char *delivery_id;          /* (owned) */
  char *webhook_id;           /* (owned) */
  CrDeliveryAttempt *attempt; /* (owned) */
  gint64 retry_after_ms;      /* 0: not said */
  gboolean by_hand;           /* outside of the ladder */

  CrDelivery *after;   /* (owned) (nullable): NULL: it was removed meanwhile */
  gboolean is_warning; /* somebody must be told that the endpoint fails */
  CrWebhookEnd end;    /* NONE: it was not disabled by this */
} CrDeliveryResult;

void cr_delivery_result_free (CrDeliveryResult *self);
gboolean cr_delivery_settle (CrDb *db, CrDeliveryResult *result, gint64 now_ms, GError **error);

G_END_DECLS
