/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-patient-page.h"

#include "app/cr-app-init.h"
#include "app/cr-connection-row.h"
#include "app/cr-deliveries-view.h"
#include "app/cr-feed.h"
#include "app/cr-patient-line.h"
#include "app/cr-pull-row.h"
#include "app/cr-records-view.h"
#include "app/cr-remedy.h"
#include "app/cr-rows.h"
#include "app/cr-sign-ins-view.h"
#include "app/cr-state-label.h"
#include "app/cr-toast.h"
#include "app/cr-unfold.h"
#include "app/cr-window.h"
#include "app/cr-words.h"
#include "base/cr-error.h"

#include <glib/gi18n.h>

#define N_PULLS 20
#define N_CONNECTIONS 50

struct _CrPatientPage
{
  CrPage parent_instance;

  AdwViewSwitcher *switcher;
  GtkBox *header;
  GtkStack *stack;
  GtkLabel *name;
  GtkLabel *about;
  CrStateLabel *state;
  GtkLabel *sentence;
  GtkButton *remedy;
  GtkButton *pull_now;
  GtkButton *connect;
  GtkMenuButton *menu;
  GtkListBox *connections;
  AdwViewStack *tabs;
  CrRecordsView *records;
  GtkWidget *pulls_tab;
  GtkListBox *pulls;
  GtkWidget *no_pulls;
  GtkButton *older;
  CrSignInsView *sign_ins;
  CrDeliveriesView *deliveries;

  char *id; /* (owned) (nullable) */
  guint n_pulls;
  gboolean is_reviewing;    /* who came for the pulls sees at once why one failed */
  CrFeed *patient_feed;     /* (owned) (nullable) */
  CrFeed *connections_feed; /* (owned) (nullable) */
  CrFeed *pulls_feed;       /* (owned) (nullable) */
  CrFeed *holds_feed;       /* (owned) (nullable) */
  GPtrArray *shown;         /* (owned) (nullable): CrConnection */
  GPtrArray *latest_pulls;  /* (owned) (nullable): CrPull */
  GPtrArray *holds;         /* (owned) (nullable): CrHold */
  CrRecordStatus standing;  /* of the records */
};

G_DEFINE_FINAL_TYPE (CrPatientPage, cr_patient_page, CR_TYPE_PAGE)

static CrPull *
find_pull (CrPatientPage *self, const char *connection_id)
{
  for (guint i = 0; self->latest_pulls != NULL && i < self->latest_pulls->len; i++)
    {
      CrPull *pull = self->latest_pulls->pdata[i];

      if (g_strcmp0 (pull->connection_id, connection_id) == 0)
        return pull;
    }
  return NULL;
}

static CrHold *
find_hold (CrPatientPage *self, const char *connection_id)
{
  for (guint i = 0; self->holds != NULL && i < self->holds->len; i++)
    {
      CrHold *hold = self->holds->pdata[i];

      if (g_strcmp0 (hold->connection_id, connection_id) == 0)
        return hold;
    }
  return NULL;
}

static const char *
connection_key (gpointer item)
{
  return CR_CONNECTION (item)->id;
}

static GtkWidget *
make_connection (gpointer owner)
{
  return cr_connection_row_new (cr_page_get_engine (owner));
}

static void
show_connection (GtkWidget *row, gpointer item, gpointer owner)
{
  CrPatientPage *self = owner;
  CrConnection *connection = item;

  cr_connection_row_show (CR_CONNECTION_ROW (row), connection, find_hold (owner, connection->id),
                          find_pull (owner, connection->id));
  cr_connection_row_set_only (CR_CONNECTION_ROW (row), self->shown->len == 1);
}

static void
show_connections (CrPatientPage *self)
{
  static const CrRowKind kind = { connection_key, make_connection, show_connection };
  gboolean can_pull = FALSE;

  if (self->shown == NULL)
    return;
  for (guint i = 0; i < self->shown->len; i++)
    {
      CrConnection *connection = self->shown->pdata[i];
      CrPull *pull = find_pull (self, connection->id);

      can_pull |= connection->status == CR_CONNECTION_ACTIVE &&
                  (pull == NULL || cr_pull_status_is_final (pull->status));
    }
  gtk_widget_set_visible (GTK_WIDGET (self->pull_now), can_pull);
  gtk_widget_set_visible (GTK_WIDGET (self->connections), self->shown->len > 0);
  cr_rows_update (self->connections, self->shown, &kind, self);
}

