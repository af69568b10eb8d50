/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-pull-progress.h"

#include "app/cr-app-init.h"
#include "app/cr-feed.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

struct _CrPullProgress
{
  AdwBin parent_instance;

  CrStateLabel *state;
  GtkLabel *counts;
  GtkProgressBar *bar;
  GtkButton *cancel;

  CrFeed *queries; /* (owned) (nullable) */
  char *pull_id;   /* (owned) (nullable): whose queries they are */
  char *text;      /* (owned) (nullable): how far it is */
  char *goes_on;   /* (owned) (nullable): when, of one that waits */
};

G_DEFINE_FINAL_TYPE (CrPullProgress, cr_pull_progress, ADW_TYPE_BIN)

static gboolean
is_over (CrQuery *query)
{
  return query->status != CR_QUERY_PENDING && query->status != CR_QUERY_RUNNING;
}

static void
show_text (CrPullProgress *self)
{
  g_autofree char *words = cr_words_join (self->goes_on != NULL ? self->goes_on : "",
                                          self->text != NULL ? self->text : "", NULL);
  g_autofree char *begun = cr_words_begin (words);

  gtk_label_set_text (self->counts, begun);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  words, -1);
}

static void
show_queries (GPtrArray *queries, const GError *error, gpointer user_data)
{
  CrPullProgress *self = user_data;
  guint n_done = 0, n_received = 0;
  const char *running = NULL;
  g_autofree char *type = NULL, *number = NULL, *types = NULL, *received = NULL;

  if (queries == NULL || queries->len == 0)
    return;
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = queries->pdata[i];

      n_done += is_over (query) ? 1 : 0;
      n_received += query->n_received;
      if (query->status == CR_QUERY_RUNNING)
        running = query->type;
    }

  type = running == NULL ? g_strdup ("") : cr_words_type (running);
  number = cr_words_number (n_received);
  types = g_strdup_printf (ngettext ("%u of %u query", "%u of %u queries", queries->len), n_done,
                           queries->len);
  received = g_strdup_printf (ngettext ("%s record", "%s records", n_received), number);
  g_free (self->text);
  self->text = cr_words_join (type, types, received, NULL);
  gtk_progress_bar_set_fraction (self->bar, (double) n_done / queries->len);
  show_text (self);
}

static void
watch (CrPullProgress *self, CrEngine *engine, CrPull *pull)
{
  CrListFilter filter = { .kind = CR_LIST_QUERIES, .pull_id = pull->id };

  if (g_strcmp0 (self->pull_id, pull->id) == 0)
    return;
  g_free (self->pull_id);
  self->pull_id = g_strdup (pull->id);
  g_clear_pointer (&self->text, g_free);
  gtk_progress_bar_set_fraction (self->bar, 0);
  g_clear_pointer (&self->queries, cr_feed_stop);
  self->queries = cr_feed_new (engine, &filter, 200,
                               CR_FEED_ON (QUERY) | CR_FEED_ON (PULL) | CR_FEED_ON (RECORD),
                               show_queries, self);
}

static void
show_wait (CrPullProgress *self, CrPull *pull)
{
  g_autofree char *time = cr_words_time (pull->wait_until_ms, cr_words_now_ms ());

  cr_state_label_set (self->state, cr_explain_waiting (pull->waiting_for, pull->error_code));
  /* Translators: when a pull that waits goes on: “goes on today 09:40” */
  if (pull->wait_until_ms != 0)
    self->goes_on = g_strdup_printf (_ ("goes on %s"), time);
}

static void
cr_pull_progress_dispose (GObject *object)
{
  CrPullProgress *self = CR_PULL_PROGRESS (object);

  g_clear_pointer (&self->queries, cr_feed_stop);
  g_clear_pointer (&self->pull_id, g_free);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->goes_on, g_free);
  G_OBJECT_CLASS (cr_pull_progress_parent_class)->dispose (object);
}

static void
cr_pull_progress_class_init (CrPullProgressClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_pull_progress_dispose;
  g_type_ensure (CR_TYPE_STATE_LABEL);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-pull-progress"));
  gtk_widget_class_bind_template_child (widget_class, CrPullProgress, state);
  gtk_widget_class_bind_template_child (widget_class, CrPullProgress, counts);
  gtk_widget_class_bind_template_child (widget_class, CrPullProgress, bar);
  gtk_widget_class_bind_template_child (widget_class, CrPullProgress, cancel);
}

static void
cr_pull_progress_init (CrPullProgress *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
cr_pull_progress_show (CrPullProgress *self, CrEngine *engine, CrPull *pull)
{
  gboolean is_waiting;

  g_return_if_fail (CR_IS_PULL_PROGRESS (self));

  gtk_widget_set_visible (GTK_WIDGET (self), pull != NULL);
  if (pull == NULL)
    {
      g_clear_pointer (&self->queries, cr_feed_stop);
      g_clear_pointer (&self->pull_id, g_free);
      return;
    }

  is_waiting = pull->status == CR_PULL_WAITING && !pull->is_stopping;
  g_clear_pointer (&self->goes_on, g_free);
  cr_time_tip_set (GTK_WIDGET (self->counts), is_waiting ? pull->wait_until_ms : 0, 0);
  gtk_button_set_label (self->cancel, pull->is_stopping ? _ ("Stop Now") : _ ("Cancel"));
  if (pull->is_stopping)
    {
      cr_state_label_set (self->state, cr_explain_pull (CR_PULL_RUNNING));
      cr_state_label_set_words (self->state, _ ("Stopping after this page"));
    }
  else if (is_waiting)
    show_wait (self, pull);
  else
    cr_state_label_set (self->state, cr_explain_pull (pull->status));
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->cancel), "s", pull->id);
  watch (self, engine, pull);
  show_text (self);
}
