/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_FIGURES (cr_figures_get_type ())
G_DECLARE_FINAL_TYPE (CrFigures, cr_figures, CR, FIGURES, AdwBin)

/* A few numbers with their names under them, as many in a row as fit. */
void cr_figures_set (CrFigures *self,
                     guint position,
                     const char *name,
                     const char *value,
                     const char *tooltip);
void cr_figures_set_number (CrFigures *self, guint position, const char *name, gint64 value);

G_END_DECLS