/* The one it is about: the only one there is, or the only one that lapsed. NULL when there is a
 * choice. */
static CrConnection *
find_only (CrPatientPage *self)
{
  CrConnection *only = NULL;

  for (guint i = 0; self->shown != NULL && i < self->shown->len; i++)
    {
      CrConnection *connection = self->shown->pdata[i];

      if (self->shown->len > 1 && (self->standing != CR_RECORD_STATUS_ACCESS_LAPSED ||
                                   connection->status == CR_CONNECTION_ACTIVE ||
                                   connection->status == CR_CONNECTION_DISCONNECTED))
        continue;
      if (only != NULL)
        return NULL;
      only = connection;
    }
  return only;
}

/* Each pull ends anew, though it be as the one before. */
static void
tell (CrPatientPage *self)
{
  /* Translators: the name of a patient */
  g_autofree char *about =
      g_strdup_printf (_ ("Records of %s"), cr_page_get_title (CR_PAGE (self)));

  cr_state_label_tell (self->state, self->standing == CR_RECORD_STATUS_PULLING ? NULL : about,
                       NULL);
}

/* Whether records are there, what is wrong, whose turn it is and the one button that helps: one
 * look must be enough. A single connection says below what is wrong with it, in more exact words.
 */
static void
show_head (CrPatientPage *self)
{
  const CrExplanation *state = cr_explain_record_status (self->standing);
  CrConnection *only = find_only (self);
  CrRemedyIds ids = { .patient_id = self->id, .connection_id = only != NULL ? only->id : NULL };
  gboolean is_calm =
      self->standing == CR_RECORD_STATUS_CURRENT || self->standing == CR_RECORD_STATUS_PULLING;
  gboolean is_below =
      self->shown != NULL && self->shown->len == 1 &&
      (self->standing == CR_RECORD_STATUS_NONE ||
       self->standing == CR_RECORD_STATUS_ACCESS_LAPSED || self->standing == CR_RECORD_STATUS_HELD);
  gboolean is_decided =
      self->standing == CR_RECORD_STATUS_HELD && self->holds != NULL && self->holds->len == 0;

  if (cr_page_get_title (CR_PAGE (self)) == NULL)
    return;
  tell (self);
  cr_state_label_set (self->state, state);
  gtk_widget_set_visible (GTK_WIDGET (self->sentence), !is_calm && !is_below);
  gtk_label_set_text (self->sentence, _ (state->sentence));
  cr_remedy_set_button (self->remedy, state->remedy, &ids);
  /* What was rejected stays held, with nothing left to decide. */
  if (state->remedy == CR_REMEDY_PULL || is_decided)
    gtk_widget_set_visible (GTK_WIDGET (self->remedy), FALSE);
  cr_sign_ins_view_set_offered (self->sign_ins, state->remedy);
  gtk_widget_set_visible (GTK_WIDGET (self->connect), state->remedy != CR_REMEDY_CONNECT);
}

static void
keep (GPtrArray **slot, GPtrArray *items)
{
  g_ptr_array_ref (items);
  g_clear_pointer (slot, g_ptr_array_unref);
  *slot = items;
}

static void
connections_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrPatientPage *self = user_data;

  if (items == NULL)
    return;
  keep (&self->shown, items);
  show_connections (self);
  show_head (self);
}

static void
holds_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrPatientPage *self = user_data;

  if (items == NULL)
    return;
  keep (&self->holds, items);
  show_connections (self);
  show_head (self);
}

static const char *
pull_key (gpointer item)
{
  return CR_PULL (item)->id;
}

static GtkWidget *
make_pull (gpointer owner)
{
  return cr_pull_row_new (cr_page_get_engine (owner));
}

static void
show_pull (GtkWidget *row, gpointer item, gpointer owner)
{
  cr_pull_row_show (CR_PULL_ROW (row), item);
}

/* Opens the latest pull, if it is under way or not all went well. */
static void
review (CrPatientPage *self)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->pulls, 0);
  CrPull *pull = self->latest_pulls->len > 0 ? self->latest_pulls->pdata[0] : NULL;

  if (self->is_reviewing && pull != NULL &&
      (pull->status == CR_PULL_RUNNING || pull->status == CR_PULL_PARTIAL ||
       pull->status == CR_PULL_FAILED))
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  self->is_reviewing = FALSE;
}

