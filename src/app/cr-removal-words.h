/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-removal.h"

G_BEGIN_DECLS

/* What is here and what is elsewhere, before anybody decides. */
char *cr_removal_words_weight (const CrRemoval *removal);
/* The receipt: what was removed, when and by whom. */
char *cr_removal_words_receipt (const CrRemoval *removal);

G_END_DECLS
