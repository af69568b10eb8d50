/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-auth-event.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

const char *cr_auth_words_step (CrAuthStep step, CrAuthOutcome outcome);
/* What stands below that, or "". */
char *cr_auth_words_more (CrAuthEvent *event);
/* A row for one auth event, and what it shows. */
const char *cr_auth_row_key (gpointer item);
GtkWidget *cr_auth_row_make (gpointer owner);
void cr_auth_row_show (GtkWidget *row, gpointer item, gpointer owner);

G_END_DECLS
