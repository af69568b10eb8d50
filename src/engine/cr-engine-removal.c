/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-connections-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-removal-table.h"

#define MANY 10000
#define LOOK_MS 20
#define KEYRING_WAIT_S 10

/* What is left to do --------------------------------------------------------------------------- */

typedef struct
{
  GPtrArray *tasks; /* (owned) (nullable): of CrRemovalTask */
  guint n_seen;
  gboolean is_quiet; /* no prompt of the keyring */
  gboolean is_wiped;
  GError *keyring_error; /* (owned) (nullable): something is left to do there */
  gboolean keyring_answers;
} Drain;

static void
drain_free (gpointer data)
{
  Drain *drain = data;

  g_clear_pointer (&drain->tasks, g_ptr_array_unref);
  g_clear_error (&drain->keyring_error);
  g_free (drain);
}

static void do_next (GTask *task);

static CrRemovalTask *
current (GTask *task)
{
  Drain *drain = g_task_get_task_data (task);

  return g_ptr_array_index (drain->tasks, drain->n_seen - 1);
}

static gpointer
strike_func (CrDb *db, gpointer data, GError **error)
{
  return cr_removal_tasks_strike (db, data, error) ? CR_DONE : NULL;
}

static void
struck_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  cr_store_write_finish (CR_STORE (store), result, NULL);
  do_next (user_data);
}

/* Takes @error. One that failed stays queued. */
static void
done (GTask *task, gboolean ok, GError *error)
{
  CrEngine *self = g_task_get_source_object (task);
  Drain *drain = g_task_get_task_data (task);

  if (!ok && cr_error_is_keyring (error) && drain->keyring_error == NULL)
    drain->keyring_error = g_error_copy (error);
  if (!ok && !cr_error_is_cancelled (error))
    g_message ("Something removed has still to be wiped: %s", error->message);
  g_clear_error (&error);
  if (ok)
    cr_store_write_async (self->store, CR_WRITE_SURE, strike_func, current (task), NULL, NULL, NULL,
                          struck_cb, task);
  else
    do_next (task);
}

static void
cleared_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_vault_clear_finish (CR_VAULT (vault), result, &error) ||
                g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  Drain *drain = g_task_get_task_data (user_data);

  drain->keyring_answers |= ok;
  done (user_data, ok, error);
}

static void
wiped_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  Drain *drain = g_task_get_task_data (user_data);
  GError *error = NULL;

  drain->is_wiped = cr_store_wipe_finish (CR_STORE (store), result, &error);
  /* What stood aside since a restore went with it. */
  if (drain->is_wiped)
    cr_engine_clear_left (g_task_get_source_object (user_data));
  done (user_data, drain->is_wiped, error);
}

static gboolean
look_again_cb (gpointer user_data)
{
  CrEngine *self = user_data;

  self->removal_timer = 0;
  cr_engine_go_on_removing (self);
  return G_SOURCE_REMOVE;
}

/* A keyring does not say when it is unlocked; it is looked at now and then, without a prompt. */
static void
wait_for_keyring (CrEngine *self)
{
  if (!self->is_closing && self->removal_timer == 0)
    self->removal_timer = g_timeout_add_seconds (KEYRING_WAIT_S, look_again_cb, self);
}

/* What waits is shown as long as it does. */
static void
say_keyring (CrEngine *self, Drain *drain)
{
  if (self->is_closing)
    return;
  if (drain->keyring_error != NULL)
    {
      cr_engine_set_keyring_error (self, drain->keyring_error);
      wait_for_keyring (self);
    }
  else if (drain->keyring_answers)
    {
      cr_engine_set_keyring_error (self, NULL);
      cr_scheduler_keyring_may_answer (self->scheduler);
    }
}

