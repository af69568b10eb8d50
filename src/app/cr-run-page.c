/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-run-page.h"

#include "app/cr-app-init.h"
#include "app/cr-feed.h"
#include "app/cr-figures.h"
#include "app/cr-receipt-box.h"
#include "app/cr-remedy.h"
#include "app/cr-row-name.h"
#include "app/cr-rows.h"
#include "app/cr-time-tip.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define N_ITEMS 100

struct _CrRunPage
{
  CrPage parent_instance;

  GtkStack *stack;
  GtkLabel *heading;
  GtkLabel *about;
  CrStateLabel *state;
  GtkLabel *trouble;
  GtkWidget *ways;
  GtkButton *edit;
  GtkButton *retry;
  GtkButton *cancel;
  GtkButton *pause;
  GtkButton *resume;
  GtkWidget *preview_box;
  GtkLabel *preview;
  GtkButton *retry_all;
  CrFigures *figures;
  CrReceiptBox *receipt;
  GtkWidget *errors_box;
  GtkListBox *errors;
  GtkListBox *items;
  GtkLabel *no_items;
  GtkToggleButton *failed_only;
  GtkButton *more;

  char *id; /* (owned) (nullable) */
  guint n_items;
  gboolean is_withdrawal;
  CrRunStatus status;
  gboolean has_items;   /* though the list may show none of them */
  char *destination;    /* (owned) (nullable): its name */
  char *begun;          /* (owned) (nullable): by whom or by what, in words */
  CrFeed *destinations; /* (owned) (nullable): of the one the run goes to */
  CrFeed *feed;         /* (owned) (nullable) */
  CrFeed *items_feed;   /* (owned) (nullable) */
  CrFeed *failed_feed;  /* (owned) (nullable): for the groups */
};

G_DEFINE_FINAL_TYPE (CrRunPage, cr_run_page, CR_TYPE_PAGE)

static const char *
item_key (gpointer item)
{
  return CR_EXPORT_ITEM (item)->id;
}

static GtkWidget *
make_item (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *state = cr_state_label_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), state);
  g_object_set_data (G_OBJECT (row), "cr-state", state);
  return row;
}

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

static char *
say_item (CrExportItem *item)
{
  g_autofree char *records =
      count (ngettext ("%s record", "%s records", item->n_resources), item->n_resources);
  g_autofree char *refused =
      count (ngettext ("%s refused", "%s refused", item->n_failed), item->n_failed);
  g_autofree char *size = item->bytes == 0 ? g_strdup ("") : g_format_size ((guint64) item->bytes);
  g_autofree char *tries =
      item->attempts < 2
          ? g_strdup ("")
          : count (ngettext ("%s attempt", "%s attempts", item->attempts), item->attempts);
  g_autofree char *time = cr_words_time (item->next_attempt_ms, cr_words_now_ms ());
  g_autofree char *next =
      item->next_attempt_ms == 0 ? g_strdup ("") : g_strdup_printf (_ ("next attempt %s"), time);
  const char *problem = item->error_message != NULL ? cr_local_words (item->error_message) : "";

  return cr_words_join (records, refused, size, tries, next, problem, NULL);
}

/* “Condition batch 1”; a file has the name it has. */
static char *
say_name (const char *name)
{
  char type[64];
  guint n;
  int end = 0;

  if (sscanf (name, "%63[A-Za-z] batch %u%n", type, &n, &end) != 2 || name[end] != '\0')
    return g_strdup (name);
  /* Translators: a type of FHIR and a number, such as “Condition batch 1” */
  return g_strdup_printf (_ ("%s batch %u"), type, n);
}

static void
show_item (GtkWidget *row, gpointer object, gpointer owner)
{
  CrRunPage *self = owner;
  CrExportItem *item = object;
  const CrExplanation *state = self->is_withdrawal ? cr_explain_withdrawn (item->status)
                             : self->status == CR_RUN_CANCELLED
                                 ? cr_explain_cancelled_item (item->status)
                                 : cr_explain_item (item->status);
  gboolean is_bare = item->status == CR_ITEM_SUPERSEDED && item->error_message == NULL;
  g_autofree char *figures = say_item (item);
  g_autofree char *words = cr_words_join (figures, is_bare ? _ (state->sentence) : "", NULL);
  g_autofree char *name = say_name (item->name);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
  cr_time_tip_add (row, item->sha256, item->next_attempt_ms, 0);
  cr_state_label_set (g_object_get_data (G_OBJECT (row), "cr-state"), state);
  cr_row_name_set (row);
}

