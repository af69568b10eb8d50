/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-language.h"

G_BEGIN_DECLS

/* The languages the patient pages speak. */

gsize cr_languages_count (void);
const char *cr_languages_get_code (gsize n);
const CrLanguage *cr_languages_get (gsize n);
const CrLanguage *cr_languages_choose (const char *accept, const char *const *usual);

G_END_DECLS
