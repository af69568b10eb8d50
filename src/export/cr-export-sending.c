/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-flow-private.h"

#include "base/cr-error.h"

#include <string.h>

/* Reads them off the text: a list of twenty thousand is no work for a parser on this thread. Quotes
 * inside of values are escaped, so that the name of the member cannot be part of one. */
static void
count_patients (CrExportFlow *self, CrExportItem *item)
{
  static const char name[] = "\"patient_id\":\"";
  const char *at = item->lines;

  while (at != NULL && (at = strstr (at, name)) != NULL)
    {
      const char *start = at + strlen (name);

      for (at = start; *at != '\0' && *at != '"'; at++)
        if (*at == '\\' && at[1] != '\0')
          at++;
      g_hash_table_add (self->patients, g_strndup (start, (gsize) (at - start)));
    }
}

/* The figures of a run are the sum of its items', so nothing is counted twice, however often it was
 * taken up again. @sign: 1, or -1 before an item changes. */
static void
tally (CrExportFlow *self, CrExportItem *item, int sign)
{
  CrExportRun *run = self->run;
  guint n_delivered = item->n_resources - MIN (item->n_failed, item->n_resources);

  if (item->status == CR_ITEM_FAILED)
    run->n_failed_items += (guint) sign;
  if ((item->status != CR_ITEM_SENT && item->status != CR_ITEM_FAILED) || n_delivered == 0)
    return;

  run->n_resources += n_delivered * (guint) sign;
  run->bytes += item->bytes * sign;
  run->n_files += CR_SENDER_GET_CLASS (self->sender)->seal_async != NULL ? (guint) sign : 0;
  if (sign > 0)
    count_patients (self, item);
  run->n_patients = MAX (run->n_patients, g_hash_table_size (self->patients));
}

void
cr_export_flow_recount (CrExportFlow *self)
{
  self->run->n_resources = self->run->n_files = self->run->n_failed_items = 0;
  self->run->bytes = 0;
  self->run->n_items = self->items->len;
  for (guint i = 0; i < self->items->len; i++)
    tally (self, g_ptr_array_index (self->items, i), 1);
}

typedef struct
{
  CrExportFlow *flow; /* (owned) */
  CrExportLoad *load; /* (owned) */
} Sending;

static void
sending_free (Sending *self)
{
  cr_export_load_free (self->load);
  g_object_unref (self->flow);
  g_free (self);
}

static void
settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  cr_store_write_finish (self->store, result, &error);
  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);

  self->n_in_flight -= 1;
  cr_export_flow_tell (self, FALSE);
  cr_export_flow_pump (self);
}

/* The reason of an item is that of the first entry that failed. Takes what an earlier try of the
 * same item left failed into account. */
static void
describe_failure (CrExportItem *item, GPtrArray *outcomes, guint n_left)
{
  gboolean is_retryable = FALSE;
  guint n_failed = 0;

  if (n_left == 0)
    {
      g_clear_pointer (&item->error_code, g_free);
      g_clear_pointer (&item->error_message, g_free);
    }

  for (guint i = 0; i < outcomes->len; i++)
    {
      const CrExportEntry *entry = g_ptr_array_index (outcomes, i);

      if (entry->status != CR_ITEM_FAILED)
        continue;
      if (item->error_code == NULL)
        {
          item->error_code = g_strdup (entry->error_code);
          item->error_message = g_strdup (entry->error_message);
        }
      is_retryable |= entry->is_retryable;
      n_failed += 1;
    }

  item->is_retryable = is_retryable || (n_left > 0 && item->is_retryable);
  item->n_failed = n_left + n_failed;
}

/* Takes @load. */
static void
settle (CrExportFlow *self, CrExportLoad *load)
{
  CrExportItem *item = load->parcel.item;
  CrExportSettle *data = g_new0 (CrExportSettle, 1);
  GArray *sent = load->parcel.are_sent ? load->parcel.lines->marks : NULL;
  guint n_there = load->parcel.outcomes->len + load->held->len + (sent != NULL ? sent->len : 0);
  guint n_dropped = load->dropped->len;
  guint n_tried = n_there + n_dropped;
  guint n_left = load->is_second ? item->n_failed - MIN (n_tried, item->n_failed) : 0;

  tally (self, item, -1);
  /* What was removed before it was sent, or has a newer version by now, was never part of the item.
   */
  if (load->ranges != NULL && load->ranges->len > 0)
    n_dropped = item->n_resources - MIN (n_there, item->n_resources);
  item->n_resources -= MIN (n_dropped, item->n_resources);
  g_ptr_array_extend_and_steal (load->parcel.outcomes, g_steal_pointer (&load->dropped));
  g_ptr_array_extend_and_steal (load->parcel.outcomes, g_steal_pointer (&load->held));
  describe_failure (item, load->parcel.outcomes, n_left);
  item->attempts += 1;
  item->next_attempt_ms = 0;
  item->status = item->n_failed > 0     ? CR_ITEM_FAILED
               : item->n_resources == 0 ? CR_ITEM_SUPERSEDED
                                        : CR_ITEM_SENT;
  if (item->lines == NULL)
    item->lines = cr_parcel_owners (&load->parcel);
  tally (self, item, 1);

  data->item = g_object_ref (item);
  data->run = cr_export_run_copy (self->run);
  data->sent = sent != NULL ? g_array_ref (sent) : NULL;
  data->outcomes = g_ptr_array_ref (load->parcel.outcomes);
  data->withdrawn =
      load->parcel.withdrawn != NULL ? g_ptr_array_ref (load->parcel.withdrawn) : NULL;
  data->now_ms = self->clock ();
  data->load = load;
  cr_store_write_async (self->store, CR_WRITE_FAST, cr_export_settle, data,
                        (GDestroyNotify) cr_export_settle_free, NULL, NULL, settled_cb,
                        g_object_ref (self));
}