static const char *
say_no_items (CrRunPage *self)
{
  if (self->has_items)
    return gtk_toggle_button_get_active (self->failed_only)
             ? _ ("No item of this run has failed. Press “Failed Only” once more to see all of "
                  "them.")
             : "";
  switch (self->status)
    {
    case CR_RUN_QUEUED:
      return _ ("The run has not begun yet. What it sends appears here by itself.");
    case CR_RUN_RUNNING:
      return _ ("Chartroom is looking for what there is to send. It appears here by itself.");
    case CR_RUN_WAITING:
      return _ ("The run waits, and has sent nothing yet. What it sends appears here once it goes "
                "on.");
    case CR_RUN_COMPLETE:
      return self->is_withdrawal
               ? _ ("There was nothing to take back. Nothing needs to be done.")
               : _ ("Nothing was new, so there was nothing to send. The next run starts by itself "
                    "after a pull.");
    case CR_RUN_CANCELLED:
      return _ ("It was cancelled before anything was sent. The next run sends what is missing.");
    case CR_RUN_PARTIAL:
    case CR_RUN_FAILED:
    default:
      return _ ("It ended before anything was sent. Mend what is said above, then retry.");
    }
}

static void
show_no_items (CrRunPage *self)
{
  const char *words = say_no_items (self);

  gtk_label_set_text (self->no_items, words);
  gtk_widget_set_visible (GTK_WIDGET (self->no_items),
                          words[0] != '\0' && !gtk_widget_get_visible (GTK_WIDGET (self->items)));
  gtk_widget_set_visible (GTK_WIDGET (self->failed_only), self->has_items);
}

static void
items_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  static const CrRowKind kind = { item_key, make_item, show_item };
  CrRunPage *self = user_data;

  if (items == NULL)
    return;
  cr_rows_fill (self->items, items, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->items), items->len > 0);
  show_no_items (self);
  gtk_widget_set_visible (GTK_WIDGET (self->more), items->len >= self->n_items);
}

/* “Condition in Condition batch 1”, or the item alone; the name of a type has no space. */
static char *
say_example (const char *example)
{
  const char *behind = strstr (example, " in ");
  gboolean has_type = behind != NULL && strchr (example, ' ') == behind;
  g_autofree char *type = has_type ? g_strndup (example, (gsize) (behind - example)) : NULL;
  g_autofree char *name = say_name (has_type ? behind + strlen (" in ") : example);

  return has_type ? g_strdup_printf (_ ("such as %s in %s"), type, name)
                  : g_strdup_printf (_ ("such as %s"), name);
}

static GtkWidget *
add_cause (CrRunPage *self)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name ("dialog-error-symbolic");

  gtk_widget_add_css_class (icon, "error");
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_list_box_append (self->errors, row);
  return row;
}

/* Once where both read the same. */
static char *
say_seen (const CrErrorCause *cause)
{
  gint64 now_ms = cr_words_now_ms ();
  g_autofree char *first = cr_words_time (cause->first_ms, now_ms);
  g_autofree char *last = cr_words_time (cause->last_ms, now_ms);

  if (cause->last_ms == 0)
    return g_strdup ("");
  if (g_str_equal (first, last))
    /* Translators: a time, such as “5 minutes ago” */
    return g_strdup_printf (_ ("seen %s"), first);
  /* Translators: two times, such as “today 9:12” and “5 minutes ago” */
  return g_strdup_printf (_ ("first seen %s, last seen %s"), first, last);
}

static void
show_cause (GtkWidget *row, const CrErrorCause *cause)
{
  g_autofree char *records = count (ngettext ("%s record", "%s records", cause->n), cause->n);
  g_autofree char *example = say_example (cause->example != NULL ? cause->example : "–");
  g_autofree char *seen = say_seen (cause);
  g_autofree char *words = cr_words_join (
      records, seen, example,
      cause->is_retried ? _ ("will be retried") : _ ("the cause is unchanged"), NULL);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), cause->message != NULL
                                                                ? cr_local_words (cause->message)
                                                                : _ ("No reason was given."));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
  cr_time_tip_set (row, cause->first_ms, cause->last_ms > cause->first_ms ? cause->last_ms : 0);
  cr_row_name_set (row);
}

