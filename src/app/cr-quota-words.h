/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"

G_BEGIN_DECLS

char *cr_quota_words_short (CrSource *source); /* “1,204 requests today”; empty: none */
char *cr_quota_words_today (CrSource *source);
char *cr_quota_words_at_once (CrSource *source);
char *cr_quota_words_pace (CrSource *source, gint64 now_ms);
char *cr_quota_words_slowed (CrSource *source, gint64 now_ms); /* empty: it never asked to */

G_END_DECLS
