/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-notice-post.h"

/* Those that GApplication knows how to ask. */
static const char *const services[] = {
  "org.gtk.Notifications",
  "org.freedesktop.Notifications",
  "org.freedesktop.portal.Desktop",
};

typedef struct
{
  GApplication *application;   /* (owned) */
  char *id;                    /* (owned) */
  GNotification *notification; /* (owned) */
  gboolean asks_who_may_come;  /* when nobody is there yet */
} Post;

static void
post_free (Post *post)
{
  g_object_unref (post->application);
  g_free (post->id);
  g_object_unref (post->notification);
  g_free (post);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Post, post_free)

static void ask (GDBusConnection *bus, Post *post);

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Post) post = user_data;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autofree const char **names = NULL;

  if (answer == NULL)
    return;
  g_variant_get (answer, "(^a&s)", &names);
  for (guint i = 0; i < G_N_ELEMENTS (services); i++)
    if (g_strv_contains (names, services[i]))
      {
        g_application_send_notification (post->application, post->id, post->notification);
        return;
      }
  if (!post->asks_who_may_come)
    {
      post->asks_who_may_come = TRUE;
      ask (G_DBUS_CONNECTION (source), g_steal_pointer (&post));
    }
  else
    g_debug ("There is nobody on this desktop who shows notices");
}

/* Takes @post. */
static void
ask (GDBusConnection *bus, Post *post)
{
  g_dbus_connection_call (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      post->asks_who_may_come ? "ListActivatableNames" : "ListNames", NULL, G_VARIANT_TYPE ("(as)"),
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, listed_cb, post);
}

void
cr_notice_post (GApplication *application, const char *id, GNotification *notification)
{
  GDBusConnection *bus = g_application_get_dbus_connection (application);
  Post *post;

  if (bus == NULL)
    return;
  post = g_new (Post, 1);
  *post = (Post){ g_object_ref (application), g_strdup (id), g_object_ref (notification), FALSE };
  ask (bus, post);
}
