/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-takeover.h"

#include "base/cr-error.h"

#define PATH "/takeover"
#define PATIENCE_S 30

typedef struct
{
  GCancellable *patience; /* (owned): ends the wait */
  guint timer_id;
} Take;

static void
take_free (gpointer data)
{
  Take *take = data;

  g_clear_handle_id (&take->timer_id, g_source_remove);
  g_object_unref (take->patience);
  g_free (take);
}

static gboolean
impatient_cb (gpointer user_data)
{
  Take *take = user_data;

  take->timer_id = 0;
  g_cancellable_cancel (take->patience);
  return G_SOURCE_REMOVE;
}

static void
waited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_workspace_wait_finish (CR_WORKSPACE (source), result, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (cr_error_is_cancelled (error))
    {
      g_clear_error (&error);
      error = g_error_new (CR_ERROR, CR_ERROR_IN_USE,
                           "The Chartroom that works in this data folder did not hand it over.");
    }
  g_task_return_error (task, error);
}

static void
no_piece (GBytes *piece, gpointer user_data)
{
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrWorkspace *self = g_task_get_source_object (task);
  Take *take = g_task_get_task_data (task);
  guint status = 0;
  GError *error = NULL;

  if (!cr_socket_post_finish (result, &status, &error) || status != 200)
    {
      g_clear_error (&error);
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_IN_USE,
                               "Another Chartroom window works in this data folder. Use that one.");
      return;
    }

  take->timer_id = g_timeout_add_seconds (PATIENCE_S, impatient_cb, take);
  cr_workspace_wait_async (self, take->patience, waited_cb, g_steal_pointer (&task));
}

void
cr_workspace_take_async (CrWorkspace *workspace,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, cancellable, callback, user_data);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  Take *take = g_new0 (Take, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, cr_workspace_take_async);
  take->patience = g_cancellable_new ();
  g_task_set_task_data (task, take, take_free);
  if (cr_workspace_lock (workspace, &error))
    g_task_return_boolean (task, TRUE);
  else if (!g_error_matches (error, CR_ERROR, CR_ERROR_IN_USE))
    g_task_return_error (task, error);
  else
    {
      g_error_free (error);
      cr_socket_post_async (cr_workspace_get_fd (workspace), CR_WORKSPACE_SOCKET, PATH, nothing, 0,
                            no_piece, NULL, cancellable, asked_cb, g_steal_pointer (&task));
    }
}

gboolean
cr_workspace_take_finish (CrWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  CrGiveUp give_up;
  gpointer user_data;
} Offer;

static gboolean
give_up_cb (gpointer user_data)
{
  Offer *offer = user_data;

  offer->give_up (offer->user_data);
  return G_SOURCE_REMOVE;
}

static void
takeover_cb (CrExchange *exchange, gpointer user_data)
{
  Offer *offer = user_data;

  cr_exchange_reply_text (exchange, 200, "text/plain", "yes\n");
  g_timeout_add_full (G_PRIORITY_DEFAULT, 50, give_up_cb, g_memdup2 (offer, sizeof *offer), g_free);
}

void
cr_engine_offer_takeover (CrEngine *engine, CrGiveUp give_up, gpointer user_data)
{
  static const CrRoute routes[] = { { "POST", PATH, CR_ROUTE_API, takeover_cb } };
  Offer *offer = g_new0 (Offer, 1);

  offer->give_up = give_up;
  offer->user_data = user_data;
  g_object_set_data_full (G_OBJECT (engine), "takeover", offer, g_free);
  cr_server_add_routes (cr_engine_get_private_server (engine), routes, G_N_ELEMENTS (routes),
                        offer);
}
