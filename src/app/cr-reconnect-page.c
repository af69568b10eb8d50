/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-reconnect-page.h"

#include "app/cr-app-init.h"
#include "app/cr-cells.h"
#include "app/cr-feed.h"
#include "app/cr-list-keys.h"
#include "app/cr-note-dialog.h"
#include "app/cr-row-name.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "app/cr-wrap.h"
#include "engine/cr-list-model.h"
#include "engine/cr-list-row.h"

#include <glib/gi18n.h>

/* “ended 120 days ago” is never cut. */
#define ACCESS_WIDTH 190

struct _CrReconnectPage
{
  CrPage parent_instance;

  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkWidget *header;
  GtkLabel *count;
  GtkDropDown *calls;
  GtkDropDown *sort;
  GtkStack *stack;
  GtkColumnView *view;

  GPtrArray *wide_columns;   /* (owned): of GtkColumnViewColumn, hidden in a narrow window */
  GPtrArray *narrow_columns; /* (owned): hidden in a wide one */
  GListModel *model;         /* (owned) (nullable) */
  CrFeed *anybody;           /* (owned) (nullable): is there anybody at all */
  CrFeed *found;             /* (owned) (nullable): of those asked for */
  int n_anybody;             /* 0, 1 (or more), -1: not known yet */
  int n_found;
};

G_DEFINE_FINAL_TYPE (CrReconnectPage, cr_reconnect_page, CR_TYPE_PAGE)

/* The words beside it say how soon. */
static const CrExplanation ends_soon = {
  N_ ("Access ends"),
  N_ ("The portal gave access until a date and nothing renews it: the patient must sign in again."),
  NULL,
  "appointment-soon-symbolic",
  "accent",
  CR_REMEDY_RECONNECT,
};

static void
choose_child (CrReconnectPage *self)
{
  if (self->n_anybody < 0 || self->n_found < 0)
    return;
  gtk_stack_set_visible_child_name (self->stack, self->n_anybody == 0 ? "empty"
                                                 : self->n_found == 0 ? "none-found"
                                                                      : "list");
  gtk_widget_set_visible (self->header, self->n_anybody > 0);
  g_object_set (self, "searchable", self->n_anybody > 0, NULL);
}

static void
anybody_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrReconnectPage *self = user_data;

  if (items == NULL)
    return;
  self->n_anybody = (int) items->len;
  choose_child (self);
}

static void
found_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrReconnectPage *self = user_data;

  if (items == NULL)
    return;
  self->n_found = (int) items->len;
  choose_child (self);
}

static void
show_count (GListModel *model, guint position, guint removed, guint added, CrReconnectPage *self)
{
  guint n = cr_list_model_get_total (CR_LIST_MODEL (model));
  g_autofree char *number = cr_words_number (n);
  g_autofree char *words =
      g_strdup_printf (ngettext ("%s to sign in again", "%s to sign in again", n), number);

  gtk_label_set_text (self->count, words);
}

/* Another selection model each time: swapping what is inside one reads every row. */
static void
search (CrReconnectPage *self)
{
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
  CrListFilter filter = { .kind = CR_LIST_RECONNECT,
                          .text = text[0] == '\0' ? NULL : text,
                          .called = (CrCalled) gtk_drop_down_get_selected (self->calls),
                          .sort = (CrReconnectSort) gtk_drop_down_get_selected (self->sort) };
  g_autoptr (GtkSelectionModel) selection = NULL;

  if (engine == NULL)
    return;
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  self->model = cr_engine_list_model (engine, &filter);
  g_signal_connect (self->model, "items-changed", G_CALLBACK (show_count), self);
  show_count (self->model, 0, 0, 0, self);
  selection = GTK_SELECTION_MODEL (gtk_single_selection_new (g_object_ref (self->model)));
  gtk_single_selection_set_autoselect (GTK_SINGLE_SELECTION (selection), FALSE);
  gtk_single_selection_set_can_unselect (GTK_SINGLE_SELECTION (selection), TRUE);
  gtk_column_view_set_model (self->view, selection);

  g_clear_pointer (&self->found, cr_feed_stop);
  self->found = cr_feed_new (engine, &filter, 1, CR_FEED_ON (CONNECTION) | CR_FEED_ON (PATIENT),
                             found_cb, self);
}

static void
changed_cb (CrReconnectPage *self)
{
  search (self);
}

