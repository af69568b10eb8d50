/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* The whole job against the sandbox, unattended: every made-up patient is connected through the
 * real pages, pulled and delivered. */
typedef struct
{
  guint n_patients;
  guint n_connections;
  guint n_pulls;
  guint n_records;
  guint n_runs;
  guint n_delivered;
  guint n_held; /* connections whose portal patient is another person: pulled, not delivered */
  double seconds;
  gboolean ok;
  char *trouble; /* (owned) (nullable): the first thing that went wrong, in words */
} CrDemoSummary;

void cr_demo_summary_free (CrDemoSummary *self);

/* @engine: of a sandbox workspace, with its pages open. @show_progress: lines for a person, to
 * stderr. */
void cr_demo_run_async (CrEngine *engine,
                        gboolean show_progress,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
CrDemoSummary *cr_demo_run_finish (GAsyncResult *result, GError **error);

G_END_DECLS
