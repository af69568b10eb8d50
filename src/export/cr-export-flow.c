/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-export-flow.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "export/cr-export-plan.h"
#include "export/cr-export-steps.h"
#include "export/cr-sender.h"

#include <string.h>

/* A try that failed for want of the other side is made again this often before its item counts as
 * failed; with the waits below that is about half an hour. */
#define MAX_ATTEMPTS 6
#define FIRST_WAIT_MS (30 * 1000)
#define LONGEST_WAIT_MS (15 * 60 * 1000)
#define KEYRING_WAIT_MS (60 * 1000)
/* Items that failed as a whole, one after another, before the run gives up. */
#define MAX_BAD_IN_A_ROW 3
/* Progress is told at most this often. */
#define TELL_EVERY_MS 250

typedef enum
{
  STEP_START,
  STEP_SECRETS,
  STEP_PLAN_BEGIN,
  STEP_PLAN_READ,
  STEP_PLAN_WRITE,
  STEP_LIST,
  STEP_SEND,
  STEP_LIST_RETRIED,
  STEP_SEAL,
  STEP_END,
} Step;

struct _CrExportFlow
{
  GObject parent_instance;

  CrStore *store;     /* (owned) */
  CrClient *client;   /* (owned) */
  CrVault *vault;     /* (owned) (nullable) */
  CrChanges *changes; /* (owned) (nullable) */
  CrClock clock;
  CrDestination *destination; /* (owned) */
  char *run_id;               /* (owned) */

  CrExportRun *run; /* (owned) (nullable): as this flow counts it; other threads get copies */
  const CrSenderKind *kind;
  CrSender *sender;     /* (owned) (nullable) */
  GHashTable *secrets;  /* (owned): field name → secret; wiped */
  guint field;          /* whose secret is asked for next */
  CrExportPlan *plan;   /* (owned) (nullable) */
  GPtrArray *items;     /* (owned) (nullable): of CrExportItem, all of the run */
  GHashTable *patients; /* (owned): ids of patients something was delivered for */
  GQueue to_seal;       /* of Seal */

  Step step;
  gboolean is_second;  /* sending again what missed a target */
  guint next;          /* the item to load next */
  CrExportLoad *ready; /* (owned) (nullable): loaded, waits for its turn */
  gboolean is_loading;
  guint n_in_flight; /* sent or being settled */
  guint rank_in_flight;
  guint n_bad_in_a_row;
  GError *error;       /* (owned) (nullable): stops the run */
  GError *store_error; /* (owned) (nullable): ends the flow */
  gint64 retry_after_ms;
  guint attempts; /* of the item whose failure stopped the run */
  gboolean is_suspended;
  gint64 told_ms;
  GTask *task; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrExportFlow, cr_export_flow, G_TYPE_OBJECT)

typedef struct
{
  CrExportRun *run;
  GPtrArray *items;
} Seal;

static void
seal_free (Seal *self)
{
  g_clear_object (&self->run);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_free (self);
}

static void advance (CrExportFlow *self);

static GCancellable *
cancellable_of (CrExportFlow *self)
{
  return g_task_get_cancellable (self->task);
}

static gboolean
is_cancelled (CrExportFlow *self)
{
  return g_cancellable_is_cancelled (cancellable_of (self));
}

static gboolean
must_stop (CrExportFlow *self)
{
  return self->error != NULL || self->store_error != NULL || self->is_suspended ||
         is_cancelled (self);
}

static void
go (CrExportFlow *self, Step step)
{
  self->step = step;
  advance (self);
}

/* Takes @error. Ends what the run does; cancelling is no error of the run's. */
static void
stop_with (CrExportFlow *self, GError *error)
{
  if (self->error == NULL && !cr_error_is_cancelled (error))
    self->error = error;
  else
    g_error_free (error);
}

/* Takes @error: the store's own, so nothing can be written down about it. */
static void
stop_with_store (CrExportFlow *self, GError *error)
{
  if (self->store_error == NULL)
    self->store_error = error;
  else
    g_error_free (error);
}

static void
tell (CrExportFlow *self, gboolean is_final)
{
  gint64 now_ms = self->clock ();

  if (self->changes == NULL || (!is_final && ABS (now_ms - self->told_ms) < TELL_EVERY_MS))
    return;

  self->told_ms = now_ms;
  cr_changes_tell (self->changes, CR_CHANGE_RUN, self->run_id, NULL);
  cr_changes_tell (self->changes, CR_CHANGE_ITEM, self->run_id, NULL);
  cr_changes_tell (self->changes, CR_CHANGE_DESTINATION, self->destination->id, NULL);
}

