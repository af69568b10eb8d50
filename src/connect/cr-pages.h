/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-language.h"
#include "model/cr-attempt.h"
#include "model/cr-session.h"
#include "model/cr-source.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The patient pages as HTML. Everything that comes from outside is escaped here. The language of
 * each is an argument, because the next patient may speak another. */

/* What came of one source in a session. */
typedef struct
{
  char *name; /* (owned): of the source */
  CrFailureCode code;
  gboolean is_waiting; /* the patient was sent there, and may still come back */
} CrPageOutcome;

void cr_page_outcome_free (CrPageOutcome *self);

typedef enum
{
  CR_PAGE_INFO,
  CR_PAGE_GOOD,
  CR_PAGE_BAD,
} CrPageTone;

/* A page that says one thing. */
typedef struct
{
  const CrLanguage *in; /* (nullable): the language */
  CrPageTone tone;
  const char *title;
  const char *text;
  const char *hint;        /* (nullable) */
  const char *code;        /* (nullable): a stable code, to tell the clinic */
  GPtrArray *outcomes;     /* (nullable): of CrPageOutcome */
  const char *again_url;   /* (nullable): a “Try again” link */
  const char *leave_url;   /* (nullable): a link back to where the patient came from */
  const char *leave_post;  /* (nullable): the same as a form to post, which ends the session */
  const char *leave_label; /* (nullable): the caller's name */
} CrPage;

char *cr_page_to_html (const CrPage *page);

/* A source as patients see it. */
typedef struct
{
  CrSource *source;      /* (owned) */
  char *host;            /* (owned) (nullable): where its portal is */
  char *below;           /* (owned) (nullable): what tells it from others of its name */
  char *logo_url;        /* (owned) (nullable): on this server */
  char *why_not;         /* (owned) (nullable): translated; why it cannot be chosen */
  gboolean is_connected; /* in this session */
} CrPageSource;

CrPageSource *cr_page_source_new (CrSource *source, const CrLanguage *in, gint64 now_ms);
void cr_page_source_free (CrPageSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPageSource, cr_page_source_free)

/* The page to choose a source on. */
typedef struct
{
  const CrLanguage *in;   /* (nullable): the language */
  const char *key;        /* of the session's URL */
  const char *text;       /* (nullable): what was searched for */
  GPtrArray *recommended; /* of CrPageSource */
  GPtrArray *sources;     /* of CrPageSource */
  gboolean has_more;
  GPtrArray *outcomes;     /* of CrPageOutcome */
  const char *leave_label; /* (nullable) */
} CrPicker;

char *cr_picker_to_html (const CrPicker *picker);

/* What is said before a patient leaves for a portal. */
typedef struct
{
  const CrLanguage *in; /* (nullable): the language */
  const char *key;
  const CrPageSource *source;
  const char *leave_label; /* (nullable) */
  guint minutes_left;      /* of the link */
} CrFarewell;

char *cr_farewell_to_html (const CrFarewell *farewell);

/* “Done — return to …” */
char *cr_page_done_label (const CrLanguage *in, const char *label);
const char *cr_page_failure_text (const CrLanguage *in, CrFailureCode code);
GBytes *cr_pages_style (void);
GBytes *cr_pages_script (void);

G_END_DECLS
