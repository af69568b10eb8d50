/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Keeps that whoever is on duty at the window of @widget, or at the one its dialog is over, looked
 * at something of a patient. */
void cr_look_note (GtkWidget *widget, CrEngine *engine, const char *patient_id, CrLookKind kind);

G_END_DECLS
