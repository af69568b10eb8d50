/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-logos.h"

#include "base/cr-error.h"
#include "engine/cr-logo-fetch.h"
#include "store/cr-logos-table.h"
#include "store/cr-sources-table.h"

static gpointer
get_func (CrDb *db, gpointer data, GError **error)
{
  return cr_logos_table_get (db, data, error);
}

static void
got_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrLogo *logo = cr_store_read_finish (CR_STORE (store), result, &error);

  if (logo != NULL)
    g_task_return_pointer (task, logo, (GDestroyNotify) cr_logo_free);
  else
    g_task_return_error (task, error);
}

void
cr_engine_get_logo_async (CrEngine *self,
                          const char *source_id,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_get_logo_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_SCREEN, get_func, g_strdup (source_id), g_free,
                       (GDestroyNotify) cr_logo_free, cancellable, got_cb, task);
}

CrLogo *
cr_engine_get_logo_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* By hand -------------------------------------------------------------------------------------- */

typedef struct
{
  char *source_id; /* (owned) */
  char *person;    /* (owned) (nullable) */
  GFile *file;     /* (owned) (nullable) */
  CrLogo *logo;    /* (owned) (nullable): none: the publisher's again */
  gint64 now_ms;
} Choice;

static void
choice_free (gpointer data)
{
  Choice *choice = data;

  g_free (choice->source_id);
  g_free (choice->person);
  g_clear_object (&choice->file);
  g_clear_pointer (&choice->logo, cr_logo_free);
  g_free (choice);
}

static gpointer
choose_func (CrDb *db, gpointer data, GError **error)
{
  Choice *choice = data;

  return cr_logos_table_put_own (db, choice->source_id, choice->logo, choice->now_ms, error)
           ? CR_DONE
           : NULL;
}

/* Takes @choice and @task. */
static void
choose (CrEngine *self, Choice *choice, GTask *task)
{
  CrVerb verb = { .func = choose_func,
                  .data = choice,
                  .free_data = choice_free,
                  .person = choice->person,
                  .action = choice->logo != NULL ? "source.set-logo" : "source.remove-logo",
                  .object = choice->source_id,
                  .change = CR_CHANGE_SOURCE };

  cr_engine_run_verb (self, &verb, task);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Choice *choice = data;
  g_autoptr (GFileInputStream) stream = g_file_read (choice->file, cancellable, NULL);
  g_autofree guint8 *room = g_malloc (CR_LOGO_MAX_BYTES + 1);
  g_autoptr (GBytes) body = NULL;
  GError *error = NULL;
  gsize n = 0;

  if (stream == NULL || !g_input_stream_read_all (G_INPUT_STREAM (stream), room,
                                                  CR_LOGO_MAX_BYTES + 1, &n, cancellable, NULL))
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_BAD_INPUT,
                               "The file of the logo cannot be read.");
      return;
    }

  body = g_bytes_new (room, n);
  choice->logo = cr_logo_new (body, &error);
  if (choice->logo != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Choice *choice = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      choose (CR_ENGINE (object), choice, task);
      return;
    }

  choice_free (choice);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static Choice *
choice_new (CrEngine *self, const char *source_id, const char *person)
{
  Choice *choice = g_new0 (Choice, 1);

  choice->source_id = g_strdup (source_id);
  choice->person = g_strdup (person);
  choice->now_ms = self->clock ();
  return choice;
}

void
cr_engine_set_logo_async (CrEngine *self,
                          const char *source_id,
                          GFile *file,
                          const char *person,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_set_logo_async, cancellable, callback, user_data);
  g_autoptr (GTask) reader = g_task_new (self, cancellable, read_cb, task);
  Choice *choice = choice_new (self, source_id, person);

  choice->file = g_object_ref (file);
  /* Only when the thread is done is it handed on or freed: a reader that was cancelled reads on. */
  g_task_set_check_cancellable (reader, FALSE);
  g_task_set_task_data (reader, choice, NULL);
  g_task_run_in_thread (reader, read_thread);
}

gboolean
cr_engine_set_logo_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

void
cr_engine_remove_logo_async (CrEngine *self,
                             const char *source_id,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_remove_logo_async, cancellable, callback, user_data);

  choose (self, choice_new (self, source_id, person), task);
}

gboolean
cr_engine_remove_logo_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/* From its publisher --------------------------------------------------------------------------- */

static void
fetched_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = CR_ENGINE (engine);
  GError *error = NULL;

  if (!cr_logo_fetch_finish (self, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  cr_changes_tell (self->changes, CR_CHANGE_SOURCE, g_task_get_task_data (task), NULL);
  g_task_return_boolean (task, TRUE);
}

static gpointer
source_func (CrDb *db, gpointer data, GError **error)
{
  return cr_sources_table_get (db, data, error);
}

static void
got_source_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (CrSource) source = cr_store_read_finish (CR_STORE (store), result, &error);

  if (source == NULL)
    g_task_return_error (task, error);
  else if (source->logo_url == NULL || !g_str_has_prefix (source->logo_url, "http"))
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_NOT_FOUND,
                             "Its publisher gives no address of a logo.");
  else
    {
      g_task_set_task_data (task, g_strdup (source->id), g_free);
      cr_logo_fetch_async (self, source->logo_url, g_task_get_cancellable (task), fetched_cb, task);
      g_steal_pointer (&task);
    }
}

void
cr_engine_fetch_logo_async (CrEngine *self,
                            const char *source_id,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_engine_fetch_logo_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_SCREEN, source_func, g_strdup (source_id), g_free,
                       g_object_unref, cancellable, got_source_cb, task);
}

gboolean
cr_engine_fetch_logo_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
