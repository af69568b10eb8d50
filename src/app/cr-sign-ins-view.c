/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-sign-ins-view.h"

#include "app/cr-app-init.h"
#include "app/cr-auth-words.h"
#include "app/cr-feed.h"
#include "app/cr-remedy.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

#define N_SHOWN 50

struct _CrSignInsView
{
  AdwBin parent_instance;

  GtkListBox *sessions;
  GtkWidget *no_sessions;
  GtkListBox *events;
  GtkWidget *no_events;

  char *patient_id;          /* (owned) (nullable) */
  gpointer newest;           /* (unowned): the session on top, while they are shown */
  gpointer to_mend;          /* (unowned) (nullable): the failure nothing came after, meanwhile */
  CrEngine *engine;          /* (owned) (nullable) */
  GPtrArray *shown_sessions; /* (owned) (nullable) */
  GPtrArray *shown_events;   /* (owned) (nullable) */
  CrRemedy offered;          /* already, above this */
  CrFeed *sessions_feed;     /* (owned) (nullable) */
  CrFeed *events_feed;       /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrSignInsView, cr_sign_ins_view, ADW_TYPE_BIN)

static void
keep (GPtrArray **kept, GPtrArray *items)
{
  if (*kept == items)
    return;
  g_clear_pointer (kept, g_ptr_array_unref);
  *kept = g_ptr_array_ref (items);
}

static const char *
session_key (gpointer item)
{
  return CR_SESSION (item)->id;
}

/* The way out, on the spot. */
static void
add_remedy (GtkWidget *row)
{
  GtkWidget *remedy = gtk_button_new ();

  gtk_widget_set_valign (remedy, GTK_ALIGN_CENTER);
  gtk_widget_set_visible (remedy, FALSE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), remedy);
  g_object_set_data (G_OBJECT (row), "cr-remedy", remedy);
}

/* Once is enough. */
static void
show_remedy (CrSignInsView *self, GtkWidget *row, CrRemedy remedy, const char *connection_id)
{
  CrRemedyIds ids = { .patient_id = self->patient_id, .connection_id = connection_id };
  gboolean is_new_link = (remedy == CR_REMEDY_CONNECT || remedy == CR_REMEDY_RECONNECT) &&
                         (remedy != self->offered || connection_id != NULL);

  cr_remedy_set_button (g_object_get_data (G_OBJECT (row), "cr-remedy"),
                        is_new_link ? remedy : CR_REMEDY_NONE, &ids);
}

static GtkWidget *
make_session (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *state = cr_state_label_new ();
  GtkWidget *copy = cr_row_icon_button_new ("edit-copy-symbolic", _ ("Copy the link"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), state);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), copy);
  add_remedy (row);
  g_object_set_data (G_OBJECT (row), "cr-state", state);
  g_object_set_data (G_OBJECT (row), "cr-copy", copy);
  return row;
}

static char *
say_link (CrSession *session)
{
  gint64 now_ms = cr_words_now_ms ();
  g_autofree char *expires = cr_words_time (session->expires_ms, now_ms);
  g_autofree char *completed = cr_words_time (session->completed_ms, now_ms);

  switch (session->status)
    {
    case CR_SESSION_OPEN:
      return g_strdup_printf (_ ("the link ends %s"), expires);
    case CR_SESSION_COMPLETE:
      return g_strdup_printf (_ ("used %s"), completed);
    case CR_SESSION_EXPIRED:
      return g_strdup_printf (_ ("the link ended %s"), expires);
    default:
      g_assert_not_reached ();
    }
}

static void
show_session (GtkWidget *row, gpointer item, gpointer owner)
{
  CrSignInsView *self = owner;
  CrSession *session = item;
  GtkWidget *copy = g_object_get_data (G_OBJECT (row), "cr-copy");
  g_autofree char *time = cr_words_time (session->created_ms, cr_words_now_ms ());
  g_autofree char *title = g_strdup_printf (_ ("Link made %s"), time);
  g_autofree char *link = say_link (session);
  g_autofree char *subtitle = cr_words_begin (link);
  g_autofree char *url = cr_engine_get_session_url (self->engine, session);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  cr_time_tip_set (row, session->created_ms,
                   session->status == CR_SESSION_COMPLETE ? session->completed_ms
                                                          : session->expires_ms);
  cr_state_label_set (g_object_get_data (G_OBJECT (row), "cr-state"),
                      cr_explain_session (session->status));
  show_remedy (self, row,
               item == self->newest ? cr_explain_session (session->status)->remedy : CR_REMEDY_NONE,
               NULL);
  gtk_widget_set_visible (copy, session->status == CR_SESSION_OPEN && url != NULL);
  if (url != NULL)
    cr_row_button_set_action (copy, "win.copy", url);
}