/* Takes @task. */
static void
do_next (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Drain *drain = g_task_get_task_data (task);
  CrRemovalTask *next;

  if (self->is_closing || drain->n_seen == drain->tasks->len)
    {
      say_keyring (self, drain);
      g_task_return_boolean (task, drain->is_wiped);
      g_object_unref (task);
      return;
    }

  next = g_ptr_array_index (drain->tasks, drain->n_seen++);
  if (g_str_equal (next->kind, CR_REMOVAL_KEYRING) && drain->is_quiet)
    cr_vault_clear_quietly_async (self->vault, next->name, self->cancellable, cleared_cb, task);
  else if (g_str_equal (next->kind, CR_REMOVAL_KEYRING))
    cr_vault_clear_async (self->vault, next->name, self->cancellable, cleared_cb, task);
  else
    cr_store_wipe_async (self->store, NULL, wiped_cb, task);
}

static gpointer
tasks_func (CrDb *db, gpointer data, GError **error)
{
  return cr_removal_tasks_list (db, error);
}

static void
tasks_listed_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Drain *drain = g_task_get_task_data (task);
  GError *error = NULL;

  drain->tasks = cr_store_read_finish (CR_STORE (store), result, &error);
  if (drain->tasks != NULL)
    {
      do_next (task);
      return;
    }

  g_task_return_error (task, error);
  g_object_unref (task);
}

/* Whether the files were wiped. */
static void
drain_async (CrEngine *self, gboolean is_quiet, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = cr_engine_task (self, drain_async, NULL, callback, user_data);
  Drain *drain = g_new0 (Drain, 1);

  drain->is_quiet = is_quiet;
  g_task_set_task_data (task, drain, drain_free);
  cr_store_read_async (self->store, CR_READ_SCREEN, tasks_func, NULL, NULL,
                       (GDestroyNotify) g_ptr_array_unref, NULL, tasks_listed_cb, task);
}

void
cr_engine_go_on_removing (CrEngine *self)
{
  drain_async (self, TRUE, NULL, NULL);
}

/* Removing ------------------------------------------------------------------------------------- */

/* Access is taken back first, work on the connections ends, and only then their rows go. */
typedef struct
{
  GTask *task;  /* (owned) */
  char *id;     /* (owned): of a patient or a connection */
  char *person; /* (owned) (nullable) */
  gboolean is_patient;
  guint n_leaving;    /* connections whose portal is being told */
  GPtrArray *pulls;   /* (owned) (nullable): of CrPull, cancelled */
  CrRemoval *receipt; /* (owned) (nullable) */
  gint64 now_ms;
} Order;

static void
order_free (Order *order)
{
  g_clear_pointer (&order->pulls, g_ptr_array_unref);
  g_clear_pointer (&order->receipt, cr_removal_free);
  g_object_unref (order->task);
  g_free (order->id);
  g_free (order->person);
  g_free (order);
}

static CrEngine *
engine_of (Order *order)
{
  return g_task_get_source_object (order->task);
}

/* Takes @order and @error. */
static void
fail (Order *order, GError *error)
{
  g_task_return_error (order->task, error);
  order_free (order);
}

/* The receipt names nobody. */
static char *
say_removed (CrRemoval *removal)
{
  guint n_told = 0;

  for (guint i = 0; i < removal->places->len; i++)
    n_told += ((CrRemovalPlace *) g_ptr_array_index (removal->places, i))->is_told ? 1 : 0;
  if (n_told > 0)
    return g_strdup_printf (
        CR_SAID ("%lld connections, %lld records with %lld versions, %lld pulls; of %u "
                 "destinations that have some, %u are asked to give them up"),
        (long long) removal->n_connections, (long long) removal->n_records,
        (long long) removal->n_versions, (long long) removal->n_pulls, removal->places->len,
        n_told);

  return g_strdup_printf (CR_SAID ("%lld connections, %lld records with %lld versions, %lld pulls; "
                                   "%lld records that %u destinations have stay there"),
                          (long long) removal->n_connections, (long long) removal->n_records,
                          (long long) removal->n_versions, (long long) removal->n_pulls,
                          (long long) removal->n_delivered, removal->places->len);
}