/* Start */

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  self->run = cr_store_write_finish (self->store, result, &error);
  if (error != NULL)
    stop_with_store (self, error);
  else
    tell (self, TRUE);
  go (self,
      self->run == NULL || cr_run_status_is_final (self->run->status) ? STEP_END : STEP_SECRETS);
}

static void
start (CrExportFlow *self)
{
  CrExportStart *data = g_new0 (CrExportStart, 1);

  data->run_id = g_strdup (self->run_id);
  data->now_ms = self->clock ();
  cr_store_write_async (self->store, CR_WRITE_SURE, cr_export_start, data,
                        (GDestroyNotify) cr_export_start_free, g_object_unref, NULL, started_cb,
                        g_object_ref (self));
}

/* Secrets */

static void
make_sender (CrExportFlow *self)
{
  CrSenderParts parts = { self->client, self->clock, self->destination, self->secrets };
  GError *error = NULL;

  self->sender = self->kind->make (&parts, &error);
  g_hash_table_remove_all (self->secrets);
  if (self->sender == NULL)
    stop_with (self, error);
  go (self, must_stop (self) ? STEP_END : self->run->n_items > 0 ? STEP_LIST : STEP_PLAN_BEGIN);
}

static void
got_secret_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  const CrField *field = &self->kind->fields[self->field];
  GError *error = NULL;
  char *secret = cr_vault_get_finish (self->vault, result, &error);

  self->field += 1;
  if (secret != NULL)
    g_hash_table_insert (self->secrets, g_strdup (field->name), secret);
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_error_free (error);
      stop_with (self,
                 g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                              "“%s” of this destination is not in the keyring; enter it again",
                              field->label));
    }
  else
    stop_with (self, error);

  go (self, must_stop (self) ? STEP_END : STEP_SECRETS);
}

static void
ask_secret (CrExportFlow *self)
{
  self->kind = cr_sender_kind_find (self->destination->kind);
  if (self->kind == NULL)
    {
      stop_with (self, g_error_new_literal (CR_ERROR, CR_ERROR_BAD_INPUT,
                                            "This version does not know this kind of destination"));
      go (self, STEP_END);
      return;
    }

  for (; self->field < self->kind->n_fields; self->field++)
    {
      const CrField *field = &self->kind->fields[self->field];
      g_autofree char *name = NULL;

      if (field->kind != CR_FIELD_SECRET ||
          !cr_sender_field_is_needed (field, self->destination->settings))
        continue;
      name = cr_sender_secret_name (self->destination->id, field->name);
      cr_vault_get_async (self->vault, name, cancellable_of (self), got_secret_cb,
                          g_object_ref (self));
      return;
    }

  make_sender (self);
}

/* Plan */

static void
plan_began_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  cr_store_read_finish (self->store, result, &error);
  if (error != NULL)
    stop_with_store (self, error);
  go (self, must_stop (self) ? STEP_END : STEP_PLAN_READ);
}

static void
plan_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  cr_store_read_finish (self->store, result, &error);
  if (error != NULL)
    stop_with_store (self, error);
  go (self, must_stop (self) ? STEP_END : STEP_PLAN_WRITE);
}

static void
plan_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  cr_store_write_finish (self->store, result, &error);
  if (error != NULL)
    stop_with_store (self, error);
  tell (self, FALSE);
  go (self, must_stop (self)                      ? STEP_END
            : cr_export_plan_is_done (self->plan) ? STEP_LIST
                                                  : STEP_PLAN_READ);
}

/* Items */

