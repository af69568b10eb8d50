/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-destinations-page.h"

#include "app/cr-app-init.h"
#include "app/cr-feed.h"
#include "app/cr-row-name.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"

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
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *spinner = gtk_spinner_new ();
  GtkWidget *state = cr_state_label_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), spinner);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), state);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data (G_OBJECT (row), "cr-spinner", spinner);
  g_object_set_data (G_OBJECT (row), "cr-state", state);
  return row;
}

static char *
say_figures (CrDestination *destination)
{
  g_autofree char *time = cr_words_time (destination->last_exported_ms, cr_words_now_ms ());
  g_autofree char *last = destination->last_exported_ms == 0
                            ? g_strdup (_ ("nothing exported yet"))
                            : g_strdup_printf (_ ("last exported %s"), time);
  g_autofree char *delivered = cr_words_number (destination->n_delivered);
  g_autofree char *stored = cr_words_number (destination->n_stored);
  g_autofree char *failing = cr_words_number (destination->n_failing);
  g_autofree char *sent = g_strdup_printf (_ ("%s of %s delivered"), delivered, stored);
  g_autofree char *fails =
      destination->n_failing == 0 ? g_strdup ("") : g_strdup_printf (_ ("%s failing"), failing);
  g_autofree char *runs = destination->n_failed_runs == 0
                            ? g_strdup ("")
                            : g_strdup_printf (ngettext ("%u failed run", "%u failed runs",
                                                         destination->n_failed_runs),
                                               destination->n_failed_runs);

  return cr_words_join (cr_destinations_page_kind_label (destination->kind), last, sent, fails,
                        runs, NULL);
}

static void
show_destination (GtkWidget *row, gpointer item, gpointer owner)
{
  CrDestination *destination = item;
  GtkSpinner *spinner = g_object_get_data (G_OBJECT (row), "cr-spinner");
  g_autofree char *figures = say_figures (destination);
  gboolean is_running = destination->active_run != NULL;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), destination->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), figures);
  gtk_spinner_set_spinning (spinner, is_running);
  gtk_widget_set_visible (GTK_WIDGET (spinner), is_running);
  cr_state_label_set (g_object_get_data (G_OBJECT (row), "cr-state"),
                      cr_explain_destination (destination->status));
  g_object_set_data_full (G_OBJECT (row), "cr-id", g_strdup (destination->id), g_free);
  cr_time_tip_set (row, destination->last_exported_ms, 0);
  cr_row_name_set (row);
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
                              g_object_get_data (G_OBJECT (row), "cr-id"));
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
