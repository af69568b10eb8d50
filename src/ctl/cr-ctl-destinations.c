/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-error.h"
#include "engine/cr-wire.h"

#define MANY 1000

/* Adding and editing
 * ---------------------------------------------------------------------------------- */

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
          g_str_equal (name, "secret-stdin"))
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

static GHashTable *
read_secrets (CrCtlCall *call, const CrDestinationKind *kind)
{
  GHashTable *secrets = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; call->input->secret != NULL && i < kind->n_fields; i++)
    if (kind->fields[i].kind == CR_FIELD_SECRET)
      g_hash_table_insert (secrets, (gpointer) kind->fields[i].name, call->input->secret);

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

/* Tested before it is saved: what cannot work is not kept. */
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
  if (first_trouble (findings) != NULL)
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_REFUSED, "Not saved: %s",
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

static void
get (CrCtlCall *call, CrListKind kind, GAsyncReadyCallback callback)
{
  cr_engine_get_async (call->engine, kind, cr_ctl_value (call, 0), call->cancellable, callback,
                       call);
}

void
cr_ctl_destination_edit (CrCtlCall *call)
{
  get (call, CR_LIST_DESTINATIONS, to_edit_cb);
}

/* Looking
 * --------------------------------------------------------------------------------------------- */

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) objects = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (objects != NULL)
    cr_ctl_answer_list (user_data, objects);
  else
    cr_ctl_fail (user_data, error);
}

void
cr_ctl_destination_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_DESTINATIONS };

  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, listed_cb, call);
}

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GObject) object = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (object != NULL)
    cr_ctl_answer (user_data, cr_wire_object (object), CR_EXIT_DONE);
  else
    cr_ctl_fail (user_data, error);
}

void
cr_ctl_destination_show (CrCtlCall *call)
{
  get (call, CR_LIST_DESTINATIONS, shown_cb);
}

static void
findings_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) findings =
      cr_engine_test_destination_finish (CR_ENGINE (source), result, &error);

  if (findings != NULL)
    cr_ctl_answer (user_data, cr_wire_findings (findings),
                   first_trouble (findings) == NULL ? CR_EXIT_DONE : CR_EXIT_FAILED);
  else
    cr_ctl_fail (user_data, error);
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
  get (call, CR_LIST_DESTINATIONS, to_test_cb);
}

/* Doing
 * -----------------------------------------------------------------------------------------------
 */

static void
answer_ok (CrCtlCall *call, gboolean ok, GError *error)
{
  JsonObject *object;

  if (!ok)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = json_object_new ();
  json_object_set_string_member (object, "id", cr_ctl_value (call, 0));
  json_object_set_boolean_member (object, "ok", TRUE);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
enabled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_enable_destination_finish (CR_ENGINE (source), result, &error);

  answer_ok (user_data, ok, error);
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
  gboolean ok = cr_engine_remove_destination_finish (CR_ENGINE (source), result, &error);

  answer_ok (user_data, ok, error);
}

void
cr_ctl_destination_remove (CrCtlCall *call)
{
  cr_engine_remove_destination_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                      call->cancellable, removed_cb, call);
}

/* Runs
 * ------------------------------------------------------------------------------------------------
 */

static gboolean
run_is_done (gpointer object)
{
  return cr_run_status_is_final (CR_EXPORT_RUN (object)->status);
}

static void
run_ended (CrCtlCall *call, GPtrArray *runs)
{
  CrExportRun *run = g_ptr_array_index (runs, 0);
  CrExit code = run->status == CR_RUN_COMPLETE ? CR_EXIT_DONE
              : run->status == CR_RUN_PARTIAL  ? CR_EXIT_PARTLY
                                               : CR_EXIT_FAILED;

  cr_ctl_answer (call, cr_wire_run (run, NULL), code);
}

/* Takes @run. */
static void
answer_run (CrCtlCall *call, CrExportRun *run, GError *error)
{
  g_autoptr (CrExportRun) owned = run;

  if (run == NULL)
    cr_ctl_fail (call, error);
  else if (cr_ctl_has (call, "wait"))
    cr_ctl_wait_for (call, CR_LIST_RUNS, g_strsplit (run->id, " ", -1), run_is_done, run_ended);
  else
    cr_ctl_answer (call, cr_wire_run (run, NULL), CR_EXIT_DONE);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrExportRun *run = cr_engine_start_export_finish (CR_ENGINE (source), result, &error);

  answer_run (user_data, run, error);
}

void
cr_ctl_destination_export (CrCtlCall *call)
{
  cr_engine_start_export_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                call->cancellable, exported_cb, call);
}

static void
retried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrExportRun *run = cr_engine_retry_run_finish (CR_ENGINE (source), result, &error);

  answer_run (user_data, run, error);
}

void
cr_ctl_run_retry (CrCtlCall *call)
{
  cr_engine_retry_run_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                             call->cancellable, retried_cb, call);
}

void
cr_ctl_run_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_RUNS, .destination_id = cr_ctl_value (call, 0) };

  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, listed_cb, call);
}

static void
items_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) items = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (items != NULL)
    cr_ctl_answer (call, cr_wire_run (call->data, items), CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
}

static void
run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrListFilter filter = { .kind = CR_LIST_ITEMS, .run_id = cr_ctl_value (call, 0) };
  GError *error = NULL;
  CrExportRun *run = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (run == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_set_data (call, run, g_object_unref);
  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, items_cb, call);
}

void
cr_ctl_run_show (CrCtlCall *call)
{
  get (call, CR_LIST_RUNS, run_cb);
}

static void
run_stopped (CrCtlCall *call, GPtrArray *runs)
{
  cr_ctl_answer (call, cr_wire_run (g_ptr_array_index (runs, 0), NULL), CR_EXIT_DONE);
}

static void
run_cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;

  if (!cr_engine_cancel_run_finish (CR_ENGINE (source), result, &error))
    cr_ctl_fail (call, error);
  else
    cr_ctl_wait_for (call, CR_LIST_RUNS, g_strsplit (cr_ctl_value (call, 0), " ", -1), run_is_done,
                     run_stopped);
}

void
cr_ctl_run_cancel (CrCtlCall *call)
{
  cr_engine_cancel_run_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                              call->cancellable, run_cancelled_cb, call);
}