static void
count_patients (CrExportFlow *self, CrExportItem *item)
{
  g_autoptr (JsonNode) node = item->lines != NULL ? json_from_string (item->lines, NULL) : NULL;
  JsonArray *owners = NULL;

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    owners = json_node_get_array (node);
  else if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    owners = cr_json_array (json_node_get_object (node), "owners");

  for (guint i = 0; owners != NULL && i < json_array_get_length (owners); i++)
    {
      JsonObject *owner = cr_json_array_object (owners, i);
      const char *patient_id = owner != NULL ? cr_json_string (owner, "patient_id") : NULL;

      if (patient_id != NULL)
        g_hash_table_add (self->patients, g_strdup (patient_id));
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

static void
recount (CrExportFlow *self)
{
  self->run->n_resources = self->run->n_files = self->run->n_failed_items = 0;
  self->run->bytes = 0;
  self->run->n_items = self->items->len;
  for (guint i = 0; i < self->items->len; i++)
    tally (self, g_ptr_array_index (self->items, i), 1);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  self->items = cr_store_read_finish (self->store, result, &error);
  if (error != NULL)
    stop_with_store (self, error);
  else
    recount (self);
  go (self, must_stop (self) ? STEP_END : STEP_SEND);
}

static void
list_items (CrExportFlow *self, const char *run_id, GAsyncReadyCallback callback)
{
  cr_store_read_async (self->store, CR_READ_BULK, cr_export_list_items, g_strdup (run_id), g_free,
                       (GDestroyNotify) g_ptr_array_unref, NULL, callback, g_object_ref (self));
}

/* Send */

static void pump (CrExportFlow *self);

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
    stop_with_store (self, error);

  self->n_in_flight -= 1;
  tell (self, FALSE);
  pump (self);
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

static void
settle (CrExportFlow *self, CrExportLoad *load)
{
  CrExportItem *item = load->parcel.item;
  CrExportSettle *data = g_new0 (CrExportSettle, 1);
  guint n_tried = load->parcel.outcomes->len + load->dropped->len + load->held->len;
  guint n_left = load->is_second ? item->n_failed - MIN (n_tried, item->n_failed) : 0;

  tally (self, item, -1);
  /* What was removed before it was sent was never part of the item. */
  item->n_resources -= MIN (load->dropped->len, item->n_resources);
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
  data->outcomes = g_ptr_array_ref (load->parcel.outcomes);
  data->now_ms = self->clock ();
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
static gboolean
needs_person (const GError *error)
{
  static const CrErrorCode codes[] = { CR_ERROR_SIGN_IN,     CR_ERROR_REFUSED,  CR_ERROR_NOT_FOUND,
                                       CR_ERROR_CERTIFICATE, CR_ERROR_NO_SPACE, CR_ERROR_READ_ONLY,
                                       CR_ERROR_BAD_INPUT };

  return is_one_of (error, codes, G_N_ELEMENTS (codes));
}

static gboolean
can_wait (const GError *error)
{
  return cr_error_is_retryable (error) || cr_error_is_keyring (error);
}

/* Every entry of the item failed for @error. */
static void
fail_item (CrExportLoad *load, const GError *error)
{
  GPtrArray *outcomes = load->parcel.outcomes;

  g_ptr_array_set_size (outcomes, 0);
  cr_parcel_all_sent (&load->parcel);
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
  stop_with (self, error);
  self->n_in_flight -= 1;
  pump (self);
}

static gboolean
is_the_runs (CrExportFlow *self, CrExportItem *item, const GError *error)
{
  if (cr_error_is_cancelled (error) || needs_person (error) || cr_error_is_keyring (error) ||
      g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE))
    return TRUE;
  if (self->n_bad_in_a_row + 1 >= MAX_BAD_IN_A_ROW)
    return TRUE;

  return g_error_matches (error, CR_ERROR, CR_ERROR_BUSY) && item->attempts + 1 < MAX_ATTEMPTS &&
         self->n_bad_in_a_row == 0;
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sending *sending = user_data;
  g_autoptr (CrExportFlow) self = g_object_ref (sending->flow);
  CrExportItem *item = sending->load->parcel.item;
  g_autoptr (GError) error = NULL;

  if (cr_sender_send_finish (self->sender, result, &error))
    {
      self->n_bad_in_a_row = 0;
      settle (self, sending->load);
    }
  else if (is_the_runs (self, item, error))
    keep_item (self, sending->load, g_steal_pointer (&error));
  else
    {
      self->n_bad_in_a_row += 1;
      fail_item (sending->load, error);
      settle (self, sending->load);
    }
  sending_free (sending);
}

static void
send_ready (CrExportFlow *self)
{
  CrExportLoad *load = g_steal_pointer (&self->ready);
  gboolean is_empty = load->parcel.records->len == 0;
  Sending *sending;

  if (!is_empty || !load->is_second)
    self->n_in_flight += 1;
  if (is_empty)
    {
      if (!load->is_second)
        settle (self, load);
      cr_export_load_free (load);
      return;
    }

  self->rank_in_flight = load->rank;
  sending = g_new0 (Sending, 1);
  sending->flow = g_object_ref (self);
  sending->load = load;
  cr_sender_send_async (self->sender, &load->parcel, cancellable_of (self), sent_cb, sending);
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
    stop_with_store (self, error);

  if (!must_stop (self) && !load->is_done)
    {
      load_on (self, load);
      return;
    }
  self->is_loading = FALSE;
  if (must_stop (self))
    cr_export_load_free (load);
  else
    self->ready = load;
  pump (self);
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
  gboolean again =
      !must_stop (self) && !self->is_second && CR_SENDER_GET_CLASS (self->sender)->parents_first;

  if (again)
    {
      self->is_second = TRUE;
      self->next = 0;
      pump (self);
      return;
    }

  go (self, must_stop (self) ? STEP_END : STEP_LIST_RETRIED);
}

static void
pump (CrExportFlow *self)
{
  CrExportItem *item;

  if (must_stop (self))
    g_clear_pointer (&self->ready, cr_export_load_free);
  else
    {
      while (may_send (self))
        send_ready (self);
      if (self->ready == NULL && !self->is_loading && (item = next_item (self)) != NULL)
        {
          self->is_loading = TRUE;
          load_on (self, cr_export_load_new (self->run, item, self->is_second));
        }
    }

  if (self->n_in_flight == 0 && !self->is_loading && self->ready == NULL)
    end_pass (self);
}

/* Seal */

static void
queue_seal (CrExportFlow *self, CrExportRun *run, GPtrArray *items)
{
  Seal *seal = g_new0 (Seal, 1);

  seal->run = g_object_ref (run);
  seal->items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < items->len; i++)
    {
      CrExportItem *item = g_ptr_array_index (items, i);

      if (item->status == CR_ITEM_SENT)
        g_ptr_array_add (seal->items, g_object_ref (item));
    }

  if (seal->items->len > 0)
    g_queue_push_tail (&self->to_seal, seal);
  else
    seal_free (seal);
}

static void
sealed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;

  if (!cr_sender_seal_finish (self->sender, result, &error))
    stop_with (self, error);
  go (self, must_stop (self) ? STEP_END : STEP_SEAL);
}

