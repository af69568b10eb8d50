/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-pull-row.h"

#include "app/cr-dialogs.h"
#include "app/cr-feed.h"
#include "app/cr-row-name.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrPullRow
{
  AdwExpanderRow parent_instance;

  CrStateLabel *state; /* (unowned) */
  GtkListBox *list;    /* (unowned): of queries */
  CrEngine *engine;    /* (owned) (nullable) */
  AdwActionRow *about; /* (unowned): requests, waits, the log */
  GtkWidget *changes;  /* (unowned): the row that leads to what changed */
  CrFeed *queries;     /* (owned) (nullable): while it is open */
  CrFeed *waits;       /* (owned) (nullable): while it is open */
  char *numbers;       /* (owned) (nullable): of the requests, in words */
  char *waited;        /* (owned) (nullable): how long and why, in words */
  char *pull_id;       /* (owned) (nullable) */
  gboolean is_sorted;  /* since it was opened: what stands stays */
};

G_DEFINE_FINAL_TYPE (CrPullRow, cr_pull_row, ADW_TYPE_EXPANDER_ROW)

static char *count (const char *format, guint n) G_GNUC_FORMAT (1);

/* Formats come from the calls below and their translations, which msgfmt checks. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *
count (const char *format, guint n)
{
  g_autofree char *number = cr_words_number (n);

  return n == 0 ? g_strdup ("") : g_strdup_printf (format, number);
}
#pragma GCC diagnostic pop

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
  GtkWidget *raw = gtk_button_new_with_label (_ ("Raw Answer"));
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
  g_autofree char *pages = count (ngettext ("%s page", "%s pages", query->pages), query->pages);
  g_autofree char *received =
      count (ngettext ("%s received", "%s received", query->n_received), query->n_received);
  g_autofree char *new = count (ngettext ("%s new", "%s new", query->n_new), query->n_new);
  g_autofree char *changed =
      count (ngettext ("%s changed", "%s changed", query->n_changed), query->n_changed);
  g_autofree char *unchanged =
      count (ngettext ("%s unchanged", "%s unchanged", query->n_unchanged), query->n_unchanged);
  g_autofree char *outcome =
      query->outcome != NULL ? cr_words_dates (cr_local_words (query->outcome)) : g_strdup ("");
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
  cr_tip_set (row, query->path);
  cr_state_label_set (g_object_get_data (G_OBJECT (row), "cr-state"),
                      cr_query_is_cut_off (query) ? cr_explain_error (query->error_code)
                                                  : cr_explain_query (query->status));
  gtk_widget_set_visible (raw, query->raw != NULL && query->raw[0] != '\0');
  g_object_set_data_full (G_OBJECT (raw), "cr-raw", g_strdup (query->raw), g_free);
  cr_row_name_set (row);
}

static int
rank (CrQuery *query)
{
  return query->status == CR_QUERY_FAILED && !cr_query_is_cut_off (query) ? 0
       : query->status == CR_QUERY_RUNNING                                ? 1
                                                                          : 2;
}

/* What failed comes first, then what arrives: it is what the pull is opened for. From then on each
 * stays where it is, whatever becomes of it. */
static void
show_queries (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { query_key, make_query, show_query };
  CrPullRow *self = user_data;
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (int pass = 0; items != NULL && pass < 3; pass++)
    for (guint i = 0; i < items->len; i++)
      if (rank (items->pdata[i]) == pass)
        g_ptr_array_add (sorted, items->pdata[i]);
  if (items == NULL)
    return;
  if (self->is_sorted)
    cr_rows_keep_order (self->list, sorted, &kind);
  self->is_sorted = items->len > 0;
  cr_rows_update (self->list, sorted, &kind, self);
}

static void
show_about (CrPullRow *self)
{
  g_autofree char *words = cr_words_join (self->numbers != NULL ? self->numbers : "",
                                          self->waited != NULL ? self->waited : "", NULL);

  adw_action_row_set_subtitle (self->about, words);
}

static char *
say_wait (CrPullWait *wait)
{
  const CrExplanation *why = cr_explain_wait (wait->reason);
  gint64 end_ms = wait->ended_ms != 0 ? wait->ended_ms : cr_words_now_ms ();
  g_autofree char *duration = cr_words_duration (end_ms - wait->began_ms);

  /* Translators: why a pull waited, and how long: “Rate limit: 30 seconds” */
  return g_strdup_printf (_ ("%s: %s"), _ (why->title), duration);
}

