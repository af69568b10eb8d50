/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-qr-paintable.h"

#include <glib/gstdio.h>
#include <qrencode.h>

#define LINK "https://clinic.example/c/0123456789abcdef0123456789abcdef"
#define QUIET 4

static gboolean
is_dark (const guint32 *pixels, int width, int x, int y)
{
  return (pixels[y * width + x] & 0xff) < 0x80;
}

/* Every module has its own colour in its middle, with white around, at sizes that do not fit. */
static void
test_modules (void)
{
  g_autoptr (GdkPaintable) paintable = cr_qr_paintable_new (LINK);
  QRcode *code = QRcode_encodeString8bit (LINK, 0, QR_ECLEVEL_M);
  int sides[] = { gdk_paintable_get_intrinsic_width (paintable), 200, 333 };

  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      int side = sides[i];
      g_autofree guint32 *pixels = app_test_render (paintable, side, side);
      int size = side / (code->width + 2 * QUIET);
      int edge = (side - size * (code->width + 2 * QUIET)) / 2 + size * QUIET;

      g_assert_false (is_dark (pixels, side, edge - 1, edge));
      g_assert_true (is_dark (pixels, side, edge, edge));
      for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++)
          g_assert_cmpint (
              is_dark (pixels, side, edge + x * size + size / 2, edge + y * size + size / 2), ==,
              code->data[y * code->width + x] & 1);
    }
  QRcode_free (code);
}

static void
test_readable (void)
{
  g_autofree char *zbarimg = g_find_program_in_path ("zbarimg");
  g_autoptr (GdkPaintable) paintable = cr_qr_paintable_new (LINK);
  int side = gdk_paintable_get_intrinsic_width (paintable);
  g_autofree guint32 *pixels = app_test_render (paintable, side, side);
  g_autoptr (GBytes) bytes = g_bytes_new (pixels, (gsize) side * (gsize) side * 4);
  g_autoptr (GdkTexture) texture =
      gdk_memory_texture_new (side, side, GDK_MEMORY_DEFAULT, bytes, (gsize) side * 4);
  g_autofree char *folder = g_dir_make_tmp ("chartroom-qr-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "code.png", NULL);
  const char *argv[] = { zbarimg, "-q", "--nodbus", "--raw", path, NULL };
  g_autofree char *output = NULL;

  if (zbarimg == NULL)
    {
      g_rmdir (folder);
      g_test_skip ("zbarimg is not installed");
      return;
    }
  g_assert_true (gdk_texture_save_to_png (texture, path));
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output,
                               NULL, NULL, NULL));
  g_assert_cmpstr (g_strchomp (output), ==, LINK);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_too_long (void)
{
  g_autofree char *text = g_strnfill (5000, 'x');

  g_assert_null (cr_qr_paintable_new (text));
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/qr-paintable/modules", test_modules);
  g_test_add_func ("/app/qr-paintable/readable", test_readable);
  g_test_add_func ("/app/qr-paintable/too-long", test_too_long);
  return g_test_run ();
}
