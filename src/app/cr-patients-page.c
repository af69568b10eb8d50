/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-patients-page.h"

#include "app/cr-app-init.h"
#include "app/cr-cells.h"
#include "app/cr-feed.h"
#include "app/cr-flow-layout.h"
#include "app/cr-list-keys.h"
#include "app/cr-meter.h"
#include "app/cr-row-name.h"
#include "app/cr-state-label.h"
#include "app/cr-text-size.h"
#include "app/cr-time-label.h"
#include "app/cr-words.h"
#include "engine/cr-list-model.h"
#include "engine/cr-list-row.h"

#include <glib/gi18n.h>

/* As wide as most are, so that the columns stay where they are while one types. */
#define NAME_CHARS 20
#define ID_CHARS 10
#define DATE_CHARS 12
#define MAX_CHARS 24

struct _CrPatientsPage
{
  CrPage parent_instance;

  GtkStack *stack;
  AdwStatusPage *nobody;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkBox *header;
  GtkLabel *count;
  GtkDropDown *groups;
  GtkColumnView *view;

  GPtrArray *wide_columns; /* (owned): of GtkColumnViewColumn, hidden in a narrow window */
  GtkColumnViewColumn *narrow_column; /* (unowned): hidden in a wide one */
  GtkColumnViewColumn *status_column; /* (unowned): hidden in a wide one */
  int needed;                         /* width of the wide columns, when they last did not fit */
  guint idle_id;
  CrFeed *sources;   /* (owned) (nullable): is there a source */
  GListModel *model; /* (owned) (nullable) */
  int n_found;       /* 0, 1 (or more), -1: not known yet */
  int n_sources;
};

G_DEFINE_FINAL_TYPE (CrPatientsPage, cr_patients_page, CR_TYPE_PAGE)

/* As they stand in the menu: everyone, then what needs somebody most. */
static const CrPatientGroup groups[] = {
  CR_PATIENTS_ALL,     CR_PATIENTS_HELD,    CR_PATIENTS_RECONNECT,     CR_PATIENTS_FAILING,
  CR_PATIENTS_PARTIAL, CR_PATIENTS_STALE,   CR_PATIENTS_NOT_CONNECTED, CR_PATIENTS_WAITING,
  CR_PATIENTS_PULLING, CR_PATIENTS_CURRENT,
};

static CrPatientGroup
get_group (CrPatientsPage *self)
{
  guint position = gtk_drop_down_get_selected (self->groups);

  return position < G_N_ELEMENTS (groups) ? groups[position] : CR_PATIENTS_ALL;
}

static const char *
say_group (CrPatientGroup group)
{
  if (group == CR_PATIENTS_ALL)
    return _ ("Everyone");
  if (group == CR_PATIENTS_STALE)
    return _ ("Nothing new for a week");
  return _ (cr_explain_record_status (cr_patient_group_status (group))->title);
}

static void
fill_groups (CrPatientsPage *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    gtk_string_list_append (names, say_group (groups[i]));
  gtk_drop_down_set_model (self->groups, G_LIST_MODEL (names));
}

static const char *
get_text (CrPatientsPage *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
}

/* A list of those in need that is empty is no search that failed. */
static void
show_nobody (CrPatientsPage *self)
{
  const char *group = say_group (get_group (self));
  gboolean is_searched = get_text (self)[0] != '\0';
  g_autofree char *words = NULL;

  if (!is_searched)
    words = g_strdup_printf (_ ("No patient is listed under “%s” now."), group);
  else if (get_group (self) != CR_PATIENTS_ALL)
    words = g_strdup_printf (_ ("Only those under “%s” were searched. Look among everyone, or try "
                                "another part of the name."),
                             group);
  else
    words = g_strdup (_ ("Try another part of the name, or the id."));
  adw_status_page_set_title (self->nobody,
                             is_searched ? _ ("Nobody Found") : _ ("Nobody in This List"));
  adw_status_page_set_description (self->nobody, words);
}

