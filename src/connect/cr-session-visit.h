/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-connect-private.h"
#include "connect/cr-pages.h"

G_BEGIN_DECLS

typedef enum
{
  CR_VISIT_SHOW,
  CR_VISIT_CHOOSE,
  CR_VISIT_START,
  CR_VISIT_DONE,
} CrVisitPurpose;

/* One request to a page of a session, and what the page shows. */
typedef struct
{
  CrConnect *self;      /* (owned) */
  CrExchange *exchange; /* (owned) */
  const CrLanguage *in; /* (nullable): the language of the answer */
  CrVisitPurpose purpose;
  char *key;       /* (owned) */
  char *text;      /* (owned) (nullable): searched for */
  char *source_id; /* (owned) (nullable): chosen */
  gint64 now_ms;
  CrSession *session;     /* (owned) (nullable) */
  GPtrArray *attempts;    /* (owned) (nullable): of CrAttempt, oldest first */
  GPtrArray *outcomes;    /* (owned) (nullable): of CrPageOutcome */
  GPtrArray *recommended; /* (owned) (nullable): of CrPageSource */
  GPtrArray *sources;     /* (owned) (nullable): of CrPageSource */
  gboolean has_more;
  CrPageSource *chosen; /* (owned) (nullable) */
  CrTold *told;         /* (owned) (nullable) */
} CrSessionVisit;

void cr_session_visit_free (CrSessionVisit *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSessionVisit, cr_session_visit_free)

/* Of @data, a CrSessionVisit with a key. CR_ERROR_NOT_FOUND when the key is nobody's. */
gpointer cr_session_visit_read (CrDb *db, gpointer data, GError **error);
gboolean cr_session_visit_is_over (CrSessionVisit *self);
/* How the session stands: connected if anything is, else the last reason why not. */
CrFailureCode cr_session_visit_code (CrSessionVisit *self);

G_END_DECLS
