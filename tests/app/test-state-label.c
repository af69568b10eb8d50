/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-remedy.h"
#include "app/cr-state-label.h"
#include "base/cr-error.h"

#include <math.h>

typedef const CrExplanation *(*Explain) (int value);

#define EXPLAINER(name, type)                                                                      \
  static const CrExplanation *explain_##name (int value)                                           \
  {                                                                                                \
    return cr_explain_##name ((type) value);                                                       \
  }

EXPLAINER (record_status, CrRecordStatus)
EXPLAINER (connection, CrConnectionStatus)
EXPLAINER (session, CrSessionStatus)
EXPLAINER (attempt, CrAttemptStatus)
EXPLAINER (failure, CrFailureCode)
EXPLAINER (pull, CrPullStatus)
EXPLAINER (wait, CrWaitReason)
EXPLAINER (query, CrQueryStatus)
EXPLAINER (hold, CrHoldStatus)
EXPLAINER (guard, CrGuardResult)
EXPLAINER (destination, CrDestinationStatus)
EXPLAINER (run, CrRunStatus)
EXPLAINER (item, CrItemStatus)

static GtkWidget *
part (GtkWidget *label, gboolean is_icon)
{
  GtkWidget *box = adw_bin_get_child (ADW_BIN (label));

  return is_icon ? gtk_widget_get_first_child (box) : gtk_widget_get_last_child (box);
}

static void
check (const CrExplanation *explanation)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gdk_display_get_default ());
  GtkWidget *label = g_object_ref_sink (cr_state_label_new ());

  cr_state_label_set (CR_STATE_LABEL (label), explanation);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (part (label, FALSE))), !=, "");
  g_assert_true (gtk_widget_has_css_class (label, explanation->tone));
  if (!gtk_icon_theme_has_icon (theme, gtk_image_get_icon_name (GTK_IMAGE (part (label, TRUE)))))
    g_error ("“%s” has no icon %s", explanation->title, explanation->icon);

  cr_state_label_set (CR_STATE_LABEL (label), NULL);
  g_assert_false (gtk_widget_has_css_class (label, explanation->tone));
  g_assert_false (gtk_widget_get_visible (label));
  g_object_unref (label);
}

static void
check_all (GType type, Explain explain, int first)
{
  GEnumClass *klass = g_type_class_ref (type);

  for (int value = MAX (first, klass->minimum); value <= klass->maximum; value++)
    check (explain (value));
  g_type_class_unref (klass);
}

static void
test_states (void)
{
  check_all (CR_TYPE_RECORD_STATUS, explain_record_status, 0);
  check_all (CR_TYPE_CONNECTION_STATUS, explain_connection, 0);
  check_all (CR_TYPE_SESSION_STATUS, explain_session, 0);
  check_all (CR_TYPE_ATTEMPT_STATUS, explain_attempt, 0);
  check_all (CR_TYPE_FAILURE_CODE, explain_failure, CR_FAILURE_NONE + 1);
  check_all (CR_TYPE_PULL_STATUS, explain_pull, 0);
  check_all (CR_TYPE_WAIT_REASON, explain_wait, CR_WAIT_NONE + 1);
  check_all (CR_TYPE_QUERY_STATUS, explain_query, 0);
  check_all (CR_TYPE_HOLD_STATUS, explain_hold, 0);
  check_all (CR_TYPE_GUARD_RESULT, explain_guard, 0);
  check_all (CR_TYPE_DESTINATION_STATUS, explain_destination, 0);
  check_all (CR_TYPE_RUN_STATUS, explain_run, 0);
  check_all (CR_TYPE_ITEM_STATUS, explain_item, 0);
}

/* Whatever there is to do has a button once all ids are known, and none when none is. */
static void
test_remedies (void)
{
  CrRemedyIds all = { "user_1", "conn_1", "pull_1", "dest_1", "run_1", "fhirsrc_1" };
  CrRemedyIds none = { NULL, NULL, NULL, NULL, NULL, NULL };
  const char *action, *target, *label;

  g_assert_false (cr_remedy_find (CR_REMEDY_NONE, &all, &action, &target, &label));
  for (int remedy = CR_REMEDY_NONE + 1; remedy <= CR_REMEDY_RESUME_SOURCE; remedy++)
    {
      g_assert_true (cr_remedy_find ((CrRemedy) remedy, &all, &action, &target, &label));
      g_assert_true (g_str_has_prefix (action, "win."));
      g_assert_cmpstr (label, !=, "");
      if (remedy != CR_REMEDY_UNLOCK_KEYRING && remedy != CR_REMEDY_CHECK_KEYRING)
        g_assert_false (cr_remedy_find ((CrRemedy) remedy, &none, &action, &target, &label));
    }
}

static void
test_patient_alone (void)
{
  CrRemedyIds ids = { .patient_id = "user_1" };
  const char *action, *target, *label;

  g_assert_true (cr_remedy_find (CR_REMEDY_RECONNECT, &ids, &action, &target, &label));
  g_assert_cmpstr (action, ==, "win.connect-for");
  g_assert_cmpstr (target, ==, "user_1");
}

static double
linear (double part)
{
  return part <= 0.03928 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
brightness (const GdkRGBA *color)
{
  return 0.2126 * linear (color->red) + 0.7152 * linear (color->green) +
         0.0722 * linear (color->blue);
}

/* By WCAG 2.1 §1.4.6, which asks for 7. */
static double
contrast (const GdkRGBA *one, const GdkRGBA *other)
{
  double a = brightness (one), b = brightness (other);

  return (MAX (a, b) + 0.05) / (MIN (a, b) + 0.05);
}

static void
test_contrast (void)
{
  static const char *const tones[] = { "success", "warning", "error", "accent" };
  static const char *const grounds[] = { "window_bg_color", "view_bg_color", "dialog_bg_color",
                                         "popover_bg_color" };
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_FORCE_LIGHT,
                                            ADW_COLOR_SCHEME_FORCE_DARK };

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[i]);
      for (guint j = 0; j < G_N_ELEMENTS (tones); j++)
        for (guint k = 0; k < G_N_ELEMENTS (grounds); k++)
          {
            GtkWidget *label = g_object_ref_sink (cr_state_label_new ());
            GtkStyleContext *style = gtk_widget_get_style_context (label);
            GdkRGBA color, ground;

            gtk_widget_add_css_class (label, tones[j]);
            gtk_style_context_get_color (style, &color);
            g_assert_true (gtk_style_context_lookup_color (style, grounds[k], &ground));
            g_test_message ("%s on %s", tones[j], grounds[k]);
            g_assert_cmpfloat (contrast (&color, &ground), >=, 7);
            g_object_unref (label);
          }
    }
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
}

int
main (int argc, char **argv)
{
  g_setenv ("ADW_DEBUG_HIGH_CONTRAST", "1", TRUE);
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/state-label/states", test_states);
  g_test_add_func ("/app/state-label/remedies", test_remedies);
  g_test_add_func ("/app/state-label/patient-alone", test_patient_alone);
  g_test_add_func ("/app/state-label/contrast", test_contrast);
  return g_test_run ();
}