static void
choose_child (CrPatientsPage *self)
{
  const char *name = "list";
  gboolean is_chosen = get_text (self)[0] != '\0' || get_group (self) != CR_PATIENTS_ALL;

  if (self->n_found < 0 || self->n_sources < 0)
    return;
  if (self->n_found == 0 && is_chosen)
    name = "none-found";
  else if (self->n_found == 0)
    name = self->n_sources == 0 ? "welcome" : "empty";
  show_nobody (self);
  gtk_stack_set_visible_child_name (self->stack, name);
  g_object_set (self, "searchable", self->n_found > 0 || is_chosen, NULL);
}

static void
answered_cb (CrListModel *model, CrPatientsPage *self)
{
  cr_meter_mark ("found");
  self->n_found = MIN ((int) cr_list_model_get_total (model), 1);
  choose_child (self);
}

static void
sources_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrPatientsPage *self = user_data;

  if (items == NULL)
    return;
  self->n_sources = (int) items->len;
  choose_child (self);
}

static void
show_count (GListModel *model, guint position, guint removed, guint added, CrPatientsPage *self)
{
  guint n = cr_list_model_get_total (CR_LIST_MODEL (model));
  g_autofree char *number = cr_words_number (n);
  g_autofree char *words = g_strdup_printf (ngettext ("%s patient", "%s patients", n), number);

  gtk_label_set_text (self->count, words);
  /* Not before it was counted at all. */
  if (removed + added > 0)
    {
      self->n_found = MIN ((int) n, 1);
      choose_child (self);
    }
}

/* Other patients in the same rows: a new model at every key would build two hundred rows anew. */
static void
search (CrPatientsPage *self)
{
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  const char *text = get_text (self);
  CrListFilter filter = { .kind = CR_LIST_PATIENTS,
                          .text = text[0] == '\0' ? NULL : text,
                          .group = get_group (self) };

  if (engine == NULL)
    return;
  if (self->model == NULL)
    {
      g_autoptr (GtkSelectionModel) selection = NULL;

      self->model = cr_engine_list_model (engine, &filter);
      g_signal_connect (self->model, "items-changed", G_CALLBACK (show_count), self);
      g_signal_connect (self->model, "answered", G_CALLBACK (answered_cb), self);
      show_count (self->model, 0, 0, 0, self);
      selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (self->model)));
      gtk_column_view_set_model (self->view, selection);
    }
  else
    {
      gtk_adjustment_set_value (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view)), 0);
      cr_list_model_set_filter (CR_LIST_MODEL (self->model), &filter);
    }
}

static void
search_changed_cb (GtkSearchEntry *entry, CrPatientsPage *self)
{
  search (self);
}

static void
group_cb (GtkDropDown *menu, GParamSpec *pspec, CrPatientsPage *self)
{
  search (self);
}

