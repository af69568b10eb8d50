/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded into a window under test: stands where GTK 4.14 has its own, and writes what it is
 * given. */
#include <stdio.h>

void gtk_accessible_announce (void *accessible, const char *words, int priority);

void
gtk_accessible_announce (void *accessible, const char *words, int priority)
{
  (void) accessible;
  fprintf (stderr, "announced %d: %s\n", priority, words);
}