static gboolean
is_one_of (const GError *error, const CrErrorCode *codes, guint n_codes)
{
  for (guint i = 0; i < n_codes; i++)
    if (g_error_matches (error, CR_ERROR, (int) codes[i]))
      return TRUE;

  return FALSE;
}

/* What a person has to change: every other item would end the same way. */
gboolean
cr_export_flow_needs_person (const GError *error)
{
  static const CrErrorCode codes[] = { CR_ERROR_SIGN_IN,     CR_ERROR_REFUSED,  CR_ERROR_NOT_FOUND,
                                       CR_ERROR_CERTIFICATE, CR_ERROR_NO_SPACE, CR_ERROR_READ_ONLY,
                                       CR_ERROR_BAD_INPUT };

  return is_one_of (error, codes, G_N_ELEMENTS (codes));
}

gboolean
cr_export_flow_can_wait (const GError *error)
{
  return cr_error_is_retryable (error) || cr_error_is_keyring (error);
}

/* Every entry of the item failed for @error. */
static void
fail_item (CrExportLoad *load, const GError *error)
{
  GPtrArray *outcomes = load->parcel.outcomes;

  g_ptr_array_set_size (outcomes, 0);
  cr_parcel_list_outcomes (&load->parcel);
  for (guint i = 0; i < outcomes->len; i++)
    {
      CrExportEntry *entry = g_ptr_array_index (outcomes, i);

      entry->status = CR_ITEM_FAILED;
      entry->is_retryable = !g_error_matches (error, CR_ERROR, CR_ERROR_TOO_LARGE);
      entry->error_code = g_strdup (cr_error_nick (error));
      entry->error_message = g_strdup (error->message);
    }
}

/* The item stays pending: it is this run that ends or waits. Takes @error. */
static void
keep_item (CrExportFlow *self, CrExportLoad *load, GError *error)
{
  CrExportItem *item = load->parcel.item;

  item->attempts += cr_error_is_cancelled (error) ? 0 : 1;
  item->bytes = 0;
  self->attempts = MAX (self->attempts, item->attempts);
  self->retry_after_ms = MAX (self->retry_after_ms, load->parcel.retry_after_ms);
  cr_export_flow_stop_with (self, error);
  self->n_in_flight -= 1;
  cr_export_flow_pump (self);
}

static gboolean
is_the_runs (CrExportFlow *self, CrExportItem *item, const GError *error)
{
  if (cr_error_is_cancelled (error) || cr_export_flow_needs_person (error) ||
      cr_error_is_keyring (error) || g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE))
    return TRUE;
  if (self->n_bad_in_a_row + 1 >= MAX_BAD_IN_A_ROW)
    return TRUE;

  return g_error_matches (error, CR_ERROR, CR_ERROR_BUSY) && item->attempts + 1 < MAX_ATTEMPTS &&
         self->n_bad_in_a_row == 0;
}

static gboolean
finish_send (CrExportFlow *self, GAsyncResult *result, GError **error)
{
  return self->run->is_withdrawal ? g_task_propagate_boolean (G_TASK (result), error)
                                  : cr_sender_send_finish (self->sender, result, error);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *sending = user_data;
  g_autoptr (CrExportFlow) self = g_object_ref (sending->flow);
  CrExportItem *item = sending->load->parcel.item;
  g_autoptr (GError) error = NULL;

  if (finish_send (self, result, &error))
    {
      self->n_bad_in_a_row = 0;
      settle (self, g_steal_pointer (&sending->load));
    }
  else if (is_the_runs (self, item, error))
    keep_item (self, sending->load, g_steal_pointer (&error));
  else
    {
      self->n_bad_in_a_row += 1;
      fail_item (sending->load, error);
      settle (self, g_steal_pointer (&sending->load));
    }
  sending_free (sending);
}

