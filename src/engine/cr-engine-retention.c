/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-desk.h"
#include "engine/cr-engine-private.h"
#include "store/cr-retention.h"

#include "base/cr-error.h"

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)
#define LOOK_S (60 * 60)
/* A piece that writers behind it do not feel. */
#define PIECE 2000

typedef struct
{
  gint64 before_ms;
} Sweep;

static gpointer
sweep_func (CrDb *db, gpointer data, GError **error)
{
  const Sweep *sweep = data;
  gint64 n = cr_retention_sweep (db, sweep->before_ms, PIECE, error);

  return n >= 0 ? g_memdup2 (&n, sizeof n) : NULL;
}

static void
swept_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrEngine) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gint64 *n = cr_store_write_finish (CR_STORE (store), result, &error);

  if (n != NULL && *n > 0 && !self->is_closing)
    cr_engine_go_on_sweeping (self);
  else if (n == NULL && !cr_error_is_cancelled (error))
    g_message ("What is older than is kept could not be removed: %s", error->message);
}

static gboolean
look_cb (gpointer user_data)
{
  cr_engine_go_on_sweeping (user_data);
  return G_SOURCE_CONTINUE;
}

void
cr_engine_go_on_sweeping (CrEngine *self)
{
  const char *text = cr_engine_read_setting (self, "keep-log-days");
  gint64 days = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
  Sweep sweep = { self->clock () - days * DAY_MS };

  if (self->sweep_timer == 0)
    self->sweep_timer = g_timeout_add_seconds (LOOK_S, look_cb, self);
  if (days > 0)
    cr_store_write_async (self->store, CR_WRITE_FAST, sweep_func, g_memdup2 (&sweep, sizeof sweep),
                          g_free, g_free, self->cancellable, swept_cb, g_object_ref (self));
}
