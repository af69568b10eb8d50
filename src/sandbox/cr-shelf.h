/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "sandbox/cr-visit.h"

G_BEGIN_DECLS

/* What the destination was given: bytes as they came, in one file that is only added to. */

typedef struct
{
  char *type; /* (owned) */
  char *id;   /* (owned) */
  guint version;
  gint64 updated_ms;
  goffset offset; /* of the body in the file */
  gsize length;
  gboolean is_deleted;
  GPtrArray *keys; /* (owned): what searches find it by */
} CrShelfEntry;

CrShelf *cr_shelf_new (const char *path, GError **error);
void cr_shelf_free (CrShelf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrShelf, cr_shelf_free)

CrShelfEntry *cr_shelf_find (CrShelf *self, const char *type, const char *id);
GPtrArray *cr_shelf_find_by (CrShelf *self, const char *type, const char *param, const char *value);
GPtrArray *cr_shelf_list (CrShelf *self, const char *type);
GHashTable *cr_shelf_types (CrShelf *self);
char *cr_shelf_read (CrShelf *self, CrShelfEntry *entry, GError **error);
CrShelfEntry *cr_shelf_put (CrShelf *self,
                            const char *type,
                            const char *id,
                            GBytes *body,
                            gint64 now_ms,
                            GError **error);
gboolean cr_shelf_delete (CrShelf *self, CrShelfEntry *entry, gint64 now_ms, GError **error);

G_END_DECLS
