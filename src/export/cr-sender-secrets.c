/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-sender.h"

#include "base/cr-error.h"

typedef struct
{
  const CrSenderKind *kind;
  CrDestination *destination; /* (owned) */
  gboolean is_quiet;
  guint field;
  GHashTable *secrets; /* (owned) (nullable): field name → secret; wiped */
} Asking;

static void
asking_free (gpointer data)
{
  Asking *self = data;

  g_object_unref (self->destination);
  g_clear_pointer (&self->secrets, g_hash_table_unref);
  g_free (self);
}

static void ask_next (GTask *task);

static void
got_secret_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Asking *self = g_task_get_task_data (task);
  const CrField *field = &self->kind->fields[self->field++];
  g_autoptr (GError) error = NULL;
  char *secret = cr_vault_get_finish (CR_VAULT (vault), result, &error);

  if (secret != NULL)
    g_hash_table_insert (self->secrets, g_strdup (field->name), secret);
  else if (!g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  else if (field->is_required)
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_BAD_INPUT,
                               "“%s” of this destination is not in the keyring; enter it again",
                               field->label);
      return;
    }

  ask_next (g_steal_pointer (&task));
}

/* Takes @task. */
static void
ask_next (GTask *task)
{
  g_autoptr (GTask) owned = task;
  Asking *self = g_task_get_task_data (task);

  for (; self->field < self->kind->n_fields; self->field++)
    {
      const CrField *field = &self->kind->fields[self->field];
      g_autofree char *name = NULL;

      if (field->kind != CR_FIELD_SECRET ||
          !cr_sender_field_is_needed (field, self->destination->settings))
        continue;
      name = cr_sender_secret_name (self->destination->id, field->name);
      (self->is_quiet ? cr_vault_get_quietly_async : cr_vault_get_async) (
          g_task_get_source_object (task), name, g_task_get_cancellable (task), got_secret_cb,
          g_steal_pointer (&owned));
      return;
    }

  g_task_return_pointer (task, g_steal_pointer (&self->secrets),
                         (GDestroyNotify) g_hash_table_unref);
}

/**
 * cr_sender_secrets_async:
 * @vault: (nullable): not for a kind that needs no secret
 * @is_quiet: nobody may be there to unlock the keyring: a locked one is an error at once
 *
 * Reads what @destination signs in with, one after the other.
 */
void
cr_sender_secrets_async (CrVault *vault,
                         const CrSenderKind *kind,
                         CrDestination *destination,
                         gboolean is_quiet,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (vault, cancellable, callback, user_data);
  Asking *self = g_new0 (Asking, 1);

  self->kind = kind;
  self->destination = g_object_ref (destination);
  self->is_quiet = is_quiet;
  self->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) cr_vault_secret_free);
  g_task_set_source_tag (task, cr_sender_secrets_async);
  g_task_set_task_data (task, self, asking_free);
  ask_next (task);
}

/**
 * cr_sender_secrets_finish:
 *
 * Returns: (transfer full) (element-type utf8 utf8): name of the field → secret, wiped when it
 *   goes; %NULL with CR_ERROR_BAD_INPUT where one is missing, or with the keyring's own error
 */
GHashTable *
cr_sender_secrets_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
