/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-activity-page.h"

#include "app/cr-app-init.h"
#include "app/cr-cells.h"
#include "app/cr-picker.h"
#include "app/cr-time-label.h"
#include "app/cr-words.h"
#include "base/cr-enum.h"

#include <glib/gi18n.h>

struct _CrActivityPage
{
  CrPage parent_instance;

  AdwViewSwitcher *switcher;
  GtkStack *audit_stack;
  GtkListView *audit;
  GtkStack *events_stack;
  GtkListView *events;
};

G_DEFINE_FINAL_TYPE (CrActivityPage, cr_activity_page, CR_TYPE_PAGE)

static GtkWidget *
make_line (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *words = cr_picker_cell_new ();
  GtkWidget *time = cr_time_label_new ();

  gtk_widget_add_css_class (time, "dim-label");
  gtk_widget_set_valign (time, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (words, TRUE);
  gtk_box_append (GTK_BOX (box), words);
  gtk_box_append (GTK_BOX (box), time);
  return box;
}

static void
show_audit (GtkWidget *cell, gpointer item)
{
  CrAuditEntry *entry = item;
  g_autofree char *about = cr_words_join (entry->person != NULL ? entry->person : "",
                                          entry->object != NULL ? entry->object : "",
                                          entry->detail != NULL ? entry->detail : "", NULL);

  cr_picker_set_cell (gtk_widget_get_first_child (cell), cr_words_audit (entry->action), about);
  cr_time_label_set (CR_TIME_LABEL (gtk_widget_get_last_child (cell)), entry->at_ms, NULL, NULL);
}

static void
show_event (GtkWidget *cell, gpointer item)
{
  CrEvent *event = item;
  g_autofree char *about =
      cr_words_join (cr_enum_to_string (CR_TYPE_EVENT_TYPE, (int) event->type), event->id, NULL);

  cr_picker_set_cell (gtk_widget_get_first_child (cell), cr_words_event (event->type), about);
  cr_time_label_set (CR_TIME_LABEL (gtk_widget_get_last_child (cell)), event->created_ms, NULL,
                     NULL);
}

static void
choose_child (GListModel *model, guint position, guint removed, guint added, gpointer stack)
{
  gtk_stack_set_visible_child_name (GTK_STACK (stack),
                                    g_list_model_get_n_items (model) > 0 ? "list" : "empty");
}

static void
start_list (CrActivityPage *self, CrListKind kind, GtkStack *stack, GtkListView *view)
{
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  g_autoptr (GListModel) model = cr_engine_list_model (engine, &(CrListFilter){ .kind = kind });
  g_autoptr (GtkSelectionModel) selection =
      GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (model)));

  g_signal_connect_object (model, "items-changed", G_CALLBACK (choose_child), stack, 0);
  choose_child (model, 0, 0, 0, stack);
  gtk_list_view_set_model (view, selection);
}

static void
cr_activity_page_class_init (CrActivityPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-activity-page"));
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, switcher);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, audit_stack);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, audit);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, events_stack);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, events);
}

static void
cr_activity_page_init (CrActivityPage *self)
{
  g_autoptr (GtkListItemFactory) audit = cr_cell_factory_new (make_line, show_audit);
  g_autoptr (GtkListItemFactory) events = cr_cell_factory_new (make_line, show_event);

  gtk_widget_init_template (GTK_WIDGET (self));
  cr_page_bind_switcher (CR_PAGE (self), self->switcher);
  gtk_list_view_set_factory (self->audit, audit);
  gtk_list_view_set_factory (self->events, events);
}

GtkWidget *
cr_activity_page_new (CrEngine *engine)
{
  CrActivityPage *self = g_object_new (CR_TYPE_ACTIVITY_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  start_list (self, CR_LIST_AUDIT, self->audit_stack, self->audit);
  start_list (self, CR_LIST_EVENTS, self->events_stack, self->events);
  return GTK_WIDGET (self);
}
