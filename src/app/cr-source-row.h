/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A source in a list, with what can be done about it. */
GtkWidget *cr_source_row_new (void);
void cr_source_row_show (GtkWidget *row, gpointer source);
/* What tells it from another: sign-in page, place, vendor, address. */
char *cr_source_row_about (CrSource *source);

G_END_DECLS
