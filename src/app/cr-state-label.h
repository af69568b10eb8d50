/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-explain.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_STATE_LABEL (cr_state_label_get_type ())
G_DECLARE_FINAL_TYPE (CrStateLabel, cr_state_label, CR, STATE_LABEL, AdwBin)

/* A state as a symbol and words, with the whole sentence in the tooltip. */
GtkWidget *cr_state_label_new (void);
void cr_state_label_set (CrStateLabel *self, const CrExplanation *explanation); /* (nullable) */
/* Other words beside the same symbol: a wait with its time. */
void cr_state_label_set_words (CrStateLabel *self, const char *words);
/* What the state is of, in words: a screen reader is told when it changes, but for its being under
 * way, with @more behind; NULL: it is not told. Of a wait that comes and goes it is told once. */
void cr_state_label_tell (CrStateLabel *self, const char *about, const char *more); /* (nullable) */
/* What stands beside it counts more: it goes on in a second line before that is cut. */
void cr_state_label_give_way (CrStateLabel *self);

G_END_DECLS
