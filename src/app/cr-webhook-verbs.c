/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-actions.h"

#include "app/cr-dialogs.h"
#include "app/cr-webhook-dialog.h"
#include "app/cr-webhook-page.h"
#include "app/cr-words.h"
#include "base/cr-secret.h"
#include "engine/cr-engine-webhooks.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

typedef struct
{
  CrWindow *window; /* (owned) */
  char *id;         /* (owned): of an endpoint or a delivery */
  CrWebhookStatus status;
  gint64 since_ms; /* what was missed: since it was added, for it never waited for more */
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_object_unref (call->window);
  g_free (call->id);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static Call *
call_new (CrWindow *window, const char *id)
{
  Call *call = g_new0 (Call, 1);

  call->window = g_object_ref (window);
  call->id = g_strdup (id);
  return call;
}

/* Going there and adding ----------------------------------------------------------------------- */

static void
show_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);
  CrEngine *engine = cr_window_get_engine (window);
  CrPage *page = cr_window_get_page (window);
  const char *id = g_variant_get_string (parameter, NULL);

  if (engine == NULL || (CR_IS_WEBHOOK_PAGE (page) &&
                         g_strcmp0 (cr_webhook_page_get_id (CR_WEBHOOK_PAGE (page)), id) == 0))
    return;
  cr_window_push (window, cr_webhook_page_new (engine, id));
}

static void
add_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);
  CrEngine *engine = cr_window_get_engine (window);

  if (engine != NULL)
    cr_dialogs_present (GTK_WINDOW (
        cr_webhook_dialog_new (GTK_WINDOW (window), engine, NULL, cr_window_get_person (window))));
}

static void
to_edit_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWebhookEndpoint) endpoint =
      cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (endpoint == NULL)
    cr_window_say_error (call->window, _ ("It is not there any more"), error);
  else if (cr_window_may_go_on (call->window, "edit-webhook"))
    cr_dialogs_present (
        GTK_WINDOW (cr_webhook_dialog_new (GTK_WINDOW (call->window), CR_ENGINE (source), endpoint,
                                           cr_window_get_person (call->window))));
}

static void
edit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);
  CrEngine *engine = cr_window_get_engine (window);
  const char *id = g_variant_get_string (parameter, NULL);

  if (engine != NULL)
    cr_engine_get_async (engine, CR_LIST_WEBHOOKS, id, cr_window_get_cancellable (window),
                         to_edit_cb, call_new (window, id));
}

/* Enabling and disabling ----------------------------------------------------------------------- */

static void
switched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWebhookEndpoint) saved =
      cr_engine_save_webhook_finish (CR_ENGINE (source), result, NULL, &error);

  if (saved == NULL)
    cr_window_say_error (call->window,
                         call->status == CR_WEBHOOK_ACTIVE
                             ? _ ("The endpoint could not be enabled")
                             : _ ("The endpoint could not be disabled"),
                         error);
  else if (call->status == CR_WEBHOOK_DISABLED)
    cr_window_say_undo (call->window, _ ("Disabled: it is told nothing until it is enabled"),
                        "win.enable-webhook", call->id);
  else
    cr_window_say_undo (call->window, _ ("Enabled: what waits is sent now"), "win.disable-webhook",
                        call->id);
}

static void
to_switch_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  CrWindow *window = call->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWebhookEndpoint) endpoint =
      cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (endpoint == NULL)
    {
      cr_window_say_error (window, _ ("It is not there any more"), error);
      return;
    }
  if (endpoint->status == call->status)
    return;
  endpoint->status = call->status;
  cr_engine_save_webhook_async (CR_ENGINE (source), endpoint, cr_window_get_person (window),
                                cr_window_get_cancellable (window), switched_cb,
                                g_steal_pointer (&call));
}

