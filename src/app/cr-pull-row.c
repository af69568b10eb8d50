/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-pull-row.h"

#include "app/cr-feed.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

struct _CrPullRow
{
  AdwExpanderRow parent_instance;

  CrStateLabel *state; /* (unowned) */
  GtkListBox *list;    /* (unowned): of queries */
  CrEngine *engine;    /* (owned) (nullable) */
  CrFeed *queries;     /* (owned) (nullable): while it is open */
  char *pull_id;       /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrPullRow, cr_pull_row, ADW_TYPE_EXPANDER_ROW)

static char *
count (const char *singular, const char *plural, guint n)
{
  g_autofree char *number = cr_words_number (n);

  return n == 0 ? g_strdup ("") : g_strdup_printf ("%s %s", number, ngettext (singular, plural, n));
}

static const char *
query_key (gpointer item)
{
  static char key[16];

  g_snprintf (key, sizeof key, "%u", CR_QUERY (item)->n);
  return key;
}

static void
raw_clicked_cb (GtkButton *button, gpointer user_data)
{
  const char *raw = g_object_get_data (G_OBJECT (button), "cr-raw");

  gtk_widget_activate_action (GTK_WIDGET (button), "win.show-text", "(ss)", _ ("Raw Answer"), raw);
}

static GtkWidget *
make_query (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *raw = gtk_button_new_with_label (_ ("Raw answer"));
  GtkWidget *state = cr_state_label_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_valign (raw, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (raw, "flat");
  g_signal_connect (raw, "clicked", G_CALLBACK (raw_clicked_cb), NULL);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), raw);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), state);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  g_object_set_data (G_OBJECT (row), "cr-raw-button", raw);
  g_object_set_data (G_OBJECT (row), "cr-state", state);
  return row;
}

static char *
say_query (CrQuery *query)
{
  g_autofree char *pages = count (N_ ("page"), N_ ("pages"), query->pages);
  g_autofree char *received = count (N_ ("received"), N_ ("received"), query->n_received);
  g_autofree char *new = count (N_ ("new"), N_ ("new"), query->n_new);
  g_autofree char *changed = count (N_ ("changed"), N_ ("changed"), query->n_changed);
  g_autofree char *unchanged = count (N_ ("unchanged"), N_ ("unchanged"), query->n_unchanged);
  const char *outcome = query->outcome != NULL ? query->outcome : "";
  gboolean is_empty = query->status == CR_QUERY_COMPLETE && query->n_received == 0;

  return cr_words_join (
      pages,
      is_empty ? (query->since_ms > 0 ? _ ("nothing changed") : _ ("none on file")) : received, new,
      changed, unchanged, outcome, NULL);
}

static void
show_query (GtkWidget *row, gpointer item, gpointer owner)
{
  CrQuery *query = item;
  GtkWidget *raw = g_object_get_data (G_OBJECT (row), "cr-raw-button");
  g_autofree char *type = cr_words_type (query->type);
  g_autofree char *words = say_query (query);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), type);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
  gtk_widget_set_tooltip_text (row, query->path);
  cr_state_label_set (g_object_get_data (G_OBJECT (row), "cr-state"),
                      cr_explain_query (query->status));
  gtk_widget_set_visible (raw, query->raw != NULL && query->raw[0] != '\0');
  g_object_set_data_full (G_OBJECT (raw), "cr-raw", g_strdup (query->raw), g_free);
}

static void
show_queries (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { query_key, make_query, show_query };
  CrPullRow *self = user_data;

  if (items != NULL)
    cr_rows_update (self->list, items, &kind, self);
}

static void
expanded_cb (CrPullRow *self)
{
  CrListFilter filter = { .kind = CR_LIST_QUERIES, .pull_id = self->pull_id };

  g_clear_pointer (&self->queries, cr_feed_stop);
  if (self->engine != NULL && self->pull_id != NULL &&
      adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self)))
    self->queries = cr_feed_new (self->engine, &filter, 200, CR_FEED_ON (QUERY) | CR_FEED_ON (PULL),
                                 show_queries, self);
}

static char *
say_trigger (CrPull *pull)
{
  const char *trigger = _ (cr_explain_pull_trigger (pull->trigger));

  if (pull->person == NULL)
    return g_strdup (trigger);
  /* Translators: why a pull was started and by whom: “by hand (Ana)” */
  return g_strdup_printf (_ ("%s (%s)"), trigger, pull->person);
}

static char *
say_counts (CrPull *pull)
{
  g_autofree char *new = count (N_ ("new"), N_ ("new"), pull->n_new);
  g_autofree char *changed = count (N_ ("changed"), N_ ("changed"), pull->n_changed);
  g_autofree char *unchanged = count (N_ ("unchanged"), N_ ("unchanged"), pull->n_unchanged);
  g_autofree char *failed = count (N_ ("type failed"), N_ ("types failed"), pull->n_failed_queries);

  return cr_words_join (new, changed, unchanged, failed, NULL);
}

static void
cr_pull_row_dispose (GObject *object)
{
  CrPullRow *self = CR_PULL_ROW (object);

  g_clear_pointer (&self->queries, cr_feed_stop);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->pull_id, g_free);
  G_OBJECT_CLASS (cr_pull_row_parent_class)->dispose (object);
}

static void
cr_pull_row_class_init (CrPullRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_pull_row_dispose;
}

static void
cr_pull_row_init (CrPullRow *self)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (self);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  self->state = CR_STATE_LABEL (cr_state_label_new ());
  adw_expander_row_add_action (row, GTK_WIDGET (self->state));
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "inner-list");
  adw_expander_row_add_row (row, GTK_WIDGET (self->list));
  g_signal_connect (self, "notify::expanded", G_CALLBACK (expanded_cb), NULL);
}

GtkWidget *
cr_pull_row_new (CrEngine *engine)
{
  CrPullRow *self = g_object_new (CR_TYPE_PULL_ROW, NULL);

  self->engine = g_object_ref (engine);
  return GTK_WIDGET (self);
}

void
cr_pull_row_show (CrPullRow *self, CrPull *pull)
{
  gint64 now_ms = cr_words_now_ms ();
  gint64 end_ms = pull->finished_ms != 0 ? pull->finished_ms : now_ms;
  g_autofree char *time = cr_words_time (pull->created_ms, now_ms);
  g_autofree char *exact = cr_words_exact_time (pull->created_ms);
  g_autofree char *title = cr_words_join (time, pull->source_name ? pull->source_name : "", NULL);
  g_autofree char *trigger = say_trigger (pull);
  g_autofree char *took =
      pull->started_ms == 0 ? g_strdup ("") : cr_words_duration (end_ms - pull->started_ms);
  g_autofree char *counts = say_counts (pull);
  g_autofree char *subtitle =
      cr_words_join (trigger, took, counts, pull->error_message ? pull->error_message : "", NULL);

  g_return_if_fail (CR_IS_PULL_ROW (self));

  if (g_strcmp0 (self->pull_id, pull->id) != 0)
    {
      g_free (self->pull_id);
      self->pull_id = g_strdup (pull->id);
      expanded_cb (self);
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), exact);
  cr_state_label_set (self->state, pull->status == CR_PULL_WAITING
                                       ? cr_explain_wait (pull->waiting_for)
                                       : cr_explain_pull (pull->status));
}