static void
activate_cb (GtkColumnView *view, guint position, CrReconnectPage *self)
{
  g_autoptr (CrListRow) row = g_list_model_get_item (self->model, position);
  CrConnection *connection = row == NULL ? NULL : cr_list_row_get_item (row);

  if (connection != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-patient", "s", connection->patient_id);
}

static GtkWidget *
make_patient (void)
{
  GtkWidget *source = cr_cell_dim_label_new ();

  gtk_widget_add_css_class (source, "caption");
  return cr_cell_stack_new (cr_cell_name_new (), source);
}

static GtkWidget *
make_narrow (void)
{
  return cr_cell_stack_new (cr_cell_name_new (), cr_state_label_new ());
}

static void
show_name (GtkWidget *cell, CrConnection *connection)
{

  gtk_label_set_text (GTK_LABEL (cell), connection->patient_name != NULL ? connection->patient_name
                                                                         : connection->patient_id);
  cr_tip_set (cell, connection->patient_id);
}

static void
show_source (GtkWidget *cell, gpointer item)
{
  CrConnection *connection = item;

  gtk_label_set_text (GTK_LABEL (cell), connection->source_name);
  cr_tip_set (cell, connection->source_name);
}

static void
show_patient (GtkWidget *cell, gpointer item)
{
  show_name (gtk_widget_get_first_child (cell), item);
  show_source (gtk_widget_get_last_child (cell), item);
}

static void
show_access (GtkWidget *cell, gpointer item)
{
  CrConnection *connection = item;
  gboolean is_active = connection->status == CR_CONNECTION_ACTIVE;
  const CrExplanation *state = is_active ? &ends_soon : cr_explain_connection (connection->status);
  gint64 ends_ms = cr_connection_ends_ms (connection);
  g_autofree char *days = cr_words_days_left (ends_ms, cr_words_now_ms ());
  g_autofree char *exact = cr_words_exact_time (ends_ms);
  const char *words = days[0] != '\0' ? days : _ (state->title);
  g_autofree char *tooltip =
      g_strdup_printf ("%s\n%s\n%s", _ (state->title), exact, _ (state->sentence));

  cr_state_label_set (CR_STATE_LABEL (cell), state);
  cr_state_label_set_words (CR_STATE_LABEL (cell), words);
  cr_tip_set (cell, tooltip);
}

static void
show_narrow (GtkWidget *cell, gpointer item)
{
  show_name (gtk_widget_get_first_child (cell), item);
  show_access (gtk_widget_get_last_child (cell), item);
}

/* The name beside it has two lines anyway. */
static GtkWidget *
make_call (void)
{
  GtkWidget *label = cr_cell_label_new ();

  if (gtk_label_get_wrap (GTK_LABEL (label)))
    return label;
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (label), 2);
  cr_wrap_bound (label);
  return label;
}

static void
show_call (GtkWidget *cell, gpointer item)
{
  CrConnection *connection = item;
  g_autofree char *call =
      connection->called_ms > 0 ? cr_note_dialog_say_call (connection) : g_strdup ("");
  g_autofree char *words =
      cr_words_join (call, connection->note != NULL ? connection->note : "", NULL);

  gtk_label_set_text (GTK_LABEL (cell), words);
  cr_time_tip_add (cell, words, connection->called_ms, 0);
}

static GtkWidget *
make_buttons_with (GtkWidget *reconnect)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *note = gtk_button_new_from_icon_name ("document-edit-symbolic");

  gtk_widget_add_css_class (note, "flat");
  cr_tip_set (note, _ ("Call and note"));
  cr_tip_set (reconnect, _ ("Make a new link for the patient"));
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (box, GTK_ALIGN_END);
  gtk_box_append (GTK_BOX (box), note);
  gtk_box_append (GTK_BOX (box), reconnect);
  return box;
}

static GtkWidget *
make_buttons (void)
{
  return make_buttons_with (gtk_button_new_with_mnemonic (_ ("_Reconnect…")));
}

static GtkWidget *
make_narrow_buttons (void)
{
  return make_buttons_with (gtk_button_new_from_icon_name ("view-refresh-symbolic"));
}

