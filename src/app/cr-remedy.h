/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-explain.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What the thing on screen is about; what is not known stays NULL. */
typedef struct
{
  const char *patient_id;
  const char *connection_id;
  const char *pull_id;
  const char *destination_id;
  const char *run_id;
  const char *source_id;
} CrRemedyIds;

/* The action of the window and the words on its button; FALSE when there is nothing to press. */
gboolean cr_remedy_find (CrRemedy remedy,
                         const CrRemedyIds *ids,
                         const char **action,
                         const char **target,
                         const char **label);
/* Dresses @button up as the remedy, or hides it. */
void cr_remedy_set_button (GtkButton *button, CrRemedy remedy, const CrRemedyIds *ids);
/* Whether @button is what most would press here. */
void cr_remedy_suggest (GtkWidget *button, gboolean is_suggested);

G_END_DECLS
