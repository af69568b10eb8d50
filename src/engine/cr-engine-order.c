/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-order.h"

void
cr_order_free (gpointer data)
{
  CrOrder *order = data;

  g_free (order->id);
  g_free (order->person);
  g_free (order);
}

CrOrder *
cr_order_new (CrEngine *self, const char *id, const char *person)
{
  CrOrder *order = g_new0 (CrOrder, 1);

  order->id = g_strdup (id);
  order->person = g_strdup (person);
  order->now_ms = self->clock ();
  return order;
}

void
cr_order_run (CrEngine *self,
              CrStoreFunc func,
              CrOrder *order,
              const char *action,
              CrChangeKind change,
              GDestroyNotify free_result,
              GTask *task)
{
  CrVerb verb = { .func = func,
                  .data = order,
                  .free_data = cr_order_free,
                  .free_result = free_result,
                  .person = order->person,
                  .action = action,
                  .object = order->id,
                  .change = change };

  cr_engine_run_verb (self, &verb, task);
}