static void
seal_next (CrExportFlow *self)
{
  Seal *seal = g_queue_pop_head (&self->to_seal);

  if (seal == NULL)
    {
      go (self, STEP_END);
      return;
    }

  cr_sender_seal_async (self->sender, seal->run, seal->items, cancellable_of (self), sealed_cb,
                        g_object_ref (self));
  seal_free (seal);
}

static void
listed_retried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  g_autoptr (CrExportRun) retried = cr_export_run_new (self->run->retry_of);
  g_autoptr (GPtrArray) items = NULL;
  GError *error = NULL;

  items = cr_store_read_finish (self->store, result, &error);
  if (error != NULL)
    stop_with_store (self, error);
  else
    {
      retried->destination_id = g_strdup (self->run->destination_id);
      retried->created_ms = self->run->created_ms;
      queue_seal (self, retried, items);
    }
  go (self, must_stop (self) ? STEP_END : STEP_SEAL);
}

/* A run that failed may have ended before its files got their manifest: its retry gives them one.
 */
static void
list_retried (CrExportFlow *self)
{
  queue_seal (self, self->run, self->items);
  if (self->run->retry_of != NULL)
    list_items (self, self->run->retry_of, listed_retried_cb);
  else
    go (self, STEP_SEAL);
}

/* End */

static void
return_run (CrExportFlow *self, CrExportRun *run)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  if (self->store_error != NULL)
    {
      g_clear_object (&run);
      g_task_return_error (task, g_steal_pointer (&self->store_error));
    }
  else
    g_task_return_pointer (task, run, g_object_unref);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExportFlow) self = user_data;
  GError *error = NULL;
  CrExportRun *run = cr_store_write_finish (self->store, result, &error);

  if (error != NULL)
    stop_with_store (self, error);
  tell (self, TRUE);
  return_run (self, run);
}

static gint64
wait_ms (CrExportFlow *self)
{
  guint shift = MIN (MAX (self->attempts, 1) - 1, 10);

  if (cr_error_is_keyring (self->error))
    return KEYRING_WAIT_MS;

  return MAX (MIN ((gint64) FIRST_WAIT_MS << shift, LONGEST_WAIT_MS), self->retry_after_ms);
}

