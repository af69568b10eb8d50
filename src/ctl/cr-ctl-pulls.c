/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-error.h"
#include "engine/cr-wire.h"

#define MANY 1000

static CrExit
exit_for_pulls (GPtrArray *pulls)
{
  gboolean is_partial = FALSE;

  for (guint i = 0; i < pulls->len; i++)
    {
      CrPull *pull = g_ptr_array_index (pulls, i);

      if (pull->status == CR_PULL_FAILED || pull->status == CR_PULL_CANCELLED)
        return CR_EXIT_FAILED;
      is_partial |= pull->status == CR_PULL_PARTIAL;
    }

  return is_partial ? CR_EXIT_PARTLY : CR_EXIT_DONE;
}

static gboolean
pull_is_done (gpointer object)
{
  return cr_pull_status_is_final (CR_PULL (object)->status);
}

static void
pulls_ended (CrCtlCall *call, GPtrArray *pulls)
{
  cr_ctl_answer (call, cr_wire_list (pulls, NULL), exit_for_pulls (pulls));
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) pulls = cr_engine_start_pull_finish (CR_ENGINE (source), result, &error);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  if (pulls == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }
  if (!cr_ctl_has (call, "wait"))
    {
      cr_ctl_answer (call, cr_wire_list (pulls, NULL), CR_EXIT_DONE);
      return;
    }

  for (guint i = 0; i < pulls->len; i++)
    g_strv_builder_add (ids, CR_PULL (g_ptr_array_index (pulls, i))->id);
  cr_ctl_wait_for (call, CR_LIST_PULLS, g_strv_builder_end (ids), pull_is_done, pulls_ended);
}

void
cr_ctl_pull_start (CrCtlCall *call)
{
  cr_engine_start_pull_async (call->engine, cr_ctl_value (call, 0),
                              cr_ctl_option (call, "connection"), cr_ctl_has (call, "full"),
                              cr_ctl_person (call), call->cancellable, started_cb, call);
}

void
cr_ctl_pull_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_PULLS, .patient_id = cr_ctl_value (call, 0) };

  cr_ctl_list (call, &filter);
}

static void
pull_stopped (CrCtlCall *call, GPtrArray *pulls)
{
  CrPull *pull = g_ptr_array_index (pulls, 0);
  JsonObject *object = cr_wire_pull (pull, NULL);
  g_autofree char *words = pull->status == CR_PULL_CANCELLED
                             ? g_strdup_printf ("Stopped. %u %s kept.", pull->n_received,
                                                pull->n_received == 1 ? "record" : "records")
                             : g_strdup ("It came to its end before it could be stopped.");

  json_object_set_string_member (object, "message", words);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;

  if (!cr_engine_cancel_pull_finish (CR_ENGINE (source), result, &error))
    cr_ctl_fail (call, error);
  else
    cr_ctl_wait_for (call, CR_LIST_PULLS, g_strsplit (cr_ctl_value (call, 0), " ", -1),
                     pull_is_done, pull_stopped);
}

void
cr_ctl_pull_cancel (CrCtlCall *call)
{
  cr_engine_cancel_pull_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                               call->cancellable, cancelled_cb, call);
}
