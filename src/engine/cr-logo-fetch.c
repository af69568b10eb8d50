/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-logo-fetch.h"

#include "base/cr-error.h"
#include "store/cr-logos-table.h"

#define AT_ONCE 100
#define LONGEST_S 20

typedef struct
{
  char *url;    /* (owned) */
  CrLogo *logo; /* (owned) (nullable): it could not be had */
  GError *why;  /* (owned) (nullable) */
  gint64 now_ms;
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  g_free (fetch->url);
  g_clear_pointer (&fetch->logo, cr_logo_free);
  g_clear_error (&fetch->why);
  g_free (fetch);
}

static gpointer
keep_func (CrDb *db, gpointer data, GError **error)
{
  Fetch *fetch = data;

  return cr_logos_table_put (db, fetch->url, fetch->logo, fetch->now_ms, error) ? CR_DONE : NULL;
}

static void
kept_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;

  if (cr_store_write_finish (CR_STORE (store), result, &error) == NULL)
    g_task_return_error (task, error);
  else if (fetch->why != NULL)
    g_task_return_error (task, g_steal_pointer (&fetch->why));
  else
    g_task_return_boolean (task, TRUE);
}

/* Takes @task. */
static void
keep (CrEngine *self, GTask *task)
{
  cr_store_write_async (self->store, CR_WRITE_FAST, keep_func, g_task_get_task_data (task), NULL,
                        NULL, NULL, kept_cb, task);
}

static void
replied_cb (GObject *client, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (client), result, &error);

  if (self->is_closing || cr_error_is_cancelled (error))
    {
      if (error == NULL)
        g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Closing");
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  if (reply != NULL && cr_reply_check (reply, &error))
    fetch->logo = cr_logo_new (reply->body, &error);
  fetch->why = error;
  keep (self, task);
}

void
cr_logo_fetch_async (CrEngine *self,
                     const char *url,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  GTask *task = cr_engine_task (self, cr_logo_fetch_async, cancellable, callback, user_data);
  Fetch *fetch = g_new0 (Fetch, 1);
  CrRequest request = { .url = url,
                        .accept = "image/png, image/jpeg, image/webp, image/gif",
                        .max_bytes = CR_LOGO_MAX_BYTES,
                        .connect_s = LONGEST_S / 2,
                        .total_s = LONGEST_S,
                        .max_attempts = 1 };

  fetch->url = g_strdup (url);
  fetch->now_ms = self->clock ();
  g_task_set_task_data (task, fetch, fetch_free);
  if (cr_url_is_allowed (url, &fetch->why))
    cr_client_send_async (self->client, &request, cancellable, replied_cb, task);
  else
    keep (self, task);
}

gboolean
cr_logo_fetch_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* All that are due ----------------------------------------------------------------------------- */

typedef struct
{
  CrEngine *self;  /* (owned) */
  GPtrArray *urls; /* (owned) (nullable): of char * */
  guint n_seen;
  guint n_kept;
} Round;

static void
round_free (Round *self)
{
  g_object_unref (self->self);
  g_clear_pointer (&self->urls, g_ptr_array_unref);
  g_free (self);
}

static void fetch_next (Round *self);

static void
fetched_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  Round *self = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_logo_fetch_finish (self->self, result, &error))
    self->n_kept++;
  else
    g_debug ("A logo could not be had: %s", error->message);
  fetch_next (self);
}

/* Takes @self. Once the last is there the lists are told, and it is looked for more; not after a
 * round that brought nothing, so that a store which cannot be written is not asked for ever. */
static void
fetch_next (Round *self)
{
  CrEngine *engine = self->self;

  if (!engine->is_closing && self->n_seen < self->urls->len)
    {
      cr_logo_fetch_async (engine, g_ptr_array_index (self->urls, self->n_seen++),
                           engine->cancellable, fetched_cb, self);
      return;
    }

  engine->is_fetching_logos = FALSE;
  if (!engine->is_closing && self->n_kept > 0)
    cr_changes_tell (engine->changes, CR_CHANGE_SOURCE, NULL, NULL);
  if (self->n_kept > 0 || engine->wants_logos)
    cr_engine_go_on_fetching_logos (engine);
  round_free (self);
}

static gpointer
due_func (CrDb *db, gpointer data, GError **error)
{
  Round *round = data;

  return cr_logos_table_due (db, round->self->clock (), AT_ONCE, error);
}

static void
listed_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  Round *self = user_data;
  g_autoptr (GError) error = NULL;

  self->urls = cr_store_read_finish (CR_STORE (store), result, &error);
  if (self->urls != NULL)
    {
      fetch_next (self);
      return;
    }

  self->self->is_fetching_logos = FALSE;
  round_free (self);
}

void
cr_engine_go_on_fetching_logos (CrEngine *self)
{
  Round *round;

  if (self->is_closing || !self->fetches_logos)
    return;

  self->wants_logos = self->is_fetching_logos;
  if (self->is_fetching_logos)
    return;

  self->is_fetching_logos = TRUE;
  round = g_new0 (Round, 1);
  round->self = g_object_ref (self);
  cr_store_read_async (self->store, CR_READ_BULK, due_func, round, NULL,
                       (GDestroyNotify) g_ptr_array_unref, self->cancellable, listed_cb, round);
}
