/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-logo.h"

#include <string.h>

#include "base/cr-error.h"

/* How such files begin. WebP has its size between two marks. SVG is not among them: it is a
 * document that can carry scripts and fetch things. */
static const struct
{
  const char *type;
  const char *mark;
  gsize n_mark;
  const char *second;
} kinds[] = {
  { "image/png", "\x89PNG\r\n\x1a\n", 8, NULL },
  { "image/jpeg", "\xff\xd8\xff", 3, NULL },
  { "image/gif", "GIF87a", 6, NULL },
  { "image/gif", "GIF89a", 6, NULL },
  { "image/webp", "RIFF", 4, "WEBP" },
};

static const char *
type_of (GBytes *body)
{
  gsize n;
  const char *data = g_bytes_get_data (body, &n);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (n > 16 && memcmp (data, kinds[i].mark, kinds[i].n_mark) == 0 &&
        (kinds[i].second == NULL || memcmp (data + 8, kinds[i].second, 4) == 0))
      return kinds[i].type;

  return NULL;
}

/**
 * cr_logo_new:
 * @error: %CR_ERROR_BAD_INPUT when it is too large, or no picture of a kind that is shown
 *
 * What the file or its server says it is does not count.
 */
CrLogo *
cr_logo_new (GBytes *body, GError **error)
{
  const char *type = type_of (body);
  CrLogo *self;

  if (g_bytes_get_size (body) > CR_LOGO_MAX_BYTES)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "The logo is larger than %d KB; use a smaller one.", CR_LOGO_MAX_BYTES / 1024);
      return NULL;
    }
  if (type == NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The logo is not a PNG, JPEG, GIF or WebP picture.");
      return NULL;
    }

  self = g_new0 (CrLogo, 1);
  self->type = type;
  self->body = g_bytes_ref (body);
  return self;
}

/**
 * cr_logo_new_from_data_url:
 * @url: `data:image/png;base64,…` (RFC 2397)
 */
CrLogo *
cr_logo_new_from_data_url (const char *url, GError **error)
{
  const char *comma = strchr (url, ',');
  g_autofree char *head = comma != NULL ? g_ascii_strdown (url, comma - url) : NULL;
  g_autoptr (GBytes) body = NULL;
  guchar *data;
  gsize n = 0;

  if (head == NULL || !g_str_has_prefix (head, "data:") || !g_str_has_suffix (head, ";base64"))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The logo is not a picture written in base64.");
      return NULL;
    }

  data = g_base64_decode (comma + 1, &n);
  body = g_bytes_new_take (data, n);
  return cr_logo_new (body, error);
}

/**
 * cr_logo_dup_name:
 *
 * Returns: (transfer full): what it is kept under when it came without an address
 */
char *
cr_logo_dup_name (CrLogo *self)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->body);

  return g_strconcat ("sha256:", sum, NULL);
}

void
cr_logo_free (CrLogo *self)
{
  g_bytes_unref (self->body);
  g_free (self);
}
