/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Watches every window of this program for a touch of a key or of the pointer. */
typedef struct _CrIdle CrIdle;
typedef void (*CrIdleFunc) (CrIdle *idle, guint minutes, gpointer user_data);

/* @func: a few times a minute, with the whole minutes since the last touch */
CrIdle *cr_idle_new (CrIdleFunc func, gpointer user_data);
void cr_idle_free (CrIdle *self);
void cr_idle_touch (CrIdle *self);

G_END_DECLS