/* A row keeps its place and the focus in it while its words change. */
static void
show_causes (CrRunPage *self, GPtrArray *causes)
{
  GtkListBoxRow *row;

  for (guint i = 0; i < causes->len; i++)
    {
      row = gtk_list_box_get_row_at_index (self->errors, (int) i);
      show_cause (row != NULL ? GTK_WIDGET (row) : add_cause (self), causes->pdata[i]);
    }
  while ((row = gtk_list_box_get_row_at_index (self->errors, (int) causes->len)) != NULL)
    gtk_list_box_remove (self->errors, GTK_WIDGET (row));
  gtk_widget_set_visible (self->errors_box, causes->len > 0);
}

static void
show_preview (CrRunPage *self, CrRetryPreview *preview)
{
  g_autofree char *retried = cr_words_number (preview->n_retried);
  g_autofree char *left = cr_words_number (preview->n_left);
  g_autofree char *words =
      preview->n_retried > 0
          ? g_strdup_printf (_ ("%s will be retried, %s will not: the cause is unchanged."),
                             retried, left)
          : g_strdup_printf (_ ("The cause of all %s is unchanged. Retry when it was mended at the "
                                "destination."),
                             left);

  gtk_label_set_text (self->preview, words);
  gtk_widget_set_visible (self->preview_box, preview->n_left > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->retry_all), preview->n_retried > 0);
}

static void
previewed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrRunPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrRetryPreview) preview =
      cr_engine_preview_retry_finish (CR_ENGINE (source), result, &error);

  if (preview == NULL || self->id == NULL)
    return;
  show_causes (self, preview->causes);
  show_preview (self, preview);
}

/* Only told that something about the failures has changed, or that time goes by. */
static void
failed_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrRunPage *self = user_data;
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));

  if (items != NULL && engine != NULL)
    cr_engine_preview_retry_async (engine, self->id, NULL, previewed_cb, g_object_ref (self));
}

static void
list_items (CrRunPage *self)
{
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  CrListFilter filter = { .kind = CR_LIST_ITEMS,
                          .run_id = self->id,
                          .failed_only = gtk_toggle_button_get_active (self->failed_only) };

  g_clear_pointer (&self->items_feed, cr_feed_stop);
  if (engine == NULL)
    return;
  self->items_feed = cr_feed_new (engine, &filter, self->n_items,
                                  CR_FEED_ON (ITEM) | CR_FEED_ON (RUN), items_cb, self);
  cr_feed_keep_time (self->items_feed);
}

static void
failed_only_cb (GtkToggleButton *button, CrRunPage *self)
{
  list_items (self);
}

static void
more_cb (GtkButton *button, CrRunPage *self)
{
  self->n_items += N_ITEMS;
  cr_feed_set_limit (self->items_feed, self->n_items);
}

static void
show_figures (CrRunPage *self, CrExportRun *run)
{
  gint64 end_ms = run->completed_ms != 0 ? run->completed_ms : cr_words_now_ms ();
  g_autofree char *took =
      run->started_ms == 0 ? g_strdup ("–") : cr_words_duration (end_ms - run->started_ms);
  g_autofree char *size = g_format_size ((guint64) MAX (run->bytes, 0));

  if (run->is_withdrawal)
    cr_figures_set (self->figures, 0, _ ("Patients"), "–", NULL);
  else
    cr_figures_set_number (self->figures, 0, _ ("Patients"), run->n_patients);
  cr_figures_set_number (self->figures, 1,
                         run->is_withdrawal ? _ ("Withdrawn") : _ ("Records delivered"),
                         run->n_resources);
  cr_figures_set_number (self->figures, 2, _ ("Items"), run->n_items);
  cr_figures_set_number (self->figures, 3, _ ("Failed items"), run->n_failed_items);
  cr_figures_set (self->figures, 4, _ ("Size"), size, NULL);
  cr_figures_set (self->figures, 5, _ ("Took"), took, NULL);
}

static char *
say_next (CrExportRun *run)
{
  g_autofree char *time = cr_words_time (run->wait_until_ms, cr_words_now_ms ());

  return run->status == CR_RUN_WAITING && run->wait_until_ms > 0
           ? g_strdup_printf (_ ("next attempt %s"), time)
           : NULL;
}

static void
show_about (CrRunPage *self)
{
  g_autofree char *about =
      cr_words_join (self->destination != NULL ? self->destination : "", self->begun, NULL);

  gtk_label_set_text (self->about, about);
}

