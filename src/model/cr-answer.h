/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  CR_ANSWER_NEW,     /* do it, and settle it */
  CR_ANSWER_DONE,    /* the answer is there */
  CR_ANSWER_UNKNOWN, /* begun before this engine was started, and never settled */
  CR_ANSWER_OTHER,   /* the key was used for another request */
} CrAnswerState;

/* What became of a write of the API that may be asked for again. */
typedef struct
{
  CrAnswerState state;
  guint status; /* of HTTP */
  GBytes *body; /* (owned) (nullable): sealed in the store */
} CrAnswer;

void cr_answer_free (CrAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrAnswer, cr_answer_free)

G_END_DECLS
