/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"
#include "app/cr-activity-page.h"
#include "app/cr-api-key-dialog.h"
#include "app/cr-api-keys-group.h"
#include "app/cr-backup-dialog.h"
#include "app/cr-banner.h"
#include "app/cr-catalog-dialog.h"
#include "app/cr-chart.h"
#include "app/cr-compare-page.h"
#include "app/cr-connect-dialog.h"
#include "app/cr-connection-row.h"
#include "app/cr-deliveries-view.h"
#include "app/cr-desk-group.h"
#include "app/cr-destination-dialog.h"
#include "app/cr-destination-page.h"
#include "app/cr-destination-row.h"
#include "app/cr-destinations-page.h"
#include "app/cr-file-row.h"
#include "app/cr-help-dialog.h"
#include "app/cr-link-view.h"
#include "app/cr-lock-page.h"
#include "app/cr-looks-page.h"
#include "app/cr-note-dialog.h"
#include "app/cr-notice-group.h"
#include "app/cr-overview-page.h"
#include "app/cr-patient-dialog.h"
#include "app/cr-patient-page.h"
#include "app/cr-patients-page.h"
#include "app/cr-picker.h"
#include "app/cr-preferences-dialog.h"
#include "app/cr-pull-progress.h"
#include "app/cr-pull-row.h"
#include "app/cr-raw-view.h"
#include "app/cr-receipt-box.h"
#include "app/cr-reconnect-page.h"
#include "app/cr-record-page.h"
#include "app/cr-records-view.h"
#include "app/cr-run-page.h"
#include "app/cr-shortcuts-dialog.h"
#include "app/cr-sign-ins-view.h"
#include "app/cr-source-dialog.h"
#include "app/cr-sources-page.h"
#include "app/cr-suspend-dialog.h"
#include "app/cr-text-dialog.h"
#include "app/cr-trend-view.h"
#include "app/cr-vendors-dialog.h"
#include "app/cr-webhook-dialog.h"
#include "app/cr-webhook-page.h"
#include "app/cr-webhooks-page.h"
#include "app/cr-window.h"
#include "app/cr-work-row.h"

#define BASE "/io/github/chartroom/Chartroom"

typedef GType (*GetType) (void);

/* One a line, so that two additions do not meet. */
/* clang-format off */
static const GetType types[] = {
  cr_activity_page_get_type,
  cr_api_key_dialog_get_type,
  cr_api_keys_group_get_type,
  cr_backup_dialog_get_type,
  cr_banner_get_type,
  cr_catalog_dialog_get_type,
  cr_chart_get_type,
  cr_compare_page_get_type,
  cr_connect_dialog_get_type,
  cr_connection_row_get_type,
  cr_deliveries_view_get_type,
  cr_desk_group_get_type,
  cr_destination_dialog_get_type,
  cr_destination_page_get_type,
  cr_destination_row_get_type,
  cr_destinations_page_get_type,
  cr_file_row_get_type,
  cr_link_view_get_type,
  cr_lock_page_get_type,
  cr_looks_page_get_type,
  cr_note_dialog_get_type,
  cr_notice_group_get_type,
  cr_overview_page_get_type,
  cr_patient_dialog_get_type,
  cr_patient_page_get_type,
  cr_patients_page_get_type,
  cr_picker_get_type,
  cr_preferences_dialog_get_type,
  cr_pull_progress_get_type,
  cr_pull_row_get_type,
  cr_raw_view_get_type,
  cr_receipt_box_get_type,
  cr_reconnect_page_get_type,
  cr_record_page_get_type,
  cr_records_view_get_type,
  cr_run_page_get_type,
  cr_sign_ins_view_get_type,
  cr_source_dialog_get_type,
  cr_sources_page_get_type,
  cr_suspend_dialog_get_type,
  cr_help_dialog_get_type,
  cr_shortcuts_dialog_get_type,
  cr_text_dialog_get_type,
  cr_trend_view_get_type,
  cr_vendors_dialog_get_type,
  cr_webhook_dialog_get_type,
  cr_webhook_page_get_type,
  cr_webhooks_page_get_type,
  cr_window_get_type,
  cr_work_row_get_type,
};
/* clang-format on */

/* Builds it, and finds nothing left of it afterwards. */
static void
test_build (gconstpointer data)
{
  GetType get_type = *(const GetType *) data;
  GtkWidget *widget = g_object_new (get_type (), NULL);
  GtkWidget *watched = widget;

  g_object_add_weak_pointer (G_OBJECT (widget), (gpointer *) &watched);
  if (GTK_IS_WINDOW (widget))
    gtk_window_destroy (GTK_WINDOW (widget));
  else
    {
      g_object_ref_sink (widget);
      g_object_unref (widget);
    }
  app_test_settle ();
  g_assert_null (watched);
}

