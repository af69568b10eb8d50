/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-webhooks-page.h"

#include "app/cr-app-init.h"
#include "app/cr-feed.h"
#include "app/cr-row-name.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

#define N_SHOWN 200

struct _CrWebhooksPage
{
  CrPage parent_instance;

  GtkStack *stack;
  GtkListBox *list;

  CrFeed *feed; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrWebhooksPage, cr_webhooks_page, CR_TYPE_PAGE)

static const char *
endpoint_key (gpointer item)
{
  return CR_WEBHOOK_ENDPOINT (item)->id;
}

static GtkWidget *
make_endpoint (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *state = cr_state_label_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), state);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data (G_OBJECT (row), "cr-state", state);
  return row;
}

static char *count (const char *format, gint64 n) G_GNUC_FORMAT (1);

/* Formats come from the calls below and their translations, which msgfmt checks. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *
count (const char *format, gint64 n)
{
  g_autofree char *number = cr_words_number (n);

  return n == 0 ? g_strdup ("") : g_strdup_printf (format, number);
}
#pragma GCC diagnostic pop

static char *
say_endpoint (CrWebhookEndpoint *endpoint)
{
  g_autofree char *time = cr_words_time (endpoint->delivered_ms, cr_words_now_ms ());
  g_autofree char *last = endpoint->delivered_ms == 0
                            ? g_strdup (_ ("nothing delivered yet"))
                            : g_strdup_printf (_ ("last delivered %s"), time);
  g_autofree char *waiting =
      count (ngettext ("%s event waits", "%s events wait", (gulong) endpoint->n_pending),
             endpoint->n_pending);
  g_autofree char *failed = count (ngettext ("%s event not delivered", "%s events not delivered",
                                             (gulong) endpoint->n_exhausted),
                                   endpoint->n_exhausted);
  const char *why = cr_webhook_endpoint_needs_somebody (endpoint)
                      ? _ (cr_explain_webhook (endpoint)->sentence)
                      : "";
  g_autofree char *figures = cr_words_join (endpoint->url, last, waiting, failed, NULL);

  return why[0] == '\0' ? g_steal_pointer (&figures) : g_strdup_printf ("%s\n%s", figures, why);
}

static void
show_endpoint (GtkWidget *row, gpointer item, gpointer owner)
{
  CrWebhookEndpoint *endpoint = item;
  GtkWidget *state = g_object_get_data (G_OBJECT (row), "cr-state");
  g_autofree char *name = cr_words_webhook (endpoint);
  g_autofree char *about = say_endpoint (endpoint);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), about);
  cr_state_label_set (CR_STATE_LABEL (state), cr_explain_webhook (endpoint));
  g_object_set_data_full (G_OBJECT (row), "cr-id", g_strdup (endpoint->id), g_free);
  cr_time_tip_set (row, endpoint->delivered_ms, 0);
  cr_row_name_set (row);
}

static void
feed_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { endpoint_key, make_endpoint, show_endpoint };
  CrWebhooksPage *self = user_data;

  if (items == NULL)
    return;
  cr_rows_fill (self->list, items, &kind, self);
  gtk_stack_set_visible_child_name (self->stack, items->len > 0 ? "list" : "empty");
}

static void
activated_cb (GtkListBox *box, GtkListBoxRow *row, CrWebhooksPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-webhook", "s",
                              g_object_get_data (G_OBJECT (row), "cr-id"));
}

static void
cr_webhooks_page_dispose (GObject *object)
{
  g_clear_pointer (&CR_WEBHOOKS_PAGE (object)->feed, cr_feed_stop);
  G_OBJECT_CLASS (cr_webhooks_page_parent_class)->dispose (object);
}

static void
cr_webhooks_page_class_init (CrWebhooksPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_webhooks_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-webhooks-page"));
  gtk_widget_class_bind_template_child (widget_class, CrWebhooksPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrWebhooksPage, list);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
}

static void
cr_webhooks_page_init (CrWebhooksPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
cr_webhooks_page_new (CrEngine *engine)
{
  CrWebhooksPage *self = g_object_new (CR_TYPE_WEBHOOKS_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  self->feed = cr_feed_new (engine, &(CrListFilter){ .kind = CR_LIST_WEBHOOKS }, N_SHOWN,
                            CR_FEED_ON (WEBHOOK) | CR_FEED_ON (EVENT), feed_cb, self);
  cr_feed_keep_time (self->feed);
  return GTK_WIDGET (self);
}
