/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-engine-looks.h"
#include "engine/cr-wire.h"

#define MANY 1000

/* What most commands do: list rows, show one, say that it is done. */

guint
cr_ctl_number (CrCtlCall *call, const char *name, guint fallback)
{
  guint64 value = fallback;

  if (cr_ctl_option (call, name) != NULL)
    g_ascii_string_to_unsigned (cr_ctl_option (call, name), 10, 0, G_MAXINT, &value, NULL);
  return (guint) value;
}

gboolean
cr_ctl_require (CrCtlCall *call, const char *const *names)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (cr_ctl_option (call, names[i]) == NULL)
      {
        cr_ctl_fail (call,
                     g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "--%s is missing.", names[i]));
        return FALSE;
      }

  return TRUE;
}

void
cr_ctl_note_look (CrCtlCall *call, CrLookKind kind)
{
  cr_engine_note_look (call->engine, cr_ctl_value (call, 0), kind, cr_ctl_person (call));
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) objects = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (objects != NULL)
    cr_ctl_answer (call, cr_wire_list (objects, cr_engine_get_public_url (call->engine)),
                   CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
}

void
cr_ctl_list (CrCtlCall *call, const CrListFilter *filter)
{
  cr_engine_list_async (call->engine, filter, cr_ctl_number (call, "offset", 0),
                        cr_ctl_number (call, "limit", MANY), call->cancellable, listed_cb, call);
}

void
cr_ctl_get (CrCtlCall *call, CrListKind kind, GAsyncReadyCallback callback)
{
  cr_engine_get_async (call->engine, kind, cr_ctl_value (call, 0), call->cancellable, callback,
                       call);
}

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GObject) object = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (object != NULL)
    cr_ctl_answer (call, cr_wire_object (object, cr_engine_get_public_url (call->engine)),
                   CR_EXIT_DONE);
  else
    cr_ctl_fail (call, error);
}

void
cr_ctl_show (CrCtlCall *call, CrListKind kind)
{
  cr_ctl_get (call, kind, shown_cb);
}

/* Takes @error. Answers with the id the command was given. */
void
cr_ctl_finish (CrCtlCall *call, gboolean ok, GError *error)
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

/* Takes @error. Findings of a test or a check: not all well is a failure. */
void
cr_ctl_answer_findings (CrCtlCall *call, GPtrArray *findings, GError *error)
{
  JsonObject *object;

  if (findings == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  object = cr_wire_findings (findings);
  cr_ctl_answer (call, object,
                 json_object_get_boolean_member (object, "ok") ? CR_EXIT_DONE : CR_EXIT_FAILED);
}
