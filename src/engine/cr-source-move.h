/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-auth-log.h"
#include "model/cr-catalog-change.h"

G_BEGIN_DECLS

/* Patients of sources that move to another host sign in once more: the key of one server is not
 * for another. @told: of CrTold, to be told after the commit. */
gboolean
cr_source_uproot (CrDb *db, CrCatalogDiff *diff, GPtrArray *told, gint64 now_ms, GError **error);
/* @source, which is still to be saved, had @old_base: who asks for that finds it. */
gboolean cr_source_move (CrDb *db,
                         CrSource *source,
                         const char *old_base,
                         GPtrArray *told,
                         gint64 now_ms,
                         GError **error);

G_END_DECLS
