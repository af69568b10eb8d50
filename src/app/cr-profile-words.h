/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-profile.h"

G_BEGIN_DECLS

/* Each is empty where there is nothing to say, but for the first. */
char *cr_profile_words_sends (const CrProfile *profile);
char *cr_profile_words_never (const CrProfile *profile);
char *cr_profile_words_not_granted (const CrProfile *profile);
char *cr_profile_words_not_offered (const CrProfile *profile);
char *cr_profile_words_counted (const CrProfile *profile);
/* Why one patient's type is empty, when it is the portal's way; NULL: it is not, as far as is
 * known. */
char *cr_profile_words_absence (const CrProfile *profile, const char *type);

G_END_DECLS
