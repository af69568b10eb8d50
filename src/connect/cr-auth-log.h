/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-auth-event.h"
#include "model/cr-changes.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* What a transaction changed: noted on the store's thread, told on the main thread once it is
 * committed. */
typedef struct _CrTold CrTold;

CrTold *cr_told_new (const char *patient_id);
void cr_told_free (CrTold *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTold, cr_told_free)
void cr_told_note (CrTold *self, CrChangeKind kind, const char *id);
void cr_told_tell (CrTold *self, CrChanges *changes);

CrAuthEvent *cr_auth_event_of_attempt (CrAttempt *attempt,
                                       CrAuthStep step,
                                       CrAuthOutcome outcome,
                                       CrFailureCode code,
                                       const char *description,
                                       gint64 now_ms);
gboolean cr_auth_log_add (CrDb *db, CrAuthEvent *event, CrTold *told, GError **error);

/* Replaces a text that is owned. */
static inline void
cr_set_text (char **field, const char *text)
{
  char *copy = g_strdup (text);

  g_free (*field);
  *field = copy;
}

char *cr_clean_text (const char *text, gsize max_characters);

G_END_DECLS
