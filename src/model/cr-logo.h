/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CR_LOGO_MAX_BYTES (256 * 1024)

/* The picture of a portal, as it was published or chosen: PNG, JPEG, GIF or WebP. */
typedef struct
{
  const char *type; /* (unowned): its media type, by what is in it */
  GBytes *body;     /* (owned) */
} CrLogo;

CrLogo *cr_logo_new (GBytes *body, GError **error);
CrLogo *cr_logo_new_from_data_url (const char *url, GError **error);
char *cr_logo_dup_name (CrLogo *self);
void cr_logo_free (CrLogo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLogo, cr_logo_free)

G_END_DECLS
