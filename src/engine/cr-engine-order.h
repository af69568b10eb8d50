/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-private.h"

G_BEGIN_DECLS

/* What a person orders of one export run or destination, for a store function. */
typedef struct
{
  char *id;     /* (owned): of a destination or run */
  char *person; /* (owned) */
  gboolean is_running;
  gboolean is_forced;
  gboolean enable;
  gint64 to_ms;
  gint64 now_ms;
} CrOrder;

CrOrder *cr_order_new (CrEngine *self, const char *id, const char *person);
/* A GDestroyNotify. */
void cr_order_free (gpointer data);
/* Takes @order and @task. @func is called with @order. */
void cr_order_run (CrEngine *self,
                   CrStoreFunc func,
                   CrOrder *order,
                   const char *action,
                   CrChangeKind change,
                   GDestroyNotify free_result,
                   GTask *task);

G_END_DECLS