static GtkWidget *
find_child (GtkWidget *dialog, const char *name)
{
  return GTK_WIDGET (gtk_widget_get_template_child (dialog, CR_TYPE_SUSPEND_DIALOG, name));
}

/* The hour is left of the minute, also where lines begin at the right. */
static void
test_clock (void)
{
  GtkWidget *dialog, *hour, *minute;
  double x = 0;

  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  dialog = g_object_new (CR_TYPE_SUSPEND_DIALOG, NULL);
  gtk_switch_set_active (GTK_SWITCH (find_child (dialog, "ends")), TRUE);
  hour = find_child (dialog, "hour");
  minute = find_child (dialog, "minute");
  gtk_window_present (GTK_WINDOW (dialog));
  app_test_settle ();
  g_assert_true (gtk_widget_translate_coordinates (minute, hour, 0, 0, &x, NULL));
  g_assert_cmpfloat (x, >=, gtk_widget_get_width (hour));
  gtk_window_destroy (GTK_WINDOW (dialog));
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
}

/* Every template has a type that is built above, and so on for what a new one would forget. */
static void
test_all_templates (void)
{
  g_auto (GStrv) names = g_resources_enumerate_children (BASE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  guint n_templates = 0;

  for (guint i = 0; names[i] != NULL; i++)
    n_templates += g_str_has_suffix (names[i], ".ui");
  /* CrPullRow alone is built without one. */
  g_assert_cmpuint (n_templates, ==, G_N_ELEMENTS (types) - 1);
}

static void
test_icons (void)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gdk_display_get_default ());
  g_autoptr (GRegex) regex = g_regex_new (">([a-z-]+-symbolic)<", 0, 0, NULL);
  g_auto (GStrv) names = g_resources_enumerate_children (BASE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_path ("/", BASE, names[i], NULL);
      g_autoptr (GBytes) bytes =
          g_str_has_suffix (path, ".ui") ? g_resources_lookup_data (path, 0, NULL) : NULL;
      g_autofree char *text =
          bytes == NULL ? g_strdup ("")
                        : g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_autoptr (GMatchInfo) match = NULL;

      for (g_regex_match (regex, text, 0, &match); g_match_info_matches (match);
           g_match_info_next (match, NULL))
        {
          g_autofree char *icon = g_match_info_fetch (match, 1);

          if (!gtk_icon_theme_has_icon (theme, icon))
            g_error ("%s: there is no icon %s", names[i], icon);
        }
    }
}

/* The buttons that close a window and that lead back are the toolkit's, which names them itself. */
static gboolean
is_ours (GtkWidget *button)
{
  const char *action = gtk_actionable_get_action_name (GTK_ACTIONABLE (button));

  return action != NULL && !g_str_has_prefix (action, "window.") &&
         !g_str_has_prefix (action, "navigation.");
}

/* An icon alone says nothing to a screen reader. */
static void
check_labels (GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    check_labels (child);

  if (GTK_IS_BUTTON (widget) && gtk_button_get_icon_name (GTK_BUTTON (widget)) != NULL &&
      is_ours (widget) && gtk_widget_get_tooltip_text (widget) == NULL)
    g_error ("%s in %s: the button of %s with %s has no words", gtk_widget_get_name (widget),
             G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)),
             gtk_actionable_get_action_name (GTK_ACTIONABLE (widget)),
             gtk_button_get_icon_name (GTK_BUTTON (widget)));
}

static void
test_labels (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      GtkWidget *widget = g_object_new (types[i](), NULL);

      check_labels (widget);
      if (GTK_IS_WINDOW (widget))
        gtk_window_destroy (GTK_WINDOW (widget));
      else
        g_object_ref_sink (widget), g_object_unref (widget);
    }
}

/* However wide the window is, a search is no wider than the list it searches. */
static void
check_search (GtkWidget *widget, guint *n_bars)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    check_search (child, n_bars);

  if (GTK_IS_SEARCH_BAR (widget))
    {
      GtkWidget *clamp = gtk_search_bar_get_child (GTK_SEARCH_BAR (widget));

      g_assert_true (ADW_IS_CLAMP (clamp));
      g_assert_cmpint (adw_clamp_get_maximum_size (ADW_CLAMP (clamp)), ==, 1400);
      g_assert_true (GTK_IS_SEARCH_ENTRY (adw_clamp_get_child (ADW_CLAMP (clamp))));
      ++*n_bars;
    }
}

static void
test_search (void)
{
  const GetType pages[] = { cr_patients_page_get_type, cr_reconnect_page_get_type,
                            cr_sources_page_get_type };

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      GtkWidget *page = g_object_ref_sink (g_object_new (pages[i](), NULL));
      guint n_bars = 0;

      check_search (page, &n_bars);
      g_assert_cmpuint (n_bars, ==, 1);
      g_object_unref (page);
    }
}

