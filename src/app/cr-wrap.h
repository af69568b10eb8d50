/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The least that a label which may break inside a word is laid out in. */
#define CR_WRAP_CHARS 8
/* The same of one that breaks between words, unless the text is so large that one is too long. */
#define CR_WORD_CHARS 6

/* For whatever is new on screen: words of buttons and states wrap, what is behind the words of a
 * row goes below them where the window is narrow, and labels that break inside words are bounded:
 * without a bound GTK lays each out with one letter to a line, to see how narrow it can be, which
 * takes ten times as long. */
void cr_wrap_bound (GtkWidget *root);

/* With large text a question is as large as its words are, if the window below has the room. */
void cr_wrap_give_room (GtkWindow *question);

G_END_DECLS
