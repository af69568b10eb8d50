/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-sheet.h"

#include "app/cr-qr-paintable.h"

#include <glib/gi18n.h>

#define MARGIN_MM 22
#define CODE_POINTS 190
#define GAP 14

CrSheet *
cr_sheet_new (void)
{
  return g_new0 (CrSheet, 1);
}

void
cr_sheet_free (CrSheet *self)
{
  g_free (self->clinic);
  g_free (self->patient);
  g_free (self->source);
  g_free (self->url);
  g_free (self->expires);
  g_free (self);
}

/* Where the next thing goes. */
typedef struct
{
  GtkPrintContext *context;
  cairo_t *cr;
  double left;
  double width;
  double y;
} Pen;

static void
write_text (Pen *pen, const char *font, double indent, const char *text)
{
  g_autoptr (PangoLayout) layout = gtk_print_context_create_pango_layout (pen->context);
  PangoFontDescription *description = pango_font_description_from_string (font);
  int height;

  pango_layout_set_font_description (layout, description);
  pango_font_description_free (description);
  pango_layout_set_width (layout, (int) ((pen->width - indent) * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_text (layout, text, -1);
  cairo_move_to (pen->cr, pen->left + indent, pen->y);
  pango_cairo_show_layout (pen->cr, layout);
  pango_layout_get_pixel_size (layout, NULL, &height);
  pen->y += height;
}

static void
write_step (Pen *pen, guint n, const char *text)
{
  g_autofree char *number = g_strdup_printf ("%u.", n);
  double y = pen->y;

  write_text (pen, "Sans Bold 13", 0, number);
  pen->y = y;
  write_text (pen, "Sans 13", 26, text);
  pen->y += 6;
}

static void
draw_code (Pen *pen, const char *url)
{
  g_autoptr (GdkPaintable) code = cr_qr_paintable_new (url);

  if (code == NULL)
    return;
  cr_qr_paintable_draw (CR_QR_PAINTABLE (code), pen->cr, pen->left + (pen->width - CODE_POINTS) / 2,
                        pen->y, CODE_POINTS);
  pen->y += CODE_POINTS;
}

static void
write_head (Pen *pen, const CrSheet *sheet)
{
  g_autofree char *patient = g_strdup_printf (_ ("For %s"), sheet->patient);

  if (sheet->clinic != NULL)
    write_text (pen, "Sans 12", 0, sheet->clinic);
  pen->y += GAP;
  write_text (pen, "Sans Bold 20", 0, _ ("Please sign in to your patient portal"));
  pen->y += 4;
  write_text (pen, "Sans 13", 0, patient);
  if (sheet->source != NULL)
    {
      g_autofree char *source = g_strdup_printf (_ ("Portal: %s"), sheet->source);

      write_text (pen, "Sans 13", 0, source);
    }
  pen->y += GAP;
}

static void
write_steps (Pen *pen, const CrSheet *sheet)
{
  g_autofree char *sign_in =
      sheet->source != NULL
          ? g_strdup_printf (_ ("Sign in at %s with your own user name and password."),
                             sheet->source)
          : g_strdup (_ ("Choose your portal and sign in with your own user name and password."));

  write_step (pen, 1,
              sheet->is_reachable
                  ? _ ("Point the camera of your phone at the square, or type the address below "
                       "into a browser.")
                  : _ ("Come to the front desk: the address below opens on the clinic’s own "
                       "computer only."));
  write_step (pen, 2, sign_in);
  write_step (pen, 3,
              _ ("Agree that your records may be sent to the clinic. You are done when the page "
                 "says so."));
  pen->y += GAP;
}

static void
draw_page_cb (GtkPrintOperation *operation, GtkPrintContext *context, int page, gpointer user_data)
{
  const CrSheet *sheet = user_data;
  double margin = MARGIN_MM * 72 / 25.4;
  Pen pen = { context, gtk_print_context_get_cairo_context (context), margin,
              gtk_print_context_get_width (context) - 2 * margin, margin };
  g_autofree char *expires = g_strdup_printf (_ ("The address works until %s."), sheet->expires);

  cairo_set_source_rgb (pen.cr, 0, 0, 0);
  write_head (&pen, sheet);
  write_steps (&pen, sheet);
  if (sheet->is_reachable)
    draw_code (&pen, sheet->url);
  pen.y += GAP;
  write_text (&pen, "Monospace 12", 0, sheet->url);
  pen.y += GAP;
  write_text (&pen, "Sans Bold 13", 0, expires);
  write_text (&pen, "Sans 11", 0,
              _ ("It is meant for you alone: please do not pass it on, and throw this sheet away "
                 "afterwards. If it has run out, ask the clinic for a new one."));
}

GtkPrintOperation *
cr_sheet_operation_new (CrSheet *sheet)
{
  GtkPrintOperation *operation = gtk_print_operation_new ();

  gtk_print_operation_set_n_pages (operation, 1);
  gtk_print_operation_set_unit (operation, GTK_UNIT_POINTS);
  gtk_print_operation_set_use_full_page (operation, TRUE);
  gtk_print_operation_set_embed_page_setup (operation, TRUE);
  /* The name a printer's queue shows: it must not say who the patient is. */
  gtk_print_operation_set_job_name (operation, _ ("Portal sign-in"));
  g_signal_connect_data (operation, "draw-page", G_CALLBACK (draw_page_cb), sheet,
                         (GClosureNotify) (void (*) (void)) cr_sheet_free, 0);
  return operation;
}
