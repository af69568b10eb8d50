/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-secret.h"

#include <string.h>

/* Shorter ones may be any word. */
#define LEAST_HIDDEN 8

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

/**
 * cr_secret_wipe_array:
 *
 * Overwrites what is in @bytes with zeros. One that is empty has no memory to overwrite.
 */
void
cr_secret_wipe_array (GByteArray *bytes)
{
  if (bytes->len > 0)
    explicit_bzero (bytes->data, bytes->len);
}

/**
 * cr_secret_hide:
 * @text: (nullable) (transfer full): what another program said
 * @secret: (nullable): what it was told, and must not stand in a history
 *
 * Returns: (transfer full) (nullable): @text with `…` in the place of @secret
 */
char *
cr_secret_hide (char *text, const char *secret)
{
  GString *hidden;

  if (text == NULL || secret == NULL || strlen (secret) < LEAST_HIDDEN ||
      strstr (text, secret) == NULL)
    return text;

  hidden = g_string_new (text);
  cr_secret_free (text);
  g_string_replace (hidden, secret, "…", 0);
  return g_string_free (hidden, FALSE);
}
