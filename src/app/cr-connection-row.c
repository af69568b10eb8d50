/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-connection-row.h"

#include "app/cr-app-init.h"
#include "app/cr-ledger-view.h"
#include "app/cr-note-dialog.h"
#include "app/cr-pull-progress.h"
#include "app/cr-remedy.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "base/cr-enum.h"

#include <glib/gi18n.h>
#include <string.h>

#define DAY_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

struct _CrConnectionRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *name;
  CrStateLabel *state;
  GtkButton *remedy;
  GtkButton *pull_now;
  GtkMenuButton *menu_button;
  GtkLabel *details;
  GtkLabel *explanation;
  GtkWidget *hold_box;
  GtkLabel *hold_text;
  GtkButton *decide;
  CrPullProgress *progress;
  CrLedgerView *ledger;

  CrEngine *engine;               /* (owned) (nullable) */
  GMenu *menu;                    /* (owned) (nullable) */
  CrConnectionStatus menu_status; /* that it is for */
  char *menu_pull;                /* (owned) (nullable): and the pull */
  gboolean is_only;
};

G_DEFINE_FINAL_TYPE (CrConnectionRow, cr_connection_row, GTK_TYPE_LIST_BOX_ROW)

/* -1 where it is not known. */
static int
last_status (CrConnection *connection)
{
  int status;

  return connection->last_pull_status != NULL &&
                 cr_enum_from_string (CR_TYPE_PULL_STATUS, connection->last_pull_status, &status)
           ? status
           : -1;
}

static gboolean
is_under_way (int status)
{
  return status >= 0 && !cr_pull_status_is_final ((CrPullStatus) status);
}

static char *
say_pull_under_way (int status, const char *time)
{
  if (status == CR_PULL_QUEUED)
    return g_strdup (_ ("A pull is queued"));
  if (status == CR_PULL_WAITING)
    /* Translators: a time, such as “5 minutes ago” */
    return g_strdup_printf (_ ("A pull waits, begun %s"), time);
  /* Translators: a time, such as “5 minutes ago” */
  return g_strdup_printf (_ ("A pull is running, begun %s"), time);
}

static char *
say_last_pull (CrConnection *connection)
{
  g_autofree char *time = cr_words_time (connection->last_pull_ms, cr_words_now_ms ());
  int status = last_status (connection);

  if (connection->last_pull_ms == 0)
    return g_strdup (_ ("No pull yet"));
  if (is_under_way (status))
    return say_pull_under_way (status, time);
  if (status < 0)
    return g_strdup_printf (_ ("Last pull %s"), time);
  /* Translators: a time, then how the pull ended: “Last pull today 09:14: Complete” */
  return g_strdup_printf (_ ("Last pull %s: %s"), time,
                          _ (cr_explain_pull ((CrPullStatus) status)->title));
}

static char *
say_next_pull (CrConnection *connection)
{
  g_autofree char *time = cr_words_time (connection->next_pull_ms, cr_words_now_ms ());

  if (connection->next_pull_ms == 0 || connection->status != CR_CONNECTION_ACTIVE ||
      is_under_way (last_status (connection)))
    return g_strdup ("");
  if (connection->next_pull_ms <= cr_words_now_ms ())
    return g_strdup (_ ("next pull now"));
  /* Translators: a time: the last pull failed, and this is when the next attempt is made */
  if (connection->n_retries > 0)
    return g_strdup_printf (_ ("tries again %s"), time);
  return g_strdup_printf (_ ("next %s"), time);
}

static char *
say_access (CrConnection *connection)
{
  gint64 now_ms = cr_words_now_ms ();
  gint64 end_ms = cr_connection_get_end_ms (connection);
  guint n_days = (guint) (MAX (end_ms - now_ms, 0) / DAY_MS);
  g_autofree char *time = cr_words_time (end_ms, now_ms);

  if (connection->status != CR_CONNECTION_ACTIVE)
    return g_strdup ("");
  if (end_ms == 0)
    return g_strdup (connection->has_refresh ? _ ("access renews by itself")
                                             : _ ("access: no end date"));
  if (n_days == 0)
    return g_strdup_printf (_ ("access ends %s"), time);
  /* Translators: a date, then how long until then: “access ends 12 Mar, 90 days left” */
  return g_strdup_printf (
      ngettext ("access ends %s, %u day left", "access ends %s, %u days left", n_days), time,
      n_days);
}

