/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_LINK_VIEW (cr_link_view_get_type ())
G_DECLARE_FINAL_TYPE (CrLinkView, cr_link_view, CR, LINK_VIEW, AdwBin)

/* A session's link, to hand over or to open here, and what the patient is doing with it. */
void cr_link_view_show (CrLinkView *self, CrEngine *engine, CrSession *session);

G_END_DECLS