static void
destination_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrRunPage *self = user_data;

  if (items == NULL || items->len == 0)
    return;
  g_free (self->destination);
  self->destination = g_strdup (CR_DESTINATION (items->pdata[0])->name);
  show_about (self);
}

/* Until the settings are corrected a retry would end the same way. */
static void
show_way_out (CrRunPage *self, CrExportRun *run)
{
  CrRemedyIds ids = { .destination_id = run->destination_id };
  gboolean can_retry = cr_export_run_can_retry (run);
  gboolean is_edit = cr_export_run_needs_edit (run);

  cr_remedy_set_button (self->edit, is_edit ? CR_REMEDY_EDIT_DESTINATION : CR_REMEDY_NONE, &ids);
  gtk_widget_set_visible (GTK_WIDGET (self->retry), can_retry);
  cr_remedy_suggest (GTK_WIDGET (self->retry), !is_edit);
  gtk_widget_set_visible (self->ways, can_retry || !cr_run_status_is_final (run->status));
}

static void
show_run (CrRunPage *self, CrExportRun *run)
{
  const CrExplanation *state = run->status == CR_RUN_WAITING
                                 ? cr_explain_waiting (run->waiting_for, run->error_code)
                                 : cr_explain_run (run->status);
  g_autofree char *time = cr_words_time (run->created_ms, cr_words_now_ms ());
  g_autofree char *title =
      g_strdup_printf (run->is_withdrawal ? _ ("Withdrawal, %s") : _ ("Export run, %s"), time);
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  gboolean is_told_else; /* of each item */
  g_autofree char *next = say_next (run);
  g_autofree char *trigger = cr_words_begin (_ (cr_explain_run_trigger (run->trigger)));

  g_free (self->begun);
  self->begun =
      cr_words_join (trigger, run->person ? run->person : "",
                     run->retry_of != NULL ? _ ("retries what failed in an earlier run") : "",
                     next != NULL ? next : "", NULL);
  if (self->destinations == NULL && engine != NULL)
    self->destinations = cr_feed_new_for_object (engine, CR_LIST_DESTINATIONS, run->destination_id,
                                                 CR_FEED_ON (DESTINATION), destination_cb, self);
  cr_page_set_title (CR_PAGE (self), title);
  gtk_label_set_text (self->heading, title);
  cr_time_tip_set (GTK_WIDGET (self->heading), run->created_ms, 0);
  cr_time_tip_set (GTK_WIDGET (self->about), run->status == CR_RUN_WAITING ? run->wait_until_ms : 0,
                   0);
  show_about (self);
  if (self->destination != NULL)
    cr_run_page_tell (self->state, run, self->destination);
  cr_state_label_set (self->state, state);
  gtk_widget_set_visible (GTK_WIDGET (self->trouble), run->error_message != NULL);
  gtk_label_set_text (self->trouble,
                      run->error_message != NULL ? cr_local_words (run->error_message) : "");
  show_way_out (self, run);
  gtk_widget_set_visible (GTK_WIDGET (self->cancel), !cr_run_status_is_final (run->status));
  gtk_widget_set_visible (GTK_WIDGET (self->pause), !cr_run_status_is_final (run->status) &&
                                                        run->waiting_for != CR_WAIT_PAUSED);
  gtk_widget_set_visible (GTK_WIDGET (self->resume), run->status == CR_RUN_WAITING);
  show_figures (self, run);
  is_told_else = self->is_withdrawal != run->is_withdrawal ||
                 (self->status == CR_RUN_CANCELLED) != (run->status == CR_RUN_CANCELLED);
  self->is_withdrawal = run->is_withdrawal;
  self->status = run->status;
  self->has_items = run->n_items > 0;
  show_no_items (self);
  if (is_told_else)
    list_items (self);
  gtk_widget_set_visible (GTK_WIDGET (self->receipt), run->is_withdrawal);
  if (run->is_withdrawal && engine != NULL)
    cr_receipt_box_show (self->receipt, engine, run->id);
  gtk_stack_set_visible_child_name (self->stack, "run");
}

static void
feed_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrRunPage *self = user_data;

  if (items != NULL && items->len > 0)
    show_run (self, items->pdata[0]);
  else if (error != NULL && g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    gtk_stack_set_visible_child_name (self->stack, "gone");
}

