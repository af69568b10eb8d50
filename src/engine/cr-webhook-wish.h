/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-private.h"

G_BEGIN_DECLS

/* What is asked for, and what came of it. */
typedef struct
{
  CrWebhookEndpoint *endpoint; /* (owned) (nullable) */
  char *id;                    /* (owned): of the endpoint or the delivery */
  char *person;                /* (owned) (nullable) */
  char *secret;                /* (owned) (nullable): the new one */
  char *delivery_id;           /* (owned) (nullable): of a test */
  gint64 now_ms;
  gint64 since_ms;
  guint retry_after_s;
  gboolean is_new;
  gboolean is_allowed; /* its host, by the setting */
  gboolean at_once;
} CrWebhookWish;

/* A task that holds one. */
GTask *cr_webhook_wish_task (CrEngine *self,
                             gpointer tag,
                             const char *id,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/* A change by a person, with its line in the audit. Takes a reference of @task, which is the data
 * of @callback. */
void cr_webhook_wish_run (GTask *task,
                          CrStoreFunc func,
                          const char *action,
                          GDestroyNotify free_result,
                          GAsyncReadyCallback callback);
/* A callback for those that give nothing back but that they were done. */
void cr_webhook_wish_done_cb (GObject *engine, GAsyncResult *result, gpointer user_data);

G_END_DECLS
