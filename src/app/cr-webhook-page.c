/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-webhook-page.h"

#include "app/cr-action-switch.h"
#include "app/cr-app-init.h"
#include "app/cr-delivery-row.h"
#include "app/cr-feed.h"
#include "app/cr-figures.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-webhook-dialog.h"
#include "app/cr-words.h"
#include "base/cr-error.h"

#include <glib/gi18n.h>

#define N_DELIVERIES 30

struct _CrWebhookPage
{
  CrPage parent_instance;

  GtkStack *stack;
  GtkLabel *name;
  GtkLabel *about;
  CrStateLabel *state;
  GtkLabel *trouble;
  GtkLabel *old_secret;
  GtkButton *test;
  GtkButton *edit;
  GtkButton *replay;
  GtkSwitch *enabled;
  GtkMenuButton *menu;
  CrFigures *figures;
  GtkToggleButton *missed_only;
  GtkListBox *deliveries;
  GtkLabel *no_deliveries;
  GtkButton *older;

  char *id; /* (owned) (nullable) */
  guint n_deliveries;
  gboolean can_send;
  CrFeed *feed;            /* (owned) (nullable) */
  CrFeed *deliveries_feed; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrWebhookPage, cr_webhook_page, CR_TYPE_PAGE)

static const char *
delivery_key (gpointer item)
{
  return CR_DELIVERY (item)->id;
}

static GtkWidget *
make_delivery (gpointer owner)
{
  return cr_delivery_row_new (cr_page_get_engine (owner));
}

static void
show_delivery (GtkWidget *row, gpointer item, gpointer owner)
{
  cr_delivery_row_show (CR_DELIVERY_ROW (row), item, CR_WEBHOOK_PAGE (owner)->can_send);
}

static void
deliveries_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { delivery_key, make_delivery, show_delivery };
  CrWebhookPage *self = user_data;

  if (items == NULL)
    return;
  cr_rows_fill (self->deliveries, items, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->deliveries), items->len > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->no_deliveries), items->len == 0);
  gtk_label_set_text (self->no_deliveries,
                      gtk_toggle_button_get_active (self->missed_only)
                          ? _ ("Everything was delivered.")
                          : _ ("Nothing was sent yet. Events are sent as they happen."));
  gtk_widget_set_visible (GTK_WIDGET (self->older), items->len >= self->n_deliveries);
}

static void
list_deliveries (CrWebhookPage *self)
{
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  gboolean is_missed = gtk_toggle_button_get_active (self->missed_only);
  CrListFilter filter = { .kind = CR_LIST_DELIVERIES,
                          .webhook_id = self->id,
                          .deliveries =
                              is_missed ? CR_DELIVERIES_NOT_DELIVERED : CR_DELIVERIES_ALL };

  g_clear_pointer (&self->deliveries_feed, cr_feed_stop);
  if (engine == NULL)
    return;
  self->deliveries_feed =
      cr_feed_new (engine, &filter, self->n_deliveries, CR_FEED_ON (WEBHOOK) | CR_FEED_ON (EVENT),
                   deliveries_cb, self);
  cr_feed_keep_time (self->deliveries_feed);
}

static void
missed_only_cb (GtkToggleButton *button, CrWebhookPage *self)
{
  list_deliveries (self);
}

static void
older_cb (GtkButton *button, CrWebhookPage *self)
{
  self->n_deliveries += N_DELIVERIES;
  cr_feed_set_limit (self->deliveries_feed, self->n_deliveries);
}

/* Whatever became of it, the switch says in the end what is so. */
static void
pressed_cb (CrWebhookPage *self)
{
  if (self->feed != NULL)
    cr_feed_refresh (self->feed);
}

static void
show_figures (CrWebhookPage *self, CrWebhookEndpoint *endpoint)
{
  gint64 now_ms = cr_words_now_ms ();
  g_autofree char *last = cr_words_time (endpoint->delivered_ms, now_ms);
  g_autofree char *exact = cr_words_exact_time (endpoint->delivered_ms);
  g_autofree char *since = endpoint->failing_since_ms == 0
                             ? g_strdup ("–")
                             : cr_words_time (endpoint->failing_since_ms, now_ms);
  g_autofree char *since_exact = cr_words_exact_time (endpoint->failing_since_ms);

  cr_figures_set (self->figures, 0, _ ("Last delivered"), last,
                  endpoint->delivered_ms == 0 ? NULL : exact);
  cr_figures_set_number (self->figures, 1, _ ("Waiting"), endpoint->n_pending);
  cr_figures_set_number (self->figures, 2, _ ("Not delivered"), endpoint->n_exhausted);
  cr_figures_set (self->figures, 3, _ ("Failing since"), since,
                  endpoint->failing_since_ms == 0 ? NULL : since_exact);
}

