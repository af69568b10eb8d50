/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"
#include "app/cr-state-label.h"

G_BEGIN_DECLS

#define CR_TYPE_RUN_PAGE (cr_run_page_get_type ())
G_DECLARE_FINAL_TYPE (CrRunPage, cr_run_page, CR, RUN_PAGE, CrPage)

GtkWidget *cr_run_page_new (CrEngine *engine, const char *run_id);
/* “1 patient · 48 records · 5 files · 1.9 MB · 4 s” */
char *cr_run_page_say_figures (CrExportRun *run);
/* How it ended is told of @state, with what came of it. */
void cr_run_page_tell (CrStateLabel *state, CrExportRun *run, const char *destination);

G_END_DECLS