static void
switch_to (CrWindow *window, const char *id, CrWebhookStatus status)
{
  CrEngine *engine = cr_window_get_engine (window);
  Call *call;

  if (engine == NULL)
    return;
  call = call_new (window, id);
  call->status = status;
  cr_engine_get_async (engine, CR_LIST_WEBHOOKS, id, cr_window_get_cancellable (window),
                       to_switch_cb, call);
}

static void
enable_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  switch_to (window, g_variant_get_string (parameter, NULL), CR_WEBHOOK_ACTIVE);
}

static void
disable_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  switch_to (window, g_variant_get_string (parameter, NULL), CR_WEBHOOK_DISABLED);
}

/* Sending by hand ------------------------------------------------------------------------------ */

/* Takes @delivery. */
static void
say_outcome (CrWindow *window, CrDelivery *delivery, const GError *error, gboolean is_test)
{
  const char *failed = is_test ? _ ("The test did not reach it") : _ ("It was not delivered");

  if (delivery == NULL)
    cr_window_say_error (window, failed, error);
  else if (delivery->last_error != NULL)
    cr_window_say_more (window, failed, _ ("_Why"), cr_local_words (delivery->last_error));
  else
    cr_window_say (window, is_test ? _ ("The test was delivered") : _ ("The event was delivered"));
  g_clear_object (&delivery);
}

static void
tested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  CrDelivery *delivery = cr_engine_test_webhook_finish (CR_ENGINE (source), result, &error);

  say_outcome (call->window, delivery, error, TRUE);
}

static void
test_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);
  CrEngine *engine = cr_window_get_engine (window);
  const char *id = g_variant_get_string (parameter, NULL);

  if (engine != NULL)
    cr_engine_test_webhook_async (engine, id, cr_window_get_person (window),
                                  cr_window_get_cancellable (window), tested_cb,
                                  call_new (window, id));
}

static void
redelivered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  CrDelivery *delivery = cr_engine_redeliver_finish (CR_ENGINE (source), result, NULL, &error);

  say_outcome (call->window, delivery, error, FALSE);
}

static void
redeliver_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);
  CrEngine *engine = cr_window_get_engine (window);
  const char *id = g_variant_get_string (parameter, NULL);

  if (engine != NULL)
    cr_engine_redeliver_async (engine, id, cr_window_get_person (window),
                               cr_window_get_cancellable (window), redelivered_cb,
                               call_new (window, id));
}

/* What was missed ------------------------------------------------------------------------------ */

static void
replayed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  gint64 n = cr_engine_missed_finish (CR_ENGINE (source), result, &error);
  g_autofree char *number = cr_words_number (MAX (n, 0));
  g_autofree char *words = g_strdup_printf (
      ngettext ("%s event is sent now", "%s events are sent now", (gulong) MAX (n, 0)), number);

  if (n < 0)
    cr_window_say_error (call->window, _ ("What was missed could not be sent"), error);
  else
    cr_window_say (call->window, words);
}

static void
replay_now (gpointer user_data)
{
  Call *call = user_data;
  CrEngine *engine = cr_window_get_engine (call->window);

  if (engine != NULL)
    cr_engine_missed_async (
        engine, call->id, call->since_ms, TRUE, cr_window_get_person (call->window),
        cr_window_get_cancellable (call->window), replayed_cb, call_new (call->window, call->id));
}

static void
missed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  gint64 n = cr_engine_missed_finish (CR_ENGINE (source), result, &error);
  g_autofree char *number = cr_words_number (MAX (n, 0));
  g_autofree char *heading = g_strdup_printf (
      ngettext ("Send %s Missed Event?", "Send %s Missed Events?", (gulong) MAX (n, 0)), number);
  GtkWindow *parent = GTK_WINDOW (call->window);

  if (n < 0)
    cr_window_say_error (call->window, _ ("What was missed could not be counted"), error);
  else if (n == 0)
    cr_window_say (call->window, _ ("It has missed nothing"));
  else if (cr_window_may_go_on (call->window, "replay-webhook"))
    cr_dialogs_propose (parent, heading,
                        _ ("All that this endpoint wants and was not told is sent to it, the "
                           "oldest first. An event keeps its id, so a receiver that got one after "
                           "all knows it."),
                        _ ("_Send"), replay_now, g_steal_pointer (&call), call_free);
}

