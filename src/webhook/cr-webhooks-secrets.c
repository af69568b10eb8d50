/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "webhook/cr-webhooks-private.h"

#define KEYRING_WAIT_MS (30 * 1000)

typedef struct
{
  CrWebhooks *self; /* (owned) */
  char *webhook_id; /* (owned) */
  GPtrArray *found; /* (owned) */
  gboolean wants_old;
  guint n_forgotten; /* of the lane, when it was asked */
} SecretsAsked;

static void
secrets_asked_free (SecretsAsked *asked)
{
  g_object_unref (asked->self);
  g_free (asked->webhook_id);
  g_clear_pointer (&asked->found, g_ptr_array_unref);
  g_free (asked);
}

static void
secrets_failed (CrWebhooks *self, CrWebhookLane *lane, GError *error)
{
  lane->gate_us = g_get_monotonic_time () + KEYRING_WAIT_MS * 1000;
  cr_webhooks_send_waiting (self, lane, error);
  if (!g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_signal_emit_by_name (self, "keyring", error);
  cr_webhooks_sleep_for (self, KEYRING_WAIT_MS);
}

static void got_secret_cb (GObject *vault, GAsyncResult *result, gpointer user_data);

static void
ask_for_secret (SecretsAsked *asked)
{
  g_autofree char *name = asked->found->len == 0 ? CR_WEBHOOK_SECRET (asked->webhook_id)
                                                 : CR_WEBHOOK_OLD_SECRET (asked->webhook_id);

  cr_vault_get_quietly_async (asked->self->vault, name, NULL, got_secret_cb, asked);
}

static void
got_secret_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  SecretsAsked *asked = user_data;
  CrWebhooks *self = asked->self;
  CrWebhookLane *lane = g_hash_table_lookup (self->lanes, asked->webhook_id);
  g_autoptr (GError) error = NULL;
  char *secret = cr_vault_get_finish (CR_VAULT (vault), result, &error);
  gboolean is_first = asked->found->len == 0;

  if (secret != NULL)
    g_ptr_array_add (asked->found, g_strdup (secret));
  g_clear_pointer (&secret, cr_vault_secret_free);
  if (is_first && asked->found->len == 1 && asked->wants_old)
    {
      ask_for_secret (asked);
      return;
    }

  if (lane != NULL)
    lane->is_reading_secrets = FALSE;
  if (lane != NULL && lane->n_forgotten != asked->n_forgotten)
    cr_webhooks_read_secrets (self, lane);
  else if (lane != NULL && asked->found->len > 0)
    {
      g_signal_emit_by_name (self, "keyring", NULL);
      g_ptr_array_add (asked->found, NULL);
      lane->secrets = g_steal_pointer (&asked->found);
      cr_webhooks_send_waiting (self, lane, NULL);
      cr_webhooks_pump (self, lane);
    }
  else if (lane != NULL)
    secrets_failed (self, lane, error);
  secrets_asked_free (asked);
  cr_webhooks_end_if_stopped (self);
}

void
cr_webhooks_forget_secrets (CrWebhookLane *lane)
{
  g_clear_pointer (&lane->secrets, g_ptr_array_unref);
  lane->n_forgotten++;
}

void
cr_webhooks_read_secrets (CrWebhooks *self, CrWebhookLane *lane)
{
  SecretsAsked *asked;

  if (lane->is_reading_secrets)
    return;

  lane->is_reading_secrets = TRUE;
  asked = g_new0 (SecretsAsked, 1);
  asked->self = g_object_ref (self);
  asked->webhook_id = g_strdup (lane->endpoint->id);
  asked->found = g_ptr_array_new_with_free_func (cr_secret_free);
  asked->wants_old = lane->endpoint->old_secret_until_ms > self->clock ();
  asked->n_forgotten = lane->n_forgotten;
  ask_for_secret (asked);
}

static void
old_cleared_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!cr_vault_clear_finish (CR_VAULT (vault), result, &error))
    g_info ("An older secret of a webhook endpoint could not be removed: %s", error->message);
}

/* The older secret signs for a day after a rotation, and is taken out of the keyring then. */
void
cr_webhooks_drop_old_secret (CrWebhooks *self, CrWebhookLane *lane, gint64 now_ms)
{
  g_autofree char *name = CR_WEBHOOK_OLD_SECRET (lane->endpoint->id);

  if (lane->secrets == NULL || lane->secrets->len <= 2 ||
      lane->endpoint->old_secret_until_ms > now_ms)
    return;

  g_clear_pointer (&lane->secrets, g_ptr_array_unref);
  cr_vault_clear_quietly_async (self->vault, name, NULL, old_cleared_cb, NULL);
}
