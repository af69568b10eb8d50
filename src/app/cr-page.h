/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-look.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_PAGE (cr_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (CrPage, cr_page, CR, PAGE, AdwBin)

/* What the window shows: a section or a detail. The window binds `title`, `headed`,
 * `searchable`, `search-mode` and `narrow`. */
struct _CrPageClass
{
  AdwBinClass parent_class;

  void (*refresh) (CrPage *self);    /* F5 */
  gboolean (*search) (CrPage *self); /* Ctrl+F, of one that is not `searchable`; FALSE: it cannot */
};

void cr_page_set_engine (CrPage *self, CrEngine *engine);
CrEngine *cr_page_get_engine (CrPage *self);
/* Cancelled when the page is left. */
GCancellable *cr_page_get_cancellable (CrPage *self);
/* Whose records the page shows, and what of them: who sees that is kept. */
void cr_page_set_shows (CrPage *self, const char *patient_id, CrLookKind kind);
void cr_page_note_look (CrPage *self); /* somebody has it before them now */
const char *cr_page_get_title (CrPage *self);
void cr_page_set_title (CrPage *self, const char *title);
void cr_page_set_narrow (CrPage *self, gboolean is_narrow);
gboolean cr_page_get_narrow (CrPage *self);
gboolean cr_page_get_search_mode (CrPage *self);
void cr_page_set_search_mode (CrPage *self, gboolean is_searching);
void cr_page_refresh (CrPage *self);
/* Goes to what there is to search in on the page. FALSE: there is nothing */
gboolean cr_page_search (CrPage *self);
/* Big symbols over the words where the window is narrow, one line where it is not. */
void cr_page_bind_switcher (CrPage *self, AdwViewSwitcher *switcher);
/* One over the other where the window is narrow, side by side where it is not. */
void cr_page_bind_header (CrPage *self, GtkOrientable *header);

G_END_DECLS
