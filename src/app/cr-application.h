/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_APPLICATION (cr_application_get_type ())
G_DECLARE_FINAL_TYPE (CrApplication, cr_application, CR, APPLICATION, AdwApplication)

typedef struct
{
  const char *folder; /* (nullable): the default one */
  gboolean is_sandbox;
  gboolean is_service;                      /* the bus starts it, and says what for */
  gboolean is_background;                   /* no window until somebody asks for one */
  void (*engine_opened) (CrEngine *engine); /* (nullable): each time one is */
} CrApplicationOptions;

/* One application for each workspace: starting the same again shows its window. */
CrApplication *cr_application_new (const CrApplicationOptions *options);

G_END_DECLS
