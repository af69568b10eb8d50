/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-overview-page.h"

#include "app/cr-app-init.h"
#include "app/cr-chart.h"
#include "app/cr-column-layout.h"
#include "app/cr-figures.h"
#include "app/cr-need-words.h"
#include "app/cr-overview-feed.h"
#include "app/cr-rows.h"
#include "app/cr-time-tip.h"
#include "app/cr-tip.h"
#include "app/cr-unfold.h"
#include "app/cr-words.h"
#include "app/cr-work-row.h"

#include <glib/gi18n.h>

#define PAUSE_MS 1000

struct _CrOverviewPage
{
  CrPage parent_instance;

  GtkStack *stack;
  GtkListBox *needs;
  GtkWidget *no_needs;
  GtkWidget *work_part;
  GtkLabel *work_title;
  GtkListBox *work;
  GtkWidget *figures_part;
  CrFigures *figures;
  GtkBox *charts;
  CrChart *landed;
  CrChart *pulls;
  GtkWidget *troubles_part;
  GtkListBox *troubles;

  CrOverviewFeed *feed; /* (owned) (nullable) */
  GPtrArray *order;     /* (owned): keys of the needs as they stand */
};

G_DEFINE_FINAL_TYPE (CrOverviewPage, cr_overview_page, CR_TYPE_PAGE)

static const CrSeries landed_series[] = {
  { N_ ("records"), "accent_bg_color", CR_PATTERN_SOLID },
};
/* In the order of CrOverviewCount, from the complete ones. */
static const CrSeries pull_series[] = {
  { N_ ("complete"), "success_color", CR_PATTERN_SOLID },
  { N_ ("partial"), "warning_color", CR_PATTERN_STRIPES },
  { N_ ("failed"), "error_color", CR_PATTERN_LINES },
  { N_ ("cancelled"), NULL, CR_PATTERN_HOLLOW },
};

/* Needs ---------------------------------------------------------------------------------------- */

static const char *
need_key (gpointer item)
{
  return ((CrNeed *) item)->key;
}

static GtkWidget *
make_label (GtkWidget *box)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

/* The button stands beside the words, below them where the window is narrow. */
static GtkWidget *
make_need (gpointer owner)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *button = gtk_button_new ();
  GtkWidget *about;

  gtk_widget_set_layout_manager (texts, cr_column_layout_new (3));
  g_object_set_data (G_OBJECT (row), "cr-title", make_label (texts));
  about = make_label (texts);
  gtk_widget_add_css_class (about, "caption");
  gtk_widget_add_css_class (about, "dim-label");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (line, TRUE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (button, GTK_ALIGN_END);
  gtk_accessible_update_state (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_widget_add_css_class (box, "card-row");
  gtk_box_append (GTK_BOX (line), icon);
  gtk_box_append (GTK_BOX (line), texts);
  gtk_box_append (GTK_BOX (box), line);
  gtk_box_append (GTK_BOX (box), button);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  cr_page_bind_header (owner, GTK_ORIENTABLE (box));
  g_object_set_data (G_OBJECT (row), "cr-about", about);
  g_object_set_data (G_OBJECT (row), "cr-icon", icon);
  g_object_set_data (G_OBJECT (row), "cr-button", button);
  return row;
}

static void
show_button (GtkWidget *button, const CrNeedWords *words)
{
  g_autofree char *label = g_strdup_printf ("%s: %s", words->button, words->title);

  gtk_button_set_label (GTK_BUTTON (button), words->button);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  if (words->target != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", words->target);
  else
    gtk_actionable_set_action_target_value (GTK_ACTIONABLE (button), NULL);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), words->action);
}

static void
show_need (GtkWidget *row, gpointer item, gpointer owner)
{
  const CrNeed *need = item;
  g_autoptr (CrNeedWords) words = cr_need_words_new (need, cr_words_now_ms ());
  GtkWidget *icon = g_object_get_data (G_OBJECT (row), "cr-icon");
  g_autofree char *label = cr_words_join (words->title, words->about, NULL);
  const char *classes[] = { words->tone, NULL };

  gtk_label_set_text (g_object_get_data (G_OBJECT (row), "cr-title"), words->title);
  gtk_label_set_text (g_object_get_data (G_OBJECT (row), "cr-about"), words->about);
  cr_time_tip_set (row, need->since_ms, need->until_ms > 0 ? need->until_ms : need->made_ms);
  if (g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (icon)), words->icon) != 0)
    gtk_image_set_from_icon_name (GTK_IMAGE (icon), words->icon);
  if (!gtk_widget_has_css_class (icon, words->tone))
    gtk_widget_set_css_classes (icon, classes);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  show_button (g_object_get_data (G_OBJECT (row), "cr-button"), words);
}