static gpointer
remove_func (CrDb *db, gpointer data, GError **error)
{
  Order *order = data;
  g_autoptr (CrRemoval) removal = order->is_patient
                                    ? cr_removal_of_patient (db, order->id, order->now_ms, error)
                                    : cr_removal_of_data (db, order->id, order->now_ms, error);
  g_autofree char *words = removal != NULL ? say_removed (removal) : NULL;
  g_autoptr (CrAuditEntry) entry = NULL;

  if (removal == NULL)
    return NULL;

  removal->person = g_strdup (order->person);
  entry = cr_audit_entry_new (order->person,
                              order->is_patient ? "patient.remove" : "connection.remove-data",
                              order->is_patient ? NULL : order->id, words, order->now_ms);
  return cr_audit_table_add (db, entry, error) ? g_steal_pointer (&removal) : NULL;
}

static void
drained_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  Order *order = user_data;

  order->receipt->is_wiped = g_task_propagate_boolean (G_TASK (result), NULL);
  g_task_return_pointer (order->task, g_steal_pointer (&order->receipt),
                         (GDestroyNotify) cr_removal_free);
  order_free (order);
}

static void
removed_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  static const CrChangeKind kinds[] = {
    CR_CHANGE_PATIENT,     CR_CHANGE_CONNECTION, CR_CHANGE_PULL,    CR_CHANGE_RECORD,
    CR_CHANGE_HOLD,        CR_CHANGE_AUTH_EVENT, CR_CHANGE_SESSION, CR_CHANGE_EVENT,
    CR_CHANGE_DESTINATION, CR_CHANGE_ITEM,       CR_CHANGE_AUDIT
  };
  Order *order = user_data;
  CrEngine *self = engine_of (order);
  GError *error = NULL;

  order->receipt = cr_store_write_finish (CR_STORE (store), result, &error);
  cr_scheduler_resume (self->scheduler);
  if (order->receipt == NULL)
    {
      fail (order, error);
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    cr_changes_tell (self->changes, kinds[i], NULL, NULL);
  drain_async (self, FALSE, drained_cb, order);
}

static gboolean
look_cb (gpointer user_data)
{
  Order *order = user_data;
  CrEngine *self = engine_of (order);

  for (guint i = 0; i < order->pulls->len; i++)
    {
      CrPull *pull = g_ptr_array_index (order->pulls, i);

      if (cr_scheduler_cancel_pull (self->scheduler, pull->id))
        return G_SOURCE_CONTINUE;
    }
  if (cr_scheduler_has_runs (self->scheduler))
    return G_SOURCE_CONTINUE;

  order->now_ms = self->clock ();
  cr_store_write_async (self->store, CR_WRITE_SURE, remove_func, order, NULL,
                        (GDestroyNotify) cr_removal_free, NULL, removed_cb, order);
  return G_SOURCE_REMOVE;
}

static void
pulls_listed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  Order *order = user_data;
  CrEngine *self = CR_ENGINE (engine);
  GError *error = NULL;

  order->pulls = cr_engine_list_finish (self, result, &error);
  if (order->pulls == NULL)
    {
      cr_scheduler_resume (self->scheduler);
      fail (order, error);
      return;
    }

  g_timeout_add (LOOK_MS, look_cb, order);
}

/* What exports have in their hands would be settled after its record is gone. */
static void
quieten (Order *order)
{
  CrEngine *self = engine_of (order);
  CrListFilter filter = { .kind = CR_LIST_PULLS };

  if (order->is_patient)
    filter.patient_id = order->id;
  else
    filter.connection_id = order->id;
  cr_scheduler_pause (self->scheduler);
  cr_engine_list_async (self, &filter, 0, MANY, NULL, pulls_listed_cb, order);
}