/* Their rows are large: they are made when somebody comes to look at them. */
static void
show_pulls (CrPatientPage *self)
{
  static const CrRowKind kind = { pull_key, make_pull, show_pull };
  GPtrArray *pulls = self->latest_pulls;

  if (pulls == NULL || !gtk_widget_get_mapped (self->pulls_tab))
    return;
  cr_rows_fill (self->pulls, pulls, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->pulls), pulls->len > 0);
  gtk_widget_set_visible (self->no_pulls, pulls->len == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->older), pulls->len >= self->n_pulls);
  review (self);
}

static void
pulls_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrPatientPage *self = user_data;

  if (items == NULL)
    return;
  keep (&self->latest_pulls, items);
  show_pulls (self);
  show_connections (self);
}

static void
pulls_map_cb (GtkWidget *tab, CrPatientPage *self)
{
  show_pulls (self);
}

static void
older_cb (GtkButton *button, CrPatientPage *self)
{
  self->n_pulls += N_PULLS;
  cr_feed_set_limit (self->pulls_feed, self->n_pulls);
}

static void
show_patient (CrPatientPage *self, CrPatient *patient)
{
  g_autofree char *about = cr_patient_line_about (patient);

  cr_page_set_title (CR_PAGE (self), cr_patient_get_title (patient));
  gtk_label_set_text (self->name, cr_patient_get_title (patient));
  gtk_label_set_text (self->about, about);
  self->standing = patient->record_status;
  show_head (self);
  cr_unfold (GTK_WIDGET (self), self->tabs, NULL);
  gtk_stack_set_visible_child_name (self->stack, "patient");
}

static void
patient_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrPatientPage *self = user_data;

  if (items != NULL && items->len > 0)
    show_patient (self, items->pdata[0]);
  else if (error != NULL && g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    gtk_stack_set_visible_child_name (self->stack, "gone");
}

static void
set_up_actions (CrPatientPage *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenuItem) edit = g_menu_item_new (_ ("Edit…"), NULL);
  g_autoptr (GMenuItem) looks = g_menu_item_new (_ ("Who Looked"), NULL);
  g_autoptr (GMenuItem) remove = g_menu_item_new (_ ("Remove Patient…"), NULL);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->pull_now), "s", self->id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->connect), "s", self->id);
  g_menu_item_set_action_and_target (edit, "win.edit-patient", "s", self->id);
  g_menu_append_item (menu, edit);
  g_menu_item_set_action_and_target (looks, "win.show-looks", "s", self->id);
  g_menu_append_item (menu, looks);
  g_menu_item_set_action_and_target (remove, "win.remove-patient", "s", self->id);
  g_menu_append_item (menu, remove);
  gtk_menu_button_set_menu_model (self->menu, G_MENU_MODEL (menu));
}

static gboolean
has_access (CrPatientPage *self)
{
  for (guint i = 0; self->shown != NULL && i < self->shown->len; i++)
    if (CR_CONNECTION (self->shown->pdata[i])->status == CR_CONNECTION_ACTIVE)
      return TRUE;
  return self->shown == NULL;
}

/* Without access there is nothing to pull from, and something to do first. */
static void
offer_access (CrPatientPage *self, CrWindow *window)
{
  CrConnection *only = find_only (self);
  CrRemedyIds ids = { .patient_id = self->id, .connection_id = only != NULL ? only->id : NULL };
  gboolean is_new = self->shown->len == 0;
  const char *action, *target, *label;

  cr_remedy_find (is_new ? CR_REMEDY_CONNECT : CR_REMEDY_RECONNECT, &ids, &action, &target, &label);
  cr_window_add_toast (
      window, cr_toast_new_with_button (is_new ? _ ("No portal is connected yet to pull from")
                                               : _ ("Access has ended: reconnect before pulling"),
                                        label, action, g_variant_new_string (target)));
}

static void
cr_patient_page_refresh (CrPage *page)
{
  CrPatientPage *self = CR_PATIENT_PAGE (page);
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (page));

  if (has_access (self))
    gtk_widget_activate_action (GTK_WIDGET (page), "win.pull-now", "s", self->id);
  else if (CR_IS_WINDOW (window))
    offer_access (self, CR_WINDOW (window));
}

static gboolean
cr_patient_page_search (CrPage *page)
{
  CrPatientPage *self = CR_PATIENT_PAGE (page);

  if (!cr_records_view_has_any (self->records))
    return FALSE;
  adw_view_stack_set_visible_child_name (self->tabs, "records");
  return cr_records_view_search (self->records);
}

