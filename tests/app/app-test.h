/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

/* First of all, then the toolkit; FALSE without a display: the test is skipped by returning
 * APP_TEST_SKIP. */
gboolean app_test_init (int *argc, char ***argv);
/* Lets the main loop turn until nothing is left to do at once. */
void app_test_settle (void);
/* @paintable as pixels, four bytes each: what cairo calls ARGB32. */
guint32 *app_test_render (GdkPaintable *paintable, int width, int height);

#define APP_TEST_SKIP 77
