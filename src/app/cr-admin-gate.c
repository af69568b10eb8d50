/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-admin-gate.h"

#include "app/cr-dialogs.h"
#include "base/cr-error.h"
#include "config.h"
#include "engine/cr-engine-desk.h"

#include <glib/gi18n.h>
#include <unistd.h>

#define AUTHORITY "org.freedesktop.PolicyKit1"
#define PATH "/org/freedesktop/PolicyKit1/Authority"
#define ALLOW_INTERACTION 1u
#define PATIENCE_MS (5 * 60 * 1000)

typedef struct
{
  CrEngine *engine;  /* (owned) */
  GtkWindow *window; /* (owned) */
  gboolean is_answered;
} Asking;

static void
asking_free (gpointer data)
{
  Asking *asking = data;

  g_object_unref (asking->engine);
  g_object_unref (asking->window);
  g_free (asking);
}

static void
tried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (cr_engine_try_lock_finish (CR_ENGINE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
typed_cb (const char *text, gpointer user_data)
{
  GTask *task = user_data;
  Asking *asking = g_task_get_task_data (task);

  asking->is_answered = TRUE;
  cr_engine_try_lock_async (asking->engine, CR_LOCK_ADMIN, text, g_task_get_cancellable (task),
                            tried_cb, g_object_ref (task));
}

/* Closed without an answer. */
static void
let_go (gpointer data)
{
  g_autoptr (GTask) task = data;
  Asking *asking = g_task_get_task_data (task);

  if (!asking->is_answered)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Nothing was typed");
}

static void
ask_passphrase (GTask *task)
{
  Asking *asking = g_task_get_task_data (task);

  cr_dialogs_ask_text (asking->window, _ ("Admin Sections"),
                       _ ("Where records come from and where they go is for who knows the admin "
                          "passphrase."),
                       _ ("Admin passphrase"), _ ("_Open"), TRUE, typed_cb, g_object_ref (task),
                       let_go);
}

static void
authorized_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  gboolean is_authorized = FALSE;

  if (answer != NULL)
    g_variant_get (answer, "((bba{ss}))", &is_authorized, NULL, NULL);
  if (is_authorized)
    g_task_return_boolean (task, TRUE);
  else if (!g_task_return_error_if_cancelled (task))
    ask_passphrase (task);
}

/* polkit finds out by itself when this process was started. */
static GVariant *
make_question (void)
{
  GVariantBuilder subject;
  GVariantBuilder details;

  g_variant_builder_init (&subject, G_VARIANT_TYPE ("a{sv}"));
  g_variant_builder_add (&subject, "{sv}", "pid", g_variant_new_uint32 ((guint32) getpid ()));
  g_variant_builder_add (&subject, "{sv}", "start-time", g_variant_new_uint64 (0));
  g_variant_builder_init (&details, G_VARIANT_TYPE ("a{ss}"));
  return g_variant_new ("((sa{sv})sa{ss}us)", "unix-process", &subject, APP_ID ".administer",
                        &details, ALLOW_INTERACTION, "");
}

static void
got_bus_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (bus == NULL)
    ask_passphrase (task);
  else
    g_dbus_connection_call (bus, AUTHORITY, PATH, AUTHORITY ".Authority", "CheckAuthorization",
                            make_question (), G_VARIANT_TYPE ("((bba{ss}))"),
                            G_DBUS_CALL_FLAGS_NONE, PATIENCE_MS, cancellable, authorized_cb,
                            g_steal_pointer (&task));
}

void
cr_admin_gate_ask_async (CrEngine *engine,
                         GtkWindow *window,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Asking *asking = g_new (Asking, 1);

  g_task_set_source_tag (task, cr_admin_gate_ask_async);
  *asking = (Asking){ g_object_ref (engine), g_object_ref (window), FALSE };
  g_task_set_task_data (task, asking, asking_free);
  g_bus_get (G_BUS_TYPE_SYSTEM, cancellable, got_bus_cb, task);
}

gboolean
cr_admin_gate_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
