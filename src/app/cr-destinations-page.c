/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-destinations-page.h"

#include "app/cr-app-init.h"
#include "app/cr-destination-row.h"
#include "app/cr-feed.h"
#include "app/cr-rows.h"

#include <glib/gi18n.h>

#define N_SHOWN 200

struct _CrDestinationsPage
{
  CrPage parent_instance;

  GtkStack *stack;
  GtkListBox *list;

  CrFeed *feed; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrDestinationsPage, cr_destinations_page, CR_TYPE_PAGE)

static const char *
destination_key (gpointer item)
{
  return CR_DESTINATION (item)->id;
}

static GtkWidget *
make_destination (gpointer owner)
{
  return cr_destination_row_new (owner);
}

static void
show_destination (GtkWidget *row, gpointer item, gpointer owner)
{
  cr_destination_row_show (CR_DESTINATION_ROW (row), item);
}

static void
feed_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { destination_key, make_destination, show_destination };
  CrDestinationsPage *self = user_data;

  if (items == NULL)
    return;
  cr_rows_fill (self->list, items, &kind, self);
  gtk_stack_set_visible_child_name (self->stack, items->len > 0 ? "list" : "empty");
}

static void
activated_cb (GtkListBox *box, GtkListBoxRow *row, CrDestinationsPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-destination", "s",
                              cr_destination_row_get_id (CR_DESTINATION_ROW (row)));
}

static void
cr_destinations_page_dispose (GObject *object)
{
  g_clear_pointer (&CR_DESTINATIONS_PAGE (object)->feed, cr_feed_stop);
  G_OBJECT_CLASS (cr_destinations_page_parent_class)->dispose (object);
}

static void
cr_destinations_page_class_init (CrDestinationsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_destinations_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-destinations-page"));
  gtk_widget_class_bind_template_child (widget_class, CrDestinationsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationsPage, list);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
}

static void
cr_destinations_page_init (CrDestinationsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
cr_destinations_page_new (CrEngine *engine)
{
  CrDestinationsPage *self = g_object_new (CR_TYPE_DESTINATIONS_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  self->feed = cr_feed_new (engine, &(CrListFilter){ .kind = CR_LIST_DESTINATIONS }, N_SHOWN,
                            CR_FEED_ON (DESTINATION) | CR_FEED_ON (RUN), feed_cb, self);
  cr_feed_keep_time (self->feed);
  return GTK_WIDGET (self);
}

const char *
cr_destinations_page_kind_label (const char *kind)
{
  guint n_kinds;
  const CrDestinationKind *kinds = cr_engine_destination_kinds (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    if (g_strcmp0 (kinds[i].name, kind) == 0)
      return _ (kinds[i].label);
  return kind;
}