static void
set_waiting (CrExportFlow *self)
{
  CrExportRun *run = self->run;

  run->status = CR_RUN_WAITING;
  run->wait_until_ms = self->clock () + wait_ms (self);
  run->waiting_for = cr_error_is_keyring (self->error) ? CR_WAIT_KEYRING_LOCKED
                   : g_error_matches (self->error, CR_ERROR, CR_ERROR_OFFLINE) ? CR_WAIT_OFFLINE
                                                                               : CR_WAIT_RATE_LIMIT;
}

static void
set_error (CrExportRun *run, const char *code, const char *message)
{
  g_free (run->error_code);
  g_free (run->error_message);
  run->error_code = g_strdup (code);
  run->error_message = g_strdup (message);
}

static void
set_settled (CrExportFlow *self)
{
  CrExportRun *run = self->run;

  run->status = run->n_failed_items == 0 ? CR_RUN_COMPLETE
              : run->n_resources > 0     ? CR_RUN_PARTIAL
                                         : CR_RUN_FAILED;
  for (guint i = 0; i < self->items->len && run->status != CR_RUN_COMPLETE; i++)
    {
      CrExportItem *item = g_ptr_array_index (self->items, i);

      if (item->status != CR_ITEM_FAILED)
        continue;
      set_error (run, item->error_code, item->error_message);
      break;
    }
}

/* Decides what the run has come to. */
static void
conclude (CrExportFlow *self, CrExportEnd *end)
{
  CrExportRun *run = self->run;
  gboolean has_given_up = self->attempts >= MAX_ATTEMPTS;

  end->leave_as = CR_ITEM_PENDING;
  if (is_cancelled (self))
    {
      run->status = CR_RUN_CANCELLED;
      end->leave_as = CR_ITEM_SUPERSEDED;
    }
  else if (self->error != NULL && can_wait (self->error) &&
           (cr_error_is_keyring (self->error) || !has_given_up))
    {
      set_error (run, cr_error_nick (self->error), self->error->message);
      set_waiting (self);
    }
  else if (self->error != NULL)
    {
      run->status = CR_RUN_FAILED;
      set_error (run, cr_error_nick (self->error), self->error->message);
      end->leave_as = CR_ITEM_FAILED;
      if (needs_person (self->error))
        end->action_required = g_strdup (self->error->message);
    }
  else if (self->is_suspended)
    run->status = CR_RUN_QUEUED;
  else
    {
      set_settled (self);
      end->moves_watermarks = run->trigger != CR_RUN_TRIGGER_MANUAL_RETRY;
      end->clears_action = run->n_resources > 0;
    }
}

static void
end_run (CrExportFlow *self)
{
  CrExportEnd *end;

  if (self->store_error != NULL || self->run == NULL || cr_run_status_is_final (self->run->status))
    {
      return_run (self, g_steal_pointer (&self->run));
      return;
    }

  end = g_new0 (CrExportEnd, 1);
  end->now_ms = self->clock ();
  conclude (self, end);
  if (cr_run_status_is_final (self->run->status))
    self->run->completed_ms = end->now_ms;
  end->run = cr_export_run_copy (self->run);
  end->items = self->items != NULL ? g_ptr_array_ref (self->items) : NULL;
  cr_store_write_async (self->store, CR_WRITE_SURE, cr_export_end, end,
                        (GDestroyNotify) cr_export_end_free, g_object_unref, NULL, ended_cb,
                        g_object_ref (self));
}

static void
advance (CrExportFlow *self)
{
  switch (self->step)
    {
    case STEP_START:
      start (self);
      break;
    case STEP_SECRETS:
      ask_secret (self);
      break;
    case STEP_PLAN_BEGIN:
      {
        g_autoptr (CrExportRun) copy = cr_export_run_copy (self->run);

        self->plan = cr_export_plan_new (self->sender, copy);
        cr_store_read_async (self->store, CR_READ_BULK, cr_export_plan_begin, self->plan, NULL,
                             NULL, NULL, plan_began_cb, g_object_ref (self));
        break;
      }
    case STEP_PLAN_READ:
      cr_store_read_async (self->store, CR_READ_BULK, cr_export_plan_read, self->plan, NULL, NULL,
                           NULL, plan_read_cb, g_object_ref (self));
      break;
    case STEP_PLAN_WRITE:
      cr_store_write_async (self->store, CR_WRITE_FAST, cr_export_plan_write, self->plan, NULL,
                            NULL, NULL, plan_written_cb, g_object_ref (self));
      break;
    case STEP_LIST:
      list_items (self, self->run_id, listed_cb);
      break;
    case STEP_SEND:
      pump (self);
      break;
    case STEP_LIST_RETRIED:
      list_retried (self);
      break;
    case STEP_SEAL:
      seal_next (self);
      break;
    case STEP_END:
    default:
      end_run (self);
      break;
    }
}

