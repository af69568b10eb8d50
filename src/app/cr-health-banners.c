/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-health-banners.h"

#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

static void
keyring_cb (CrEngine *engine, CrBanner *banner)
{
  const GError *error = cr_engine_get_keyring_error (engine);
  gboolean is_locked = error != NULL && error->code == CR_ERROR_KEYRING_LOCKED;

  if (error == NULL)
    cr_banner_hide (banner);
  else
    cr_banner_show (banner, "dialog-password-symbolic", cr_local_words (error->message),
                    is_locked ? _ ("Unlock…") : _ ("Try Again"), "win.unlock-keyring");
}

static void
storage_cb (CrEngine *engine, CrBanner *banner)
{
  const GError *error = cr_engine_get_storage_error (engine);

  if (error == NULL)
    cr_banner_hide (banner);
  else
    cr_banner_show (banner, "drive-harddisk-symbolic", cr_local_words (error->message), NULL, NULL);
}

static void
clock_cb (CrEngine *engine, CrBanner *banner)
{
  g_autofree char *words = NULL;

  if (cr_engine_is_clock_wrong (engine, NULL, &words))
    cr_banner_show (banner, "preferences-system-time-symbolic", cr_local_words (words), NULL, NULL);
  else
    cr_banner_hide (banner);
}

void
cr_health_banners_show (CrEngine *engine, CrBanner *keyring, CrBanner *storage, CrBanner *clock)
{
  g_signal_connect_object (engine, "keyring", G_CALLBACK (keyring_cb), keyring, 0);
  g_signal_connect_object (engine, "storage", G_CALLBACK (storage_cb), storage, 0);
  g_signal_connect_object (engine, "clock", G_CALLBACK (clock_cb), clock, 0);
  keyring_cb (engine, keyring);
  storage_cb (engine, storage);
  clock_cb (engine, clock);
}
