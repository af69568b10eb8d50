/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "base/cr-said.h"

#define MINUTE_S 60
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)

static char *
say_span (gint64 seconds)
{
  if (seconds >= 2 * DAY_S)
    return g_strdup_printf (CR_SAID ("%lld days"), (long long) (seconds + DAY_S / 2) / DAY_S);
  if (seconds >= 2 * HOUR_S)
    return g_strdup_printf (CR_SAID ("%lld hours"), (long long) (seconds + HOUR_S / 2) / HOUR_S);

  return g_strdup_printf (CR_SAID ("%lld minutes"),
                          (long long) (seconds + MINUTE_S / 2) / MINUTE_S);
}

static char *
say_wrong (gint64 skew_s)
{
  g_autofree char *span = say_span (ABS (skew_s));

  return skew_s > 0
           ? g_strdup_printf (
                 CR_SAID ("This computer's clock is about %s ahead. Set it right in the system's "
                          "settings: dates shown here are off by as much. No patient's access "
                          "ends because of it."),
                 span)
           : g_strdup_printf (
                 CR_SAID ("This computer's clock is about %s behind. Set it right in the "
                          "system's settings: dates shown here are off by as much. No patient's "
                          "access ends because of it."),
                 span);
}

gboolean
cr_engine_is_clock_wrong (CrEngine *self, gint64 *skew_s, char **words)
{
  CrSkew *skew;
  gint64 ms;
  gboolean is_wrong;

  g_return_val_if_fail (CR_IS_ENGINE (self), FALSE);

  skew = cr_client_get_skew (self->client);
  is_wrong = cr_skew_look (skew) == CR_SKEW_WRONG;
  ms = cr_skew_get_ms (skew);
  if (skew_s != NULL)
    *skew_s = ms / 1000;
  if (words != NULL)
    *words = is_wrong ? say_wrong (ms / 1000) : NULL;
  return is_wrong;
}

gint64
cr_engine_now_ms (CrEngine *self)
{
  g_return_val_if_fail (CR_IS_ENGINE (self), 0);

  return self->clock ();
}
