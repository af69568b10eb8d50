/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"

G_BEGIN_DECLS

/* The words a source is found by. Both sides, what is kept and what is typed, pass through here. */

char *cr_source_words_fold (const char *text);
char *cr_source_words_of_name (const char *name);
char *cr_source_words_of_rest (CrSource *source);
char *cr_source_words_brand (CrSource *source);
char *cr_source_words_match (const char *text);
char *cr_source_words_match_joined (const char *text);

G_END_DECLS
