/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_DESK (cr_desk_get_type ())
G_DECLARE_FINAL_TYPE (CrDesk, cr_desk, CR, DESK, GObject)

/* What a window needs at a desk that several people share: who is on duty, the lock that hides
 * everything, and the second one in front of what only admins change. Adds its actions to the
 * window: `switch-person`, `take-duty`, `other-person`, `lock`, `open-admin`, `close-admin`.
 * Signals: `person` (), `locked` (), `admin` () when these change. */
CrDesk *cr_desk_new (GtkWindow *window, GtkMenuButton *button);
void cr_desk_set_engine (CrDesk *self, CrEngine *engine); /* (nullable): it closes */
const char *cr_desk_get_person (CrDesk *self);
gboolean cr_desk_is_locked (CrDesk *self);
void cr_desk_unlock (CrDesk *self); /* what was typed was right */
/* Whether what is for admins is shown: there is no such lock, or it was opened. */
gboolean cr_desk_is_admin (CrDesk *self);
/* Destroys every dialog over the window. */
void cr_desk_close_dialogs (CrDesk *self);
void cr_desk_set_narrow (CrDesk *self, gboolean is_narrow);

G_END_DECLS
