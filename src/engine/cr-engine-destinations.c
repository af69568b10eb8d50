/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-uploads.h"

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-secret.h"
#include "export/cr-sender.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-reconcile.h"
#include "store/cr-withdrawals-table.h"

#include <string.h>

const CrDestinationKind *
cr_engine_destination_kinds (guint *n_kinds)
{
  static CrDestinationKind *kinds = NULL;
  static guint n = 0;

  if (kinds == NULL)
    {
      const CrSenderKind *senders = cr_sender_kinds (&n);

      kinds = g_new0 (CrDestinationKind, n);
      for (guint i = 0; i < n; i++)
        kinds[i] = (CrDestinationKind){ senders[i].name, senders[i].label, senders[i].fields,
                                        senders[i].n_fields };
    }

  *n_kinds = n;
  return kinds;
}

gboolean
cr_engine_field_is_needed (const CrField *field, GHashTable *settings)
{
  return cr_sender_field_is_needed (field, settings);
}

/* Secrets -------------------------------------------------------------------------------------- */

/* A destination with its secrets at hand: those given, and those the keyring has for the rest. */
typedef struct
{
  CrDestination *destination; /* (owned) */
  const CrSenderKind *kind;
  GHashTable *secrets; /* (owned): field → secret */
  GHashTable *given;   /* (owned): set of fields to keep in the keyring */
  guint position;      /* of the field in hand */
  gboolean backfill;
  gboolean is_new;
  char *person;            /* (owned) (nullable) */
  CrReconciliation *found; /* (owned) (nullable) */
  gint64 now_ms;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_object_unref (work->destination);
  g_hash_table_unref (work->secrets);
  g_hash_table_unref (work->given);
  g_free (work->person);
  g_clear_pointer (&work->found, cr_reconciliation_free);
  g_free (work);
}

static Work *
work_new (CrDestination *destination, GHashTable *secrets, GError **error)
{
  const CrSenderKind *kind = cr_sender_kind_find (destination->kind);
  GHashTableIter iter;
  const char *field, *secret;
  Work *work;

  if (kind == NULL)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "There is no such kind of destination.");
      return NULL;
    }

  work = g_new0 (Work, 1);
  work->destination = g_object_ref (destination);
  work->kind = kind;
  work->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, cr_secret_free);
  work->given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (secrets == NULL)
    return work;

  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, (gpointer *) &field, (gpointer *) &secret))
    if (secret[0] != '\0')
      {
        g_hash_table_insert (work->secrets, g_strdup (field), g_strdup (secret));
        g_hash_table_add (work->given, g_strdup (field));
      }
  return work;
}

typedef void (*SecretsFunc) (GTask *task);

/* Reads, one after another, the secrets that were not given. */
static void read_secrets (GTask *task, SecretsFunc then);

static void
got_secret_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Work *work = g_task_get_task_data (task);
  SecretsFunc then = (SecretsFunc) (guintptr) g_object_get_data (G_OBJECT (task), "then");
  g_autoptr (GError) error = NULL;
  char *secret = cr_vault_get_finish (CR_VAULT (vault), result, &error);

  if (secret == NULL && !g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (secret != NULL)
    g_hash_table_insert (work->secrets, g_strdup (work->kind->fields[work->position].name),
                         g_strdup (secret));
  g_clear_pointer (&secret, cr_vault_secret_free);
  work->position++;
  read_secrets (g_steal_pointer (&task), then);
}

/* Takes @task. */
static void
read_secrets (GTask *task, SecretsFunc then)
{
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);

  for (; work->position < work->kind->n_fields; work->position++)
    {
      const CrField *field = &work->kind->fields[work->position];
      g_autofree char *name = NULL;

      if (field->kind != CR_FIELD_SECRET || work->is_new ||
          g_hash_table_contains (work->secrets, field->name))
        continue;
      name = cr_sender_secret_name (work->destination->id, field->name);
      g_object_set_data (G_OBJECT (task), "then", (gpointer) (guintptr) then);
      cr_vault_get_async (self->vault, name, g_task_get_cancellable (task), got_secret_cb, task);
      return;
    }

  then (task);
}

