/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-webhook.h"

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "model/cr-event.h"

#include <string.h>

#define MINUTE_MS G_GINT64_CONSTANT (60000)
#define HOUR_MS (60 * MINUTE_MS)
#define MOST_DESCRIPTION 500

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrWebhookStatus,
                    cr_webhook_status,
                    G_DEFINE_ENUM_VALUE (CR_WEBHOOK_ACTIVE, "active"),
                    G_DEFINE_ENUM_VALUE (CR_WEBHOOK_DISABLED, "disabled"))

G_DEFINE_ENUM_TYPE (CrWebhookEnd,
                    cr_webhook_end,
                    G_DEFINE_ENUM_VALUE (CR_WEBHOOK_END_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (CR_WEBHOOK_END_PERSON, "person"),
                    G_DEFINE_ENUM_VALUE (CR_WEBHOOK_END_GONE, "gone"),
                    G_DEFINE_ENUM_VALUE (CR_WEBHOOK_END_EXHAUSTED, "exhausted"))

G_DEFINE_ENUM_TYPE (CrDeliveryStatus,
                    cr_delivery_status,
                    G_DEFINE_ENUM_VALUE (CR_DELIVERY_PENDING, "pending"),
                    G_DEFINE_ENUM_VALUE (CR_DELIVERY_DELIVERED, "delivered"),
                    G_DEFINE_ENUM_VALUE (CR_DELIVERY_EXHAUSTED, "exhausted"))

#define BIT(status) (1u << CR_DELIVERY_##status)

/* From each state, the states it may become. An exhausted one is delivered by hand, or waits again
 * when what was missed is sent anew. */
static const guint next_states[] = {
  [CR_DELIVERY_PENDING] = BIT (DELIVERED) | BIT (EXHAUSTED),
  [CR_DELIVERY_DELIVERED] = 0,
  [CR_DELIVERY_EXHAUSTED] = BIT (PENDING) | BIT (DELIVERED),
};

gboolean
cr_delivery_status_can_become (CrDeliveryStatus from, CrDeliveryStatus to)
{
  return (next_states[from] & (1u << to)) != 0;
}

gint64
cr_delivery_delay_ms (guint rung)
{
  static const gint64 ladder[CR_DELIVERY_ATTEMPTS] = {
    0,
    1 * MINUTE_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    12 * HOUR_MS,
    24 * HOUR_MS,
    24 * HOUR_MS,
    24 * HOUR_MS,
  };

  return ladder[MIN (rung, CR_DELIVERY_ATTEMPTS - 1)];
}

/* Endpoints ------------------------------------------------------------------------------------ */

G_DEFINE_FINAL_TYPE (CrWebhookEndpoint, cr_webhook_endpoint, G_TYPE_OBJECT)

static void
cr_webhook_endpoint_finalize (GObject *object)
{
  CrWebhookEndpoint *self = CR_WEBHOOK_ENDPOINT (object);

  g_free (self->id);
  g_free (self->url);
  g_strfreev (self->events);
  g_free (self->description);
  g_free (self->metadata);
  g_free (self->api_version);

  G_OBJECT_CLASS (cr_webhook_endpoint_parent_class)->finalize (object);
}

static void
cr_webhook_endpoint_class_init (CrWebhookEndpointClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_webhook_endpoint_finalize;
}

static void
cr_webhook_endpoint_init (CrWebhookEndpoint *self)
{
}

CrWebhookEndpoint *
cr_webhook_endpoint_new (const char *id)
{
  CrWebhookEndpoint *self = g_object_new (CR_TYPE_WEBHOOK_ENDPOINT, NULL);

  self->id = g_strdup (id);
  return self;
}

static gboolean
check_events (char **events, GError **error)
{
  guint n = events != NULL ? g_strv_length (events) : 0;

  if (n == 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "events: name at least one event, or * for all of them");
      return FALSE;
    }
  if (n == 1 && g_str_equal (events[0], "*"))
    return TRUE;

  for (guint i = 0; i < n; i++)
    {
      int type;

      if (!cr_enum_from_string (CR_TYPE_EVENT_TYPE, events[i], &type))
        {
          g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                       g_str_equal (events[i], "*") ? CR_SAID ("events: %s stands alone")
                                                    : CR_SAID ("events: there is no event %s"),
                       events[i]);
          return FALSE;
        }
      for (guint j = 0; j < i; j++)
        if (g_str_equal (events[i], events[j]))
          {
            g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "events: %s is named twice",
                         events[i]);
            return FALSE;
          }
    }

  return TRUE;
}

/**
 * cr_webhook_endpoint_check:
 *
 * Looks at all but the URL, which the network has its own rules for. Errors: CR_ERROR_BAD_INPUT,
 * whose message begins with the name of the field.
 *
 * Source: contract §1.5
 */
gboolean
cr_webhook_endpoint_check (CrWebhookEndpoint *self, GError **error)
{
  if (!check_events (self->events, error))
    return FALSE;
  if (self->description != NULL && g_utf8_strlen (self->description, -1) > MOST_DESCRIPTION)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "description: it is longer than %d characters", MOST_DESCRIPTION);
      return FALSE;
    }

  return TRUE;
}

gboolean
cr_webhook_endpoint_needs_somebody (CrWebhookEndpoint *self)
{
  return self->status == CR_WEBHOOK_DISABLED ? self->end != CR_WEBHOOK_END_PERSON
                                             : self->warned_ms > 0;
}

/* Deliveries ----------------------------------------------------------------------------------- */

G_DEFINE_FINAL_TYPE (CrDelivery, cr_delivery, G_TYPE_OBJECT)

static void
cr_delivery_finalize (GObject *object)
{
  CrDelivery *self = CR_DELIVERY (object);

  g_free (self->id);
  g_free (self->webhook_id);
  g_free (self->type);
  g_free (self->data);
  g_free (self->api_version);
  g_free (self->last_error);
  g_free (self->last_body);

  G_OBJECT_CLASS (cr_delivery_parent_class)->finalize (object);
}

static void
cr_delivery_class_init (CrDeliveryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_delivery_finalize;
}

static void
cr_delivery_init (CrDelivery *self)
{
}

CrDelivery *
cr_delivery_new (const char *id)
{
  CrDelivery *self = g_object_new (CR_TYPE_DELIVERY, NULL);

  self->id = g_strdup (id);
  return self;
}

G_DEFINE_FINAL_TYPE (CrDeliveryAttempt, cr_delivery_attempt, G_TYPE_OBJECT)

static void
cr_delivery_attempt_finalize (GObject *object)
{
  CrDeliveryAttempt *self = CR_DELIVERY_ATTEMPT (object);

  g_free (self->error);
  g_free (self->body);

  G_OBJECT_CLASS (cr_delivery_attempt_parent_class)->finalize (object);
}

static void
cr_delivery_attempt_class_init (CrDeliveryAttemptClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_delivery_attempt_finalize;
}

static void
cr_delivery_attempt_init (CrDeliveryAttempt *self)
{
}

CrDeliveryAttempt *
cr_delivery_attempt_new (void)
{
  return g_object_new (CR_TYPE_DELIVERY_ATTEMPT, NULL);
}