static void
activate_cb (GtkColumnView *view, guint position, CrPatientsPage *self)
{
  g_autoptr (CrListRow) row = g_list_model_get_item (self->model, position);
  CrPatient *patient = row == NULL ? NULL : cr_list_row_get_item (row);

  if (patient != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-patient", "s", patient->id);
}

static GtkWidget *
make_name (void)
{
  GtkWidget *name;

  if (cr_text_is_large_on (gtk_settings_get_default ()))
    return cr_cell_stack_new (cr_cell_name_new (), NULL);
  name = cr_cell_text_new ();
  gtk_inscription_set_min_chars (GTK_INSCRIPTION (name), NAME_CHARS);
  return name;
}

static GtkWidget *
make_dim (guint least)
{
  GtkWidget *text = cr_cell_dim_text_new ();

  gtk_inscription_set_min_chars (GTK_INSCRIPTION (text), least);
  return text;
}

static GtkWidget *
make_id (void)
{
  return make_dim (ID_CHARS);
}

static GtkWidget *
make_birth_date (void)
{
  return make_dim (DATE_CHARS);
}

/* Large text leaves room for a status beside it in some windows, and below it in others. */
static GtkWidget *
make_large (GtkWidget *about)
{
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_set_layout_manager (line, cr_flow_layout_new (12));
  gtk_widget_set_hexpand (words, TRUE);
  gtk_box_append (GTK_BOX (words), cr_cell_name_new ());
  gtk_box_append (GTK_BOX (words), about);
  gtk_box_append (GTK_BOX (line), words);
  gtk_box_append (GTK_BOX (line), cr_state_label_new ());
  return cr_cell_stack_new (line, NULL);
}

/* What tells those of the same name apart stands below. */
static GtkWidget *
make_narrow (void)
{
  GtkWidget *about = cr_cell_name_new ();

  gtk_widget_add_css_class (about, "dim-label");
  gtk_widget_add_css_class (about, "caption");
  return cr_text_is_large (about) ? make_large (about)
                                  : cr_cell_stack_new (cr_cell_name_new (), about);
}

static GtkWidget *
make_status (void)
{
  GtkWidget *status = cr_state_label_new ();

  cr_state_label_give_way (CR_STATE_LABEL (status));
  return status;
}

static void
show_name (GtkWidget *cell, gpointer item)
{
  GtkWidget *label = gtk_widget_get_first_child (cell);

  if (GTK_IS_INSCRIPTION (cell))
    cr_cell_text_set (cell, cr_patient_get_title (item), NAME_CHARS, NAME_CHARS);
  else
    gtk_label_set_text (GTK_LABEL (label), cr_patient_get_title (item));
}

static void
show_id (GtkWidget *cell, gpointer item)
{
  cr_cell_text_set (cell, CR_PATIENT (item)->id, ID_CHARS, MAX_CHARS);
}

static void
show_birth_date (GtkWidget *cell, gpointer item)
{
  const char *date = CR_PATIENT (item)->birth_date;
  g_autofree char *words = date == NULL ? g_strdup ("–") : cr_words_date (date);

  cr_cell_text_set (cell, words, DATE_CHARS, MAX_CHARS);
}

static void
show_status (GtkWidget *cell, gpointer item)
{
  cr_state_label_set (CR_STATE_LABEL (cell),
                      cr_explain_record_status (CR_PATIENT (item)->record_status));
}

static void
show_narrow (GtkWidget *cell, gpointer item)
{
  CrPatient *patient = item;
  GtkWidget *line = gtk_widget_get_first_child (cell);
  GtkWidget *words = GTK_IS_BOX (line) ? gtk_widget_get_first_child (line) : cell;
  GtkWidget *about = gtk_widget_get_last_child (words);
  g_autofree char *date = patient->birth_date != NULL ? cr_words_date (patient->birth_date) : NULL;
  g_autofree char *text = cr_words_join (patient->id, date != NULL ? date : "", NULL);

  show_name (words, item);
  gtk_label_set_text (GTK_LABEL (about), text);
  if (words != cell)
    show_status (gtk_widget_get_last_child (line), item);
}

static void
show_last_pull (GtkWidget *cell, gpointer item)
{
  cr_time_label_set (CR_TIME_LABEL (cell), CR_PATIENT (item)->last_pull_ms, NULL, "–");
}

static GtkColumnViewColumn *
add_column (CrPatientsPage *self,
            const char *title,
            CrCellMake make,
            CrCellShow show,
            gboolean is_expanding,
            gboolean is_wide)
{
  g_autoptr (GtkColumnViewColumn) column = cr_cell_column_new (title, make, show, is_expanding);

  gtk_column_view_append_column (self->view, column);
  if (is_wide)
    g_ptr_array_add (self->wide_columns, g_object_ref (column));
  return column;
}

static gboolean
is_resized (CrPatientsPage *self)
{
  for (guint i = 0; i < self->wide_columns->len; i++)
    if (gtk_column_view_column_get_fixed_width (self->wide_columns->pdata[i]) >= 0)
      return TRUE;
  return FALSE;
}

/* Whoever drew a column wider wants to see it so, and can scroll. The width that was too small
 * stays so, whatever the rows need that come later: the columns would come and go. */
static gboolean
is_too_small (CrPatientsPage *self)
{
  GtkAdjustment *across = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->view));
  int width = across == NULL ? 0 : (int) gtk_adjustment_get_page_size (across);
  int needed = width == 0 ? 0 : (int) gtk_adjustment_get_upper (across);

  if (!gtk_column_view_column_get_visible (self->narrow_column) && needed > width &&
      !is_resized (self))
    self->needed = needed;
  return width < self->needed;
}

