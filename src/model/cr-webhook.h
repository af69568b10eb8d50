/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The version of the wire contract that endpoints are pinned to. */
#define CR_API_VERSION "2026-04-25"
/* What a test sends; not one of the events that can be chosen. */
#define CR_WEBHOOK_TEST_TYPE "webhook.test"

typedef enum
{
  CR_WEBHOOK_ACTIVE,
  CR_WEBHOOK_DISABLED,
} CrWebhookStatus;

#define CR_TYPE_WEBHOOK_STATUS (cr_webhook_status_get_type ())
GType cr_webhook_status_get_type (void);

/* Why an endpoint is disabled. */
typedef enum
{
  CR_WEBHOOK_END_NONE,
  CR_WEBHOOK_END_PERSON,
  CR_WEBHOOK_END_GONE,      /* it answered 410 */
  CR_WEBHOOK_END_EXHAUSTED, /* an event failed at every attempt */
} CrWebhookEnd;

#define CR_TYPE_WEBHOOK_END (cr_webhook_end_get_type ())
GType cr_webhook_end_get_type (void);

#define CR_TYPE_WEBHOOK_ENDPOINT (cr_webhook_endpoint_get_type ())
G_DECLARE_FINAL_TYPE (CrWebhookEndpoint, cr_webhook_endpoint, CR, WEBHOOK_ENDPOINT, GObject)

/* Another program that is told what happened. */
struct _CrWebhookEndpoint
{
  GObject parent_instance;

  char *id; /* (owned): wh_… */
  char *url;
  char **events;     /* (owned): types, or `*` alone */
  char *description; /* (owned) (nullable) */
  char *metadata;    /* (owned): JSON object */
  char *api_version;
  CrWebhookStatus status;
  CrWebhookEnd end;
  gboolean allows_private; /* an admin let its host be on this computer or the local network */
  gint64 created_ms;
  gint64 updated_ms;
  gint64 failing_since_ms;    /* 0: the last attempt was good */
  gint64 warned_ms;           /* 0: nobody was told yet */
  gint64 disabled_ms;         /* 0: it is active */
  gint64 old_secret_until_ms; /* 0: only one secret signs */
  gint64 n_pending;
  gint64 n_exhausted;
  gint64 delivered_ms; /* the last one; 0: never */
};

CrWebhookEndpoint *cr_webhook_endpoint_new (const char *id);
gboolean cr_webhook_endpoint_check (CrWebhookEndpoint *self, GError **error);
/* It fails for hours, or was disabled and not by a person. */
gboolean cr_webhook_endpoint_needs_somebody (CrWebhookEndpoint *self);

typedef enum
{
  CR_DELIVERY_PENDING,
  CR_DELIVERY_DELIVERED,
  CR_DELIVERY_EXHAUSTED,
} CrDeliveryStatus;

#define CR_TYPE_DELIVERY_STATUS (cr_delivery_status_get_type ())
GType cr_delivery_status_get_type (void);
gboolean cr_delivery_status_can_become (CrDeliveryStatus from, CrDeliveryStatus to);

#define CR_TYPE_DELIVERY (cr_delivery_get_type ())
G_DECLARE_FINAL_TYPE (CrDelivery, cr_delivery, CR, DELIVERY, GObject)

/* One event for one endpoint. */
struct _CrDelivery
{
  GObject parent_instance;

  char *id; /* (owned): evt_… */
  char *webhook_id;
  char *type;
  char *data; /* (owned): JSON text of `data.object` */
  char *api_version;
  CrDeliveryStatus status;
  guint attempts;        /* made so far */
  guint rung;            /* of them since the ladder began, or began anew */
  gint64 next_ms;        /* 0: none will be made */
  gint64 delivered_ms;   /* 0: not yet */
  guint last_status;     /* HTTP; 0: no answer, or no attempt */
  char *last_error;      /* (owned) (nullable): in words */
  char *last_body;       /* (owned) (nullable): at most 4 KB of the answer */
  gint64 redelivered_ms; /* 0: never by hand */
  gint64 created_ms;
};

CrDelivery *cr_delivery_new (const char *id);

/* Which of an endpoint's. */
typedef enum
{
  CR_DELIVERIES_ALL,
  CR_DELIVERIES_DELIVERED,
  CR_DELIVERIES_NOT_DELIVERED,
} CrDeliveriesWanted;

/* Attempts an event gets, and the wait before attempt @rung + 1.
 *
 * Source: contract §7.5 */
#define CR_DELIVERY_ATTEMPTS 9
gint64 cr_delivery_delay_ms (guint rung);

/* One attempt, for the log. */
#define CR_TYPE_DELIVERY_ATTEMPT (cr_delivery_attempt_get_type ())
G_DECLARE_FINAL_TYPE (CrDeliveryAttempt, cr_delivery_attempt, CR, DELIVERY_ATTEMPT, GObject)

struct _CrDeliveryAttempt
{
  GObject parent_instance;

  guint n; /* from 1 */
  gint64 at_ms;
  gint64 took_ms;
  guint status; /* HTTP; 0: no answer */
  char *error;  /* (owned) (nullable): in words; NULL when it was good */
  char *body;   /* (owned) (nullable) */
};

CrDeliveryAttempt *cr_delivery_attempt_new (void);

G_END_DECLS