/* Whatever the portal said: access that could not be taken back there ends with the tokens here. */
static void
left_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  Order *order = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_disconnect_finish (CR_ENGINE (engine), result, &error) && !order->is_patient)
    {
      fail (order, g_steal_pointer (&error));
      return;
    }
  if (error != NULL)
    g_message ("A connection could not be disconnected before it was removed: %s", error->message);
  if (--order->n_leaving == 0)
    quieten (order);
}

static void
leave (Order *order, const char *connection_id)
{
  order->n_leaving++;
  cr_engine_disconnect_async (engine_of (order), connection_id, order->person, NULL, left_cb,
                              order);
}

static void
connections_listed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  Order *order = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) connections = cr_engine_list_finish (CR_ENGINE (engine), result, &error);

  if (connections == NULL)
    {
      fail (order, error);
      return;
    }

  for (guint i = 0; i < connections->len; i++)
    {
      CrConnection *connection = g_ptr_array_index (connections, i);

      if (connection->sealed_tokens != NULL)
        leave (order, connection->id);
    }
  if (order->n_leaving == 0)
    quieten (order);
}

static Order *
order_new (GTask *task, const char *id, const char *person, gboolean is_patient)
{
  Order *order = g_new0 (Order, 1);

  order->task = task;
  order->id = g_strdup (id);
  order->person = g_strdup (person);
  order->is_patient = is_patient;
  return order;
}

/**
 * cr_engine_remove_patient_async:
 *
 * Asks the portals to take access back, ends the work on the patient's connections, removes
 * everything of theirs in one transaction, and wipes the files. Receipt and audit say how much,
 * when and by whom, not of whom.
 */
void
cr_engine_remove_patient_async (CrEngine *self,
                                const char *id,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_remove_patient_async, cancellable, callback, user_data);
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS, .patient_id = id };

  cr_engine_list_async (self, &filter, 0, MANY, NULL, connections_listed_cb,
                        order_new (task, id, person, TRUE));
}

static CrRemoval *
finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

CrRemoval *
cr_engine_remove_patient_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return finish (result, error);
}

void
cr_engine_remove_data_async (CrEngine *self,
                             const char *connection_id,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_remove_data_async, cancellable, callback, user_data);

  quieten (order_new (task, connection_id, person, FALSE));
}

CrRemoval *
cr_engine_remove_data_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return finish (result, error);
}

void
cr_engine_remove_connection_async (CrEngine *self,
                                   const char *connection_id,
                                   const char *person,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_remove_connection_async, cancellable, callback, user_data);

  leave (order_new (task, connection_id, person, FALSE), connection_id);
}

CrRemoval *
cr_engine_remove_connection_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return finish (result, error);
}

/* Weighing ------------------------------------------------------------------------------------- */

static gpointer
weigh_patient_func (CrDb *db, gpointer data, GError **error)
{
  return cr_removal_weigh_patient (db, data, error);
}

static gpointer
weigh_connection_func (CrDb *db, gpointer data, GError **error)
{
  return cr_removal_weigh_connection (db, data, error);
}

static void
weighed_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrRemoval *removal = cr_store_read_finish (CR_STORE (store), result, &error);

  if (removal != NULL)
    g_task_return_pointer (task, removal, (GDestroyNotify) cr_removal_free);
  else
    g_task_return_error (task, error);
}

void
cr_engine_weigh_removal_async (CrEngine *self,
                               CrListKind kind,
                               const char *id,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_weigh_removal_async, cancellable, callback, user_data);

  g_return_if_fail (kind == CR_LIST_PATIENTS || kind == CR_LIST_CONNECTIONS);

  cr_store_read_async (self->store, CR_READ_SCREEN,
                       kind == CR_LIST_PATIENTS ? weigh_patient_func : weigh_connection_func,
                       g_strdup (id), g_free, (GDestroyNotify) cr_removal_free, cancellable,
                       weighed_cb, task);
}

CrRemoval *
cr_engine_weigh_removal_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return finish (result, error);
}