static void
narrow_cb (CrPatientsPage *self)
{
  gboolean is_narrow = cr_page_get_narrow (CR_PAGE (self)) || is_too_small (self);

  for (guint i = 0; i < self->wide_columns->len; i++)
    cr_cell_column_show (self->wide_columns->pdata[i], !is_narrow);
  cr_cell_column_show (self->narrow_column, is_narrow);
  cr_cell_column_show (self->status_column, is_narrow && !cr_text_is_large (GTK_WIDGET (self)));
}

static gboolean
across_idle_cb (gpointer user_data)
{
  CrPatientsPage *self = user_data;

  self->idle_id = 0;
  narrow_cb (self);
  return G_SOURCE_REMOVE;
}

/* It changes in the middle of a layout, where no column can come or go. */
static void
across_cb (CrPatientsPage *self)
{
  if (self->idle_id == 0 && self->wide_columns != NULL)
    self->idle_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, across_idle_cb, self, NULL);
}

static void
watch_width (CrPatientsPage *self)
{
  GtkAdjustment *across = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->view));

  if (across != NULL)
    g_signal_connect_object (across, "changed", G_CALLBACK (across_cb), self, G_CONNECT_SWAPPED);
}

static void
cr_patients_page_dispose (GObject *object)
{
  CrPatientsPage *self = CR_PATIENTS_PAGE (object);

  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_clear_pointer (&self->sources, cr_feed_stop);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  g_clear_pointer (&self->wide_columns, g_ptr_array_unref);
  G_OBJECT_CLASS (cr_patients_page_parent_class)->dispose (object);
}

static void
cr_patients_page_class_init (CrPatientsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_patients_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-patients-page"));
  gtk_widget_class_bind_template_child (widget_class, CrPatientsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrPatientsPage, nobody);
  gtk_widget_class_bind_template_child (widget_class, CrPatientsPage, search_bar);
  gtk_widget_class_bind_template_child (widget_class, CrPatientsPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, CrPatientsPage, header);
  gtk_widget_class_bind_template_child (widget_class, CrPatientsPage, count);
  gtk_widget_class_bind_template_child (widget_class, CrPatientsPage, groups);
  gtk_widget_class_bind_template_child (widget_class, CrPatientsPage, view);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, group_cb);
}

static void
cr_patients_page_init (CrPatientsPage *self)
{
  self->wide_columns = g_ptr_array_new_with_free_func (g_object_unref);
  self->n_found = -1;
  self->n_sources = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  fill_groups (self);
  cr_row_name_drop_down (self->groups, _ ("Whom to show"));
  cr_list_keys_add (GTK_WIDGET (self->view));
  cr_page_bind_header (CR_PAGE (self), GTK_ORIENTABLE (self->header));
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));

  add_column (self, _ ("Name"), make_name, show_name, TRUE, TRUE);
  self->narrow_column = add_column (self, _ ("Name"), make_narrow, show_narrow, TRUE, FALSE);
  add_column (self, _ ("Id"), make_id, show_id, FALSE, TRUE);
  add_column (self, _ ("Born"), make_birth_date, show_birth_date, FALSE, TRUE);
  add_column (self, _ ("Records"), cr_state_label_new, show_status, FALSE, TRUE);
  self->status_column = add_column (self, _ ("Records"), make_status, show_status, FALSE, FALSE);
  add_column (self, _ ("Last pull"), cr_time_label_new, show_last_pull, FALSE, TRUE);
  g_signal_connect (self, "notify::narrow", G_CALLBACK (narrow_cb), NULL);
  g_signal_connect_swapped (self->view, "notify::hadjustment", G_CALLBACK (watch_width), self);
  watch_width (self);
  narrow_cb (self);
}

GtkWidget *
cr_patients_page_new (CrEngine *engine)
{
  CrPatientsPage *self = g_object_new (CR_TYPE_PATIENTS_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  self->sources = cr_feed_new (engine, &(CrListFilter){ .kind = CR_LIST_SOURCES }, 1,
                               CR_FEED_ON (SOURCE), sources_cb, self);
  search (self);
  return GTK_WIDGET (self);
}

/* Whatever was searched for before would hide some of them. */
void
cr_patients_page_show_group (CrPatientsPage *self, CrPatientGroup group)
{
  g_return_if_fail (CR_IS_PATIENTS_PAGE (self));

  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (groups[i] == group)
      gtk_drop_down_set_selected (self->groups, i);
}