static void
cr_patient_page_dispose (GObject *object)
{
  CrPatientPage *self = CR_PATIENT_PAGE (object);

  g_clear_pointer (&self->patient_feed, cr_feed_stop);
  g_clear_pointer (&self->connections_feed, cr_feed_stop);
  g_clear_pointer (&self->pulls_feed, cr_feed_stop);
  g_clear_pointer (&self->holds_feed, cr_feed_stop);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  g_clear_pointer (&self->latest_pulls, g_ptr_array_unref);
  g_clear_pointer (&self->holds, g_ptr_array_unref);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (cr_patient_page_parent_class)->dispose (object);
}

static void
cr_patient_page_class_init (CrPatientPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_patient_page_dispose;
  CR_PAGE_CLASS (klass)->refresh = cr_patient_page_refresh;
  CR_PAGE_CLASS (klass)->search = cr_patient_page_search;
  g_type_ensure (CR_TYPE_STATE_LABEL);
  g_type_ensure (CR_TYPE_RECORDS_VIEW);
  g_type_ensure (CR_TYPE_SIGN_INS_VIEW);
  g_type_ensure (CR_TYPE_DELIVERIES_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-patient-page"));
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, switcher);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, header);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, name);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, about);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, state);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, sentence);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, remedy);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, pull_now);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, connect);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, menu);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, connections);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, tabs);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, records);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, pulls_tab);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, pulls);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, no_pulls);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, older);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, sign_ins);
  gtk_widget_class_bind_template_child (widget_class, CrPatientPage, deliveries);
  gtk_widget_class_bind_template_callback (widget_class, older_cb);
  gtk_widget_class_bind_template_callback (widget_class, pulls_map_cb);
}

static void
cr_patient_page_init (CrPatientPage *self)
{
  self->n_pulls = N_PULLS;
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_page_bind_switcher (CR_PAGE (self), self->switcher);
  cr_page_bind_header (CR_PAGE (self), GTK_ORIENTABLE (self->header));
}

static void
start_feeds (CrPatientPage *self, CrEngine *engine)
{
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS, .patient_id = self->id };

  self->patient_feed = cr_feed_new_for_object (engine, CR_LIST_PATIENTS, self->id,
                                               CR_FEED_ON (PATIENT) | CR_FEED_ON (CONNECTION) |
                                                   CR_FEED_ON (PULL) | CR_FEED_ON (HOLD),
                                               patient_cb, self);
  self->connections_feed =
      cr_feed_new (engine, &filter, N_CONNECTIONS, CR_FEED_ON (CONNECTION) | CR_FEED_ON (PULL),
                   connections_cb, self);
  filter.kind = CR_LIST_PULLS;
  self->pulls_feed =
      cr_feed_new (engine, &filter, self->n_pulls, CR_FEED_ON (PULL), pulls_cb, self);
  cr_feed_keep_time (self->pulls_feed);
  filter.kind = CR_LIST_HOLDS;
  filter.open_only = TRUE;
  self->holds_feed =
      cr_feed_new (engine, &filter, N_CONNECTIONS, CR_FEED_ON (HOLD), holds_cb, self);
}

GtkWidget *
cr_patient_page_new (CrEngine *engine, const char *patient_id)
{
  CrPatientPage *self = g_object_new (CR_TYPE_PATIENT_PAGE, NULL);

  self->id = g_strdup (patient_id);
  cr_page_set_engine (CR_PAGE (self), engine);
  cr_page_set_shows (CR_PAGE (self), patient_id, CR_LOOK_PATIENT);
  set_up_actions (self);
  start_feeds (self, engine);
  cr_records_view_start (self->records, engine, patient_id);
  cr_sign_ins_view_start (self->sign_ins, engine, patient_id);
  cr_deliveries_view_start (self->deliveries, engine, patient_id);
  return GTK_WIDGET (self);
}

const char *
cr_patient_page_get_patient_id (CrPatientPage *self)
{
  g_return_val_if_fail (CR_IS_PATIENT_PAGE (self), NULL);

  return self->id;
}

void
cr_patient_page_show_tab (CrPatientPage *self, const char *name)
{
  g_return_if_fail (CR_IS_PATIENT_PAGE (self));

  adw_view_stack_set_visible_child_name (self->tabs, name);
  self->is_reviewing = g_str_equal (name, "pulls");
  show_pulls (self);
}