static void
to_count_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  CrWindow *window = call->window;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWebhookEndpoint) endpoint =
      cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (endpoint == NULL)
    {
      cr_window_say_error (window, _ ("It is not there any more"), error);
      return;
    }
  call->since_ms = endpoint->created_ms;
  cr_engine_missed_async (CR_ENGINE (source), endpoint->id, endpoint->created_ms, FALSE,
                          cr_window_get_person (window), cr_window_get_cancellable (window),
                          missed_cb, g_steal_pointer (&call));
}

static void
replay_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);
  CrEngine *engine = cr_window_get_engine (window);
  const char *id = g_variant_get_string (parameter, NULL);

  if (engine != NULL)
    cr_engine_get_async (engine, CR_LIST_WEBHOOKS, id, cr_window_get_cancellable (window),
                         to_count_cb, call_new (window, id));
}

/* The secret ----------------------------------------------------------------------------------- */

static void
rotated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  g_autoptr (GError) error = NULL;
  char *secret = NULL;
  g_autoptr (CrWebhookEndpoint) endpoint =
      cr_engine_rotate_webhook_finish (CR_ENGINE (source), result, &secret, &error);

  if (endpoint != NULL && cr_window_get_engine (call->window) != NULL)
    cr_webhook_dialog_show_secret (GTK_WINDOW (call->window), g_steal_pointer (&secret), TRUE);
  else if (endpoint == NULL)
    cr_window_say_error (call->window, _ ("The secret could not be rotated"), error);
  g_clear_pointer (&secret, cr_secret_free);
}

static void
rotate (gboolean is_yes, gpointer user_data)
{
  Call *call = user_data;
  CrEngine *engine = cr_window_get_engine (call->window);

  if (engine != NULL)
    cr_engine_rotate_webhook_async (engine, call->id, !is_yes, cr_window_get_person (call->window),
                                    cr_window_get_cancellable (call->window), rotated_cb,
                                    call_new (call->window, call->id));
}

static void
rotate_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrWindow *window = CR_WINDOW (user_data);

  if (cr_window_get_engine (window) != NULL)
    cr_dialogs_decide (
        GTK_WINDOW (window), _ ("Rotate the Signing Secret?"),
        _ ("A new secret is made and shown once. Usually the old one goes on signing beside it for "
           "one more day, in the header webhook-signature; Medblocks-Signature carries the new one "
           "from now on. If the old one leaked, end it at once; a receiver that still checks with "
           "it then refuses what is sent."),
        _ ("_Rotate, Old One Signs for a Day"), _ ("_At Once: It Leaked"), rotate,
        call_new (window, g_variant_get_string (parameter, NULL)), call_free);
}

void
cr_webhook_verbs_add (CrWindow *window)
{
  static const GActionEntry entries[] = {
    { "show-webhook", show_cb, "s", NULL, NULL, { 0 } },
    { "add-webhook", add_cb, NULL, NULL, NULL, { 0 } },
    { "edit-webhook", edit_cb, "s", NULL, NULL, { 0 } },
    { "enable-webhook", enable_cb, "s", NULL, NULL, { 0 } },
    { "disable-webhook", disable_cb, "s", NULL, NULL, { 0 } },
    { "test-webhook", test_cb, "s", NULL, NULL, { 0 } },
    { "redeliver", redeliver_cb, "s", NULL, NULL, { 0 } },
    { "replay-webhook", replay_cb, "s", NULL, NULL, { 0 } },
    { "rotate-webhook", rotate_cb, "s", NULL, NULL, { 0 } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}
