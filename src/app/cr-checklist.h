/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_CHECKLIST (cr_checklist_get_type ())
G_DECLARE_FINAL_TYPE (CrChecklist, cr_checklist, CR, CHECKLIST, AdwBin)

/* What a test before saving found, a line a check. */
void cr_checklist_start (CrChecklist *self); /* the test is running */
/* @findings: GPtrArray of CrFinding. → all were fine */
gboolean cr_checklist_show (CrChecklist *self, GPtrArray *findings);
void cr_checklist_show_error (CrChecklist *self, const GError *error);
/* @button is pressed next when it is there: it comes into sight with what was found. */
void cr_checklist_set_next (CrChecklist *self, GtkWidget *button);
void cr_checklist_clear (CrChecklist *self);

G_END_DECLS