/* A screen reader must hear whose button it is. */
static void
show_buttons (GtkWidget *cell, gpointer item)
{
  CrConnection *connection = item;
  GtkWidget *note = gtk_widget_get_first_child (cell);
  GtkWidget *reconnect = gtk_widget_get_last_child (cell);
  const char *name =
      connection->patient_name != NULL ? connection->patient_name : connection->patient_id;
  g_autofree char *note_label = g_strdup_printf (_ ("Call and note: %s"), name);
  g_autofree char *reconnect_label = g_strdup_printf (_ ("Reconnect %s"), name);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (note), "s", connection->id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (note), "win.note-connection");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (reconnect), "s", connection->id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (reconnect), "win.reconnect");
  gtk_accessible_update_property (GTK_ACCESSIBLE (note), GTK_ACCESSIBLE_PROPERTY_LABEL, note_label,
                                  -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (reconnect), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  reconnect_label, -1);
}

static void
add_column (CrReconnectPage *self,
            GPtrArray *columns,
            const char *title,
            CrCellMake make,
            CrCellShow show,
            gboolean is_expanding)
{
  g_autoptr (GtkColumnViewColumn) column = cr_cell_column_new (title, make, show, is_expanding);

  gtk_column_view_append_column (self->view, column);
  if (show == show_access)
    gtk_column_view_column_set_fixed_width (column, ACCESS_WIDTH);
  g_ptr_array_add (columns, g_object_ref (column));
}

static void
narrow_cb (CrReconnectPage *self)
{
  gboolean is_narrow = cr_page_get_narrow (CR_PAGE (self));

  for (guint i = 0; i < self->wide_columns->len; i++)
    cr_cell_column_show (self->wide_columns->pdata[i], !is_narrow);
  for (guint i = 0; i < self->narrow_columns->len; i++)
    cr_cell_column_show (self->narrow_columns->pdata[i], is_narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->sort), !is_narrow);
}

static void
cr_reconnect_page_dispose (GObject *object)
{
  CrReconnectPage *self = CR_RECONNECT_PAGE (object);

  g_clear_pointer (&self->anybody, cr_feed_stop);
  g_clear_pointer (&self->found, cr_feed_stop);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  g_clear_pointer (&self->wide_columns, g_ptr_array_unref);
  g_clear_pointer (&self->narrow_columns, g_ptr_array_unref);
  G_OBJECT_CLASS (cr_reconnect_page_parent_class)->dispose (object);
}

static void
cr_reconnect_page_class_init (CrReconnectPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_reconnect_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-reconnect-page"));
  gtk_widget_class_bind_template_child (widget_class, CrReconnectPage, search_bar);
  gtk_widget_class_bind_template_child (widget_class, CrReconnectPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, CrReconnectPage, header);
  gtk_widget_class_bind_template_child (widget_class, CrReconnectPage, count);
  gtk_widget_class_bind_template_child (widget_class, CrReconnectPage, calls);
  gtk_widget_class_bind_template_child (widget_class, CrReconnectPage, sort);
  gtk_widget_class_bind_template_child (widget_class, CrReconnectPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrReconnectPage, view);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
cr_reconnect_page_init (CrReconnectPage *self)
{
  self->wide_columns = g_ptr_array_new_with_free_func (g_object_unref);
  self->narrow_columns = g_ptr_array_new_with_free_func (g_object_unref);
  self->n_anybody = -1;
  self->n_found = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_row_name_drop_down (self->calls, _ ("Whom to show"));
  cr_row_name_drop_down (self->sort, _ ("Order"));
  cr_list_keys_add (GTK_WIDGET (self->view));
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));

  add_column (self, self->wide_columns, _ ("Patient"), make_patient, show_patient, TRUE);
  add_column (self, self->wide_columns, _ ("Access"), cr_state_label_new, show_access, FALSE);
  add_column (self, self->wide_columns, _ ("Call and note"), make_call, show_call, TRUE);
  add_column (self, self->wide_columns, "", make_buttons, show_buttons, FALSE);
  add_column (self, self->narrow_columns, _ ("Patient"), make_narrow, show_narrow, TRUE);
  add_column (self, self->narrow_columns, "", make_narrow_buttons, show_buttons, FALSE);
  g_signal_connect (self, "notify::narrow", G_CALLBACK (narrow_cb), NULL);
  narrow_cb (self);
}

GtkWidget *
cr_reconnect_page_new (CrEngine *engine)
{
  CrReconnectPage *self = g_object_new (CR_TYPE_RECONNECT_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  self->anybody = cr_feed_new (engine, &(CrListFilter){ .kind = CR_LIST_RECONNECT }, 1,
                               CR_FEED_ON (CONNECTION) | CR_FEED_ON (PATIENT), anybody_cb, self);
  search (self);
  return GTK_WIDGET (self);
}
