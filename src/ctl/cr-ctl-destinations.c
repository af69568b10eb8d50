/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "engine/cr-wire.h"

#include <string.h>

/* Adding and editing --------------------------------------------------------------------------- */

static const CrDestinationKind *
find_kind (const char *name)
{
  guint n;
  const CrDestinationKind *kinds = cr_engine_destination_kinds (&n);

  for (guint i = 0; i < n; i++)
    if (g_str_equal (kinds[i].name, name))
      return &kinds[i];

  return NULL;
}

/* The options that are fields of the kind become settings; any other is refused by name. */
static gboolean
read_fields (CrCtlCall *call,
             const CrDestinationKind *kind,
             CrDestination *destination,
             GError **error)
{
  GHashTableIter iter;
  const char *name, *value;

  g_hash_table_iter_init (&iter, call->options);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &value))
    {
      const CrField *field = NULL;

      if (g_str_equal (name, "name") || g_str_equal (name, "no-backfill") ||
          g_str_equal (name, "secret-stdin") || g_str_equal (name, "keep-failing"))
        continue;
      for (guint i = 0; field == NULL && i < kind->n_fields; i++)
        if (g_str_equal (kind->fields[i].name, name) && kind->fields[i].kind != CR_FIELD_SECRET)
          field = &kind->fields[i];
      if (field == NULL)
        {
          g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                       "A destination of this kind has no option --%s.", name);
          return FALSE;
        }
      g_hash_table_insert (destination->settings, g_strdup (name),
                           field->kind == CR_FIELD_FILE || field->kind == CR_FIELD_FOLDER
                               ? cr_ctl_file (call, value)
                               : g_strdup (value));
    }

  return TRUE;
}

/* The line of --secret-stdin is the secret of the kind; with temporary credentials the session
 * token follows it after a space, which no secret key has. */
static GHashTable *
read_secrets (CrCtlCall *call, const CrDestinationKind *kind)
{
  GHashTable *secrets =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) cr_secret_free);
  g_autofree char *line = g_strdup (call->input->secret);
  char *rest = line;

  for (guint i = 0; rest != NULL && i < kind->n_fields; i++)
    {
      const CrField *field = &kind->fields[i];
      char *space = g_str_equal (field->name, "secret") && g_str_equal (kind->name, "s3")
                      ? strchr (rest, ' ')
                      : NULL;

      if (field->kind != CR_FIELD_SECRET)
        continue;
      if (space != NULL)
        *space = '\0';
      g_hash_table_insert (secrets, (gpointer) field->name, g_strdup (rest));
      rest = space != NULL ? space + 1 : NULL;
    }

  cr_secret_wipe (line);
  return secrets;
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (CrDestination) saved =
      cr_engine_save_destination_finish (CR_ENGINE (source), result, &error);

  if (saved != NULL)
    cr_ctl_answer (user_data, cr_wire_destination (saved), CR_EXIT_DONE);
  else
    cr_ctl_fail (user_data, error);
}

static const char *
first_trouble (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      CrFinding *finding = g_ptr_array_index (findings, i);

      if (!finding->ok)
        return finding->message;
    }

  return NULL;
}

/* Tested before it is saved: what cannot work is kept only with --keep-failing, and disabled. */
static void
tested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrDestination *destination = call->data;
  GError *error = NULL;
  g_autoptr (GPtrArray) findings =
      cr_engine_test_destination_finish (CR_ENGINE (source), result, &error);
  g_autoptr (GHashTable) secrets = NULL;

  if (findings == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }
  if (first_trouble (findings) != NULL && cr_ctl_has (call, "keep-failing"))
    destination->is_enabled = FALSE;
  else if (first_trouble (findings) != NULL)
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_REFUSED,
                                      "Not saved: %s. With "
                                      "--keep-failing it is saved, disabled",
                                      first_trouble (findings)));
      return;
    }

  secrets = read_secrets (call, find_kind (destination->kind));
  cr_engine_save_destination_async (call->engine, destination, secrets,
                                    destination->id[0] == '\0' && !cr_ctl_has (call, "no-backfill"),
                                    cr_ctl_person (call), call->cancellable, saved_cb, call);
}

/* Takes @destination. */
static void
test_and_save (CrCtlCall *call, CrDestination *destination)
{
  const CrDestinationKind *kind = find_kind (destination->kind);
  g_autoptr (GHashTable) secrets = NULL;
  GError *error = NULL;

  cr_ctl_set_data (call, destination, g_object_unref);
  if (kind == NULL)
    error = g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "There is no such kind of destination.");
  if (kind == NULL || !read_fields (call, kind, destination, &error))
    {
      cr_ctl_fail (call, error);
      return;
    }

  secrets = read_secrets (call, kind);
  cr_engine_test_destination_async (call->engine, destination, secrets, call->cancellable,
                                    tested_cb, call);
}

