/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#define ASK_MS 200

/* Waiting for objects to reach an end: read one after another, again after a moment until all have.
 */
typedef struct
{
  CrCtlCall *call;
  CrListKind kind;
  char **ids; /* (owned) */
  guint position;
  GPtrArray *objects; /* (owned) */
  CrCtlIsDone is_done;
  CrCtlThen then;
} Wait;

static void ask (Wait *wait);

static void
wait_free (Wait *wait)
{
  g_strfreev (wait->ids);
  g_ptr_array_unref (wait->objects);
  g_free (wait);
}

static gboolean
again_cb (gpointer user_data)
{
  ask (user_data);
  return G_SOURCE_REMOVE;
}

static void
got_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;
  GError *error = NULL;
  g_autoptr (GObject) object = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (object == NULL)
    {
      cr_ctl_fail (wait->call, error);
      wait_free (wait);
      return;
    }
  if (!wait->is_done (object))
    {
      g_timeout_add (ASK_MS, again_cb, wait);
      return;
    }

  g_ptr_array_add (wait->objects, g_steal_pointer (&object));
  wait->position++;
  ask (wait);
}

static void
ask (Wait *wait)
{
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (wait->call->cancellable, &error))
    cr_ctl_fail (wait->call, error);
  else if (wait->ids[wait->position] == NULL)
    wait->then (wait->call, wait->objects);
  else
    {
      cr_engine_get_async (wait->call->engine, wait->kind, wait->ids[wait->position],
                           wait->call->cancellable, got_cb, wait);
      return;
    }

  wait_free (wait);
}

/* Takes @ids. */
void
cr_ctl_wait_for (CrCtlCall *call, CrListKind kind, char **ids, CrCtlIsDone is_done, CrCtlThen then)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->call = call;
  wait->kind = kind;
  wait->ids = ids;
  wait->objects = g_ptr_array_new_with_free_func (g_object_unref);
  wait->is_done = is_done;
  wait->then = then;
  ask (wait);
}
