/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-destination-page.h"

#include "app/cr-action-switch.h"
#include "app/cr-app-init.h"
#include "app/cr-destination-row.h"
#include "app/cr-destinations-page.h"
#include "app/cr-feed.h"
#include "app/cr-figures.h"
#include "app/cr-remedy.h"
#include "app/cr-row-name.h"
#include "app/cr-rows.h"
#include "app/cr-run-page.h"
#include "app/cr-state-label.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-engine-views.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

#define N_RUNS 30

struct _CrDestinationPage
{
  CrPage parent_instance;

  GtkStack *stack;
  GtkLabel *name;
  GtkLabel *about;
  CrStateLabel *state;
  GtkLabel *trouble;
  GtkButton *remedy;
  GtkButton *export_now;
  GtkButton *test;
  GtkButton *edit;
  GtkSwitch *enabled;
  GtkMenuButton *menu;
  GtkLabel *latest;
  GtkLabel *total;
  GtkProgressBar *bar;
  GtkLabel *progress;
  CrFigures *figures;
  GtkListBox *runs;
  GtkWidget *no_runs;
  GtkButton *older;

  char *id; /* (owned) (nullable) */
  guint n_runs;
  gint64 newest_ms;  /* when the newest run shown came; before any are, later than all */
  guint n_delivered; /* when the patients were counted last */
  gboolean is_counting;
  CrFeed *feed;      /* (owned) (nullable) */
  CrFeed *runs_feed; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrDestinationPage, cr_destination_page, CR_TYPE_PAGE)

static const char *
run_key (gpointer item)
{
  return CR_EXPORT_RUN (item)->id;
}

static GtkWidget *
make_run (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new ();
  GtkWidget *state = cr_state_label_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), state);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_object_set_data (G_OBJECT (row), "cr-state", state);
  g_object_set_data (G_OBJECT (row), "cr-button", button);
  return row;
}

/* A narrow row has no room for it; the page of the run has it too. */
static void
show_button (GtkButton *button, CrPage *page)
{
  gboolean is_wanted = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "cr-wanted"));

  gtk_widget_set_visible (GTK_WIDGET (button), is_wanted && !cr_page_get_narrow (page));
}

static void
narrow_cb (CrDestinationPage *self)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->runs, i)) != NULL; i++)
    show_button (g_object_get_data (G_OBJECT (row), "cr-button"), CR_PAGE (self));
}

static void
show_run (GtkWidget *row, gpointer item, gpointer owner)
{
  CrDestinationPage *self = owner;
  CrExportRun *run = item;
  CrStateLabel *label = g_object_get_data (G_OBJECT (row), "cr-state");
  GtkButton *button = g_object_get_data (G_OBJECT (row), "cr-button");
  const CrExplanation *state = run->status == CR_RUN_WAITING
                                 ? cr_explain_waiting (run->waiting_for, run->error_code)
                                 : cr_explain_run (run->status);
  CrRemedyIds ids = { .run_id = run->id, .destination_id = run->destination_id };
  CrRemedy remedy = cr_run_status_is_final (run->status) ? state->remedy : CR_REMEDY_CANCEL;
  g_autofree char *when = cr_words_time (run->created_ms, cr_words_now_ms ());
  g_autofree char *time = cr_words_begin (when);
  g_autofree char *exact = cr_words_exact_time (run->created_ms);
  g_autofree char *title = cr_words_join (time, _ (cr_explain_run_trigger (run->trigger)), NULL);
  g_autofree char *numbers = cr_run_page_say_figures (run);
  g_autofree char *figures = cr_words_join (
      numbers, run->error_message != NULL ? cr_local_words (run->error_message) : "", NULL);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), figures);
  cr_tip_set (row, exact);
  cr_run_page_tell (label, run, gtk_label_get_text (self->name));
  /* One that came and ended between two looks began as each does. */
  if (run->created_ms > self->newest_ms)
    cr_state_label_set (label, cr_explain_run (CR_RUN_QUEUED));
  cr_state_label_set (label, state);
  cr_remedy_set_button (button, remedy, &ids);
  g_object_set_data (G_OBJECT (button), "cr-wanted",
                     GINT_TO_POINTER (gtk_widget_get_visible (GTK_WIDGET (button))));
  show_button (button, CR_PAGE (owner));
  g_object_set_data_full (G_OBJECT (row), "cr-id", g_strdup (run->id), g_free);
  cr_row_name_set (row);
}

/* Failing: the retry on top, unless the settings are to be corrected first. For the other states
 * there are a switch and a button already. */