static void
show_waits (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrPullRow *self = user_data;
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; items != NULL && i < items->len; i++)
    {
      g_autofree char *wait = say_wait (g_ptr_array_index (items, i));

      g_string_append_printf (words, "%s%s", i > 0 ? "\n" : "", wait);
    }
  if (items == NULL)
    return;
  g_free (self->waited);
  self->waited = g_strdup (words->str);
  show_about (self);
}

/* The log ------------------------------------------------------------------------------------- */

typedef struct
{
  CrPullRow *row; /* (owned) */
  char *path;     /* (owned) */
} SaveLog;

static void
save_log_free (SaveLog *save)
{
  g_object_unref (save->row);
  g_free (save->path);
  g_free (save);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SaveLog, save_log_free)

static void
fail_log (SaveLog *save, const GError *error)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (save->row));

  if (root != NULL)
    cr_dialogs_say (GTK_WINDOW (root), _ ("The Log Could Not Be Saved"),
                    cr_local_words (error->message));
}

static void
log_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SaveLog) save = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    fail_log (save, error);
  else
    gtk_widget_activate_action (GTK_WIDGET (save->row), "win.say", "s", _ ("Log saved"));
}

static void
got_log_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SaveLog) save = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) log = cr_engine_pull_log_finish (CR_ENGINE (source), result, &error);
  g_autoptr (GFile) file = g_file_new_for_path (save->path);

  if (log == NULL)
    {
      fail_log (save, error);
      return;
    }
  g_file_replace_contents_bytes_async (file, log, NULL, FALSE,
                                       G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                       NULL, log_written_cb, g_steal_pointer (&save));
}

static void
save_log (const char *path, gpointer user_data)
{
  CrPullRow *self = user_data;
  SaveLog *save;

  if (self->engine == NULL || self->pull_id == NULL)
    return;
  save = g_new (SaveLog, 1);
  *save = (SaveLog){ g_object_ref (self), g_strdup (path) };
  cr_engine_pull_log_async (self->engine, self->pull_id, NULL, got_log_cb, save);
}

static void
save_log_clicked_cb (CrPullRow *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  cr_dialogs_save_path (GTK_WINDOW (root), _ ("Save the Log of Requests"), "pull-log.txt", save_log,
                        g_object_ref (self), g_object_unref);
}

static void
expanded_cb (CrPullRow *self)
{
  CrListFilter waits = { .kind = CR_LIST_PULL_WAITS, .pull_id = self->pull_id };
  CrListFilter filter = { .kind = CR_LIST_QUERIES, .pull_id = self->pull_id };

  g_clear_pointer (&self->queries, cr_feed_stop);
  g_clear_pointer (&self->waits, cr_feed_stop);
  if (self->engine == NULL || self->pull_id == NULL ||
      !adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self)))
    return;
  self->is_sorted = FALSE;
  self->queries = cr_feed_new (self->engine, &filter, 200, CR_FEED_ON (QUERY) | CR_FEED_ON (PULL),
                               show_queries, self);
  self->waits = cr_feed_new (self->engine, &waits, 200, CR_FEED_ON (PULL), show_waits, self);
}

static char *
say_kept (CrPull *pull)
{
  g_autofree char *n = cr_words_number (pull->n_received);

  return g_strdup_printf (
      ngettext ("stopped, %s record kept", "stopped, %s records kept", pull->n_received), n);
}

static char *
say_counts (CrPull *pull)
{
  g_autofree char *new = count (ngettext ("%s new", "%s new", pull->n_new), pull->n_new);
  g_autofree char *changed =
      count (ngettext ("%s changed", "%s changed", pull->n_changed), pull->n_changed);
  g_autofree char *unchanged =
      count (ngettext ("%s unchanged", "%s unchanged", pull->n_unchanged), pull->n_unchanged);
  g_autofree char *failed =
      count (ngettext ("%s type failed", "%s types failed", pull->n_failed_queries),
             pull->n_failed_queries);
  g_autofree char *kept = NULL;

  /* What was not asked any more has not failed. */
  if (pull->status == CR_PULL_CANCELLED)
    {
      kept = say_kept (pull);
      return cr_words_join (kept, new, changed, unchanged, NULL);
    }
  return cr_words_join (new, changed, unchanged, failed, NULL);
}

static void
cr_pull_row_dispose (GObject *object)
{
  CrPullRow *self = CR_PULL_ROW (object);

  g_clear_pointer (&self->queries, cr_feed_stop);
  g_clear_pointer (&self->waits, cr_feed_stop);
  g_clear_pointer (&self->numbers, g_free);
  g_clear_pointer (&self->waited, g_free);
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
add_changes (CrPullRow *self)
{
  GtkWidget *arrow = gtk_image_new_from_icon_name ("go-next-symbolic");

  self->changes = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->changes), _ ("What changed"));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->changes), FALSE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->changes), arrow);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self->changes), TRUE);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), self->changes);
}

