/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-picker.h"

#include "app/cr-app-init.h"
#include "app/cr-flow-layout.h"
#include "app/cr-list-keys.h"
#include "app/cr-none-found.h"
#include "app/cr-time-label.h"
#include "app/cr-wrap.h"
#include "engine/cr-list-row.h"

#include <glib/gi18n.h>

struct _CrPicker
{
  AdwBin parent_instance;

  GtkSearchEntry *search;
  GtkLabel *none_found;
  GtkListView *list;

  CrEngine *engine; /* (owned) (nullable) */
  CrListKind kind;
  CrPickerFunc func;
  gpointer user_data;
  GListModel *model; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrPicker, cr_picker, ADW_TYPE_BIN)

static const char *
say_none (CrPicker *self, const CrListFilter *filter)
{
  if (self->kind == CR_LIST_PATIENTS)
    return filter->text != NULL ? _ ("Nobody found. Try another part of the name, or the id.")
                                : _ ("No patients yet. Add the first one below.");
  return filter->text != NULL
           ? _ ("No source found. Try the city, the web address or an older name.")
           : _ ("No sources yet. An administrator adds them.");
}

static void
show_list (CrPicker *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search));
  CrListFilter filter = { .kind = self->kind, .text = text[0] == '\0' ? NULL : text };
  g_autoptr (GtkSelectionModel) selection = NULL;

  if (self->engine == NULL)
    return;
  g_clear_object (&self->model);
  self->model = cr_engine_list_model (self->engine, &filter);
  cr_none_found_follow (self->none_found, self->model, say_none (self, &filter));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (self->model)));
  gtk_list_view_set_model (self->list, selection);
}

static void
search_changed_cb (GtkSearchEntry *entry, CrPicker *self)
{
  show_list (self);
}

static void
stop_cb (GtkSearchEntry *entry, CrPicker *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "window.close", NULL);
}

static void
activate_cb (GtkListView *view, guint position, CrPicker *self)
{
  g_autoptr (CrListRow) row = g_list_model_get_item (self->model, position);

  if (row != NULL && cr_list_row_get_item (row) != NULL)
    self->func (cr_list_row_get_item (row), self->user_data);
}

static void
cr_picker_dispose (GObject *object)
{
  CrPicker *self = CR_PICKER (object);

  g_clear_object (&self->model);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_picker_parent_class)->dispose (object);
}

static void
cr_picker_class_init (CrPickerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_picker_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-picker"));
  gtk_widget_class_bind_template_child (widget_class, CrPicker, search);
  gtk_widget_class_bind_template_child (widget_class, CrPicker, none_found);
  gtk_widget_class_bind_template_child (widget_class, CrPicker, list);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
cr_picker_init (CrPicker *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_list_keys_add (GTK_WIDGET (self->list));
}

void
cr_picker_start (CrPicker *self,
                 CrEngine *engine,
                 CrListKind kind,
                 CrCellShow show,
                 CrPickerFunc func,
                 gpointer user_data)
{
  g_autoptr (GtkListItemFactory) factory = cr_cell_factory_new (cr_picker_cell_new, show);

  g_return_if_fail (CR_IS_PICKER (self));

  self->engine = g_object_ref (engine);
  self->kind = kind;
  self->func = func;
  self->user_data = user_data;
  gtk_list_view_set_factory (self->list, factory);
  show_list (self);
}

GtkWidget *
cr_picker_cell_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *about = cr_cell_dim_label_new ();

  gtk_widget_add_css_class (about, "caption");
  gtk_widget_add_css_class (box, "record-row");
  gtk_box_append (GTK_BOX (box), cr_cell_name_new ());
  gtk_box_append (GTK_BOX (box), about);
  return box;
}

/* Whom and what it was about is not to be guessed from its beginning. */
static void
show_whole (GtkWidget *label)
{
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_lines (GTK_LABEL (label), -1);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
}

GtkWidget *
cr_picker_line_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *words = cr_picker_cell_new ();
  GtkWidget *time = cr_time_label_new ();

  show_whole (gtk_widget_get_first_child (words));
  show_whole (gtk_widget_get_last_child (words));
  cr_wrap_bound (words);
  gtk_widget_set_layout_manager (box, cr_flow_layout_new (12));
  gtk_widget_add_css_class (time, "dim-label");
  gtk_widget_set_valign (time, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (words, TRUE);
  gtk_box_append (GTK_BOX (box), words);
  gtk_box_append (GTK_BOX (box), time);
  return box;
}

void
cr_picker_set_cell (GtkWidget *cell, const char *title, const char *about)
{
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (cell)), title);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (cell)), about);
}