static void
show_way_out (CrDestinationPage *self, CrDestination *destination)
{
  CrRemedyIds ids = { .run_id = destination->retry_run };
  gboolean is_edit = destination->status == CR_DESTINATION_ACTION_REQUIRED;

  cr_remedy_set_button (
      self->remedy, destination->retry_run != NULL ? CR_REMEDY_RETRY_RUN : CR_REMEDY_NONE, &ids);
  cr_remedy_suggest (GTK_WIDGET (self->edit), is_edit);
  cr_remedy_suggest (GTK_WIDGET (self->remedy), !is_edit);
}

static void
runs_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { run_key, make_run, show_run };
  CrDestinationPage *self = user_data;

  if (items == NULL)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->runs), items->len > 0);
  cr_rows_fill (self->runs, items, &kind, self);
  self->newest_ms = items->len > 0 ? CR_EXPORT_RUN (items->pdata[0])->created_ms : 0;
  gtk_widget_set_visible (self->no_runs, items->len == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->older), items->len >= self->n_runs);
}

static void
activated_cb (GtkListBox *box, GtkListBoxRow *row, CrDestinationPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-run", "s",
                              g_object_get_data (G_OBJECT (row), "cr-id"));
}

static void
older_cb (GtkButton *button, CrDestinationPage *self)
{
  self->n_runs += N_RUNS;
  cr_feed_set_limit (self->runs_feed, self->n_runs);
}

static guint
count_waiting (CrDestination *destination)
{
  guint done = destination->n_delivered + destination->n_failing + destination->n_withdrawn;

  return destination->n_stored > done ? destination->n_stored - done : 0;
}

static const char *
say_work (const CrWork *work)
{
  return work->is_queued || work->waiting_for != CR_WAIT_NONE
           ? _ ("The latest pull is still to be exported.")
           : _ ("The latest pull is being exported.");
}

/* Whether the latest pull has been exported, and the figures in a line. */
static void
show_latest (CrDestinationPage *self, CrDestination *destination)
{
  guint n_waiting = count_waiting (destination);
  g_autofree char *waiting = cr_words_number (n_waiting);
  g_autofree char *stored = cr_words_number (destination->n_stored);
  g_autofree char *delivered = cr_words_number (destination->n_delivered);
  g_autofree char *failing = cr_words_number (destination->n_failing);
  g_autofree char *withdrawn = cr_words_number (destination->n_withdrawn);
  g_autofree char *to_withdraw = cr_words_number (destination->n_to_withdraw);
  g_autoptr (GString) text = g_string_new (NULL);

  if (destination->n_stored == 0)
    g_string_append (text, _ ("Nothing is stored yet that could be exported."));
  else if (destination->work != NULL)
    g_string_append (text, say_work (destination->work));
  else if (n_waiting == destination->n_stored)
    g_string_append (text, _ ("The latest pull is still to be exported."));
  else if (n_waiting > 0 && destination->n_failing > 0)
    g_string_append_printf (
        text,
        ngettext ("The latest pull is exported, but for what fails and for %s record that is held "
                  "or waits for the next run.",
                  "The latest pull is exported, but for what fails and for %s records that are "
                  "held or wait for the next run.",
                  n_waiting),
        waiting);
  else if (n_waiting > 0)
    g_string_append_printf (
        text,
        ngettext ("The latest pull is exported, but for %s record that is held or waits for the "
                  "next run.",
                  "The latest pull is exported, but for %s records that are held or wait for the "
                  "next run.",
                  n_waiting),
        waiting);
  else if (destination->n_failing > 0)
    g_string_append (text, _ ("The latest pull is exported, but for what fails."));
  else
    g_string_append (text, _ ("The latest pull is exported."));

  /* Without withdrawals the figures below say all of it. */
  if (destination->n_withdrawn > 0 || destination->n_to_withdraw > 0)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text, _ ("Stored %s · delivered %s · %s failing"), stored, delivered,
                              failing);
    }
  if (destination->n_withdrawn > 0)
    g_string_append_printf (text, _ (" · %s withdrawn"), withdrawn);
  if (destination->n_to_withdraw > 0)
    g_string_append_printf (text, _ (" · %s still to be withdrawn"), to_withdraw);
  gtk_label_set_text (self->latest, text->str);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrDestinationPage) self = user_data;
  g_autoptr (GError) error = NULL;
  gint64 n = cr_engine_count_delivered_finish (CR_ENGINE (source), result, &error);
  g_autofree char *n_patients = cr_words_number (MAX (n, 0));
  g_autofree char *n_records = cr_words_number (self->n_delivered);
  g_autofree char *patients =
      g_strdup_printf (ngettext ("%s patient", "%s patients", (gulong) MAX (n, 0)), n_patients);
  g_autofree char *records =
      g_strdup_printf (ngettext ("%s record", "%s records", self->n_delivered), n_records);
  /* Translators: “10,330 records” and “12 patients” */
  g_autofree char *words =
      self->n_delivered == 0
          ? g_strdup (_ ("Delivered here in all: nothing"))
          : g_strdup_printf (_ ("Delivered here in all: %s of %s"), records, patients);

  self->is_counting = FALSE;
  if (n < 0 && !cr_error_is_cancelled (error))
    g_message ("The patients of a destination could not be counted: %s", error->message);
  if (n < 0)
    return;
  gtk_label_set_text (self->total, words);
  gtk_widget_set_visible (GTK_WIDGET (self->total), TRUE);
}