static CrNeed *
take_need (GPtrArray *needs, const char *key)
{
  for (guint i = 0; i < needs->len; i++)
    if (g_str_equal (need_key (needs->pdata[i]), key))
      return g_ptr_array_steal_index (needs, i);
  return NULL;
}

/* What stands stays where it stands, under the pointer; what is new comes on top. */
static void
keep_order (CrOverviewPage *self, GPtrArray *needs)
{
  g_autoptr (GPtrArray) old = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_need_free);

  for (guint i = 0; i < self->order->len; i++)
    {
      CrNeed *need = take_need (needs, self->order->pdata[i]);

      if (need != NULL)
        g_ptr_array_add (old, need);
    }
  while (old->len > 0)
    g_ptr_array_add (needs, g_ptr_array_steal_index (old, 0));

  g_ptr_array_set_size (self->order, 0);
  for (guint i = 0; i < needs->len; i++)
    g_ptr_array_add (self->order, g_strdup (need_key (needs->pdata[i])));
}

static void
show_needs (CrOverviewPage *self, GPtrArray *needs)
{
  static const CrRowKind kind = { need_key, make_need, show_need };

  keep_order (self, needs);
  cr_rows_fill (self->needs, needs, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->needs), needs->len > 0);
  gtk_widget_set_visible (self->no_needs, needs->len == 0);
}

/* Work ----------------------------------------------------------------------------------------- */

static const char *
work_key (gpointer item)
{
  return ((CrWork *) item)->id;
}

static GtkWidget *
make_work (gpointer owner)
{
  return cr_work_row_new ();
}

static void
show_work_row (GtkWidget *row, gpointer item, gpointer owner)
{
  cr_work_row_show (CR_WORK_ROW (row), item);
}

static void
show_work (CrOverviewPage *self, CrOverview *overview)
{
  static const CrRowKind kind = { work_key, make_work, show_work_row };
  g_autofree char *running = cr_words_number (overview->n_running);
  g_autofree char *queued = cr_words_number (overview->n_queued);
  g_autofree char *words =
      overview->n_queued == 0 && overview->n_running == 0 ? g_strdup (_ ("Waiting"))
      : overview->n_queued == 0
          ? g_strdup_printf (_ ("Running now: %s"), running)
          : g_strdup_printf (_ ("Running now: %s · %s waiting for their turn"), running, queued);

  gtk_label_set_text (self->work_title, words);
  cr_rows_fill (self->work, overview->work, &kind, self);
  gtk_widget_set_visible (GTK_WIDGET (self->work), overview->work->len > 0);
  gtk_widget_set_visible (self->work_part, overview->work->len > 0 || overview->n_queued > 0);
}

/* Portals -------------------------------------------------------------------------------------- */

static const char *
trouble_key (gpointer item)
{
  return ((CrPortalTrouble *) item)->source_id;
}

static GtkWidget *
make_trouble (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *test = gtk_button_new_with_label (_ ("Test…"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_valign (test, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), test);
  g_object_set_data (G_OBJECT (row), "cr-test", test);
  return row;
}

static char *
say_waiting (const CrPortalTrouble *trouble, const char *all)
{
  g_autofree char *n = cr_words_number (trouble->n_waiting);

  return trouble->n_waiting > 0 ? g_strdup_printf (_ ("%s of %s wait for it"), n, all)
                                : g_strdup ("");
}

static char *
say_failing (const CrPortalTrouble *trouble, const char *all)
{
  g_autofree char *n = cr_words_number (trouble->n_failing);

  return trouble->n_failing > 0 ? g_strdup_printf (_ ("pulls of %s of %s fail"), n, all)
                                : g_strdup ("");
}

static char *
say_partial (const CrPortalTrouble *trouble, const char *all)
{
  g_autofree char *n = cr_words_number (trouble->n_partial);

  return trouble->n_partial > 0 ? g_strdup_printf (_ ("%s of %s get only some kinds"), n, all)
                                : g_strdup ("");
}

static char *
say_trouble (const CrPortalTrouble *trouble)
{
  g_autofree char *all = cr_words_number (trouble->n_all);
  g_autofree char *waiting = say_waiting (trouble, all);
  g_autofree char *failing = say_failing (trouble, all);
  g_autofree char *partial = say_partial (trouble, all);
  g_autofree char *time = cr_words_time (trouble->since_ms, cr_words_now_ms ());
  g_autofree char *last = g_strdup_printf (_ ("last trouble %s"), time);

  return cr_words_join (waiting, failing, partial, last, NULL);
}

static void
show_trouble (GtkWidget *row, gpointer item, gpointer owner)
{
  const CrPortalTrouble *trouble = item;
  GtkWidget *test = g_object_get_data (G_OBJECT (row), "cr-test");
  g_autofree char *about = say_trouble (trouble);
  g_autofree char *label = cr_words_join (trouble->name, about, NULL);
  g_autofree char *button = g_strdup_printf (_ ("Test %s"), trouble->name);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), trouble->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), about);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (test), GTK_ACCESSIBLE_PROPERTY_LABEL, button, -1);
  cr_row_button_set_action (test, "win.test-source", trouble->source_id);
  cr_time_tip_set (row, trouble->since_ms, 0);
}