static GtkWidget *
make_event (gpointer owner)
{
  GtkWidget *row = cr_auth_row_make (owner);

  add_remedy (row);
  return row;
}

/* The link that ran out stands above what happened to it. */
static gboolean
offers_link (CrSignInsView *self)
{
  CrSession *newest = self->shown_sessions != NULL && self->shown_sessions->len > 0
                        ? self->shown_sessions->pdata[0]
                        : NULL;

  return newest != NULL && cr_explain_session (newest->status)->remedy == CR_REMEDY_CONNECT;
}

static void
show_event (GtkWidget *row, gpointer item, gpointer owner)
{
  CrSignInsView *self = owner;
  CrAuthEvent *event = item;

  cr_auth_row_show (row, item, owner);
  show_remedy (self, row,
               item == self->to_mend && !offers_link (self)
                   ? cr_explain_failure (event->code)->remedy
                   : CR_REMEDY_NONE,
               event->connection_id);
}

static void
events_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { cr_auth_row_key, make_event, show_event };
  CrSignInsView *self = user_data;

  if (items == NULL)
    return;
  keep (&self->shown_events, items);
  self->to_mend =
      items->len > 0 && CR_AUTH_EVENT (items->pdata[0])->outcome == CR_AUTH_OUTCOME_FAILURE
          ? items->pdata[0]
          : NULL;
  cr_rows_fill (self->events, items, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->events), items->len > 0);
  gtk_widget_set_visible (self->no_events, items->len == 0);
}

static void
sessions_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { session_key, make_session, show_session };
  CrSignInsView *self = user_data;

  if (items == NULL)
    return;
  keep (&self->shown_sessions, items);
  self->newest = items->len > 0 ? items->pdata[0] : NULL;
  cr_rows_fill (self->sessions, items, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->sessions), items->len > 0);
  gtk_widget_set_visible (self->no_sessions, items->len == 0);
  events_cb (self->shown_events, NULL, self);
}

/* What nobody looks at is asked for when somebody does. */
static void
map_cb (CrSignInsView *self)
{
  CrListFilter filter = { .kind = CR_LIST_SESSIONS, .patient_id = self->patient_id };

  if (self->engine == NULL || self->sessions_feed != NULL)
    return;
  self->sessions_feed =
      cr_feed_new (self->engine, &filter, N_SHOWN, CR_FEED_ON (SESSION), sessions_cb, self);
  cr_feed_keep_time (self->sessions_feed);
  filter.kind = CR_LIST_AUTH_EVENTS;
  self->events_feed =
      cr_feed_new (self->engine, &filter, N_SHOWN, CR_FEED_ON (AUTH_EVENT), events_cb, self);
}

static void
cr_sign_ins_view_dispose (GObject *object)
{
  CrSignInsView *self = CR_SIGN_INS_VIEW (object);

  g_clear_pointer (&self->sessions_feed, cr_feed_stop);
  g_clear_pointer (&self->events_feed, cr_feed_stop);
  g_clear_pointer (&self->shown_sessions, g_ptr_array_unref);
  g_clear_pointer (&self->shown_events, g_ptr_array_unref);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->patient_id, g_free);
  G_OBJECT_CLASS (cr_sign_ins_view_parent_class)->dispose (object);
}

static void
cr_sign_ins_view_class_init (CrSignInsViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_sign_ins_view_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-sign-ins-view"));
  gtk_widget_class_bind_template_child (widget_class, CrSignInsView, sessions);
  gtk_widget_class_bind_template_child (widget_class, CrSignInsView, no_sessions);
  gtk_widget_class_bind_template_child (widget_class, CrSignInsView, events);
  gtk_widget_class_bind_template_child (widget_class, CrSignInsView, no_events);
}

static void
cr_sign_ins_view_init (CrSignInsView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "map", G_CALLBACK (map_cb), NULL);
}

void
cr_sign_ins_view_start (CrSignInsView *self, CrEngine *engine, const char *patient_id)
{
  g_return_if_fail (CR_IS_SIGN_INS_VIEW (self));

  self->engine = g_object_ref (engine);
  self->patient_id = g_strdup (patient_id);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    map_cb (self);
}

void
cr_sign_ins_view_set_offered (CrSignInsView *self, CrRemedy remedy)
{
  g_return_if_fail (CR_IS_SIGN_INS_VIEW (self));

  if (self->offered == remedy)
    return;
  self->offered = remedy;
  sessions_cb (self->shown_sessions, NULL, self);
}