/* It looks at every patient: when somebody looks, and not again while an export goes on. */
static void
count_patients (CrDestinationPage *self, CrDestination *destination)
{
  gboolean is_shown = gtk_widget_get_visible (GTK_WIDGET (self->total));
  gboolean is_new = !is_shown || destination->n_delivered != self->n_delivered;

  if (self->is_counting || !is_new || (is_shown && destination->work != NULL) ||
      !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->is_counting = TRUE;
  self->n_delivered = destination->n_delivered;
  cr_engine_count_delivered_async (cr_page_get_engine (CR_PAGE (self)), self->id,
                                   cr_page_get_cancellable (CR_PAGE (self)), counted_cb,
                                   g_object_ref (self));
}

/* Whatever became of it, the switch says in the end what is so. */
static void
pressed_cb (CrDestinationPage *self)
{
  if (self->feed != NULL)
    cr_feed_refresh (self->feed);
}

static void
show_figures (CrDestinationPage *self, CrDestination *destination)
{
  g_autofree char *time = cr_words_time (destination->last_exported_ms, cr_words_now_ms ());
  g_autofree char *exact = cr_words_exact_time (destination->last_exported_ms);

  cr_figures_set (self->figures, 0, _ ("Last exported"), time,
                  destination->last_exported_ms == 0 ? NULL : exact);
  cr_figures_set_number (self->figures, 1, _ ("Stored"), destination->n_stored);
  cr_figures_set_number (self->figures, 2, C_ ("records", "Delivered"), destination->n_delivered);
  cr_figures_set_number (self->figures, 3, _ ("Failing"), destination->n_failing);
  cr_figures_set_number (self->figures, 4, _ ("Waiting"), count_waiting (destination));
  cr_figures_set_number (self->figures, 5, _ ("Failed runs"), destination->n_failed_runs);
}

static char *
say_where (CrDestination *destination)
{
  const char *url = cr_destination_get (destination, "url");
  const char *endpoint = cr_destination_get (destination, "endpoint");
  const char *bucket = cr_destination_get (destination, "bucket");
  const char *path = cr_destination_get (destination, "path");
  g_autofree char *host = cr_words_address (url != NULL ? url : endpoint);

  return cr_words_join (cr_destinations_page_kind_label (destination->kind), host,
                        bucket != NULL ? bucket : "", path != NULL ? path : "", NULL);
}

static const char *
say_trouble (CrDestination *destination, gboolean is_calm)
{
  if (destination->action_required != NULL)
    return cr_local_words (destination->action_required);
  if (is_calm && destination->left_behind != NULL)
    return cr_local_words (destination->left_behind);

  return _ (cr_explain_destination_now (destination)->sentence);
}

static void
show_destination (CrDestinationPage *self, CrDestination *destination)
{
  const CrExplanation *state = cr_explain_destination_now (destination);
  g_autofree char *about = say_where (destination);
  gboolean is_calm = destination->status == CR_DESTINATION_IDLE ||
                     (destination->status == CR_DESTINATION_RUNNING &&
                      destination->work->waiting_for == CR_WAIT_NONE);

  cr_page_set_title (CR_PAGE (self), destination->name);
  gtk_label_set_text (self->name, destination->name);
  gtk_label_set_text (self->about, about);
  cr_state_label_set (self->state, state);
  gtk_widget_set_visible (GTK_WIDGET (self->trouble), !is_calm || destination->left_behind != NULL);
  gtk_label_set_text (self->trouble, say_trouble (destination, is_calm));
  show_way_out (self, destination);
  gtk_widget_set_sensitive (GTK_WIDGET (self->export_now), destination->is_enabled);
  cr_action_switch_show (self->enabled, destination->is_enabled);
  show_latest (self, destination);
  count_patients (self, destination);
  cr_destination_row_show_progress (destination, self->bar, self->progress);
  show_figures (self, destination);
  gtk_stack_set_visible_child_name (self->stack, "destination");
}

static void
feed_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrDestinationPage *self = user_data;

  if (items != NULL && items->len > 0)
    show_destination (self, items->pdata[0]);
  else if (error != NULL && g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    gtk_stack_set_visible_child_name (self->stack, "gone");
}

static void
add_rewinds (CrDestinationPage *self, GMenu *menu)
{
  static const struct
  {
    const char *label;
    gint32 n_days; /* 0: all */
  } rewinds[] = {
    { N_ ("What Was Stored Since Yesterday…"), 1 },
    { N_ ("What Was Stored in the Last Week…"), 7 },
    { N_ ("What Was Stored in the Last Month…"), 30 },
    { N_ ("Everything…"), 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rewinds); i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (_ (rewinds[i].label), NULL);

      g_menu_item_set_action_and_target (item, "win.rewind-destination", "(si)", self->id,
                                         rewinds[i].n_days);
      g_menu_append_item (menu, item);
    }
}

static void
set_up_actions (CrDestinationPage *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) rewinds = g_menu_new ();
  g_autoptr (GMenuItem) again = g_menu_item_new (_ ("_Count What Is There…"), NULL);
  g_autoptr (GMenuItem) duplicate = g_menu_item_new (_ ("_Duplicate Destination"), NULL);
  g_autoptr (GMenuItem) remove = g_menu_item_new (_ ("Remove Destination…"), NULL);

  add_rewinds (self, rewinds);
  g_menu_append_submenu (menu, _ ("Send _Again"), G_MENU_MODEL (rewinds));
  g_menu_item_set_action_and_target (again, "win.compare-destination", "s", self->id);
  g_menu_append_item (menu, again);
  g_menu_item_set_action_and_target (duplicate, "win.duplicate-destination", "s", self->id);
  g_menu_append_item (menu, duplicate);
  cr_action_switch_set_up (self->enabled, "enable-destination", "disable-destination", self->id);
  g_signal_connect_swapped (self->enabled, "notify::active", G_CALLBACK (pressed_cb), self);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->export_now), "s", self->id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->test), "s", self->id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->edit), "s", self->id);
  g_menu_item_set_action_and_target (remove, "win.remove-destination", "s", self->id);
  g_menu_append_item (menu, remove);
  gtk_menu_button_set_menu_model (self->menu, G_MENU_MODEL (menu));
}

