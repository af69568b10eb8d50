/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-page.h"

G_BEGIN_DECLS

#define CR_TYPE_WINDOW (cr_window_get_type ())
G_DECLARE_FINAL_TYPE (CrWindow, cr_window, CR, WINDOW, AdwApplicationWindow)

/* A workspace on screen: opens its engine, and closes it when the window closes. Signals `opened`
 * (CrEngine *engine), and `ready` each time its pages can be shown or more of them: opened,
 * unlocked, opened for admins. */
GtkWidget *cr_window_new (GtkApplication *application,
                          const char *folder, /* (nullable): the default one */
                          gboolean is_sandbox);
void cr_window_open (CrWindow *self);
/* Sets up the sample patients, now or as soon as the engine is open. */
void cr_window_start_samples (CrWindow *self);
void cr_window_set_keeps_running (CrWindow *self, gboolean keeps_running); /* closing hides */
gboolean cr_window_get_keeps_running (CrWindow *self);
CrEngine *cr_window_get_engine (CrWindow *self); /* (nullable): not open */
char *cr_window_dup_folder (CrWindow *self);
gboolean cr_window_is_closing (CrWindow *self); /* it goes when the engine has finished its step */
gboolean cr_window_is_in_trouble (CrWindow *self); /* the store does not open */
gboolean cr_window_is_admin (CrWindow *self);      /* what is for admins may be shown */
/* Whether @action, begun a while ago, may still go on: its lock may have been closed meanwhile. */
gboolean cr_window_may_go_on (CrWindow *self, const char *action);
gboolean cr_window_is_sandbox (CrWindow *self);
const char *cr_window_get_person (CrWindow *self); /* on duty */
GCancellable *cr_window_get_cancellable (CrWindow *self);

void cr_window_show_section (CrWindow *self, const char *name);
void cr_window_push (CrWindow *self, GtkWidget *page); /* Takes the floating @page. */
void cr_window_go_back (CrWindow *self);
CrPage *cr_window_get_page (CrWindow *self);                /* (nullable): on top */
void cr_window_add_toast (CrWindow *self, AdwToast *toast); /* takes @toast */
void cr_window_unsay (CrWindow *self, const char *id); /* toasts that offer something for @id */
void cr_window_say (CrWindow *self, const char *text);
/* A toast; its button shows @more. */
/* What was done, and a button that takes it back: @action with @id as its target.
 * → (transfer none): the toast */
AdwToast *cr_window_say_undo (CrWindow *self, const char *text, const char *action, const char *id);
void cr_window_say_more (CrWindow *self, const char *text, const char *button, const char *more);
/* A toast; its button shows the whole sentence. Cancelling is not said. */
void cr_window_say_error (CrWindow *self, const char *heading, const GError *error);

G_END_DECLS
