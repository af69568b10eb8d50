/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-engine-desk.h"

void
cr_ctl_person_list (CrCtlCall *call)
{
  g_autoptr (GPtrArray) people = cr_engine_dup_people (call->engine);
  const char *duty = cr_engine_get_duty (call->engine);
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < people->len; i++)
    {
      JsonObject *person = json_object_new ();

      json_object_set_string_member (person, "name", g_ptr_array_index (people, i));
      json_object_set_boolean_member (person, "on_duty",
                                      g_strcmp0 (g_ptr_array_index (people, i), duty) == 0);
      json_array_add_object_element (array, person);
    }
  json_object_set_array_member (object, "data", array);
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_people_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_person_add (CrCtlCall *call)
{
  cr_engine_add_person_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                              call->cancellable, changed_cb, call);
}

void
cr_ctl_person_remove (CrCtlCall *call)
{
  cr_engine_remove_person_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                 call->cancellable, changed_cb, call);
}

static gboolean
read_kind (CrCtlCall *call, CrLockKind *kind)
{
  const char *name = cr_ctl_value (call, 0);

  *kind = g_str_equal (name, "admin") ? CR_LOCK_ADMIN : CR_LOCK_DESK;
  if (*kind == CR_LOCK_ADMIN || g_str_equal (name, "desk"))
    return TRUE;
  cr_ctl_fail (
      call, g_error_new_literal (CR_ERROR, CR_ERROR_BAD_INPUT, "A lock is called desk or admin."));
  return FALSE;
}

static void
set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_set_lock_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_lock_set (CrCtlCall *call)
{
  CrLockKind kind;

  if (read_kind (call, &kind))
    cr_engine_set_lock_async (call->engine, kind, call->input->secret, cr_ctl_person (call),
                              call->cancellable, set_cb, call);
}

/* Whoever may read the data folder needs no lock opened: this is the way back for who forgot. */
void
cr_ctl_lock_remove (CrCtlCall *call)
{
  CrLockKind kind;

  if (read_kind (call, &kind))
    cr_engine_set_lock_async (call->engine, kind, NULL, cr_ctl_person (call), call->cancellable,
                              set_cb, call);
}