static void
show_secret (CrWebhookPage *self, CrWebhookEndpoint *endpoint)
{
  gboolean is_old = endpoint->old_secret_until_ms > cr_words_now_ms ();
  g_autofree char *time = cr_words_exact_time (endpoint->old_secret_until_ms);
  g_autofree char *words =
      g_strdup_printf (_ ("The secret was rotated. The old one signs too until %s."), time);

  gtk_label_set_text (self->old_secret, words);
  gtk_widget_set_visible (GTK_WIDGET (self->old_secret), is_old);
}

static void
show_endpoint (CrWebhookPage *self, CrWebhookEndpoint *endpoint)
{
  const CrExplanation *state = cr_explain_webhook (endpoint);
  g_autofree char *name = cr_words_webhook (endpoint);
  g_autofree char *events = cr_webhook_dialog_say_events (endpoint);
  g_autofree char *about = cr_words_join (
      endpoint->url, events,
      endpoint->allows_private ? _ ("may be on this computer or our network") : "", NULL);
  gboolean is_active = endpoint->status == CR_WEBHOOK_ACTIVE;

  cr_page_set_title (CR_PAGE (self), name);
  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->about, about);
  cr_state_label_set (self->state, state);
  gtk_label_set_text (self->trouble, _ (state->sentence));
  show_secret (self, endpoint);
  gtk_widget_set_visible (GTK_WIDGET (self->replay), is_active && endpoint->n_exhausted > 0);
  cr_action_switch_show (self->enabled, is_active);
  show_figures (self, endpoint);
  if (self->can_send != is_active || self->deliveries_feed == NULL)
    {
      self->can_send = is_active;
      list_deliveries (self);
    }
  gtk_stack_set_visible_child_name (self->stack, "webhook");
}

static void
feed_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrWebhookPage *self = user_data;

  if (items != NULL && items->len > 0)
    show_endpoint (self, items->pdata[0]);
  else if (error != NULL && g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    gtk_stack_set_visible_child_name (self->stack, "gone");
}

static void
add_item (CrWebhookPage *self, GMenu *menu, const char *label, const char *action)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "s", self->id);
  g_menu_append_item (menu, item);
}

static void
set_up_actions (CrWebhookPage *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();

  add_item (self, menu, _ ("Send What Was _Missed…"), "win.replay-webhook");
  add_item (self, menu, _ ("_Rotate Secret…"), "win.rotate-webhook");
  add_item (self, menu, _ ("Remove _Endpoint…"), "win.remove-webhook");
  gtk_menu_button_set_menu_model (self->menu, G_MENU_MODEL (menu));
  cr_action_switch_set_up (self->enabled, "enable-webhook", "disable-webhook", self->id);
  g_signal_connect_swapped (self->enabled, "notify::active", G_CALLBACK (pressed_cb), self);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->test), "s", self->id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->edit), "s", self->id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->replay), "s", self->id);
}

static void
cr_webhook_page_dispose (GObject *object)
{
  CrWebhookPage *self = CR_WEBHOOK_PAGE (object);

  g_clear_pointer (&self->feed, cr_feed_stop);
  g_clear_pointer (&self->deliveries_feed, cr_feed_stop);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (cr_webhook_page_parent_class)->dispose (object);
}

static void
cr_webhook_page_class_init (CrWebhookPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_webhook_page_dispose;
  g_type_ensure (CR_TYPE_STATE_LABEL);
  g_type_ensure (CR_TYPE_FIGURES);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-webhook-page"));
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, name);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, about);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, state);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, trouble);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, old_secret);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, test);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, edit);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, replay);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, enabled);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, menu);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, figures);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, missed_only);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, deliveries);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, no_deliveries);
  gtk_widget_class_bind_template_child (widget_class, CrWebhookPage, older);
  gtk_widget_class_bind_template_callback (widget_class, missed_only_cb);
  gtk_widget_class_bind_template_callback (widget_class, older_cb);
}

static void
cr_webhook_page_init (CrWebhookPage *self)
{
  self->n_deliveries = N_DELIVERIES;
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
cr_webhook_page_new (CrEngine *engine, const char *webhook_id)
{
  CrWebhookPage *self = g_object_new (CR_TYPE_WEBHOOK_PAGE, NULL);

  self->id = g_strdup (webhook_id);
  cr_page_set_engine (CR_PAGE (self), engine);
  set_up_actions (self);
  self->feed = cr_feed_new_for_object (engine, CR_LIST_WEBHOOKS, webhook_id,
                                       CR_FEED_ON (WEBHOOK) | CR_FEED_ON (EVENT), feed_cb, self);
  cr_feed_keep_time (self->feed);
  return GTK_WIDGET (self);
}

const char *
cr_webhook_page_get_id (CrWebhookPage *self)
{
  g_return_val_if_fail (CR_IS_WEBHOOK_PAGE (self), NULL);

  return self->id;
}
