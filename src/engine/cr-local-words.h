/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-language.h"

G_BEGIN_DECLS

/* (nullable): that of the window, for any thread */
const CrLanguage *cr_local_language (void);
const char *cr_local_words (const char *text);

G_END_DECLS
