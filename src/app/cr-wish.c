/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-wish.h"

#include "app/cr-admin-page.h"
#include "app/cr-webhooks-page.h"
#include "base/cr-enum.h"
#include "base/cr-error.h"

#include <glib/gi18n.h>

#define KEY "cr-wish"

typedef struct
{
  const char *action;
  CrListKind kind;
  const char *section; /* (nullable): what stands below it; may be for admins, as it is then */
  const char *gone;
} Thing;

static const Thing things[] = {
  { "win.show-patients", CR_LIST_PATIENTS, NULL, N_ ("Nobody is on that list now") },
  { "win.show-destination", CR_LIST_DESTINATIONS, NULL,
    N_ ("That destination is not there any more") },
  { "win.show-webhook", CR_LIST_WEBHOOKS, "webhooks", N_ ("That endpoint is not there any more") },
};

/* Counted: who looks for its thing holds one too. */
typedef struct
{
  CrWindow *window;   /* (unowned) (nullable): when it was taken back, or done */
  const Thing *thing; /* static (nullable): a section */
  char *target;       /* (owned) */
  gulong ready;
  gboolean is_looking;
  gboolean waits_for_admin;
} Wish;

static void
clear (gpointer data)
{
  g_free (((Wish *) data)->target);
}

static void
unref (gpointer data)
{
  g_rc_box_release_full (data, clear);
}

static void
forget (gpointer data)
{
  Wish *wish = data;

  /* A window that ends has let go of its handlers by then. */
  if (g_signal_handler_is_connected (wish->window, wish->ready))
    g_signal_handler_disconnect (wish->window, wish->ready);
  wish->window = NULL;
  unref (wish);
}

static void
end (Wish *wish)
{
  g_object_set_data (G_OBJECT (wish->window), KEY, NULL);
}

static void
say_gone (Wish *wish)
{
  cr_window_show_section (wish->window, "overview");
  cr_window_say (wish->window, _ (wish->thing->gone));
  end (wish);
}

static gboolean
is_allowed (Wish *wish)
{
  const char *name = wish->thing->action + strlen ("win.");

  return g_action_group_get_action_enabled (G_ACTION_GROUP (wish->window), name);
}

static void
show (Wish *wish)
{
  if (wish->thing->section != NULL)
    cr_window_show_section (wish->window, wish->thing->section);
  if (!is_allowed (wish))
    {
      wish->waits_for_admin = TRUE;
      return;
    }

  gtk_widget_activate_action (GTK_WIDGET (wish->window), wish->thing->action, "s", wish->target);
  end (wish);
}

/* Takes @wish, which a window that was locked meanwhile keeps for later. */
static void
found (Wish *wish, gboolean is_gone)
{
  wish->is_looking = FALSE;
  if (wish->window != NULL && cr_window_get_engine (wish->window) != NULL)
    {
      if (is_gone)
        say_gone (wish);
      else
        show (wish);
    }
  unref (wish);
}

/* What else is wrong its page says. */
static void
got_cb (GObject *source, GAsyncResult *result, gpointer wish)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  found (wish, g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND));
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer wish)
{
  found (wish, cr_engine_count_finish (CR_ENGINE (source), result, NULL) == 0);
}

static void
look_for_patients (Wish *wish)
{
  CrListFilter filter = { .kind = CR_LIST_PATIENTS };
  int group = CR_PATIENTS_ALL;

  if (!cr_enum_from_string (CR_TYPE_PATIENT_GROUP, wish->target, &group))
    {
      say_gone (wish);
      return;
    }
  filter.group = (CrPatientGroup) group;
  wish->is_looking = TRUE;
  cr_engine_count_async (cr_window_get_engine (wish->window), &filter,
                         cr_window_get_cancellable (wish->window), counted_cb,
                         g_rc_box_acquire (wish));
}

static void
carry_out (Wish *wish)
{
  CrEngine *engine = cr_window_get_engine (wish->window);

  if (engine == NULL || wish->is_looking)
    return;
  if (wish->thing == NULL)
    {
      cr_window_show_section (wish->window, wish->target);
      end (wish);
    }
  else if (wish->thing->kind == CR_LIST_PATIENTS)
    look_for_patients (wish);
  else
    {
      wish->is_looking = TRUE;
      cr_engine_get_async (engine, wish->thing->kind, wish->target,
                           cr_window_get_cancellable (wish->window), got_cb,
                           g_rc_box_acquire (wish));
    }
}

/* Who opens the admins' sections elsewhere wants something else by then. */
static void
ready_cb (CrWindow *window, Wish *wish)
{
  gboolean is_there = CR_IS_WEBHOOKS_PAGE (cr_window_get_page (window));

  if (!wish->waits_for_admin)
    carry_out (wish);
  else if (is_there && is_allowed (wish))
    show (wish);
  else if (!CR_IS_ADMIN_PAGE (cr_window_get_page (window)))
    end (wish);
}

void
cr_wish_make (CrWindow *window, const char *action, const char *target)
{
  Wish *wish;

  g_return_if_fail (CR_IS_WINDOW (window));

  wish = g_rc_box_new0 (Wish);
  wish->window = window;
  wish->target = g_strdup (g_str_equal (action, "win.section") ? target : "overview");
  for (guint i = 0; i < G_N_ELEMENTS (things); i++)
    if (g_str_equal (things[i].action, action))
      {
        wish->thing = &things[i];
        g_free (wish->target);
        wish->target = g_strdup (target);
      }
  wish->ready = g_signal_connect (window, "ready", G_CALLBACK (ready_cb), wish);
  g_object_set_data_full (G_OBJECT (window), KEY, wish, forget);
  carry_out (wish);
}
