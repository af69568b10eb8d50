/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_LOCK_PAGE (cr_lock_page_get_type ())
G_DECLARE_FINAL_TYPE (CrLockPage, cr_lock_page, CR, LOCK_PAGE, AdwBin)

/* What stands in place of everything while a window is locked. Signal: `unlocked` (). */
void cr_lock_page_show (CrLockPage *self, CrEngine *engine);
/* Nothing is asked any more. */
void cr_lock_page_leave (CrLockPage *self);

G_END_DECLS
