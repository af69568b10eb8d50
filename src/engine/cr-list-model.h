/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

#define CR_TYPE_LIST_MODEL (cr_list_model_get_type ())
G_DECLARE_FINAL_TYPE (CrListModel, cr_list_model, CR, LIST_MODEL, GObject)

/* Behind cr_engine_list_model(): rows are counted once and filled in blocks when somebody asks for
 * them; blocks used least recently are let go. */
CrListModel *cr_list_model_new (CrEngine *engine, const CrListFilter *filter);
/* Signal `answered`: the first rows of what was asked for are there, or it is known that there are
 * none. */
void cr_list_model_set_filter (CrListModel *self, const CrListFilter *filter);
guint cr_list_model_get_total (CrListModel *self);
gboolean cr_list_model_shrink (CrListModel *self);

G_END_DECLS
