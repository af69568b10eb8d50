/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-language.h"

G_BEGIN_DECLS

/**
 * CR_SAID:
 *
 * Marks a sentence that the engine composes, or a part of one. It is stored, logged and answered as
 * it is written here, so that what programs read does not depend on who runs them; the window says
 * it in its own language. Formats of g_set_error() and its kin need no mark.
 */
#define CR_SAID(text) text

typedef struct _CrSaid CrSaid;

CrSaid *cr_said_new (const CrLanguage *language);
void cr_said_free (CrSaid *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSaid, cr_said_free)

char *cr_said_day (GDateTime *day);
char *cr_said_tell (const CrSaid *self, const char *text);

G_END_DECLS
