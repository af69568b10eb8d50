/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

G_BEGIN_DECLS

/* Removes at most @limit rows of what only tells how things went: the requests of pulls, and events
 * that their webhook endpoint has. Records, versions, what was delivered and who did what are
 * never touched. → how many went; -1 on error */
gint64 cr_retention_sweep (CrDb *db, gint64 before_ms, guint limit, GError **error);

G_END_DECLS
