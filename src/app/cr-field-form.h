/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_FIELD_FORM (cr_field_form_get_type ())
G_DECLARE_FINAL_TYPE (CrFieldForm, cr_field_form, CR, FIELD_FORM, AdwBin)

/* The form of a kind of destination, made from the fields of its kind. Signal `changed`. */
void cr_field_form_set_kind (CrFieldForm *self, const CrDestinationKind *kind);
void cr_field_form_set_values (CrFieldForm *self, GHashTable *settings);
void cr_field_form_keep_secrets (CrFieldForm *self); /* what is kept already may stay empty */
GtkWidget *cr_field_form_get_row (CrFieldForm *self, const char *label); /* (nullable) */
/* Adds to both tables (name → text). → FALSE and @missing (the label) when a required field is
 * empty. */
gboolean cr_field_form_read (CrFieldForm *self,
                             GHashTable *settings,
                             GHashTable *secrets,
                             const char **missing);

G_END_DECLS
