/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define CR_TYPE_QR_PAINTABLE (cr_qr_paintable_get_type ())
G_DECLARE_FINAL_TYPE (CrQrPaintable, cr_qr_paintable, CR, QR_PAINTABLE, GObject)

/* A QR code in whole pixels on its own white with four modules of quiet zone, dark style or not.
 * NULL when @text is too long for one. */
GdkPaintable *cr_qr_paintable_new (const char *text);

/* The same on paper: a square of @side at @x and @y, its white edge included. */
void cr_qr_paintable_draw (CrQrPaintable *self, cairo_t *cr, double x, double y, double side);

G_END_DECLS
