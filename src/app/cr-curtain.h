/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CR_TYPE_CURTAIN (cr_curtain_get_type ())
G_DECLARE_FINAL_TYPE (CrCurtain, cr_curtain, CR, CURTAIN, GObject)

/* Hides the dialogs over a window with what they hold while the window itself is locked: those that
 * are there, and those that come late. */
CrCurtain *cr_curtain_new (GtkWindow *window); /* (unowned) */
void cr_curtain_draw (CrCurtain *self);
/* Shows again what was hidden, but what was closed meanwhile. */
void cr_curtain_open (CrCurtain *self);
/* Destroys every dialog over the window, hidden or not. */
void cr_curtain_clear (CrCurtain *self);

G_END_DECLS
