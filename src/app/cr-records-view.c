/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-records-view.h"

#include "app/cr-app-init.h"
#include "app/cr-cells.h"
#include "app/cr-list-keys.h"
#include "app/cr-row-name.h"
#include "app/cr-rows.h"
#include "app/cr-split.h"
#include "app/cr-unfold.h"
#include "app/cr-words.h"
#include "engine/cr-list-row.h"
#include "engine/cr-local-words.h"
#include "engine/cr-record-finder.h"

#include <glib/gi18n.h>
#include <string.h>

#define PAUSE_MS 1000
/* The list has a width of its own: what its texts would like does not matter. */
#define TEXT_CHARS 30

struct _CrRecordsView
{
  AdwBin parent_instance;

  GtkStack *stack;
  CrSplit *split;
  GtkListBox *types;
  GtkDropDown *type_menu;
  GtkSearchEntry *search;
  GtkLabel *searched;
  GtkLabel *none_found;
  GtkWidget *list_part;
  GtkListView *list;

  CrEngine *engine;          /* (owned) (nullable) */
  char *patient_id;          /* (owned) (nullable) */
  char *type;                /* (owned) (nullable): the chosen one; NULL is all */
  GPtrArray *counts;         /* (owned) (nullable): CrTypeCount */
  GListModel *model;         /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  guint timeout_id;
  gboolean is_filling; /* the code chooses, not the person */
};

G_DEFINE_FINAL_TYPE (CrRecordsView, cr_records_view, ADW_TYPE_BIN)

static GtkWidget *
make_record (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *title = cr_cell_text_new ();
  GtkWidget *about = cr_cell_dim_text_new ();

  gtk_widget_add_css_class (about, "caption");
  gtk_widget_add_css_class (box, "record-row");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), about);
  return box;
}

/* The day as the portal wrote it: its time of day is on the record's own page. */
static char *
say_day (const char *date)
{
  g_autofree char *day = date == NULL ? g_strdup ("") : g_strndup (date, strcspn (date, "T"));

  return cr_words_date (day);
}

static void
show_record (GtkWidget *cell, gpointer item)
{
  CrRecord *record = item;
  GtkWidget *title = gtk_widget_get_first_child (cell);
  g_autofree char *type = cr_words_type (record->type);
  g_autofree char *version = record->n_versions < 2
                               ? g_strdup ("")
                               : g_strdup_printf (_ ("version %u"), record->n_versions);
  g_autofree char *day = say_day (record->date);
  /* What a narrow window cuts is at the end. */
  g_autofree char *about = cr_words_join (
      record->gone_ms > 0     ? _ ("no longer at the source")
      : record->missed_ms > 0 ? _ ("no longer listed by the source")
                              : "",
      day, type, version, record->source_name != NULL ? record->source_name : "", NULL);

  cr_cell_text_set (title, record->title != NULL ? record->title : record->id, TEXT_CHARS,
                    TEXT_CHARS);
  cr_cell_text_set (gtk_widget_get_next_sibling (title), about, TEXT_CHARS, TEXT_CHARS);
}

static void
activate_cb (GtkListView *view, guint position, CrRecordsView *self)
{
  g_autoptr (CrListRow) row = g_list_model_get_item (self->model, position);
  CrRecord *record = row == NULL ? NULL : cr_list_row_get_item (row);

  if (record != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-record", "(ssss)", record->patient_id,
                                record->source_id, record->type, record->id);
}

static guint
count_all (CrRecordsView *self)
{
  guint n = 0;

  for (guint i = 0; self->counts != NULL && i < self->counts->len; i++)
    n += ((CrTypeCount *) self->counts->pdata[i])->n;
  return n;
}

/* How many are listed here that are searched. */
static guint
count_chosen (CrRecordsView *self)
{
  for (guint i = 0; self->type != NULL && self->counts != NULL && i < self->counts->len; i++)
    {
      const CrTypeCount *count = self->counts->pdata[i];

      if (g_str_equal (count->type, self->type))
        return count->n;
    }
  return count_all (self);
}

static char *
say_found (CrRecordFinder *finder, guint n_found)
{
  g_autofree char *looked = cr_words_number (cr_record_finder_get_looked (finder));
  g_autofree char *found = cr_words_number (n_found);

  if (n_found >= CR_RECORD_FINDER_MOST)
    return g_strdup_printf (
        _ ("The first %s that were found, in %s records. More letters find fewer."), found, looked);
  return g_strdup_printf (ngettext ("%s record found in %s", "%s records found in %s", n_found),
                          found, looked);
}