static void
cr_export_flow_finalize (GObject *object)
{
  CrExportFlow *self = CR_EXPORT_FLOW (object);

  g_clear_object (&self->store);
  g_clear_object (&self->client);
  g_clear_object (&self->vault);
  g_clear_object (&self->changes);
  g_clear_object (&self->destination);
  g_clear_object (&self->run);
  g_clear_object (&self->sender);
  g_clear_pointer (&self->secrets, g_hash_table_unref);
  g_clear_pointer (&self->plan, cr_export_plan_free);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->patients, g_hash_table_unref);
  g_clear_pointer (&self->ready, cr_export_load_free);
  g_queue_clear_full (&self->to_seal, (GDestroyNotify) seal_free);
  g_clear_error (&self->error);
  g_clear_error (&self->store_error);
  g_free (self->run_id);

  G_OBJECT_CLASS (cr_export_flow_parent_class)->finalize (object);
}

static void
cr_export_flow_class_init (CrExportFlowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_export_flow_finalize;
}

static void
cr_export_flow_init (CrExportFlow *self)
{
  self->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) cr_vault_secret_free);
  self->patients = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->to_seal);
}

/**
 * cr_export_flow_new:
 * @parts: kept by reference; the run and the destination as they stand in the store
 *
 * Sends what a destination has not had. How nothing is lost and nothing counted twice:
 *
 * - The upper bound is fixed when the run starts; what is stored later belongs to a later run.
 * - Planning writes items with their entries, parents first, in transactions of some thousand
 *   records; cut off, it goes on behind the last item. A run with a number of items is planned.
 * - Each item is sent and then settled in one transaction. A crash between the two sends it again:
 *   upserts and whole files leave the destination as once.
 * - Watermarks move in the transaction that ends the run, over what was planned; what failed is on
 *   the retry list by then. A run that failed as a whole, or was cancelled, moves none.
 * - A retry moves entries from the old item to its own in one transaction.
 */
CrExportFlow *
cr_export_flow_new (const CrExportParts *parts)
{
  CrExportFlow *self = g_object_new (CR_TYPE_EXPORT_FLOW, NULL);

  self->store = g_object_ref (parts->store);
  self->client = g_object_ref (parts->client);
  self->vault = parts->vault != NULL ? g_object_ref (parts->vault) : NULL;
  self->changes = parts->changes != NULL ? g_object_ref (parts->changes) : NULL;
  self->clock = parts->clock;
  self->destination = g_object_ref (parts->destination);
  self->run_id = g_strdup (parts->run->id);
  return self;
}

const char *
cr_export_flow_get_run_id (CrExportFlow *self)
{
  g_return_val_if_fail (CR_IS_EXPORT_FLOW (self), NULL);

  return self->run_id;
}

/**
 * cr_export_flow_run_async:
 *
 * Ends when the run is final, waits (until its `wait_until_ms`, then a new flow takes it up) or was
 * suspended. Cancelling makes it cancelled and keeps what was sent. Once per flow.
 */
void
cr_export_flow_run_async (CrExportFlow *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (CR_IS_EXPORT_FLOW (self));
  g_return_if_fail (self->task == NULL && self->step == STEP_START);

  self->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, cr_export_flow_run_async);
  g_task_set_check_cancellable (self->task, FALSE);
  advance (self);
}

/**
 * cr_export_flow_run_finish:
 *
 * Returns: (transfer full) (nullable): the run as it stands in the store
 * Errors: only those of the store; what went wrong with the destination is in the run
 */
CrExportRun *
cr_export_flow_run_finish (CrExportFlow *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * cr_export_flow_suspend:
 *
 * Finishes the parcels that are out and leaves the run queued, for an engine that closes.
 */
void
cr_export_flow_suspend (CrExportFlow *self)
{
  g_return_if_fail (CR_IS_EXPORT_FLOW (self));

  self->is_suspended = TRUE;
}