static void
cr_run_page_dispose (GObject *object)
{
  CrRunPage *self = CR_RUN_PAGE (object);

  g_clear_pointer (&self->destinations, cr_feed_stop);
  g_clear_pointer (&self->destination, g_free);
  g_clear_pointer (&self->begun, g_free);
  g_clear_pointer (&self->feed, cr_feed_stop);
  g_clear_pointer (&self->items_feed, cr_feed_stop);
  g_clear_pointer (&self->failed_feed, cr_feed_stop);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (cr_run_page_parent_class)->dispose (object);
}

static void
cr_run_page_class_init (CrRunPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_run_page_dispose;
  g_type_ensure (CR_TYPE_STATE_LABEL);
  g_type_ensure (CR_TYPE_RECEIPT_BOX);
  g_type_ensure (CR_TYPE_FIGURES);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-run-page"));
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, heading);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, about);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, state);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, trouble);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, ways);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, edit);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, retry);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, cancel);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, pause);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, resume);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, preview_box);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, preview);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, retry_all);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, figures);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, receipt);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, errors_box);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, errors);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, items);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, no_items);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, failed_only);
  gtk_widget_class_bind_template_child (widget_class, CrRunPage, more);
  gtk_widget_class_bind_template_callback (widget_class, failed_only_cb);
  gtk_widget_class_bind_template_callback (widget_class, more_cb);
}

static void
cr_run_page_init (CrRunPage *self)
{
  self->n_items = N_ITEMS;
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
cr_run_page_new (CrEngine *engine, const char *run_id)
{
  CrRunPage *self = g_object_new (CR_TYPE_RUN_PAGE, NULL);
  CrListFilter failed = { .kind = CR_LIST_ITEMS, .run_id = run_id, .failed_only = TRUE };

  self->id = g_strdup (run_id);
  cr_page_set_engine (CR_PAGE (self), engine);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->retry), "s", run_id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->cancel), "s", run_id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->pause), "s", run_id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->resume), "s", run_id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->retry_all), "s", run_id);
  self->feed = cr_feed_new_for_object (engine, CR_LIST_RUNS, run_id,
                                       CR_FEED_ON (RUN) | CR_FEED_ON (ITEM), feed_cb, self);
  cr_feed_keep_time (self->feed);
  self->failed_feed =
      cr_feed_new (engine, &failed, 1000, CR_FEED_ON (ITEM) | CR_FEED_ON (RUN), failed_cb, self);
  cr_feed_keep_time (self->failed_feed);
  list_items (self);
  return GTK_WIDGET (self);
}

char *
cr_run_page_say_figures (CrExportRun *run)
{
  gint64 end_ms = run->completed_ms != 0 ? run->completed_ms : cr_words_now_ms ();
  const char *nothing = run->n_resources > 0            ? ""
                      : run->status == CR_RUN_COMPLETE  ? _ ("nothing was new")
                      : run->status == CR_RUN_CANCELLED ? _ ("nothing was sent")
                                                        : "";
  g_autofree char *patients =
      count (ngettext ("%s patient", "%s patients", run->n_patients), run->n_patients);
  g_autofree char *records =
      run->is_withdrawal
          ? count (ngettext ("%s withdrawn", "%s withdrawn", run->n_resources), run->n_resources)
          : count (ngettext ("%s record", "%s records", run->n_resources), run->n_resources);
  g_autofree char *files = count (ngettext ("%s file", "%s files", run->n_files), run->n_files);
  g_autofree char *failed = count (
      ngettext ("%s item failed", "%s items failed", run->n_failed_items), run->n_failed_items);
  g_autofree char *size = run->bytes <= 0 ? g_strdup ("") : g_format_size ((guint64) run->bytes);
  g_autofree char *took =
      run->started_ms == 0 ? g_strdup ("") : cr_words_duration (end_ms - run->started_ms);

  return cr_words_join (nothing, patients, records, files, size, took, failed, NULL);
}

void
cr_run_page_tell (CrStateLabel *state, CrExportRun *run, const char *destination)
{
  g_autofree char *about = g_strdup_printf (
      run->is_withdrawal ? _ ("Withdrawal from %s") : _ ("Export to %s"), destination);
  g_autofree char *records =
      count (ngettext ("%s record", "%s records", run->n_resources), run->n_resources);
  g_autofree char *failed = count (
      ngettext ("%s item failed", "%s items failed", run->n_failed_items), run->n_failed_items);
  g_autofree char *more = cr_words_join (run->is_withdrawal ? "" : records, failed, NULL);

  cr_state_label_tell (state, about, more);
}
