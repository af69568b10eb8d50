/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-webhook-notice.h"

#include "app/cr-words.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>

#define NAME(id) g_strconcat ("webhook-", (id), NULL)

typedef struct
{
  GApplication *application; /* (owned) */
  char *id;                  /* (owned) */
  CrWebhookEnd end;
  gboolean is_second;
} Notice;

static void
notice_free (gpointer data)
{
  Notice *notice = data;

  g_object_unref (notice->application);
  g_free (notice->id);
  g_free (notice);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Notice, notice_free)

/* The host of the address and nothing else: a path may carry a key. */
static void
send (Notice *notice, CrWebhookEndpoint *endpoint)
{
  g_autofree char *host = cr_words_address (endpoint->url);
  g_autofree char *title =
      g_strdup_printf (notice->end == CR_WEBHOOK_END_NONE ? _ ("Events do not reach %s")
                                                          : _ ("Webhook endpoint disabled: %s"),
                       host);
  g_autofree char *name = NAME (notice->id);
  g_autoptr (GNotification) notification = g_notification_new (title);

  g_notification_set_body (notification, _ (cr_explain_webhook (endpoint)->sentence));
  g_notification_set_default_action_and_target (notification, "app.show-webhook", "(bs)",
                                                notice->is_second, notice->id);
  g_application_send_notification (notice->application, name, notification);
}

static void
got_endpoint_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Notice) notice = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrWebhookEndpoint) endpoint =
      cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (endpoint != NULL)
    send (notice, endpoint);
  else
    g_debug ("An endpoint that fails went: %s", error->message);
}

static void
webhook_cb (CrEngine *engine, const char *id, CrWebhookEnd end, GApplication *application)
{
  Notice *notice = g_new (Notice, 1);
  gboolean is_second = g_object_get_data (G_OBJECT (engine), "cr-is-second") != NULL;

  *notice = (Notice){ g_object_ref (application), g_strdup (id), end, is_second };
  cr_engine_get_async (engine, CR_LIST_WEBHOOKS, id, NULL, got_endpoint_cb, notice);
}

void
cr_webhook_notice_watch (CrEngine *engine, GApplication *application, gboolean is_second)
{
  g_object_set_data (G_OBJECT (engine), "cr-is-second", GINT_TO_POINTER (is_second));
  g_signal_connect_object (engine, "webhook", G_CALLBACK (webhook_cb), application, 0);
}

void
cr_webhook_notice_withdraw (GApplication *application, const char *webhook_id)
{
  g_autofree char *name = NAME (webhook_id);

  g_application_withdraw_notification (application, name);
}
