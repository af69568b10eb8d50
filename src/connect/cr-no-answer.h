/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-auth-log.h"

G_BEGIN_DECLS

/* GPtrArray of CrTold, to be told after the commit. */
GPtrArray *cr_no_answer_settle (CrDb *db, gint64 now_ms, GError **error);

G_END_DECLS