/* `patient/Goal.rs` is Goals. */
static char *
kinds_of (const char *scopes)
{
  g_auto (GStrv) list = g_strsplit (scopes, " ", -1);
  g_autoptr (GString) kinds = g_string_new (NULL);

  for (guint i = 0; list[i] != NULL; i++)
    {
      const char *slash = strchr (list[i], '/');
      const char *type = slash != NULL ? slash + 1 : list[i];
      g_autofree char *name = NULL;
      g_autofree char *words = NULL;

      g_string_append (kinds, kinds->len > 0 ? ", " : "");
      name = g_strndup (type, strcspn (type, "."));
      words = strcmp (name, "*") == 0 ? g_strdup (_ ("everything")) : cr_words_type (name);
      g_string_append (kinds, words);
    }

  return g_string_free (g_steal_pointer (&kinds), FALSE);
}

static char *
say_ungranted (CrConnection *connection)
{
  g_autofree char *kinds = NULL;

  if (connection->ungranted == NULL || connection->status != CR_CONNECTION_ACTIVE)
    return g_strdup ("");

  kinds = kinds_of (connection->ungranted);
  /* Translators: kinds of records, such as “Goals, Conditions” */
  return g_strdup_printf (_ ("Not granted: %s"), kinds);
}

static void
show_details (CrConnectionRow *self, CrConnection *connection)
{
  g_autofree char *number = cr_words_number (connection->n_records);
  g_autofree char *records = g_strdup_printf (
      ngettext ("%s record kept", "%s records kept", connection->n_records), number);
  g_autofree char *last = say_last_pull (connection);
  g_autofree char *next = say_next_pull (connection);
  g_autofree char *access = say_access (connection);
  g_autofree char *call =
      connection->called_ms > 0 ? cr_note_dialog_say_call (connection) : g_strdup ("");
  g_autofree char *ungranted = say_ungranted (connection);
  g_autofree char *text = cr_words_join (last, next, access, records, ungranted, call,
                                         connection->note != NULL ? connection->note : "", NULL);
  g_autofree char *last_exact = cr_words_exact_time (connection->last_pull_ms);
  g_autofree char *next_exact = cr_words_exact_time (connection->next_pull_ms);
  gboolean is_active = connection->status == CR_CONNECTION_ACTIVE;
  g_autofree char *tooltip =
      g_strdup_printf (_ ("Last pull: %s\nNext pull: %s"), last_exact, next_exact);

  gtk_label_set_text (self->details, text);
  cr_time_tip_add (GTK_WIDGET (self->details), tooltip,
                   is_active ? cr_connection_get_end_ms (connection) : 0, connection->called_ms);
}

static void
append (GMenu *menu, const char *label, const char *action, const char *id)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "s", id);
  g_menu_append_item (menu, item);
}

static GMenu *
make_menu (CrConnection *connection)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) danger = g_menu_new ();

  append (menu, _ ("Reconnect…"), "win.reconnect", connection->id);
  append (menu, _ ("Call and Note…"), "win.note-connection", connection->id);
  if (connection->status != CR_CONNECTION_DISCONNECTED)
    append (danger, _ ("Disconnect…"), "win.disconnect", connection->id);
  append (danger, _ ("Remove Data…"), "win.remove-data", connection->id);
  if (connection->status != CR_CONNECTION_DISCONNECTED)
    append (danger, _ ("Disconnect and Remove Data…"), "win.remove-connection", connection->id);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (danger));
  return menu;
}

/* One pull at a time: what is under way can be stopped, not begun. The menu may be open: only its
 * first item changes. */
static void
offer_pull (GMenu *menu, CrConnection *connection, CrPull *pull)
{
  const char *label = pull == NULL      ? _ ("Pull Now")
                    : pull->is_stopping ? _ ("Stop Now")
                                        : _ ("Cancel Pull");
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, pull != NULL ? "win.cancel-pull" : "win.pull-connection",
                                     "s", pull != NULL ? pull->id : connection->id);
  g_menu_prepend_item (menu, item);
}

/* A menu is made of many widgets, and what a row shows changes all the time. @pull: (nullable):
 * under way */
static void
show_menu (CrConnectionRow *self, CrConnection *connection, CrPull *pull)
{
  gboolean is_active = connection->status == CR_CONNECTION_ACTIVE;
  gboolean is_new = self->menu == NULL || self->menu_status != connection->status;
  g_autofree char *key =
      pull == NULL ? g_strdup ("") : g_strdup_printf ("%s %d", pull->id, pull->is_stopping);

  if (!is_new && g_strcmp0 (self->menu_pull, key) == 0)
    return;
  if (is_new)
    {
      g_clear_object (&self->menu);
      self->menu = make_menu (connection);
      self->menu_status = connection->status;
    }
  else if (is_active)
    g_menu_remove (self->menu, 0);
  if (is_active)
    offer_pull (self->menu, connection, pull);
  g_free (self->menu_pull);
  self->menu_pull = g_steal_pointer (&key);
  if (is_new)
    gtk_menu_button_set_menu_model (self->menu_button, G_MENU_MODEL (self->menu));
}

