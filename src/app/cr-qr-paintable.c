/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-qr-paintable.h"

#include <gtk/gtk.h>
#include <qrencode.h>

#define QUIET_MODULES 4
#define NATURAL_PIXELS_PER_MODULE 5

struct _CrQrPaintable
{
  GObject parent_instance;

  QRcode *code; /* (owned) */
};

static int
n_modules (CrQrPaintable *self)
{
  return self->code->width + 2 * QUIET_MODULES;
}

static gboolean
is_dark (CrQrPaintable *self, int x, int y)
{
  return (self->code->data[y * self->code->width + x] & 1) != 0;
}

static void
paint_row (CrQrPaintable *self, GdkSnapshot *snapshot, int y, float size, float left, float top)
{
  int width = self->code->width;
  int end;

  for (int x = 0; x < width; x = end)
    {
      end = x + 1;
      if (!is_dark (self, x, y))
        continue;
      while (end < width && is_dark (self, end, y))
        end++;
      gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0, 0, 0, 1 },
                                 &GRAPHENE_RECT_INIT (left + (float) x * size,
                                                      top + (float) y * size,
                                                      (float) (end - x) * size, size));
    }
}

static void
snapshot (GdkPaintable *paintable, GdkSnapshot *snapshot, double width, double height)
{
  CrQrPaintable *self = CR_QR_PAINTABLE (paintable);
  float size = MAX (1, (float) (int) (MIN (width, height) / n_modules (self)));
  float side = size * (float) n_modules (self);
  float left = (float) (int) (((float) width - side) / 2);
  float top = (float) (int) (((float) height - side) / 2);

  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 1, 1, 1, 1 },
                             &GRAPHENE_RECT_INIT (left, top, side, side));
  for (int y = 0; y < self->code->width; y++)
    paint_row (self, snapshot, y, size, left + QUIET_MODULES * size, top + QUIET_MODULES * size);
}

static int
get_intrinsic_size (GdkPaintable *paintable)
{
  return n_modules (CR_QR_PAINTABLE (paintable)) * NATURAL_PIXELS_PER_MODULE;
}

static GdkPaintableFlags
get_flags (GdkPaintable *paintable)
{
  return GDK_PAINTABLE_STATIC_SIZE | GDK_PAINTABLE_STATIC_CONTENTS;
}

static void
paintable_init (GdkPaintableInterface *iface)
{
  iface->snapshot = snapshot;
  iface->get_flags = get_flags;
  iface->get_intrinsic_width = get_intrinsic_size;
  iface->get_intrinsic_height = get_intrinsic_size;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (CrQrPaintable,
                               cr_qr_paintable,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, paintable_init))

static void
cr_qr_paintable_finalize (GObject *object)
{
  g_clear_pointer (&CR_QR_PAINTABLE (object)->code, QRcode_free);
  G_OBJECT_CLASS (cr_qr_paintable_parent_class)->finalize (object);
}

static void
cr_qr_paintable_class_init (CrQrPaintableClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_qr_paintable_finalize;
}

static void
cr_qr_paintable_init (CrQrPaintable *self)
{
}

GdkPaintable *
cr_qr_paintable_new (const char *text)
{
  QRcode *code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_M);
  CrQrPaintable *self;

  if (code == NULL)
    return NULL;
  self = g_object_new (CR_TYPE_QR_PAINTABLE, NULL);
  self->code = code;
  return GDK_PAINTABLE (self);
}

void
cr_qr_paintable_draw (CrQrPaintable *self, cairo_t *cr, double x, double y, double side)
{
  double size = side / n_modules (self);

  g_return_if_fail (CR_IS_QR_PAINTABLE (self));

  cairo_save (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, x, y, side, side);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  for (int row = 0; row < self->code->width; row++)
    for (int column = 0; column < self->code->width; column++)
      if (is_dark (self, column, row))
        cairo_rectangle (cr, x + (column + QUIET_MODULES) * size, y + (row + QUIET_MODULES) * size,
                         size, size);
  cairo_fill (cr);
  cairo_restore (cr);
}
