/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_RAW_VIEW (cr_raw_view_get_type ())
G_DECLARE_FINAL_TYPE (CrRawView, cr_raw_view, CR, RAW_VIEW, AdwBin)

/* The bytes of a record, indented or as they came: a part of a long one is shown, all of it is
 * searched and copied. */
void cr_raw_view_show (CrRawView *self, CrRecord *record);
/* To what is looked for in them. */
gboolean cr_raw_view_search (CrRawView *self);

G_END_DECLS
