/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-actions.h"

#include "app/cr-dialogs.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)

/* A rewind that is counted, asked about and made. */
typedef struct
{
  CrWindow *window; /* (owned) */
  char *id;         /* (owned): of the destination */
  gint64 to_ms;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_object_unref (call->window);
  g_free (call->id);
  g_free (call);
}

static Call *
call_new (CrWindow *window, const char *id, gint64 to_ms)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ g_object_ref (window), g_strdup (id), to_ms };
  return call;
}

static void
rewound_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrExportRun) run = cr_engine_rewind_finish (CR_ENGINE (source), result, &error);

  if (run != NULL)
    cr_window_say (call->window, _ ("The records are sent again"));
  else
    cr_window_say_error (call->window, _ ("The destination could not be rewound"), error);
  call_free (call);
}

static void
rewind_now (gpointer user_data)
{
  Call *call = user_data;
  CrEngine *engine = cr_window_get_engine (call->window);

  if (engine != NULL)
    cr_engine_rewind_async (engine, call->id, call->to_ms, cr_window_get_person (call->window),
                            cr_window_get_cancellable (call->window), rewound_cb,
                            call_new (call->window, call->id, call->to_ms));
}

/* What is sent, and what is not. */
static char *
describe_rewind (const Call *call, gint64 n_held)
{
  g_autofree char *begun = cr_words_day_and_time (call->to_ms);
  g_autofree char *words =
      call->to_ms > 0
          ? g_strdup_printf (_ ("All that was stored since %s is sent to this destination once "
                                "more. A FHIR server ends up as it is; files are written anew "
                                "beside those there are."),
                             begun)
          : g_strdup (_ ("All that is stored is sent to this destination once more. A FHIR server "
                         "ends up as it is; files are written anew beside those there are."));
  g_autofree char *number = cr_words_number ((guint) n_held);
  g_autofree char *held = NULL;

  if (n_held == 0)
    return g_steal_pointer (&words);

  held = g_strdup_printf (
      ngettext ("%s more record is held until a person has decided whether it is the patient's; it "
                "is not sent.",
                "%s more records are held until a person has decided whether they are the "
                "patient's; they are not sent.",
                (gulong) n_held),
      number);
  return g_strjoin ("\n\n", words, held, NULL);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  gint64 n_held;
  gint64 n = cr_engine_count_rewind_finish (CR_ENGINE (source), result, &n_held, &error);
  g_autofree char *number = cr_words_number ((guint) MAX (n, 0));
  g_autofree char *heading = NULL;
  g_autofree char *words = describe_rewind (call, n_held);

  if (error != NULL)
    cr_window_say_error (call->window, _ ("The records could not be counted"), error);
  else if (n == 0)
    cr_window_say (call->window,
                   n_held > 0
                       ? _ ("All that was stored since then is held, so nothing is sent again")
                       : _ ("Nothing was stored since then, so nothing is sent again"));
  if (error != NULL || n == 0 || !cr_window_may_go_on (call->window, "rewind-destination"))
    {
      call_free (call);
      return;
    }

  heading = g_strdup_printf (
      ngettext ("Send %s Record Again?", "Send %s Records Again?", (gulong) n), number);
  cr_dialogs_propose (GTK_WINDOW (call->window), heading, words, _ ("_Send Again"), rewind_now,
                      call, call_free);
}

static void
rewind_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);
  CrEngine *engine = cr_window_get_engine (window);
  const char *id;
  gint32 n_days;
  gint64 to_ms;

  g_variant_get (parameter, "(&si)", &id, &n_days);
  to_ms = n_days > 0 ? cr_words_now_ms () - n_days * DAY_MS : 0;
  if (engine != NULL)
    cr_engine_count_rewind_async (engine, id, to_ms, cr_window_get_cancellable (window), counted_cb,
                                  call_new (window, id, to_ms));
}

static void
duplicated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrDestination) copy =
      cr_engine_save_destination_finish (CR_ENGINE (source), result, &error);

  if (copy != NULL)
    gtk_widget_activate_action (GTK_WIDGET (call->window), "win.show-destination", "s", copy->id);
  else
    cr_window_say_error (call->window, _ ("The destination could not be duplicated"), error);
  call_free (call);
}

static void
to_duplicate_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrDestination) destination = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (destination == NULL)
    {
      cr_window_say_error (call->window, _ ("The destination could not be duplicated"), error);
      call_free (call);
      return;
    }

  cr_engine_duplicate_destination_async (
      CR_ENGINE (source), destination, NULL, cr_window_get_person (call->window),
      cr_window_get_cancellable (call->window), duplicated_cb, call);
}

