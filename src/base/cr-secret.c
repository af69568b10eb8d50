/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-secret.h"

#include <string.h>

/**
 * cr_secret_wipe:
 * @text: (nullable)
 *
 * Overwrites @text with zeros, so that it is empty.
 */
void
cr_secret_wipe (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
}

/**
 * cr_secret_free:
 * @text: (nullable) (transfer full): a #GDestroyNotify for text nobody may find in freed memory
 */
void
cr_secret_free (gpointer text)
{
  cr_secret_wipe (text);
  g_free (text);
}
