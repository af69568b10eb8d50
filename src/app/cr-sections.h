/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-badges.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A place in the sidebar; Alt and its number open it. */
typedef struct
{
  const char *name;
  const char *title; /* to be translated */
  const char *icon;
  GtkWidget *(*make) (CrEngine *engine);
  guint (*badge) (CrBadges *badges); /* (nullable) */
  gboolean is_admin;                 /* behind the admins' lock, if there is one */
} CrSection;

extern const CrSection cr_sections[];
extern const guint cr_n_sections;

G_END_DECLS