/* Tab leads to whatever can have the focus, and on from it. -------------------------------------
 */

/* What shows nothing when it has the focus, and what its own arrows lead to. */
static gboolean
is_left_out (GtkWidget *widget)
{
  GtkWidget *mark = GTK_IS_CHECK_BUTTON (widget) ? gtk_widget_get_first_child (widget) : NULL;
  gboolean is_other_choice = mark != NULL &&
                             g_str_equal (gtk_widget_get_css_name (mark), "radio") &&
                             !gtk_check_button_get_active (GTK_CHECK_BUTTON (widget));

  /* libadwaita 1.7 makes a group of them. */
  if (g_str_equal (G_OBJECT_TYPE_NAME (widget), "AdwViewSwitcherButton"))
    is_other_choice = !gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (widget));

  return GTK_IS_SCROLLED_WINDOW (widget) || GTK_IS_SCROLLBAR (widget) ||
         GTK_IS_LIST_BOX_ROW (widget) || GTK_IS_LABEL (widget) || GTK_IS_LIST_BOX (widget) ||
         GTK_IS_LIST_VIEW (widget) || is_other_choice;
}

static void
collect (GtkWidget *widget, GPtrArray *found)
{
  if (!gtk_widget_get_mapped (widget) || !gtk_widget_is_sensitive (widget) ||
      !gtk_widget_get_can_focus (widget) || GTK_IS_NATIVE (widget))
    return;
  if (gtk_widget_get_focusable (widget) && !is_left_out (widget))
    g_ptr_array_add (found, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect (child, found);
}

static const char *
say_widget (GtkWidget *widget)
{
  GtkWidget *row = gtk_widget_get_ancestor (widget, ADW_TYPE_PREFERENCES_ROW);

  return GTK_IS_BUTTON (widget) && gtk_button_get_label (GTK_BUTTON (widget)) != NULL
           ? gtk_button_get_label (GTK_BUTTON (widget))
       : row != NULL ? adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row))
                     : gtk_widget_get_tooltip_text (widget);
}

static void
test_tab (gconstpointer data)
{
  GtkWidget *widget = g_object_new ((*(const GetType *) data) (), NULL);
  GtkWidget *window = GTK_IS_WINDOW (widget) ? widget : gtk_window_new ();
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  gboolean goes_on = TRUE;
  guint n_missed = 0;

  if (GTK_IS_LIST_BOX_ROW (widget))
    {
      gtk_window_set_child (GTK_WINDOW (window), gtk_list_box_new ());
      gtk_list_box_append (GTK_LIST_BOX (gtk_window_get_child (GTK_WINDOW (window))), widget);
    }
  else if (window != widget)
    gtk_window_set_child (GTK_WINDOW (window), widget);
  gtk_window_present (GTK_WINDOW (window));
  for (guint i = 0; i < 50 && !gtk_widget_get_mapped (widget); i++)
    app_test_settle ();
  /* Before it is laid out, GTK 4.18 leads nowhere. */
  for (guint i = 0; i < 500 && gtk_widget_get_mapped (widget) && gtk_widget_get_width (widget) == 0;
       i++)
    {
      g_usleep (10 * 1000);
      app_test_settle ();
    }
  gtk_root_set_focus (GTK_ROOT (window), NULL);
  for (guint i = 0; i < 300 && goes_on; i++)
    {
      goes_on = gtk_widget_child_focus (window, GTK_DIR_TAB_FORWARD);
      goes_on &= g_hash_table_add (reached, gtk_root_get_focus (GTK_ROOT (window)));
    }
  for (GtkWidget *child = gtk_widget_get_first_child (window); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect (child, found);
  for (guint i = 0; i < found->len; i++)
    if (!g_hash_table_contains (reached, found->pdata[i]))
      {
        g_test_message ("Tab does not lead to %s “%s”", G_OBJECT_TYPE_NAME (found->pdata[i]),
                        say_widget (found->pdata[i]));
        n_missed++;
      }
  gtk_window_destroy (GTK_WINDOW (window));
  app_test_settle ();
  if (n_missed > 0)
    g_test_fail ();
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *path = g_strconcat ("/app/templates/", g_type_name (types[i]()), NULL);

      g_autofree char *tab = g_strconcat ("/app/tab/", g_type_name (types[i]()), NULL);

      g_test_add_data_func (path, &types[i], test_build);
      g_test_add_data_func (tab, &types[i], test_tab);
    }
  g_test_add_func ("/app/templates/clock", test_clock);
  g_test_add_func ("/app/templates/all", test_all_templates);
  g_test_add_func ("/app/templates/icons", test_icons);
  g_test_add_func ("/app/templates/labels", test_labels);
  g_test_add_func ("/app/templates/search", test_search);
  return g_test_run ();
}
