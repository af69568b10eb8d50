/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-auth-words.h"

#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "engine/cr-local-words.h"
#include "model/cr-explain.h"

#include <adwaita.h>
#include <glib/gi18n.h>

typedef struct
{
  const char *success;
  const char *failure;
  const char *in_progress;
} StepWords;

static const StepWords steps[] = {
  [CR_AUTH_STEP_REDIRECT] = { N_ ("Sent to the portal"), N_ ("Could not be sent to the portal"),
                              N_ ("On the way to the portal") },
  [CR_AUTH_STEP_CONSENT] = { N_ ("The patient agreed"), N_ ("The patient did not agree"),
                             N_ ("The patient is at the portal") },
  [CR_AUTH_STEP_CALLBACK] = { N_ ("Came back from the portal"),
                              N_ ("The portal sent the patient back with an error"),
                              N_ ("Coming back from the portal") },
  [CR_AUTH_STEP_EXCHANGE] = { N_ ("The portal gave access"), N_ ("The portal gave no access"),
                              N_ ("Asking the portal for access") },
  [CR_AUTH_STEP_PATIENT] = { N_ ("Found the patient at the portal"),
                             N_ ("Could not tell which patient this is"),
                             N_ ("Looking up the patient") },
  [CR_AUTH_STEP_REFRESH] = { N_ ("Access was renewed"), N_ ("Access could not be renewed"),
                             N_ ("Renewing access") },
  [CR_AUTH_STEP_GUARD] = { N_ ("Compared with the clinic’s patient"),
                           N_ ("The portal’s patient differs from the clinic’s"),
                           N_ ("Comparing with the clinic’s patient") },
  [CR_AUTH_STEP_DISCONNECT] = { N_ ("Disconnected"), N_ ("Could not be disconnected"),
                                N_ ("Disconnecting") },
  [CR_AUTH_STEP_DECISION] = { N_ ("Released: the right patient"),
                              N_ ("Rejected: not the right patient"),
                              N_ ("Somebody has to decide") },
  [CR_AUTH_STEP_SCOPES] = { N_ ("Everything asked for was granted"),
                            N_ ("The portal granted less than was asked for"),
                            N_ ("Comparing what was granted") },
};

const char *
cr_auth_words_step (CrAuthStep step, CrAuthOutcome outcome)
{
  switch (outcome)
    {
    case CR_AUTH_OUTCOME_SUCCESS:
      return _ (steps[step].success);
    case CR_AUTH_OUTCOME_FAILURE:
      return _ (steps[step].failure);
    case CR_AUTH_OUTCOME_IN_PROGRESS:
      return _ (steps[step].in_progress);
    default:
      g_assert_not_reached ();
    }
}

static const char *
icon_for (CrAuthOutcome outcome)
{
  switch (outcome)
    {
    case CR_AUTH_OUTCOME_SUCCESS:
      return "object-select-symbolic";
    case CR_AUTH_OUTCOME_FAILURE:
      return "dialog-error-symbolic";
    case CR_AUTH_OUTCOME_IN_PROGRESS:
      return "content-loading-symbolic";
    default:
      g_assert_not_reached ();
    }
}

/* When nothing came back, no step says what happened. */
static const char *
say_step (CrAuthEvent *event)
{
  if (event->outcome == CR_AUTH_OUTCOME_FAILURE &&
      (event->code == CR_FAILURE_NO_ANSWER || event->code == CR_FAILURE_SESSION_EXPIRED))
    return _ (cr_explain_failure (event->code)->title);
  return cr_auth_words_step (event->step, event->outcome);
}

/* No more than the title has, but for the full stop. */
static gboolean
is_said (const char *text, const char *title)
{
  gsize length = strlen (title);

  return g_str_has_prefix (text, title) &&
         (text[length] == '\0' || g_str_equal (text + length, "."));
}

/* That nothing came back is in what is to be done about it. */
char *
cr_auth_words_more (CrAuthEvent *event)
{
  const char *description = event->description != NULL ? cr_local_words (event->description) : "";

  if (event->code == CR_FAILURE_NONE)
    return g_strdup (is_said (description, say_step (event)) ? "" : description);
  if (event->code == CR_FAILURE_NO_ANSWER)
    return g_strdup (_ (cr_explain_failure (event->code)->sentence));
  return cr_words_join (_ (cr_explain_failure (event->code)->sentence), description, NULL);
}

const char *
cr_auth_row_key (gpointer item)
{
  return CR_AUTH_EVENT (item)->id;
}

GtkWidget *
cr_auth_row_make (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  g_object_set_data (G_OBJECT (row), "cr-icon", icon);
  return row;
}

void
cr_auth_row_show (GtkWidget *row, gpointer item, gpointer owner)
{
  CrAuthEvent *event = item;
  GtkImage *icon = g_object_get_data (G_OBJECT (row), "cr-icon");
  g_autofree char *when = cr_words_time (event->at_ms, cr_words_now_ms ());
  g_autofree char *time = cr_words_begin (when);
  g_autofree char *exact = cr_words_exact_time (event->at_ms);
  g_autofree char *more = cr_auth_words_more (event);
  g_autofree char *subtitle =
      cr_words_join (time, event->source_name != NULL ? event->source_name : "", more, NULL);

  gtk_image_set_from_icon_name (icon, icon_for (event->outcome));
  gtk_widget_remove_css_class (GTK_WIDGET (icon), "error");
  gtk_widget_remove_css_class (GTK_WIDGET (icon), "success");
  if (event->outcome != CR_AUTH_OUTCOME_IN_PROGRESS)
    gtk_widget_add_css_class (GTK_WIDGET (icon),
                              event->outcome == CR_AUTH_OUTCOME_SUCCESS ? "success" : "error");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), say_step (event));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  cr_tip_set (row, exact);
}