static void
duplicate_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);
  CrEngine *engine = cr_window_get_engine (window);
  const char *id = g_variant_get_string (parameter, NULL);

  if (engine != NULL)
    cr_engine_get_async (engine, CR_LIST_DESTINATIONS, id, cr_window_get_cancellable (window),
                         to_duplicate_cb, call_new (window, id, 0));
}

static void
sent_missing_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReconciliation) found =
      cr_engine_reconcile_finish (CR_ENGINE (source), result, &error);

  if (found != NULL)
    cr_window_say (call->window, _ ("What is missing is sent now"));
  else
    cr_window_say_error (call->window, _ ("What is missing could not be sent"), error);
  call_free (call);
}

static void compare (CrWindow *window, const char *id, gboolean sends);

static void
send_missing (gpointer user_data)
{
  Call *call = user_data;

  compare (call->window, call->id, TRUE);
}

/* A server is counted by types, storage by files. */
static char *
say_counted (const char *name)
{
  return strpbrk (name, "./") == NULL ? cr_words_type (name) : g_strdup (name);
}

static char *
say_differences (CrReconciliation *found)
{
  GString *text = g_string_new (_ ("Of what was delivered, this is there:"));
  guint n = 0;

  for (guint i = 0; i < found->expected->len; i++)
    {
      const CrDifference *each = found->expected->pdata[i];
      g_autofree char *what = say_counted (each->name);
      g_autofree char *n_found = cr_words_number (each->n_found);
      g_autofree char *n_expected = cr_words_number (each->n_expected);

      if (each->n_found >= each->n_expected)
        continue;
      if (++n <= 10)
        g_string_append_printf (text, _ ("\n%s: %s of %s"), what, n_found, n_expected);
    }
  if (n > 10)
    g_string_append_printf (text, _ ("\nand %u more"), n - 10);
  n = cr_reconciliation_sized (found);
  if (n > 0)
    g_string_append_printf (text,
                            ngettext ("\n%u file could be compared by its size only",
                                      "\n%u files could be compared by their size only", n),
                            n);

  return g_string_free (text, FALSE);
}

static char *
say_whole (CrReconciliation *found)
{
  guint n_sized = cr_reconciliation_sized (found);
  g_autofree char *number = cr_words_number (n_sized);

  if (found->has_files && n_sized == 0)
    return g_strdup (_ ("All is there, by checksums"));
  if (n_sized > 0)
    return g_strdup_printf (ngettext ("All is there, %s file by size only",
                                      "All is there, %s files by size only", n_sized),
                            number);

  return g_strdup (_ ("All is there"));
}

static void
compared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReconciliation) found =
      cr_engine_reconcile_finish (CR_ENGINE (source), result, &error);
  guint n = found != NULL ? cr_reconciliation_missing (found) : 0;
  g_autofree char *number = cr_words_number (n);
  g_autofree char *heading = NULL;
  g_autofree char *body = NULL;

  if (found == NULL)
    cr_window_say_error (call->window, _ ("The destination could not be counted"), error);
  else if (n == 0)
    {
      g_autofree char *words = say_whole (found);

      cr_window_say (call->window, words);
    }
  if (n == 0)
    {
      call_free (call);
      return;
    }

  heading = g_strdup_printf (
      ngettext ("%s Record Is Missing There", "%s Records Are Missing There", (gulong) n), number);
  body = say_differences (found);
  cr_dialogs_propose (GTK_WINDOW (call->window), heading, body, _ ("_Send the Missing"),
                      send_missing, call, call_free);
}

static void
to_compare_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrDestination) destination = cr_engine_get_finish (CR_ENGINE (source), result, &error);
  gboolean sends = call->to_ms != 0;

  if (destination == NULL)
    {
      cr_window_say_error (call->window, _ ("The destination could not be counted"), error);
      call_free (call);
      return;
    }

  cr_engine_reconcile_async (
      CR_ENGINE (source), destination, sends, cr_window_get_person (call->window),
      cr_window_get_cancellable (call->window), sends ? sent_missing_cb : compared_cb, call);
}

static void
compare (CrWindow *window, const char *id, gboolean sends)
{
  CrEngine *engine = cr_window_get_engine (window);

  if (engine != NULL)
    cr_engine_get_async (engine, CR_LIST_DESTINATIONS, id, cr_window_get_cancellable (window),
                         to_compare_cb, call_new (window, id, sends));
}

static void
compare_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  compare (CR_WINDOW (user_data), g_variant_get_string (parameter, NULL), FALSE);
}

/* What a person does with a destination and that takes more than one question to the engine. */
void
cr_destination_verbs_add (CrWindow *window)
{
  static const GActionEntry entries[] = {
    { "rewind-destination", rewind_cb, "(si)", NULL, NULL, { 0 } },
    { "compare-destination", compare_cb, "s", NULL, NULL, { 0 } },
    { "duplicate-destination", duplicate_cb, "s", NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}