static void
add_about (CrPullRow *self)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Save Log…"));

  self->about = ADW_ACTION_ROW (adw_action_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->about), _ ("Requests and waits"));
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->about), FALSE);
  adw_action_row_set_subtitle_lines (self->about, 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self->about), FALSE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  cr_tip_set (button, _ ("Each request with its time and answer, without anything "
                         "that tells of whom"));
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (save_log_clicked_cb), self);
  adw_action_row_add_suffix (self->about, button);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), GTK_WIDGET (self->about));
}

static void
cr_pull_row_init (CrPullRow *self)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (self);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  self->state = CR_STATE_LABEL (cr_state_label_new ());
  adw_expander_row_add_action (row, GTK_WIDGET (self->state));
  add_changes (self);
  add_about (self);
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "inner-list");
  adw_expander_row_add_row (row, GTK_WIDGET (self->list));
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (gtk_widget_get_ancestor (GTK_WIDGET (self->list), GTK_TYPE_LIST_BOX_ROW)),
      GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Kinds of records"), -1);
  g_signal_connect (self, "notify::expanded", G_CALLBACK (expanded_cb), NULL);
}

GtkWidget *
cr_pull_row_new (CrEngine *engine)
{
  CrPullRow *self = g_object_new (CR_TYPE_PULL_ROW, NULL);

  self->engine = g_object_ref (engine);
  return GTK_WIDGET (self);
}

static char *
say_requests (CrPull *pull)
{
  g_autofree char *requests =
      count (ngettext ("%s request", "%s requests", pull->requests), pull->requests);
  g_autofree char *retries =
      count (ngettext ("%s retry", "%s retries", pull->retries), pull->retries);
  g_autofree char *pages = count (ngettext ("%s page", "%s pages", pull->pages), pull->pages);
  g_autofree char *size = g_format_size ((guint64) pull->bytes);

  return cr_words_join (requests, retries, pages, size, NULL);
}

/* The row and its head are two for a screen reader, and the focus is on either. */
static void
show_name (CrPullRow *self, CrPull *pull, const char *title, const char *subtitle)
{
  g_autofree char *words =
      cr_words_join (title, _ (cr_explain_pull (pull->status)->title), subtitle, NULL);
  GtkWidget *head = gtk_widget_get_first_child (GTK_WIDGET (self));

  while (head != NULL && !ADW_IS_ACTION_ROW (head))
    head = gtk_widget_get_first_child (head);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
  if (head != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (head), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                    -1);
}

void
cr_pull_row_show (CrPullRow *self, CrPull *pull)
{
  gint64 now_ms = cr_words_now_ms ();
  gint64 end_ms = pull->finished_ms != 0 ? pull->finished_ms : now_ms;
  g_autofree char *when = cr_words_time (pull->created_ms, now_ms);
  g_autofree char *time = cr_words_begin (when);
  g_autofree char *exact = cr_words_exact_time (pull->created_ms);
  g_autofree char *title = cr_words_join (time, pull->source_name ? pull->source_name : "", NULL);
  g_autofree char *why = cr_words_pull_trigger (pull);
  g_autofree char *trigger = cr_words_begin (why);
  g_autofree char *took =
      pull->started_ms == 0 ? g_strdup ("") : cr_words_duration (end_ms - pull->started_ms);
  g_autofree char *counts = say_counts (pull);
  g_autofree char *subtitle = cr_words_join (
      trigger, took, counts, pull->error_message ? cr_local_words (pull->error_message) : "", NULL);

  g_return_if_fail (CR_IS_PULL_ROW (self));

  if (g_strcmp0 (self->pull_id, pull->id) != 0)
    {
      g_free (self->pull_id);
      self->pull_id = g_strdup (pull->id);
      g_clear_pointer (&self->waited, g_free);
      gtk_actionable_set_action_target (GTK_ACTIONABLE (self->changes), "s", pull->id);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->changes), "win.show-pull-changes");
      expanded_cb (self);
    }
  g_free (self->numbers);
  self->numbers = say_requests (pull);
  show_about (self);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->changes), counts);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle);
  cr_tip_set (GTK_WIDGET (self), exact);
  cr_state_label_set (self->state, pull->status == CR_PULL_WAITING
                                       ? cr_explain_waiting (pull->waiting_for, pull->error_code)
                                       : cr_explain_pull (pull->status));
  show_name (self, pull, title, subtitle);
}
