/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-delivery-row.h"

#include "app/cr-feed.h"
#include "app/cr-flow-layout.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "base/cr-enum.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

/* By hand there may be more than the nine of the ladder. */
#define N_ATTEMPTS 100

struct _CrDeliveryRow
{
  AdwExpanderRow parent_instance;

  CrStateLabel *state; /* (unowned) */
  GtkLabel *about;     /* (unowned): the type and the id */
  GtkWidget *buttons;  /* (unowned): what can be done */
  GtkWidget *event;    /* (unowned): the buttons of it */
  GtkWidget *send;     /* (unowned) */
  GtkWidget *give_up;  /* (unowned) */
  GtkListBox *list;    /* (unowned): of attempts */

  CrEngine *engine; /* (owned) (nullable) */
  CrFeed *feed;     /* (owned) (nullable): while it is open */
  char *id;         /* (owned) (nullable) */
  char *data;       /* (owned) (nullable): what is sent of the event */
};

G_DEFINE_FINAL_TYPE (CrDeliveryRow, cr_delivery_row, ADW_TYPE_EXPANDER_ROW)

static const char *
attempt_key (gpointer item)
{
  static char key[16];

  g_snprintf (key, sizeof key, "%u", CR_DELIVERY_ATTEMPT (item)->n);
  return key;
}

static void
answer_cb (GtkButton *button, gpointer user_data)
{
  gtk_widget_activate_action (GTK_WIDGET (button), "win.show-text", "(ss)", _ ("Its Answer"),
                              g_object_get_data (G_OBJECT (button), "cr-body"));
}

static GtkWidget *
make_attempt (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *answer = gtk_button_new_with_label (_ ("Its Answer"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_valign (answer, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (answer, "flat");
  g_signal_connect (answer, "clicked", G_CALLBACK (answer_cb), NULL);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), answer);
  g_object_set_data (G_OBJECT (row), "cr-answer", answer);
  return row;
}

/* Why an attempt failed names the answer, where there was one. */
static char *
say_answer (CrDeliveryAttempt *attempt)
{
  const char *why = attempt->error != NULL ? cr_local_words (attempt->error) : "";

  if (attempt->status == 0)
    return cr_words_join (_ ("no answer"), why, NULL);
  return why[0] != '\0' ? g_strdup (why) : g_strdup_printf (_ ("answered %u"), attempt->status);
}

static void
show_attempt (GtkWidget *row, gpointer item, gpointer owner)
{
  CrDeliveryAttempt *attempt = item;
  GtkWidget *answer = g_object_get_data (G_OBJECT (row), "cr-answer");
  gboolean has_body = attempt->body != NULL && attempt->body[0] != '\0';
  g_autofree char *time = cr_words_time (attempt->at_ms, cr_words_now_ms ());
  g_autofree char *exact = cr_words_exact_time (attempt->at_ms);
  g_autofree char *number = g_strdup_printf (_ ("Attempt %u"), attempt->n);
  g_autofree char *title = cr_words_join (number, time, NULL);
  g_autofree char *took = cr_words_duration (attempt->took_ms);
  g_autofree char *took_words = g_strdup_printf (_ ("took %s"), took);
  g_autofree char *status = say_answer (attempt);
  g_autofree char *words = cr_words_join (status, took_words, NULL);
  g_autofree char *name = g_strdup_printf (_ ("Its answer to attempt %u"), attempt->n);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
  cr_tip_set (row, exact);
  gtk_widget_set_visible (answer, has_body);
  gtk_accessible_update_property (GTK_ACCESSIBLE (answer), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data_full (G_OBJECT (answer), "cr-body", g_strdup (attempt->body), g_free);
}

static void
feed_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { attempt_key, make_attempt, show_attempt };
  CrDeliveryRow *self = user_data;

  if (items == NULL)
    return;
  cr_rows_update (self->list, items, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->list), items->len > 0);
}

static void
expanded_cb (CrDeliveryRow *self)
{
  CrListFilter filter = { .kind = CR_LIST_DELIVERY_ATTEMPTS, .delivery_id = self->id };

  g_clear_pointer (&self->feed, cr_feed_stop);
  if (self->engine != NULL && self->id != NULL &&
      adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self)))
    self->feed =
        cr_feed_new (self->engine, &filter, N_ATTEMPTS, CR_FEED_ON (WEBHOOK), feed_cb, self);
}

static void
event_cb (CrDeliveryRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-text", "(ss)", _ ("What the Event Says"),
                              self->data != NULL ? self->data : "");
}

static GtkWidget *
add_button (CrDeliveryRow *self, const char *label)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (self->buttons), button);
  return button;
}

