/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_SOURCE_FACTS (cr_source_facts_get_type ())
G_DECLARE_FINAL_TYPE (CrSourceFacts, cr_source_facts, CR, SOURCE_FACTS, AdwPreferencesGroup)

/* What a source has shown to give, how much it was asked today, and at which pace. */
void cr_source_facts_watch (CrSourceFacts *self, CrEngine *engine, CrSource *source);

G_END_DECLS
