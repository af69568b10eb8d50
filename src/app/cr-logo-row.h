/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_LOGO_ROW (cr_logo_row_get_type ())
G_DECLARE_FINAL_TYPE (CrLogoRow, cr_logo_row, CR, LOGO_ROW, AdwActionRow)

/* The logo of a source, to choose another or go back to the publisher's; done at once. */
GtkWidget *cr_logo_row_new (CrEngine *engine, CrSource *source, const char *person);

G_END_DECLS