static void
send (Sending *sending)
{
  CrExportFlow *self = sending->flow;

  if (self->run->is_withdrawal)
    {
      CR_SENDER_GET_CLASS (self->sender)
          ->withdraw_async (self->sender, &sending->load->parcel,
                            cr_export_flow_cancellable_of (self), sent_cb, sending);
      return;
    }
  cr_sender_send_async (self->sender, &sending->load->parcel, cr_export_flow_cancellable_of (self),
                        sent_cb, sending);
}

static void
placed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *sending = user_data;
  g_autoptr (CrExportFlow) self = g_object_ref (sending->flow);
  GError *error = NULL;

  cr_store_read_finish (self->store, result, &error);
  if (error == NULL)
    {
      send (sending);
      return;
    }

  cr_export_flow_stop_with_store (self, error);
  sending_free (sending);
  self->n_in_flight -= 1;
  cr_export_flow_pump (self);
}

static void
send_ready (CrExportFlow *self)
{
  CrExportLoad *load = g_steal_pointer (&self->ready);
  gboolean is_empty = cr_export_load_count (load) == 0;
  Sending *sending;

  if (!is_empty || !load->is_second)
    self->n_in_flight += 1;
  if (is_empty)
    {
      if (load->is_second)
        cr_export_load_free (load);
      else
        settle (self, load);
      return;
    }

  self->rank_in_flight = load->rank;
  sending = g_new0 (Sending, 1);
  sending->flow = g_object_ref (self);
  sending->load = load;
  if (CR_SENDER_GET_CLASS (self->sender)->needs_places && !self->run->is_withdrawal)
    cr_store_read_async (self->store, CR_READ_BULK, cr_export_load_places, load, NULL, NULL, NULL,
                         placed_cb, sending);
  else
    send (sending);
}

static void load_on (CrExportFlow *self, CrExportLoad *load);

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *loading = user_data;
  g_autoptr (CrExportFlow) self = g_object_ref (loading->flow);
  CrExportLoad *load = g_steal_pointer (&loading->load);
  GError *error = NULL;

  sending_free (loading);
  cr_store_read_finish (self->store, result, &error);
  if (error != NULL)
    cr_export_flow_stop_with_store (self, error);

  if (!cr_export_flow_must_stop (self) && !load->is_done)
    {
      load_on (self, load);
      return;
    }
  self->is_loading = FALSE;
  if (cr_export_flow_must_stop (self))
    cr_export_load_free (load);
  else
    self->ready = load;
  cr_export_flow_pump (self);
}

static void
load_on (CrExportFlow *self, CrExportLoad *load)
{
  Sending *loading = g_new0 (Sending, 1);

  loading->flow = g_object_ref (self);
  loading->load = load;
  cr_store_read_async (self->store, CR_READ_BULK, cr_export_load, load, NULL, NULL, NULL, loaded_cb,
                       loading);
}

/* The next item that this pass is about. */
static CrExportItem *
next_item (CrExportFlow *self)
{
  while (self->next < self->items->len)
    {
      CrExportItem *item = g_ptr_array_index (self->items, self->next++);

      if (self->is_second ? item->status == CR_ITEM_FAILED && item->is_retryable
                          : item->status == CR_ITEM_PENDING)
        return item;
    }

  return NULL;
}

static gboolean
may_send (CrExportFlow *self)
{
  CrSenderClass *klass = CR_SENDER_GET_CLASS (self->sender);

  return self->ready != NULL &&
         (self->n_in_flight == 0 ||
          (self->n_in_flight < klass->max_parallel &&
           (!klass->parents_first || self->ready->rank == self->rank_in_flight)));
}

/* All that was started has ended: on to what is next. */
static void
end_pass (CrExportFlow *self)
{
  gboolean again = !cr_export_flow_must_stop (self) && self->n_seconds < MAX_SECONDS &&
                   CR_SENDER_GET_CLASS (self->sender)->parents_first;

  if (again)
    {
      self->is_second = TRUE;
      self->n_seconds += 1;
      self->next = 0;
      cr_export_flow_pump (self);
      return;
    }

  /* A withdrawal has no manifest but those it consists of. */
  cr_export_flow_go (self, cr_export_flow_must_stop (self) || self->run->is_withdrawal
                               ? STEP_END
                               : STEP_LIST_UNSEALED);
}

void
cr_export_flow_pump (CrExportFlow *self)
{
  CrExportItem *item;

  if (cr_export_flow_must_stop (self))
    g_clear_pointer (&self->ready, cr_export_load_free);
  else
    {
      while (may_send (self))
        send_ready (self);
      if (self->ready == NULL && !self->is_loading && (item = next_item (self)) != NULL)
        {
          self->is_loading = TRUE;
          load_on (self, cr_export_load_new (self->run, item, self->is_second,
                                             CR_SENDER_GET_CLASS (self->sender)->takes_lines));
        }
    }

  if (self->n_in_flight == 0 && !self->is_loading && self->ready == NULL)
    end_pass (self);
}
