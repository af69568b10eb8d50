/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_CONNECT_DIALOG (cr_connect_dialog_get_type ())
G_DECLARE_FINAL_TYPE (CrConnectDialog, cr_connect_dialog, CR, CONNECT_DIALOG, AdwWindow)

/* Who, where, link. What is known already (nullable) is not asked again. */
GtkWidget *cr_connect_dialog_new (GtkWindow *parent,
                                  CrEngine *engine,
                                  const char *patient_id,
                                  const char *source_id,
                                  const char *person);

G_END_DECLS