/* How far the search got, and what it came to. */
static void
finder_moved_cb (CrRecordFinder *finder, CrRecordsView *self)
{
  guint n_found = g_list_model_get_n_items (G_LIST_MODEL (finder));
  const GError *error = cr_record_finder_get_error (finder);
  g_autofree char *words = NULL;

  if (error != NULL)
    words = g_strdup (cr_local_words (error->message));
  else if (cr_record_finder_is_done (finder))
    words = say_found (finder, n_found);
  else
    {
      g_autofree char *looked = cr_words_number (cr_record_finder_get_looked (finder));
      g_autofree char *all = cr_words_number (count_chosen (self));

      words = g_strdup_printf (_ ("Looking through the records: %s of %s"), looked, all);
    }
  gtk_label_set_text (self->searched, words);
  gtk_widget_set_visible (GTK_WIDGET (self->none_found),
                          n_found == 0 && cr_record_finder_is_done (finder));
}

static GListModel *
find (CrRecordsView *self, const CrListFilter *filter)
{
  CrRecordFinder *finder = cr_record_finder_new (self->engine, filter);

  g_signal_connect_object (finder, "moved", G_CALLBACK (finder_moved_cb), self, 0);
  finder_moved_cb (finder, self);
  return G_LIST_MODEL (finder);
}

static void
show_list (CrRecordsView *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search));
  CrListFilter filter = {
    .kind = CR_LIST_RECORDS, .patient_id = self->patient_id, .type = self->type, .text = text
  };
  g_autoptr (GtkSelectionModel) selection = NULL;

  if (self->engine == NULL)
    return;
  g_clear_object (&self->model);
  gtk_widget_set_visible (GTK_WIDGET (self->searched), text[0] != '\0');
  gtk_widget_set_visible (GTK_WIDGET (self->none_found), FALSE);
  self->model =
      text[0] == '\0' ? cr_engine_list_model (self->engine, &filter) : find (self, &filter);
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (self->model)));
  gtk_list_view_set_model (self->list, selection);
}

static void
search_changed_cb (GtkSearchEntry *entry, CrRecordsView *self)
{
  show_list (self);
}

static void
choose_type (CrRecordsView *self, const char *type)
{
  if (g_strcmp0 (self->type, type) == 0 && self->model != NULL)
    return;
  g_free (self->type);
  self->type = g_strdup (type);
  show_list (self);
}

static const char *
type_at (CrRecordsView *self, guint position)
{
  if (self->counts == NULL || position == 0 || position > self->counts->len)
    return NULL;
  return ((CrTypeCount *) self->counts->pdata[position - 1])->type;
}

static void
type_selected_cb (GtkListBox *box, GtkListBoxRow *row, CrRecordsView *self)
{
  if (self->is_filling || row == NULL)
    return;
  choose_type (self, type_at (self, (guint) gtk_list_box_row_get_index (row)));
  self->is_filling = TRUE;
  gtk_drop_down_set_selected (self->type_menu, (guint) gtk_list_box_row_get_index (row));
  self->is_filling = FALSE;
}

static void
type_menu_cb (GtkDropDown *menu, GParamSpec *pspec, CrRecordsView *self)
{
  guint position = gtk_drop_down_get_selected (menu);

  if (!self->is_filling && position != GTK_INVALID_LIST_POSITION)
    gtk_list_box_select_row (self->types,
                             gtk_list_box_get_row_at_index (self->types, (int) position));
}

static GtkWidget *
type_row_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *name = cr_cell_label_new ();
  GtkWidget *count = cr_cell_dim_label_new ();

  gtk_widget_set_hexpand (name, TRUE);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), count);
  return box;
}

static GtkWidget *
type_row_at (CrRecordsView *self, int position)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->types, position);

  if (row != NULL)
    return GTK_WIDGET (row);
  gtk_list_box_append (self->types, type_row_new ());
  return GTK_WIDGET (gtk_list_box_get_row_at_index (self->types, position));
}

static void
show_type (CrRecordsView *self, GtkStringList *names, const char *words, guint n)
{
  int position = (int) g_list_model_get_n_items (G_LIST_MODEL (names));
  GtkWidget *row = type_row_at (self, position);
  GtkWidget *name =
      gtk_widget_get_first_child (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row)));
  g_autofree char *number = cr_words_number (n);
  g_autofree char *choice = g_strdup_printf ("%s (%s)", words, number);

  gtk_label_set_text (GTK_LABEL (name), words);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (name)), number);
  cr_row_name_set (row);
  gtk_string_list_append (names, choice);
}

/* The rows stay while their numbers grow: this is done anew every second of a pull. */
static void
fill_types (CrRecordsView *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint total = count_all (self), chosen = 0;
  GtkListBoxRow *row;

  show_type (self, names, _ ("All records"), total);
  for (guint i = 0; i < self->counts->len; i++)
    {
      CrTypeCount *count = self->counts->pdata[i];
      g_autofree char *words = cr_words_type (count->type);

      show_type (self, names, words, count->n);
      if (g_strcmp0 (count->type, self->type) == 0)
        chosen = i + 1;
    }
  while ((row = gtk_list_box_get_row_at_index (self->types, (int) self->counts->len + 1)) != NULL)
    gtk_list_box_remove (self->types, GTK_WIDGET (row));
  gtk_drop_down_set_model (self->type_menu, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->type_menu, chosen);
  gtk_list_box_select_row (self->types, gtk_list_box_get_row_at_index (self->types, (int) chosen));
  if (total > 0)
    cr_unfold (GTK_WIDGET (self), self->list_part, NULL);
  gtk_stack_set_visible_child_name (self->stack, total > 0 ? "records" : "empty");
}