static void
show_troubles (CrOverviewPage *self, GPtrArray *troubles)
{
  static const CrRowKind kind = { trouble_key, make_trouble, show_trouble };

  cr_rows_fill (self->troubles, troubles, &kind, self);
  gtk_widget_set_visible (self->troubles_part, troubles->len > 0);
}

/* Figures -------------------------------------------------------------------------------------- */

static gint64
count_pulls (const CrOverview *overview)
{
  gint64 n = 0;

  for (guint i = CR_COUNT_PULL_COMPLETE; i < CR_N_COUNTS; i++)
    n += cr_overview_sum (overview, (CrOverviewCount) i, 1);
  return n;
}

static void
show_figures (CrOverviewPage *self, const CrOverview *overview)
{
  cr_figures_set_number (self->figures, 0, _ ("Pulls today"), count_pulls (overview));
  cr_figures_set_number (self->figures, 1, _ ("Records landed today"),
                         cr_overview_sum (overview, CR_COUNT_LANDED, 1));
  cr_figures_set_number (self->figures, 2, _ ("Delivered today"),
                         cr_overview_sum (overview, CR_COUNT_DELIVERED, 1));
  cr_figures_set_number (self->figures, 3, _ ("Deliveries failing"), overview->n_failing);
  cr_figures_set_number (self->figures, 4, _ ("Patients with access"), overview->n_connected);
  cr_figures_set_number (self->figures, 5, _ ("Records kept"), overview->n_records);
}

static void
overview_cb (CrOverview *overview, const GError *error, gpointer user_data)
{
  CrOverviewPage *self = user_data;

  if (overview == NULL)
    {
      g_message ("The overview could not be read: %s", error->message);
      return;
    }
  if (overview->n_patients == 0 && overview->n_sources == 0 && overview->n_destinations == 0)
    {
      gtk_stack_set_visible_child_name (self->stack, "welcome");
      return;
    }
  show_needs (self, overview->needs);
  show_work (self, overview);
  show_troubles (self, overview->troubles);
  show_figures (self, overview);
  cr_chart_set_values (self->landed, overview->days, CR_OVERVIEW_DAYS,
                       overview->counts[CR_COUNT_LANDED]);
  cr_chart_set_values (self->pulls, overview->days, CR_OVERVIEW_DAYS,
                       overview->counts[CR_COUNT_PULL_COMPLETE]);
  cr_unfold (GTK_WIDGET (self), self->figures_part, self->charts, NULL);
  gtk_stack_set_visible_child_name (self->stack, "overview");
}

/* Asked for by hand, the newest are on top again. */
static void
cr_overview_page_refresh (CrPage *page)
{
  CrOverviewPage *self = CR_OVERVIEW_PAGE (page);

  g_ptr_array_set_size (self->order, 0);
  cr_overview_feed_refresh (self->feed);
}

static void
cr_overview_page_dispose (GObject *object)
{
  CrOverviewPage *self = CR_OVERVIEW_PAGE (object);

  g_clear_pointer (&self->feed, cr_overview_feed_stop);
  g_clear_pointer (&self->order, g_ptr_array_unref);
  G_OBJECT_CLASS (cr_overview_page_parent_class)->dispose (object);
}

static void
cr_overview_page_class_init (CrOverviewPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_overview_page_dispose;
  CR_PAGE_CLASS (klass)->refresh = cr_overview_page_refresh;
  g_type_ensure (CR_TYPE_CHART);
  g_type_ensure (CR_TYPE_FIGURES);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-overview-page"));
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, needs);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, no_needs);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, work_part);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, work_title);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, work);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, figures_part);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, figures);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, charts);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, landed);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, pulls);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, troubles_part);
  gtk_widget_class_bind_template_child (widget_class, CrOverviewPage, troubles);
}

static void
cr_overview_page_init (CrOverviewPage *self)
{
  self->order = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_page_bind_header (CR_PAGE (self), GTK_ORIENTABLE (self->charts));
  cr_chart_set_up (self->landed, _ ("Records Landed, 30 Days"), landed_series,
                   G_N_ELEMENTS (landed_series));
  cr_chart_set_up (self->pulls, _ ("Pulls by Outcome, 30 Days"), pull_series,
                   G_N_ELEMENTS (pull_series));
}

GtkWidget *
cr_overview_page_new (CrEngine *engine)
{
  CrOverviewPage *self = g_object_new (CR_TYPE_OVERVIEW_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  self->feed = cr_overview_feed_new (engine, PAUSE_MS, overview_cb, self);
  return GTK_WIDGET (self);
}