static void
show_hold (CrConnectionRow *self, CrConnection *connection, CrHold *hold)
{
  const CrExplanation *why = hold == NULL ? NULL : cr_explain_guard (hold->reason);

  gtk_widget_set_visible (self->hold_box, connection->is_held || hold != NULL);
  gtk_label_set_text (self->hold_text,
                      why != NULL
                          ? _ (why->sentence)
                          : _ ("Rejected: this is not the right patient. Nothing is delivered, "
                               "and other programs cannot read it."));
  gtk_widget_set_visible (GTK_WIDGET (self->decide), hold != NULL);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->decide), "s", connection->id);
}

static void
cr_connection_row_dispose (GObject *object)
{
  g_clear_object (&CR_CONNECTION_ROW (object)->engine);
  g_clear_object (&CR_CONNECTION_ROW (object)->menu);
  g_clear_pointer (&CR_CONNECTION_ROW (object)->menu_pull, g_free);
  G_OBJECT_CLASS (cr_connection_row_parent_class)->dispose (object);
}

static void
cr_connection_row_class_init (CrConnectionRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_connection_row_dispose;
  g_type_ensure (CR_TYPE_LEDGER_VIEW);
  g_type_ensure (CR_TYPE_STATE_LABEL);
  g_type_ensure (CR_TYPE_PULL_PROGRESS);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-connection-row"));
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, name);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, state);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, remedy);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, pull_now);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, details);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, explanation);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, hold_box);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, hold_text);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, decide);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, progress);
  gtk_widget_class_bind_template_child (widget_class, CrConnectionRow, ledger);
}

static void
cr_connection_row_init (CrConnectionRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
cr_connection_row_new (CrEngine *engine)
{
  CrConnectionRow *self = g_object_new (CR_TYPE_CONNECTION_ROW, NULL);

  self->engine = g_object_ref (engine);
  return GTK_WIDGET (self);
}

static void
show_name (CrConnectionRow *self, const CrExplanation *state)
{
  g_autofree char *words = cr_words_join (gtk_label_get_text (self->name), _ (state->title),
                                          gtk_label_get_text (self->details), NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

void
cr_connection_row_show (CrConnectionRow *self, CrConnection *connection, CrHold *hold, CrPull *pull)
{
  const CrExplanation *state = cr_explain_connection (connection->status);
  const CrExplanation *failure = connection->failure_code == CR_FAILURE_NONE
                                   ? NULL
                                   : cr_explain_failure (connection->failure_code);
  CrRemedyIds ids = { .connection_id = connection->id, .patient_id = connection->patient_id };
  gboolean is_active = connection->status == CR_CONNECTION_ACTIVE;
  gboolean is_pulling = pull != NULL && !cr_pull_status_is_final (pull->status);
  gboolean is_told_above = self->is_only && !connection->is_held;

  g_return_if_fail (CR_IS_CONNECTION_ROW (self));

  gtk_label_set_text (self->name,
                      connection->source_name != NULL ? connection->source_name : connection->id);
  cr_state_label_set (self->state, state);
  cr_remedy_set_button (self->remedy, state->remedy, &ids);
  if (state->remedy == CR_REMEDY_PULL)
    gtk_widget_set_visible (GTK_WIDGET (self->remedy), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->pull_now), is_active && !is_pulling);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->pull_now), "s", connection->id);
  show_details (self, connection);
  gtk_widget_set_visible (GTK_WIDGET (self->explanation), !is_active);
  gtk_label_set_text (self->explanation,
                      _ (failure != NULL && !is_active ? failure->sentence : state->sentence));
  show_menu (self, connection, is_pulling ? pull : NULL);
  show_hold (self, connection, hold);
  show_name (self, state);
  cr_ledger_view_show (self->ledger, self->engine, connection);
  cr_pull_progress_show (self->progress, self->engine, is_pulling || !is_told_above ? pull : NULL);
}

/* What the only one needs, the head of its patient's page has a button for already, and
 * says how its pull ended. */
void
cr_connection_row_set_only (CrConnectionRow *self, gboolean is_only)
{
  g_return_if_fail (CR_IS_CONNECTION_ROW (self));

  self->is_only = is_only;
  if (!is_only)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->pull_now), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->remedy), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->decide), FALSE);
}
