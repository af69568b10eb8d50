/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-pull-progress.h"

#include "app/cr-app-init.h"
#include "app/cr-feed.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-work-row.h"

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
  CrWork work;     /* how far it is; of its texts only the type is there */
};

G_DEFINE_FINAL_TYPE (CrPullProgress, cr_pull_progress, ADW_TYPE_BIN)

static gboolean
is_over (CrQuery *query)
{
  return query->status != CR_QUERY_PENDING && query->status != CR_QUERY_RUNNING;
}

static void
forget (CrPullProgress *self)
{
  g_free (self->work.type);
  self->work = (CrWork){ .id = NULL };
}

static void
show_queries (GPtrArray *queries, const GError *error, gpointer user_data)
{
  CrPullProgress *self = user_data;
  CrWork *work = &self->work;

  if (queries == NULL || queries->len == 0)
    return;
  work->n_all = queries->len;
  work->n_done = work->n_pages = 0;
  work->n_records = 0;
  g_clear_pointer (&work->type, g_free);
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = queries->pdata[i];

      work->n_done += is_over (query) ? 1 : 0;
      work->n_pages += query->pages;
      work->n_records += query->n_received;
      if (query->status == CR_QUERY_RUNNING)
        {
          g_free (work->type);
          work->type = g_strdup (query->type);
        }
    }
  cr_work_row_show_progress (work, self->bar, self->counts);
}

static void
watch (CrPullProgress *self, CrEngine *engine, CrPull *pull)
{
  CrListFilter filter = { .kind = CR_LIST_QUERIES, .pull_id = pull->id };

  if (g_strcmp0 (self->pull_id, pull->id) == 0)
    return;
  g_free (self->pull_id);
  self->pull_id = g_strdup (pull->id);
  forget (self);
  g_clear_pointer (&self->queries, cr_feed_stop);
  self->queries = cr_feed_new (engine, &filter, 200,
                               CR_FEED_ON (QUERY) | CR_FEED_ON (PULL) | CR_FEED_ON (RECORD),
                               show_queries, self);
  cr_feed_keep_time (self->queries);
}

/* One that is stopping has nothing to look forward to. */
static void
show_work (CrPullProgress *self, CrPull *pull)
{
  CrWork *work = &self->work;
  gboolean is_waiting = pull->status == CR_PULL_WAITING && !pull->is_stopping;

  work->is_queued = pull->status != CR_PULL_RUNNING || pull->is_stopping;
  work->waiting_for = is_waiting ? pull->waiting_for : CR_WAIT_NONE;
  work->wait_until_ms = is_waiting ? pull->wait_until_ms : 0;
  work->started_ms = pull->started_ms;
  work->last_pages = pull->last_pages;
  cr_time_tip_set (GTK_WIDGET (self->counts), work->wait_until_ms, 0);
  if (work->n_all > 0 || work->wait_until_ms != 0)
    cr_work_row_show_progress (work, self->bar, self->counts);
  else
    {
      gtk_progress_bar_set_fraction (self->bar, 0);
      gtk_label_set_text (self->counts, "");
    }
}

static void
cr_pull_progress_dispose (GObject *object)
{
  CrPullProgress *self = CR_PULL_PROGRESS (object);

  g_clear_pointer (&self->queries, cr_feed_stop);
  g_clear_pointer (&self->pull_id, g_free);
  forget (self);
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

static void
tell (CrPullProgress *self, CrPull *pull)
{
  /* Translators: the name of a portal */
  g_autofree char *about = g_strdup_printf (
      _ ("Pull from %s"), pull->source_name != NULL ? pull->source_name : pull->source_id);

  cr_state_label_tell (self->state, about, NULL);
}

/* @pull: (nullable) */
static void
end (CrPullProgress *self, CrPull *pull)
{
  if (pull != NULL && g_strcmp0 (self->pull_id, pull->id) == 0)
    cr_state_label_set (self->state, cr_explain_pull (pull->status));
  cr_state_label_set (self->state, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_clear_pointer (&self->queries, cr_feed_stop);
  g_clear_pointer (&self->pull_id, g_free);
}

void
cr_pull_progress_show (CrPullProgress *self, CrEngine *engine, CrPull *pull)
{
  g_return_if_fail (CR_IS_PULL_PROGRESS (self));

  if (pull == NULL || cr_pull_status_is_final (pull->status))
    {
      end (self, pull);
      return;
    }

  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  tell (self, pull);
  gtk_button_set_label (self->cancel, pull->is_stopping ? _ ("Stop Now") : _ ("Cancel"));
  if (pull->is_stopping)
    {
      cr_state_label_set (self->state, cr_explain_pull (CR_PULL_RUNNING));
      cr_state_label_set_words (self->state, _ ("Stopping after this page"));
    }
  else if (pull->status == CR_PULL_WAITING)
    cr_state_label_set (self->state, cr_explain_waiting (pull->waiting_for, pull->error_code));
  else
    cr_state_label_set (self->state, cr_explain_pull (pull->status));
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->cancel), "s", pull->id);
  watch (self, engine, pull);
  show_work (self, pull);
}