/* What there is most of, which are seldom the attached files that would come first otherwise. */
static const char *
most_frequent (GPtrArray *counts)
{
  const CrTypeCount *most = NULL;

  for (guint i = 0; i < counts->len; i++)
    {
      const CrTypeCount *count = counts->pdata[i];

      if (most == NULL || count->n > most->n)
        most = count;
    }
  return most == NULL ? NULL : most->type;
}

static gboolean
is_same (GPtrArray *a, GPtrArray *b)
{
  if (a == NULL || a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const CrTypeCount *first = a->pdata[i], *second = b->pdata[i];

      if (first->n != second->n || !g_str_equal (first->type, second->type))
        return FALSE;
    }
  return TRUE;
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrRecordsView) self = user_data;
  GPtrArray *counts = cr_engine_count_types_finish (CR_ENGINE (source), result, NULL);

  if (counts == NULL || self->engine == NULL || is_same (self->counts, counts))
    {
      g_clear_pointer (&counts, g_ptr_array_unref);
      return;
    }
  g_clear_pointer (&self->counts, g_ptr_array_unref);
  self->counts = counts;
  if (self->model == NULL && self->type == NULL)
    self->type = g_strdup (most_frequent (counts));
  self->is_filling = TRUE;
  fill_types (self);
  self->is_filling = FALSE;
  if (self->model == NULL && counts->len > 0)
    show_list (self);
}

static void
count (CrRecordsView *self)
{
  cr_engine_count_types_async (self->engine, self->patient_id, NULL, self->cancellable, counted_cb,
                               g_object_ref (self));
}

static gboolean
pause_over_cb (gpointer user_data)
{
  CrRecordsView *self = user_data;

  self->timeout_id = 0;
  count (self);
  return G_SOURCE_REMOVE;
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrRecordsView *self)
{
  if (kind != CR_CHANGE_RECORD && kind != CR_CHANGE_PULL)
    return;
  if (patient_id != NULL && g_strcmp0 (patient_id, self->patient_id) != 0)
    return;
  if (self->timeout_id == 0)
    self->timeout_id = g_timeout_add (PAUSE_MS, pause_over_cb, self);
}

static void
collapsed_cb (CrRecordsView *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->type_menu), cr_split_get_collapsed (self->split));
}

static void
cr_records_view_dispose (GObject *object)
{
  CrRecordsView *self = CR_RECORDS_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  if (self->engine != NULL)
    g_signal_handlers_disconnect_by_data (self->engine, self);
  g_clear_object (&self->engine);
  g_clear_object (&self->model);
  g_clear_pointer (&self->counts, g_ptr_array_unref);
  G_OBJECT_CLASS (cr_records_view_parent_class)->dispose (object);
}

static void
cr_records_view_finalize (GObject *object)
{
  CrRecordsView *self = CR_RECORDS_VIEW (object);

  g_clear_object (&self->cancellable);
  g_free (self->patient_id);
  g_free (self->type);
  G_OBJECT_CLASS (cr_records_view_parent_class)->finalize (object);
}

static void
cr_records_view_class_init (CrRecordsViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_records_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_records_view_finalize;
  g_type_ensure (CR_TYPE_SPLIT);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-records-view"));
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, stack);
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, split);
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, types);
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, type_menu);
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, search);
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, searched);
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, none_found);
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, list_part);
  gtk_widget_class_bind_template_child (widget_class, CrRecordsView, list);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, type_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, type_menu_cb);
}

static void
cr_records_view_init (CrRecordsView *self)
{
  g_autoptr (GtkListItemFactory) factory = cr_cell_factory_new (make_record, show_record);

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_row_name_drop_down (self->type_menu, _ ("Kind of records"));
  cr_list_keys_add (GTK_WIDGET (self->list));
  gtk_list_view_set_factory (self->list, factory);
  g_signal_connect_swapped (self->split, "notify::collapsed", G_CALLBACK (collapsed_cb), self);
  collapsed_cb (self);
}

void
cr_records_view_start (CrRecordsView *self, CrEngine *engine, const char *patient_id)
{
  g_return_if_fail (CR_IS_RECORDS_VIEW (self));

  self->engine = g_object_ref (engine);
  self->patient_id = g_strdup (patient_id);
  g_signal_connect (engine, "changed", G_CALLBACK (changed_cb), self);
  count (self);
}

gboolean
cr_records_view_has_any (CrRecordsView *self)
{
  g_return_val_if_fail (CR_IS_RECORDS_VIEW (self), FALSE);

  return self->counts != NULL && self->counts->len > 0;
}

gboolean
cr_records_view_search (CrRecordsView *self)
{
  g_return_val_if_fail (CR_IS_RECORDS_VIEW (self), FALSE);

  return gtk_widget_grab_focus (GTK_WIDGET (self->search));
}
