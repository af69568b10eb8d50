/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-actions.h"

#include "app/cr-dialogs.h"
#include "app/cr-words.h"
#include "engine/cr-local-words.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>

typedef struct
{
  CrWindow *window;    /* (owned) */
  char *hold_id;       /* (owned) (nullable): while it is looked for */
  char *connection_id; /* (owned) (nullable) */
} Decision;

static void
decision_free (gpointer data)
{
  Decision *decision = data;

  g_object_unref (decision->window);
  g_free (decision->hold_id);
  g_free (decision->connection_id);
  g_free (decision);
}

static Decision *
decision_new (CrWindow *window, const char *hold_id, const char *connection_id)
{
  Decision *decision = g_new (Decision, 1);

  *decision = (Decision){ g_object_ref (window), g_strdup (hold_id), g_strdup (connection_id) };
  return decision;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Decision, decision_free)

/* Both ask once more, with what they would take. */
static void
parted_cb (gboolean is_yes, gpointer user_data)
{
  Decision *decision = user_data;

  gtk_widget_activate_action (GTK_WIDGET (decision->window),
                              is_yes ? "win.disconnect" : "win.remove-connection", "s",
                              decision->connection_id);
}

/* A rejected connection stays as it is, held, until somebody does more. */
static void
offer_to_part (Decision *decision)
{
  cr_dialogs_decide (
      GTK_WINDOW (decision->window), _ ("What Should Become of the Connection?"),
      _ ("The records of somebody else stay here, held: nobody can deliver or read them. "
         "Disconnect to fetch no more of them. Remove them too, and the right patient can connect "
         "to this source afresh."),
      _ ("_Disconnect…"), _ ("Disconnect and _Remove…"), parted_cb,
      decision_new (decision->window, decision->hold_id, decision->connection_id), decision_free);
}

static void
decided_cb (gboolean is_yes, gpointer user_data)
{
  Decision *decision = user_data;

  gtk_widget_activate_action (GTK_WIDGET (decision->window),
                              is_yes ? "win.release-hold" : "win.reject-hold", "s",
                              decision->hold_id);
  if (!is_yes)
    offer_to_part (decision);
}

static void
decide (CrWindow *self, CrHold *hold)
{
  Decision *decision = decision_new (self, hold->id, hold->connection_id);
  g_autofree char *detail =
      hold->detail != NULL ? cr_words_dates (cr_local_words (hold->detail)) : g_strdup ("");
  g_autofree char *body = g_strdup_printf (
      "%s\n\n%s\n\n%s", _ (cr_explain_guard (hold->reason)->sentence), detail,
      _ ("If it is the right patient, release the records: they are delivered at once. If it is "
         "not, reject: nothing from this connection ever leaves."));

  cr_dialogs_decide (GTK_WINDOW (self), _ ("Is This the Right Patient?"), body, _ ("_Release"),
                     _ ("Re_ject"), decided_cb, decision, decision_free);
}

static void
got_holds_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Decision) asked = user_data; /* without a connection: any */
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) holds = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (holds == NULL)
    {
      cr_window_say_error (asked->window, _ ("The hold could not be read"), error);
      return;
    }
  for (guint i = 0; i < holds->len; i++)
    {
      CrHold *hold = holds->pdata[i];

      if (asked->connection_id != NULL &&
          g_strcmp0 (hold->connection_id, asked->connection_id) != 0)
        continue;
      decide (asked->window, hold);
      return;
    }
  cr_window_say (asked->window, _ ("There is nothing left to decide"));
}

static void
list_holds (CrWindow *self, const char *patient_id, const char *connection_id)
{
  CrListFilter filter = { .kind = CR_LIST_HOLDS, .patient_id = patient_id, .open_only = TRUE };
  CrEngine *engine = cr_window_get_engine (self);

  if (engine != NULL)
    cr_engine_list_async (engine, &filter, 0, 1000, cr_window_get_cancellable (self), got_holds_cb,
                          decision_new (self, NULL, connection_id));
}

static void
decide_hold_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  list_holds (self, NULL, g_variant_get_string (parameter, NULL));
}

static void
decide_patient_hold_cb (GSimpleAction *action, GVariant *parameter, gpointer self)
{
  list_holds (self, g_variant_get_string (parameter, NULL), NULL);
}

/* Whether records that look like somebody else's are delivered. */
void
cr_hold_verbs_add (CrWindow *window)
{
  static const GActionEntry entries[] = {
    { "decide-hold", decide_hold_cb, "s", NULL, NULL, { 0 } },
    { "decide-patient-hold", decide_patient_hold_cb, "s", NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}
