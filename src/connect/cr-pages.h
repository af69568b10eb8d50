/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attempt.h"
#include "model/cr-session.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The patient pages as HTML. Everything that comes from outside is escaped here. */

/* What came of one source in a session. */
typedef struct
{
  char *name; /* (owned): of the source */
  CrFailureCode code;
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

/* The page to choose a source on. */
typedef struct
{
  const char *key;        /* of the session's URL */
  const char *text;       /* (nullable): what was searched for */
  GPtrArray *recommended; /* of CrSource */
  GPtrArray *sources;     /* of CrSource */
  gboolean has_more;
  GPtrArray *outcomes;     /* of CrPageOutcome */
  const char *leave_label; /* (nullable) */
} CrPicker;

char *cr_picker_to_html (const CrPicker *picker);

/* “Done — return to …” */
char *cr_page_done_label (const char *label);
const char *cr_page_failure_text (CrFailureCode code);
const char *cr_pages_style (void);

G_END_DECLS
