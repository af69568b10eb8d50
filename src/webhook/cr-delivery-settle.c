/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "webhook/cr-delivery-settle.h"

#include "base/cr-error.h"
#include "store/cr-deliveries-table.h"
#include "store/cr-webhooks-table.h"

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)
/* After this many attempts, two and a half hours, the person whose program it is should know. */
#define WARN_RUNG 5
#define GONE 410

void
cr_delivery_result_free (CrDeliveryResult *self)
{
  g_free (self->delivery_id);
  g_free (self->webhook_id);
  g_clear_object (&self->attempt);
  g_clear_object (&self->after);
  g_free (self);
}

static void
note_attempt (CrDelivery *delivery, CrDeliveryAttempt *attempt)
{
  delivery->attempts++;
  delivery->last_status = attempt->status;
  g_free (delivery->last_error);
  delivery->last_error = g_strdup (attempt->error);
  g_free (delivery->last_body);
  delivery->last_body = g_strdup (attempt->body);
}

static void
note_good (CrDelivery *delivery, gint64 now_ms)
{
  delivery->status = CR_DELIVERY_DELIVERED;
  delivery->next_ms = 0;
  if (delivery->delivered_ms == 0)
    delivery->delivered_ms = now_ms;
}

static void
note_bad (CrDeliveryResult *result, gint64 now_ms)
{
  CrDelivery *delivery = result->after;
  gint64 wait_ms;

  if (result->attempt->status == GONE)
    result->end = CR_WEBHOOK_END_GONE;
  if (delivery->status != CR_DELIVERY_PENDING ||
      (result->by_hand && result->end == CR_WEBHOOK_END_NONE))
    return;

  delivery->rung++;
  if (delivery->rung >= CR_DELIVERY_ATTEMPTS && result->end == CR_WEBHOOK_END_NONE)
    result->end = CR_WEBHOOK_END_EXHAUSTED;
  if (result->end != CR_WEBHOOK_END_NONE)
    {
      delivery->status = CR_DELIVERY_EXHAUSTED;
      delivery->next_ms = 0;
      return;
    }

  wait_ms = MAX (cr_delivery_delay_ms (delivery->rung), MIN (result->retry_after_ms, DAY_MS));
  delivery->next_ms = now_ms + wait_ms;
  result->is_warning = delivery->rung >= WARN_RUNG;
}

static gboolean
note_endpoint (CrDb *db, CrDeliveryResult *result, gint64 now_ms, GError **error)
{
  gboolean is_news = FALSE;

  if (result->attempt->error == NULL)
    return cr_webhooks_table_note_good (db, result->webhook_id, now_ms, error);
  if (!cr_webhooks_table_note_bad (db, result->webhook_id, now_ms, error))
    return FALSE;

  if (result->end != CR_WEBHOOK_END_NONE)
    {
      if (!cr_webhooks_table_disable (db, result->webhook_id, result->end, now_ms, &is_news, error))
        return FALSE;
      if (!is_news)
        result->end = CR_WEBHOOK_END_NONE;
    }
  else if (result->is_warning)
    {
      if (!cr_webhooks_table_warn (db, result->webhook_id, now_ms, &is_news, error))
        return FALSE;
      result->is_warning = is_news;
    }

  return TRUE;
}

/**
 * cr_delivery_settle:
 *
 * Writes what an attempt came to: delivered; tried again after the published wait, or after the one
 * the receiver asked for, if that is longer; or given up, which disables the endpoint, as does a
 * 410 at once. An attempt made by hand that fails changes nothing of that, but for a 410.
 *
 * Source: contract §7.5; portals W01, W02, W03, W06
 */
gboolean
cr_delivery_settle (CrDb *db, CrDeliveryResult *result, gint64 now_ms, GError **error)
{
  g_autoptr (GError) local = NULL;

  result->after = cr_deliveries_table_get (db, result->delivery_id, &local);
  if (result->after == NULL && g_error_matches (local, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE;
  if (result->after == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  note_attempt (result->after, result->attempt);
  if (result->attempt->error == NULL)
    note_good (result->after, now_ms);
  else
    note_bad (result, now_ms);

  return cr_deliveries_table_save (db, result->after, result->attempt, error) &&
         note_endpoint (db, result, now_ms, error);
}