static void
begin (CrEngine *self,
       CrDestination *destination,
       GHashTable *secrets,
       SecretsFunc then,
       gboolean backfill,
       const char *person,
       GTask *task)
{
  GError *error = NULL;
  Work *work = work_new (destination, secrets, &error);

  if (work == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  work->is_new = destination->id == NULL || destination->id[0] == '\0';
  work->backfill = backfill;
  work->person = g_strdup (person);
  work->now_ms = self->clock ();
  g_task_set_task_data (task, work, work_free);
  read_secrets (task, then);
}

/* Test ----------------------------------------------------------------------------------------- */

static void
tested_cb (GObject *sender, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *findings = cr_sender_test_finish (CR_SENDER (sender), result, &error);

  if (findings != NULL)
    g_task_return_pointer (task, findings, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
test (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  CrSenderParts parts = { self->client, self->clock, work->destination, work->secrets };
  g_autoptr (CrSender) sender = NULL;
  GError *error = NULL;

  if (cr_sender_kind_check (work->kind, work->destination, work->secrets, &error))
    sender = work->kind->make (&parts, &error);
  if (sender == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  cr_sender_test_async (sender, g_task_get_cancellable (task), tested_cb, task);
}

void
cr_engine_test_destination_async (CrEngine *self,
                                  CrDestination *destination,
                                  GHashTable *secrets,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  begin (self, destination, secrets, test, FALSE, NULL,
         cr_engine_task (self, cr_engine_test_destination_async, cancellable, callback, user_data));
}

GPtrArray *
cr_engine_test_destination_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Reconcile ------------------------------------------------------------------------------------ */

static gpointer
load_expected (CrDb *db, gpointer data, GError **error)
{
  return cr_reconcile_load (db, data, error);
}

static gpointer
send_missing (CrDb *db, gpointer data, GError **error)
{
  Work *work = data;
  g_autoptr (CrExportRun) run =
      cr_reconcile_send (db, work->found, work->person, work->now_ms, error);

  if (run == NULL)
    return NULL;

  g_free (work->found->queued_run);
  work->found->queued_run = g_strdup (run->id);
  return CR_DONE;
}

static void
return_found (GTask *task)
{
  Work *work = g_task_get_task_data (task);

  g_task_return_pointer (task, g_steal_pointer (&work->found),
                         (GDestroyNotify) cr_reconciliation_free);
  g_object_unref (task);
}

static void
missing_queued_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (store), result, &error) == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  cr_changes_tell (self->changes, CR_CHANGE_RUN, NULL, NULL);
  cr_scheduler_wake (self->scheduler);
  return_found (task);
}

static void
recounted_cb (GObject *sender, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (!cr_sender_recount_finish (CR_SENDER (sender), result, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (work->backfill && cr_reconciliation_missing (work->found) > 0)
    cr_store_write_async (self->store, CR_WRITE_SURE, send_missing, work, NULL, NULL,
                          g_task_get_cancellable (task), missing_queued_cb, task);
  else
    return_found (task);
}

static void
expected_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  CrSenderParts parts = { self->client, self->clock, work->destination, work->secrets };
  g_autoptr (CrSender) sender = NULL;
  GError *error = NULL;

  work->found = cr_store_read_finish (CR_STORE (store), result, &error);
  if (work->found != NULL)
    sender = work->kind->make (&parts, &error);
  if (sender == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  cr_sender_recount_async (sender, self->store, work->found, g_task_get_cancellable (task),
                           recounted_cb, task);
}

static void
reconcile (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);

  cr_store_read_async (self->store, CR_READ_BULK, load_expected, g_strdup (work->destination->id),
                       g_free, (GDestroyNotify) cr_reconciliation_free,
                       g_task_get_cancellable (task), expected_cb, task);
}

void
cr_engine_reconcile_async (CrEngine *self,
                           CrDestination *destination,
                           gboolean sends,
                           const char *person,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  begin (self, destination, NULL, reconcile, sends, person,
         cr_engine_task (self, cr_engine_reconcile_async, cancellable, callback, user_data));
}

CrReconciliation *
cr_engine_reconcile_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Save ----------------------------------------------------------------------------------------- */

/* The value in force, without what makes no difference at the end of an address. */
static char *
value_in_force (const CrField *field, CrDestination *destination)
{
  const char *text = cr_destination_get (destination, field->name);
  const char *fallback = field->fallback != NULL ? field->fallback : "";
  char *value = g_strdup (text != NULL && text[0] != '\0' ? text : fallback);

  for (gsize n = strlen (value); n > 0 && value[n - 1] == '/'; n--)
    value[n - 1] = '\0';
  return value;
}

static gboolean
is_same (const CrField *field, CrDestination *old, CrDestination *destination)
{
  g_autofree char *before = value_in_force (field, old);
  g_autofree char *after = value_in_force (field, destination);

  return g_str_equal (before, after);
}

/* What is known of the records that arrived holds for that server and its ids alone: at another, an
 * id that the first one chose is somebody else's, whose record would be written over or deleted. */
static gboolean
check_lasting (CrDb *db, CrDestination *destination, GError **error)
{
  const CrSenderKind *kind = cr_sender_kind_find (destination->kind);
  g_autoptr (CrDestination) old = cr_destinations_table_get (db, destination->id, error);
  int has_arrived = old != NULL ? cr_delivered_table_any (db, old->id, error) : -1;

  if (has_arrived <= 0)
    return has_arrived == 0;

  for (guint i = 0; i < kind->n_fields; i++)
    if (kind->fields[i].is_lasting && !is_same (&kind->fields[i], old, destination))
      {
        g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT,
                     "“%s” stays as it is, since records have arrived there. Duplicate this "
                     "destination and change the copy: everything is sent there anew.",
                     kind->fields[i].label);
        return FALSE;
      }

  return TRUE;
}

/* The row alone; secrets are in the keyring by now. A destination is never without the secret its
 * row needs. */
typedef struct
{
  CrDestination *destination; /* (owned) */
  gboolean is_new;
  gboolean backfill;
  char *person; /* (owned) */
  gint64 now_ms;
} Row;

static void
row_free (gpointer data)
{
  Row *row = data;

  g_object_unref (row->destination);
  g_free (row->person);
  g_free (row);
}

static gpointer
save_func (CrDb *db, gpointer data, GError **error)
{
  Row *row = data;
  const char *id = row->destination->id;
  gboolean had = !row->is_new && cr_withdrawals_wanted (db, id);
  gboolean ok = row->is_new ? cr_destinations_table_add (db, row->destination, error)
                            : check_lasting (db, row->destination, error) &&
                                  cr_destinations_table_update (db, row->destination, error);
  g_autoptr (CrExportRun) run = NULL;

  if (!ok || (had && !cr_withdrawals_note_change (db, id, cr_withdrawals_wanted (db, id), error)))
    return NULL;
  if (row->backfill && row->destination->is_enabled)
    run =
        cr_runs_table_queue (db, row->destination->id,
                             row->is_new ? CR_RUN_TRIGGER_DESTINATION_ADDED : CR_RUN_TRIGGER_MANUAL,
                             NULL, row->person, row->now_ms, error);
  if (row->backfill && row->destination->is_enabled && run == NULL)
    return NULL;

  return g_object_ref (row->destination);
}

static void
save_row (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  Row *row = g_new0 (Row, 1);
  CrVerb verb = { .func = save_func,
                  .data = row,
                  .free_data = row_free,
                  .free_result = g_object_unref,
                  .person = work->person,
                  .action = work->is_new ? "destination.add" : "destination.edit",
                  .object = work->destination->id,
                  .change = CR_CHANGE_DESTINATION };

  row->destination = g_object_ref (work->destination);
  row->is_new = work->is_new;
  row->backfill = work->backfill;
  row->person = g_strdup (work->person);
  row->now_ms = work->now_ms;
  cr_engine_run_verb (self, &verb, task);
}

static void keep_secrets (GTask *task);

static void
secret_kept_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (!cr_vault_set_finish (CR_VAULT (vault), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  work->position++;
  keep_secrets (g_steal_pointer (&task));
}

/* Takes @task. */
static void
keep_secrets (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);

  for (; work->position < work->kind->n_fields; work->position++)
    {
      const CrField *field = &work->kind->fields[work->position];
      g_autofree char *name = NULL;

      if (!g_hash_table_contains (work->given, field->name))
        continue;
      name = cr_sender_secret_name (work->destination->id, field->name);
      cr_vault_set_async (self->vault, name, "Chartroom: credential of a destination",
                          g_hash_table_lookup (work->secrets, field->name),
                          g_task_get_cancellable (task), secret_kept_cb, task);
      return;
    }

  save_row (task);
}

static gpointer
check_lasting_func (CrDb *db, gpointer data, GError **error)
{
  return check_lasting (db, data, error) ? CR_DONE : NULL;
}

static void begin_saving (GTask *task);

static void
lasting_checked_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_store_read_finish (CR_STORE (store), result, &error) != NULL)
    begin_saving (g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

/* All is looked at before the first secret is kept: one for another server must not come to be sent
 * to this one. */
static void
check_and_save (GTask *task)
{
  CrEngine *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (!cr_sender_kind_check (work->kind, work->destination, work->secrets, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (work->is_new)
    begin_saving (task);
  else
    cr_store_read_async (self->store, CR_READ_SCREEN, check_lasting_func, work->destination, NULL,
                         NULL, g_task_get_cancellable (task), lasting_checked_cb, task);
}

static void
begin_saving (GTask *task)
{
  Work *work = g_task_get_task_data (task);
  CrDestination *destination = work->destination;

  if (work->is_new)
    {
      g_free (destination->id);
      destination->id = cr_id_new ("dest_", work->now_ms);
      destination->created_ms = work->now_ms;
    }
  destination->updated_ms = work->now_ms;
  g_clear_pointer (&destination->action_required, g_free);
  work->position = 0;
  keep_secrets (task);
}

void
cr_engine_save_destination_async (CrEngine *self,
                                  CrDestination *destination,
                                  GHashTable *secrets,
                                  gboolean backfill,
                                  const char *person,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_save_destination_async, cancellable, callback, user_data);

  begin (self, destination, secrets, check_and_save, backfill, person, task);
}

/* The secrets of the old one are read by its id; then it becomes the new one, which keeps them
 * under its own. */
static void
make_copy (GTask *task)
{
  Work *work = g_task_get_task_data (task);
  GHashTableIter iter;
  gpointer field;

  g_hash_table_iter_init (&iter, work->secrets);
  while (g_hash_table_iter_next (&iter, &field, NULL))
    g_hash_table_add (work->given, g_strdup (field));
  work->is_new = TRUE;
  check_and_save (task);
}

void
cr_engine_duplicate_destination_async (CrEngine *self,
                                       CrDestination *destination,
                                       const char *name,
                                       const char *person,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_duplicate_destination_async, cancellable, callback,
                                user_data);
  g_autoptr (CrDestination) copy = cr_destination_new (destination->id);
  GHashTableIter iter;
  gpointer field, value;

  copy->name = name != NULL ? g_strdup (name) : g_strdup_printf ("%s (copy)", destination->name);
  copy->kind = g_strdup (destination->kind);
  copy->is_enabled = FALSE;
  g_hash_table_iter_init (&iter, destination->settings);
  while (g_hash_table_iter_next (&iter, &field, &value))
    g_hash_table_insert (copy->settings, g_strdup (field), g_strdup (value));
  begin (self, copy, NULL, make_copy, FALSE, person, task);
}

CrDestination *
cr_engine_save_destination_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  CrDestination *destination = g_task_propagate_pointer (G_TASK (result), error);

  if (destination == NULL)
    return NULL;

  cr_changes_tell (self->changes, CR_CHANGE_RUN, NULL, NULL);
  cr_engine_go_on_cleaning (self, destination->id);
  return destination;
}
