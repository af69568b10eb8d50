/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"
#include "engine/cr-wire.h"

#include <string.h>

#define MANY 1000

static void
session_attempts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrSession *session = call->data;
  GError *error = NULL;
  g_autoptr (GPtrArray) attempts = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  g_autofree char *url = NULL;

  if (attempts == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  url = cr_engine_get_session_url (call->engine, session);
  cr_ctl_answer (call, cr_wire_session (session, url, attempts), CR_EXIT_DONE);
}

/* Takes @session. */
static void
answer_session (CrCtlCall *call, CrSession *session)
{
  CrListFilter filter = { .kind = CR_LIST_ATTEMPTS, .session_id = session->id };

  if (call->free_data != NULL)
    call->free_data (call->data);
  cr_ctl_set_data (call, session, g_object_unref);
  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, session_attempts_cb,
                        call);
}

static gboolean
session_is_done (gpointer object)
{
  return CR_SESSION (object)->status != CR_SESSION_OPEN;
}

static void
session_ended (CrCtlCall *call, GPtrArray *objects)
{
  answer_session (call, g_object_ref (g_ptr_array_index (objects, 0)));
}

static void
session_created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrSession) session =
      cr_engine_create_session_finish (CR_ENGINE (source), result, &error);
  g_autofree char *url = NULL;
  g_autofree char *line = NULL;

  if (session == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }
  if (!cr_ctl_has (call, "wait"))
    {
      answer_session (call, g_steal_pointer (&session));
      return;
    }

  url = cr_engine_get_session_url (call->engine, session);
  line = g_strdup_printf ("%s\n", url);
  call->write (TRUE, line, strlen (line), call->write_data);
  cr_ctl_wait_for (call, CR_LIST_SESSIONS, g_strsplit (session->id, " ", -1), session_is_done,
                   session_ended);
}

void
cr_ctl_session_create (CrCtlCall *call)
{
  static const char *const needed[] = { "return-url", NULL };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) recommended = NULL;
  CrSessionSpec spec = { .patient_id = cr_ctl_value (call, 0),
                         .source_id = cr_ctl_option (call, "source"),
                         .return_url = cr_ctl_option (call, "return-url"),
                         .return_button_label = cr_ctl_option (call, "return-button-label"),
                         .expires_in_s = cr_ctl_number (call, "expires-in", 0) };

  if (!cr_ctl_require (call, needed))
    return;
  for (guint i = 0; i + 1 < call->repeated->len; i += 2)
    g_strv_builder_add (builder, g_ptr_array_index (call->repeated, i + 1));
  recommended = g_strv_builder_end (builder);
  if (recommended[0] != NULL)
    spec.recommended = (const char *const *) recommended;
  cr_engine_create_session_async (call->engine, &spec, cr_ctl_person (call), call->cancellable,
                                  session_created_cb, call);
}

static void
sessions_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) sessions = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;
  JsonArray *array;

  if (sessions == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = json_object_new ();
  array = json_array_new ();
  for (guint i = 0; i < sessions->len; i++)
    {
      CrSession *session = g_ptr_array_index (sessions, i);
      g_autofree char *url = cr_engine_get_session_url (call->engine, session);

      json_array_add_object_element (array, cr_wire_session (session, url, NULL));
    }
  json_object_set_array_member (object, "data", array);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

void
cr_ctl_session_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_SESSIONS, .patient_id = cr_ctl_value (call, 0) };

  cr_engine_list_async (call->engine, &filter, cr_ctl_number (call, "offset", 0),
                        cr_ctl_number (call, "limit", MANY), call->cancellable, sessions_cb, call);
}

static void
session_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  CrSession *session = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (session != NULL)
    answer_session (user_data, session);
  else
    cr_ctl_fail (user_data, error);
}

void
cr_ctl_session_show (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_SESSIONS, session_cb);
}
