/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-changes-page.h"

#include "app/cr-cells.h"
#include "app/cr-list-keys.h"
#include "app/cr-patient-line.h"
#include "app/cr-words.h"
#include "engine/cr-list-row.h"

#include <glib/gi18n.h>

#define LIST_WIDTH 800

struct _CrChangesPage
{
  CrPage parent_instance;

  CrPatientLine *whose; /* (unowned) */
  GtkLabel *which;      /* (unowned): of the patient's pulls */
  GtkStack *stack;      /* (unowned) */
  GtkListView *list;    /* (unowned) */
  GListModel *model;    /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrChangesPage, cr_changes_page, CR_TYPE_PAGE)

static GtkWidget *
make_change (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  gtk_widget_add_css_class (box, "record-row");
  gtk_box_append (GTK_BOX (box), cr_cell_label_new ());
  gtk_box_append (GTK_BOX (box), cr_cell_dim_label_new ());
  gtk_widget_add_css_class (gtk_widget_get_last_child (box), "caption");
  return box;
}

static char *
say_change (CrPullChange *change)
{
  switch (change->change)
    {
    case CR_RECORD_ADDED:
      return g_strdup (_ ("new"));
    case CR_RECORD_CHANGED:
      /* Translators: the numbers of two versions of a record */
      return g_strdup_printf (_ ("changed: version %u is now version %u"), change->before,
                              change->after);
    case CR_RECORD_OLDER:
      return g_strdup_printf (_ ("an earlier state came late and is kept as version %u"),
                              change->after);
    case CR_RECORD_UNLISTED:
      return g_strdup (_ ("no longer listed by the source"));
    case CR_RECORD_GONE:
      return g_strdup (_ ("no longer at the source"));
    case CR_RECORD_RETURNED:
      return g_strdup (_ ("listed by the source again"));
    }

  g_return_val_if_reached (NULL);
}

static void
show_change (GtkWidget *cell, gpointer item)
{
  CrPullChange *change = item;
  CrRecord *record = change->record;
  GtkWidget *title = gtk_widget_get_first_child (cell);
  g_autofree char *type = cr_words_type (record->type);
  g_autofree char *what = say_change (change);
  g_autofree char *about = cr_words_join (what, type, NULL);

  gtk_label_set_text (GTK_LABEL (title), record->title != NULL ? record->title : record->id);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (title)), about);
}

static void
activate_cb (GtkListView *view, guint position, CrChangesPage *self)
{
  g_autoptr (CrListRow) row = g_list_model_get_item (self->model, position);
  CrPullChange *change = row == NULL ? NULL : cr_list_row_get_item (row);

  if (change != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.show-record", "(ssss)",
                                change->record->patient_id, change->record->source_id,
                                change->record->type, change->record->id);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrChangesPage) self = user_data;
  gint64 n = cr_engine_count_finish (CR_ENGINE (source), result, NULL);

  if (n >= 0)
    gtk_stack_set_visible_child_name (self->stack, n > 0 ? "changes" : "empty");
}

static void
got_pull_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrChangesPage) self = user_data;
  g_autoptr (CrPull) pull = cr_engine_get_finish (CR_ENGINE (source), result, NULL);
  g_autofree char *words = NULL, *about = NULL;

  if (pull == NULL || cr_page_get_engine (CR_PAGE (self)) == NULL)
    return;
  cr_page_set_shows (CR_PAGE (self), pull->patient_id, CR_LOOK_RECORD);
  cr_patient_line_show (self->whose, CR_ENGINE (source), pull->patient_id);
  words = cr_words_pull (pull);
  about = cr_words_join (pull->source_name != NULL ? pull->source_name : "", words, NULL);
  gtk_label_set_text (self->which, about);
}

static void
cr_changes_page_dispose (GObject *object)
{
  g_clear_object (&CR_CHANGES_PAGE (object)->model);
  G_OBJECT_CLASS (cr_changes_page_parent_class)->dispose (object);
}

static void
cr_changes_page_class_init (CrChangesPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_changes_page_dispose;
}

static GtkWidget *
make_top (CrChangesPage *self)
{
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  self->whose = g_object_new (CR_TYPE_PATIENT_LINE, NULL);
  self->which = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->which, 0);
  gtk_label_set_wrap (self->which, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->which), "dim-label");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->whose));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->which));
  gtk_widget_add_css_class (box, "line");
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), LIST_WIDTH);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  return clamp;
}

static void
cr_changes_page_init (CrChangesPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *empty = adw_status_page_new ();
  g_autoptr (GtkListItemFactory) factory = cr_cell_factory_new (make_change, show_change);

  self->stack = GTK_STACK (gtk_stack_new ());
  gtk_widget_set_vexpand (GTK_WIDGET (self->stack), TRUE);
  self->list = GTK_LIST_VIEW (gtk_list_view_new (NULL, NULL));
  cr_list_keys_add (GTK_WIDGET (self->list));
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_single_click_activate (self->list, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Records that this pull changed"), -1);
  g_signal_connect_object (self->list, "activate", G_CALLBACK (activate_cb), self, 0);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (empty), "object-select-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _ ("Nothing Changed"));
  adw_status_page_set_description (ADW_STATUS_PAGE (empty),
                                   _ ("This pull brought no new record, changed none and missed "
                                      "none."));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (self->list));
  adw_clamp_set_child (ADW_CLAMP (clamp), scroller);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), LIST_WIDTH);
  gtk_stack_add_named (self->stack, gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), "waiting");
  gtk_stack_add_named (self->stack, clamp, "changes");
  gtk_stack_add_named (self->stack, empty, "empty");
  gtk_box_append (GTK_BOX (box), make_top (self));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->stack));
  adw_bin_set_child (ADW_BIN (self), box);
  cr_page_set_title (CR_PAGE (self), _ ("What Changed"));
}

GtkWidget *
cr_changes_page_new (CrEngine *engine, const char *pull_id)
{
  CrChangesPage *self = g_object_new (CR_TYPE_CHANGES_PAGE, NULL);
  CrListFilter filter = { .kind = CR_LIST_PULL_CHANGES, .pull_id = pull_id };
  g_autoptr (GtkSelectionModel) selection = NULL;

  cr_page_set_engine (CR_PAGE (self), engine);
  self->model = cr_engine_list_model (engine, &filter);
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (self->model)));
  gtk_list_view_set_model (self->list, selection);
  cr_engine_get_async (engine, CR_LIST_PULLS, pull_id, cr_page_get_cancellable (CR_PAGE (self)),
                       got_pull_cb, g_object_ref (self));
  cr_engine_count_async (engine, &filter, cr_page_get_cancellable (CR_PAGE (self)), counted_cb,
                         g_object_ref (self));
  return GTK_WIDGET (self);
}
