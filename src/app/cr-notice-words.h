/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-overview.h"

G_BEGIN_DECLS

/* A need as a notice on the desktop says it, where anybody may look: without a patient, without a
 * count that would make another notice of the same, without the other side's own words. */
typedef struct
{
  char *title;        /* (owned) */
  char *body;         /* (owned) */
  const char *action; /* static: what a click does */
  char *target;       /* (owned) (nullable) */
} CrNoticeWords;

/* NULL for what is told once a day only. */
CrNoticeWords *cr_notice_words_new (const CrNeed *need);
void cr_notice_words_free (CrNoticeWords *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrNoticeWords, cr_notice_words_free)
/* What there is, once a day: no names, counts alone. */
void cr_notice_words_sum (const CrOverview *overview, char **title, char **body);

G_END_DECLS
