/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The public keys another server signs with. */
typedef struct _CrKeySet CrKeySet;

CrKeySet *cr_key_set_parse (GBytes *body, GError **error);
void cr_key_set_free (CrKeySet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrKeySet, cr_key_set_free)
GBytes *cr_key_set_verify (CrKeySet *self, const char *jws, GError **error);

G_END_DECLS