static void
cr_destination_page_dispose (GObject *object)
{
  CrDestinationPage *self = CR_DESTINATION_PAGE (object);

  g_clear_pointer (&self->feed, cr_feed_stop);
  g_clear_pointer (&self->runs_feed, cr_feed_stop);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (cr_destination_page_parent_class)->dispose (object);
}

static void
cr_destination_page_class_init (CrDestinationPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_destination_page_dispose;
  g_type_ensure (CR_TYPE_STATE_LABEL);
  g_type_ensure (CR_TYPE_FIGURES);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-destination-page"));
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, name);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, about);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, state);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, trouble);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, remedy);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, export_now);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, test);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, edit);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, enabled);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, menu);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, latest);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, total);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, bar);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, progress);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, figures);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, runs);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, no_runs);
  gtk_widget_class_bind_template_child (widget_class, CrDestinationPage, older);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, older_cb);
}

static void
cr_destination_page_init (CrDestinationPage *self)
{
  self->n_runs = N_RUNS;
  self->newest_ms = G_MAXINT64;
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "notify::narrow", G_CALLBACK (narrow_cb), NULL);
}

GtkWidget *
cr_destination_page_new (CrEngine *engine, const char *destination_id)
{
  CrDestinationPage *self = g_object_new (CR_TYPE_DESTINATION_PAGE, NULL);
  CrListFilter filter = { .kind = CR_LIST_RUNS, .destination_id = destination_id };

  self->id = g_strdup (destination_id);
  cr_page_set_engine (CR_PAGE (self), engine);
  set_up_actions (self);
  self->feed = cr_feed_new_for_object (engine, CR_LIST_DESTINATIONS, destination_id,
                                       CR_FEED_ON (DESTINATION) | CR_FEED_ON (RUN), feed_cb, self);
  cr_feed_keep_time (self->feed);
  self->runs_feed = cr_feed_new (engine, &filter, self->n_runs, CR_FEED_ON (RUN), runs_cb, self);
  cr_feed_keep_time (self->runs_feed);
  return GTK_WIDGET (self);
}

const char *
cr_destination_page_get_id (CrDestinationPage *self)
{
  g_return_val_if_fail (CR_IS_DESTINATION_PAGE (self), NULL);

  return self->id;
}
