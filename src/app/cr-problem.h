/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Why a form cannot be done, in the label below it, which a screen reader is told of; NULL: it can.
 * @field (nullable): where that is to be mended; it has the focus then, and stays marked until it
 * is changed. */
void cr_problem_show (GtkLabel *label, const char *text, GtkWidget *field);

G_END_DECLS
