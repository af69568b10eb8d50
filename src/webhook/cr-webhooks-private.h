/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "webhook/cr-webhooks.h"

G_BEGIN_DECLS

/* At once for one endpoint, while it answers well. */
#define CR_WEBHOOK_MOST_FLYING 16

/* One endpoint: what waits for it, and what is on its way. */
typedef struct
{
  CrWebhookEndpoint *endpoint; /* (owned) */
  GQueue queue;                /* of CrDelivery (owned) */
  GQueue by_hand;     /* of GTask (owned) that wait for the secrets, each with its delivery */
  GHashTable *known;  /* (owned): set of delivery ids, queued, on their way or being written */
  GPtrArray *secrets; /* (owned) (nullable): the one in use, then the older one */
  gint64 gate_us;     /* monotonic: nothing is sent before */
  guint n_flying;
  guint n_forgotten; /* how often the secrets were forgotten */
  gboolean is_reading_secrets;
  gboolean may_have_more;
} CrWebhookLane;

struct _CrWebhooks
{
  GObject parent_instance;

  CrStore *store;     /* (owned) */
  CrVault *vault;     /* (owned) */
  CrChanges *changes; /* (owned) */
  CrClient *client;   /* (owned): of its own, so that slow receivers take no portal's connections */
  CrClock clock;
  char **hosts;       /* (owned): allowed on the local network */
  GHashTable *lanes;  /* (owned): webhook id → CrWebhookLane */
  GPtrArray *results; /* (owned): CrDeliveryResult to be written */
  GPtrArray *tasks;   /* (owned): GTask of those sent by hand, in the results or being written */
  guint n_flying;
  guint timer_id;
  gint64 timer_us; /* monotonic: when it goes off */
  gboolean is_started;
  gboolean is_looking;
  gboolean must_look_again;
  gboolean is_writing;
  GTask *stopping; /* (owned) (nullable) */
};

/* cr-webhooks.c */
CrWebhookLane *cr_webhooks_lane_for (CrWebhooks *self, const char *webhook_id);
void cr_webhooks_set_endpoint (CrWebhookLane *lane, CrWebhookEndpoint *endpoint);
void cr_webhooks_look (CrWebhooks *self);
gboolean cr_webhooks_is_hungry (CrWebhooks *self);
void cr_webhooks_sleep_for (CrWebhooks *self, gint64 ms);
void cr_webhooks_end_if_stopped (CrWebhooks *self);
/* cr-webhooks-secrets.c */
void cr_webhooks_read_secrets (CrWebhooks *self, CrWebhookLane *lane);
/* Those that are being read count no more either. */
void cr_webhooks_forget_secrets (CrWebhookLane *lane);
void cr_webhooks_drop_old_secret (CrWebhooks *self, CrWebhookLane *lane, gint64 now_ms);
/* cr-webhooks-send.c */
/* @error: (nullable): why the secrets could not be read; NULL when they are there */
void cr_webhooks_send_waiting (CrWebhooks *self, CrWebhookLane *lane, const GError *error);
void cr_webhooks_pump (CrWebhooks *self, CrWebhookLane *lane);
/* cr-webhooks-write.c */
void cr_webhooks_write_results (CrWebhooks *self);

G_END_DECLS
