/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-idle.h"

#include "base/cr-time.h"

#define LOOK_S 5
#define MARK "cr-idle"

struct _CrIdle
{
  CrIdleFunc func;
  gpointer user_data;
  gint64 touched_ms; /* since this computer started, sleep included */
  guint timer_id;
  GListModel *windows; /* (owned) */
};

static gboolean
event_cb (GtkEventControllerLegacy *controller, GdkEvent *event, CrIdle *self)
{
  /* GTK makes motion of its own where rows move under a pointer that rests: it has no time. */
  if (gdk_event_get_time (event) == GDK_CURRENT_TIME)
    return FALSE;
  switch ((int) gdk_event_get_event_type (event))
    {
    case GDK_KEY_PRESS:
    case GDK_BUTTON_PRESS:
    case GDK_MOTION_NOTIFY:
    case GDK_SCROLL:
    case GDK_TOUCH_BEGIN:
    case GDK_TOUCH_UPDATE:
      self->touched_ms = cr_time_boot_ms ();
      break;
    default:
      break;
    }
  return FALSE;
}

static void
windows_cb (GListModel *windows, guint position, guint removed, guint added, CrIdle *self)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);
      GtkEventController *controller = gtk_event_controller_legacy_new ();

      gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
      gtk_event_controller_set_name (controller, MARK);
      g_signal_connect (controller, "event", G_CALLBACK (event_cb), self);
      g_object_set_data (G_OBJECT (controller), MARK, self);
      gtk_widget_add_controller (window, controller);
    }
}

static gboolean
look_cb (gpointer user_data)
{
  CrIdle *self = user_data;
  gint64 passed_ms = cr_time_boot_ms () - self->touched_ms;

  self->func (self, (guint) (passed_ms / 60000), self->user_data);
  return G_SOURCE_CONTINUE;
}

CrIdle *
cr_idle_new (CrIdleFunc func, gpointer user_data)
{
  CrIdle *self = g_new0 (CrIdle, 1);

  self->func = func;
  self->user_data = user_data;
  self->touched_ms = cr_time_boot_ms ();
  self->windows = g_object_ref (gtk_window_get_toplevels ());
  g_signal_connect (self->windows, "items-changed", G_CALLBACK (windows_cb), self);
  windows_cb (self->windows, 0, 0, g_list_model_get_n_items (self->windows), self);
  self->timer_id = g_timeout_add_seconds (LOOK_S, look_cb, self);
  return self;
}

static void
forget (GtkWidget *window, CrIdle *self)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (window);

  for (guint i = g_list_model_get_n_items (controllers); i > 0; i--)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i - 1);

      if (g_object_get_data (G_OBJECT (controller), MARK) == self)
        gtk_widget_remove_controller (window, controller);
    }
}

void
cr_idle_free (CrIdle *self)
{
  g_signal_handlers_disconnect_by_data (self->windows, self);
  for (guint i = 0; i < g_list_model_get_n_items (self->windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (self->windows, i);

      forget (window, self);
    }
  g_source_remove (self->timer_id);
  g_object_unref (self->windows);
  g_free (self);
}

void
cr_idle_touch (CrIdle *self)
{
  self->touched_ms = cr_time_boot_ms ();
}
