/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-logo.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* Logos by the address their publisher gives; one that staff chose goes before it. */

/* CR_ERROR_NOT_FOUND when none is kept. */
CrLogo *cr_logos_table_get (CrDb *db, const char *source_id, GError **error);
/* @logo: (nullable): it could not be had; what was kept of that address stays */
gboolean
cr_logos_table_put (CrDb *db, const char *url, const CrLogo *logo, gint64 now_ms, GError **error);
/* By hand. @logo: (nullable): the publisher's again; CR_ERROR_NOT_FOUND when there was none */
gboolean cr_logos_table_put_own (CrDb *db,
                                 const char *source_id,
                                 const CrLogo *logo,
                                 gint64 now_ms,
                                 GError **error);
/* → addresses on the web to look at now, of sources that patients may choose */
GPtrArray *cr_logos_table_due (CrDb *db, gint64 now_ms, guint limit, GError **error);
/* Drops what no source shows any more. */
gboolean cr_logos_table_prune (CrDb *db, GError **error);

G_END_DECLS