void
cr_ctl_destination_add (CrCtlCall *call)
{
  CrDestination *destination;

  if (cr_ctl_option (call, "name") == NULL)
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "--name is missing."));
      return;
    }

  destination = cr_destination_new ("");
  destination->name = g_strdup (cr_ctl_option (call, "name"));
  destination->kind = g_strdup (cr_ctl_value (call, 0));
  destination->is_enabled = TRUE;
  test_and_save (call, destination);
}

static void
to_edit_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  CrDestination *destination = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (destination == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  if (cr_ctl_option (call, "name") != NULL)
    {
      g_free (destination->name);
      destination->name = g_strdup (cr_ctl_option (call, "name"));
    }
  test_and_save (call, destination);
}

void
cr_ctl_destination_edit (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_DESTINATIONS, to_edit_cb);
}

/* A copy with its secrets, disabled until it was changed. */
static void
to_duplicate_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  const char *name = cr_ctl_option (call, "name");
  GError *error = NULL;
  g_autoptr (CrDestination) destination = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (destination == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_engine_duplicate_destination_async (call->engine, destination, name, cr_ctl_person (call),
                                         call->cancellable, saved_cb, call);
}

void
cr_ctl_destination_duplicate (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_DESTINATIONS, to_duplicate_cb);
}

static void
reconciled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (CrReconciliation) found =
      cr_engine_reconcile_finish (CR_ENGINE (source), result, &error);

  if (found != NULL)
    cr_ctl_answer (user_data, cr_wire_reconciliation (found),
                   cr_reconciliation_missing (found) > 0 && found->queued_run == NULL
                       ? CR_EXIT_PARTLY
                       : CR_EXIT_DONE);
  else
    cr_ctl_fail (user_data, error);
}

static void
to_reconcile_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrDestination) destination = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (destination == NULL)
    cr_ctl_fail (call, error);
  else
    cr_engine_reconcile_async (call->engine, destination, cr_ctl_has (call, "send"),
                               cr_ctl_person (call), call->cancellable, reconciled_cb, call);
}

/* --send: queues a run for what is missing. */
void
cr_ctl_destination_reconcile (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_DESTINATIONS, to_reconcile_cb);
}

/* Looking -------------------------------------------------------------------------------------- */

void
cr_ctl_destination_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_DESTINATIONS };

  cr_ctl_list (call, &filter);
}

void
cr_ctl_destination_show (CrCtlCall *call)
{
  cr_ctl_show (call, CR_LIST_DESTINATIONS);
}

static void
findings_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) findings =
      cr_engine_test_destination_finish (CR_ENGINE (source), result, &error);

  cr_ctl_answer_findings (user_data, findings, error);
}

static void
to_test_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrDestination) destination = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (destination == NULL)
    cr_ctl_fail (call, error);
  else
    cr_engine_test_destination_async (call->engine, destination, NULL, call->cancellable,
                                      findings_cb, call);
}

void
cr_ctl_destination_test (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_DESTINATIONS, to_test_cb);
}

/* Doing ---------------------------------------------------------------------------------------- */

static void
enabled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_enable_destination_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_destination_enable (CrCtlCall *call)
{
  cr_engine_enable_destination_async (call->engine, cr_ctl_value (call, 0), TRUE,
                                      cr_ctl_person (call), call->cancellable, enabled_cb, call);
}

void
cr_ctl_destination_disable (CrCtlCall *call)
{
  cr_engine_enable_destination_async (call->engine, cr_ctl_value (call, 0), FALSE,
                                      cr_ctl_person (call), call->cancellable, enabled_cb, call);
}

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrCtlCall *call = user_data;
  gboolean ok = cr_engine_remove_destination_finish (CR_ENGINE (source), result, &error);
  g_autofree char *rest = cr_engine_dup_rest (CR_ENGINE (source), result);
  JsonObject *object;

  if (rest == NULL)
    {
      cr_ctl_finish (call, ok, error);
      return;
    }

  object = json_object_new ();
  json_object_set_string_member (object, "id", cr_ctl_value (call, 0));
  json_object_set_boolean_member (object, "ok", TRUE);
  json_object_set_string_member (object, "left_behind", rest);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

void
cr_ctl_destination_remove (CrCtlCall *call)
{
  cr_engine_remove_destination_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                      call->cancellable, removed_cb, call);
}
