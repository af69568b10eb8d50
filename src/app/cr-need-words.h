/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-overview.h"
#include "model/cr-webhook.h"

G_BEGIN_DECLS

/* A need as a row says it: what, about whom and since when, and the one button that helps. */
typedef struct
{
  char *title;        /* (owned) */
  char *about;        /* (owned) */
  const char *icon;   /* static */
  const char *tone;   /* static: a style class, as of CrExplanation */
  const char *button; /* translated */
  const char *action;
  char *target; /* (owned) (nullable) */
} CrNeedWords;

/* The endpoint of CR_NEED_WEBHOOK, as far as a need knows it. */
CrWebhookEndpoint *cr_need_words_webhook (const CrNeed *need);
CrNeedWords *cr_need_words_new (const CrNeed *need, gint64 now_ms);
void cr_need_words_free (CrNeedWords *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrNeedWords, cr_need_words_free)

G_END_DECLS
