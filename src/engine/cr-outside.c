/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-outside.h"

#define LOGIN "org.freedesktop.login1"
#define LOGIN_PATH "/org/freedesktop/login1"

struct _CrOutside
{
  GObject parent_instance;

  CrScheduler *scheduler;    /* (owned) */
  GCancellable *cancellable; /* (owned) */
  GDBusConnection *bus;      /* (owned) (nullable): there may be none */
  guint sleep_id;
  gboolean was_reachable;
};

G_DEFINE_FINAL_TYPE (CrOutside, cr_outside, G_TYPE_OBJECT)

static void
network_cb (GNetworkMonitor *monitor, gboolean is_available, CrOutside *self)
{
  if (is_available != self->was_reachable)
    cr_scheduler_set_offline (self->scheduler, !is_available);
  self->was_reachable = is_available;
}

static void
sleep_cb (GDBusConnection *bus,
          const char *sender,
          const char *path,
          const char *interface,
          const char *name,
          GVariant *parameters,
          gpointer user_data)
{
  CrOutside *self = user_data;
  gboolean is_asleep;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;

  g_variant_get (parameters, "(b)", &is_asleep);
  cr_scheduler_set_asleep (self->scheduler, is_asleep);
}

/* Without a system bus the scheduler still sees by its clocks that there was a sleep. */
static void
got_bus_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrOutside) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (bus == NULL)
    g_debug ("No system bus: %s", error->message);
  if (bus == NULL || g_cancellable_is_cancelled (self->cancellable))
    return;

  self->bus = g_steal_pointer (&bus);
  self->sleep_id = g_dbus_connection_signal_subscribe (
      self->bus, LOGIN, LOGIN ".Manager", "PrepareForSleep", LOGIN_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, sleep_cb, self, NULL);
}

static void
cr_outside_dispose (GObject *object)
{
  CrOutside *self = CR_OUTSIDE (object);

  g_cancellable_cancel (self->cancellable);
  if (self->sleep_id != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, self->sleep_id);
  self->sleep_id = 0;
  g_clear_object (&self->bus);
  g_clear_object (&self->scheduler);
  G_OBJECT_CLASS (cr_outside_parent_class)->dispose (object);
}

static void
cr_outside_finalize (GObject *object)
{
  g_object_unref (CR_OUTSIDE (object)->cancellable);
  G_OBJECT_CLASS (cr_outside_parent_class)->finalize (object);
}

static void
cr_outside_class_init (CrOutsideClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_outside_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_outside_finalize;
}

static void
cr_outside_init (CrOutside *self)
{
  self->cancellable = g_cancellable_new ();
}

CrOutside *
cr_outside_new (CrScheduler *scheduler)
{
  CrOutside *self = g_object_new (CR_TYPE_OUTSIDE, NULL);
  GNetworkMonitor *monitor = g_network_monitor_get_default ();

  self->scheduler = g_object_ref (scheduler);
  self->was_reachable = g_network_monitor_get_network_available (monitor);
  g_signal_connect_object (monitor, "network-changed", G_CALLBACK (network_cb), self, 0);
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, got_bus_cb, g_object_ref (self));
  return self;
}
