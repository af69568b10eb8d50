/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-sources-page.h"

#include "app/cr-app-init.h"
#include "app/cr-cells.h"
#include "app/cr-feed.h"
#include "app/cr-list-keys.h"
#include "app/cr-source-row.h"
#include "engine/cr-list-row.h"

struct _CrSourcesPage
{
  CrPage parent_instance;

  GtkStack *stack;
  GtkBox *header;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkListView *list;

  GListModel *model; /* (owned) (nullable) */
  CrFeed *found;     /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrSourcesPage, cr_sources_page, CR_TYPE_PAGE)

static void
found_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrSourcesPage *self = user_data;
  gboolean is_searching = gtk_editable_get_text (GTK_EDITABLE (self->search_entry))[0] != '\0';

  if (items == NULL)
    return;
  gtk_stack_set_visible_child_name (self->stack, items->len > 0 ? "list"
                                                 : is_searching ? "none-found"
                                                                : "empty");
  g_object_set (self, "searchable", items->len > 0 || is_searching, NULL);
}

static void
search (CrSourcesPage *self)
{
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
  CrListFilter filter = { .kind = CR_LIST_SOURCES, .text = text[0] == '\0' ? NULL : text };
  g_autoptr (GtkSelectionModel) selection = NULL;

  if (engine == NULL)
    return;
  g_clear_object (&self->model);
  self->model = cr_engine_list_model (engine, &filter);
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (self->model)));
  gtk_list_view_set_model (self->list, selection);
  g_clear_pointer (&self->found, cr_feed_stop);
  self->found = cr_feed_new (engine, &filter, 1, CR_FEED_ON (SOURCE), found_cb, self);
}

static void
search_changed_cb (GtkSearchEntry *entry, CrSourcesPage *self)
{
  search (self);
}

static void
activate_cb (GtkListView *view, guint position, CrSourcesPage *self)
{
  g_autoptr (CrListRow) row = g_list_model_get_item (self->model, position);
  CrSource *source = row == NULL ? NULL : cr_list_row_get_item (row);

  if (source != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.edit-source", "s", source->id);
}

static void
cr_sources_page_dispose (GObject *object)
{
  CrSourcesPage *self = CR_SOURCES_PAGE (object);

  g_clear_pointer (&self->found, cr_feed_stop);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (cr_sources_page_parent_class)->dispose (object);
}

static void
cr_sources_page_class_init (CrSourcesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_sources_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-sources-page"));
  gtk_widget_class_bind_template_child (widget_class, CrSourcesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrSourcesPage, header);
  gtk_widget_class_bind_template_child (widget_class, CrSourcesPage, search_bar);
  gtk_widget_class_bind_template_child (widget_class, CrSourcesPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, CrSourcesPage, list);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
cr_sources_page_init (CrSourcesPage *self)
{
  g_autoptr (GtkListItemFactory) factory =
      cr_cell_factory_new (cr_source_row_new, cr_source_row_show);

  gtk_widget_init_template (GTK_WIDGET (self));
  cr_page_bind_header (CR_PAGE (self), GTK_ORIENTABLE (self->header));
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  cr_list_keys_add (GTK_WIDGET (self->list));
  gtk_list_view_set_factory (self->list, factory);
}

GtkWidget *
cr_sources_page_new (CrEngine *engine)
{
  CrSourcesPage *self = g_object_new (CR_TYPE_SOURCES_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  search (self);
  return GTK_WIDGET (self);
}