/* The buttons stand under the words: beside them there is no room in a narrow window. */
static void
add_about (CrDeliveryRow *self)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->about = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->about, 0);
  gtk_label_set_wrap (self->about, TRUE);
  gtk_label_set_wrap_mode (self->about, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (self->about, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->about), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->about), "dim-label");
  self->buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_layout_manager (self->buttons, cr_flow_layout_new (6));
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->about));
  gtk_box_append (GTK_BOX (box), self->buttons);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  self->event = add_button (self, _ ("Show the Event"));
  self->send = add_button (self, _ ("Send Now"));
  self->give_up = add_button (self, _ ("Give Up…"));
  cr_tip_set (self->event, _ ("What this event says"));
  cr_tip_set (self->send, _ ("Send this event once, now, under the same id"));
  cr_tip_set (self->give_up, _ ("Make no more attempts of this event"));
  g_signal_connect_swapped (self->event, "clicked", G_CALLBACK (event_cb), self);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
}

static void
cr_delivery_row_dispose (GObject *object)
{
  CrDeliveryRow *self = CR_DELIVERY_ROW (object);

  g_clear_pointer (&self->feed, cr_feed_stop);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->data, g_free);
  G_OBJECT_CLASS (cr_delivery_row_parent_class)->dispose (object);
}

static void
cr_delivery_row_class_init (CrDeliveryRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_delivery_row_dispose;
}

static void
cr_delivery_row_init (CrDeliveryRow *self)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (self);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  self->state = CR_STATE_LABEL (cr_state_label_new ());
  adw_expander_row_add_action (row, GTK_WIDGET (self->state));
  add_about (self);
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "inner-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Attempts"), -1);
  adw_expander_row_add_row (row, GTK_WIDGET (self->list));
  g_signal_connect (self, "notify::expanded", G_CALLBACK (expanded_cb), NULL);
}

GtkWidget *
cr_delivery_row_new (CrEngine *engine)
{
  CrDeliveryRow *self = g_object_new (CR_TYPE_DELIVERY_ROW, NULL);

  self->engine = g_object_ref (engine);
  return GTK_WIDGET (self);
}

static const char *
say_type (const char *type)
{
  int event;

  if (cr_enum_from_string (CR_TYPE_EVENT_TYPE, type, &event))
    return cr_words_event ((CrEventType) event);
  return g_strcmp0 (type, CR_WEBHOOK_TEST_TYPE) == 0 ? _ ("A test") : type;
}

static char *
say_delivery (CrDelivery *delivery, gint64 now_ms)
{
  g_autofree char *when = cr_words_time (delivery->created_ms, now_ms);
  g_autofree char *created = cr_words_begin (when);
  g_autofree char *attempts =
      delivery->attempts < 2
          ? g_strdup ("")
          : g_strdup_printf (ngettext ("%u attempt", "%u attempts", delivery->attempts),
                             delivery->attempts);
  g_autofree char *time = cr_words_time (delivery->next_ms, now_ms);
  g_autofree char *next = delivery->next_ms == 0 || delivery->attempts == 0
                            ? g_strdup ("")
                            : g_strdup_printf (_ ("next attempt %s"), time);
  const char *error = delivery->status == CR_DELIVERY_DELIVERED || delivery->last_error == NULL
                        ? ""
                        : cr_local_words (delivery->last_error);

  return cr_words_join (created, attempts, next, error, NULL);
}

static void
set_target (GtkWidget *button, const char *action, const char *id, const char *format)
{
  cr_row_button_set_action (button, action, id);
  cr_row_button_set_name (button, format, id);
}

void
cr_delivery_row_show (CrDeliveryRow *self, CrDelivery *delivery, gboolean can_send)
{
  g_autofree char *words = say_delivery (delivery, cr_words_now_ms ());
  g_autofree char *about = cr_words_join (delivery->type, delivery->id, NULL);

  g_return_if_fail (CR_IS_DELIVERY_ROW (self));

  if (g_strcmp0 (self->id, delivery->id) != 0)
    {
      g_free (self->id);
      self->id = g_strdup (delivery->id);
      set_target (self->send, "win.redeliver", self->id, _ ("Send %s now"));
      set_target (self->give_up, "win.give-up-delivery", self->id, _ ("Give up %s"));
      cr_row_button_set_name (self->event, _ ("What %s says"), self->id);
      expanded_cb (self);
    }
  g_free (self->data);
  self->data = g_strdup (delivery->data);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), say_type (delivery->type));
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), words);
  cr_time_tip_set (GTK_WIDGET (self), delivery->created_ms, delivery->next_ms);
  cr_state_label_set (self->state, cr_explain_delivery (delivery));
  gtk_label_set_text (self->about, about);
  gtk_widget_set_visible (self->send, can_send);
  gtk_widget_set_visible (self->give_up, delivery->status == CR_DELIVERY_PENDING);
}
