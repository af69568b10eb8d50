/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-remedy.h"

#include "app/cr-wrap.h"

#include <glib/gi18n.h>

typedef struct
{
  const char *action;
  const char *target;
  const char *label;
} Way;

/* Two ways for one remedy: by the more exact id first, by the patient otherwise. */
static Way
choose (const char *exact,
        const char *exact_action,
        const char *wide,
        const char *wide_action,
        const char *label)
{
  if (exact != NULL)
    return (Way){ exact_action, exact, label };
  if (wide != NULL)
    return (Way){ wide_action, wide, label };
  return (Way){ NULL, NULL, NULL };
}

static Way
find_cancel (const CrRemedyIds *ids)
{
  return choose (ids->pull_id, "win.cancel-pull", ids->run_id, "win.cancel-run", _ ("Cancel"));
}

static Way
find (CrRemedy remedy, const CrRemedyIds *ids)
{
  switch (remedy)
    {
    case CR_REMEDY_NONE:
      break;
    case CR_REMEDY_CONNECT:
      return choose (ids->connection_id, "win.reconnect", ids->patient_id, "win.connect-for",
                     _ ("Make a Link…"));
    case CR_REMEDY_RECONNECT:
      return choose (ids->connection_id, "win.reconnect", ids->patient_id, "win.connect-for",
                     _ ("Reconnect…"));
    case CR_REMEDY_PULL:
      return choose (ids->connection_id, "win.pull-connection", ids->patient_id, "win.pull-now",
                     _ ("Pull Now"));
    case CR_REMEDY_REVIEW_PULL:
      return choose (ids->patient_id, "win.show-pulls", NULL, NULL, _ ("Pull History"));
    case CR_REMEDY_CANCEL:
      return find_cancel (ids);
    case CR_REMEDY_DECIDE_HOLD:
      return choose (ids->connection_id, "win.decide-hold", ids->patient_id,
                     "win.decide-patient-hold", _ ("Decide…"));
    case CR_REMEDY_RETRY_RUN:
      return choose (ids->run_id, "win.retry-run", ids->destination_id, "win.show-destination",
                     ids->run_id != NULL ? _ ("Retry Failed") : _ ("Open"));
    case CR_REMEDY_EDIT_DESTINATION:
      return choose (ids->destination_id, "win.edit-destination", NULL, NULL, _ ("Edit…"));
    case CR_REMEDY_ENABLE:
      return choose (ids->destination_id, "win.enable-destination", NULL, NULL, _ ("Enable"));
    case CR_REMEDY_UNLOCK_KEYRING:
      return (Way){ "win.unlock-keyring", NULL, _ ("Unlock…") };
    case CR_REMEDY_CHECK_KEYRING:
      return (Way){ "win.unlock-keyring", NULL, _ ("Check Keyring") };
    case CR_REMEDY_EDIT_SOURCE:
      return choose (ids->source_id, "win.edit-source", NULL, NULL, _ ("Edit…"));
    case CR_REMEDY_RESUME_SOURCE:
      return choose (ids->source_id, "win.resume-source", NULL, NULL, _ ("Resume"));
    default:
      g_assert_not_reached ();
    }
  return (Way){ NULL, NULL, NULL };
}

gboolean
cr_remedy_find (CrRemedy remedy,
                const CrRemedyIds *ids,
                const char **action,
                const char **target,
                const char **label)
{
  Way way = find (remedy, ids);

  *action = way.action;
  *target = way.target;
  *label = way.label;
  return way.action != NULL;
}

void
cr_remedy_set_button (GtkButton *button, CrRemedy remedy, const CrRemedyIds *ids)
{
  const char *action, *target, *label;
  gboolean is_found = cr_remedy_find (remedy, ids, &action, &target, &label);
  gboolean is_bare = gtk_button_get_child (button) == NULL;

  gtk_widget_set_visible (GTK_WIDGET (button), is_found);
  if (!is_found)
    return;

  gtk_button_set_label (button, label);
  /* Its words came after those of the page were bounded. */
  if (is_bare)
    cr_wrap_bound (GTK_WIDGET (button));
  if (target != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", target);
  else
    gtk_actionable_set_action_target_value (GTK_ACTIONABLE (button), NULL);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
}

void
cr_remedy_suggest (GtkWidget *button, gboolean is_suggested)
{
  if (is_suggested)
    gtk_widget_add_css_class (button, "suggested-action");
  else
    gtk_widget_remove_css_class (button, "suggested-action");
}
