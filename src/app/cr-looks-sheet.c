/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-looks-sheet.h"

#include "app/cr-words.h"

#include <glib/gi18n.h>

#define MARGIN (20 * 72 / 25.4)
#define FOOT 24
#define PLAIN ""

/* The words are one text, whose lines are dealt out to pages. */
typedef struct
{
  CrLooksSheet *sheet; /* (owned) */
  PangoLayout *text;   /* (owned) (nullable) */
  GArray *tops;        /* (owned): of int, in Pango units: where in the text each page begins */
} Print;

CrLooksSheet *
cr_looks_sheet_new (void)
{
  CrLooksSheet *self = g_new0 (CrLooksSheet, 1);

  self->looks = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

void
cr_looks_sheet_free (CrLooksSheet *self)
{
  g_free (self->clinic);
  g_free (self->patient);
  g_free (self->about);
  g_ptr_array_unref (self->looks);
  g_free (self);
}

static void
print_free (gpointer data, GClosure *closure)
{
  Print *print = data;

  cr_looks_sheet_free (print->sheet);
  g_clear_object (&print->text);
  g_array_unref (print->tops);
  g_free (print);
}

static void
append (GString *markup, const char *style, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  g_string_append_printf (markup, "<span %s>%s</span>\n", style, escaped);
}

static char *
write_markup (const CrLooksSheet *sheet)
{
  GString *markup = g_string_new (NULL);
  g_autofree char *whose = g_strdup_printf (_ ("For %s"), sheet->patient);
  g_autofree char *now = cr_words_day_and_time (sheet->now_ms);
  g_autofree char *printed = g_strdup_printf (_ ("Printed: %s"), now);

  if (sheet->clinic != NULL && sheet->clinic[0] != '\0')
    append (markup, "size='12pt'", sheet->clinic);
  append (markup, "size='20pt' weight='bold'", _ ("Who looked at your records"));
  append (markup, "size='13pt'", whose);
  append (markup, PLAIN, sheet->about);
  append (markup, PLAIN, printed);
  for (guint i = 0; i < sheet->looks->len; i++)
    {
      CrLook *look = sheet->looks->pdata[i];
      g_autofree char *span = cr_words_span (look->first_ms, look->last_ms);
      g_autofree char *what = cr_words_join (look->person, cr_words_look (look->kind), NULL);

      g_string_append_c (markup, '\n');
      append (markup, "weight='bold'", span);
      append (markup, PLAIN, what);
    }
  return g_string_free (markup, FALSE);
}

/* A page ends before the line that has no room. */
static void
deal_out (Print *print, int room)
{
  PangoLayoutIter *iter = pango_layout_get_iter (print->text);
  int top = 0;

  g_array_set_size (print->tops, 0);
  g_array_append_val (print->tops, top);
  do
    {
      int begin, end;

      pango_layout_iter_get_line_yrange (iter, &begin, &end);
      if (end - top <= room || begin == top)
        continue;
      top = begin;
      g_array_append_val (print->tops, top);
    }
  while (pango_layout_iter_next_line (iter));
  pango_layout_iter_free (iter);
}

static PangoLayout *
new_text (GtkPrintContext *context, const char *markup)
{
  g_autoptr (PangoFontDescription) font = pango_font_description_from_string ("Sans 11");
  PangoLayout *text = gtk_print_context_create_pango_layout (context);

  pango_layout_set_font_description (text, font);
  pango_layout_set_markup (text, markup, -1);
  return text;
}

static void
begin_cb (GtkPrintOperation *operation, GtkPrintContext *context, gpointer user_data)
{
  Print *print = user_data;
  g_autofree char *markup = write_markup (print->sheet);
  double room = gtk_print_context_get_height (context) - 2 * MARGIN - FOOT;

  g_clear_object (&print->text);
  print->text = new_text (context, markup);
  pango_layout_set_width (
      print->text, (int) ((gtk_print_context_get_width (context) - 2 * MARGIN) * PANGO_SCALE));
  pango_layout_set_wrap (print->text, PANGO_WRAP_WORD_CHAR);
  deal_out (print, (int) (room * PANGO_SCALE));
  gtk_print_operation_set_n_pages (operation, (int) print->tops->len);
}

static void
draw_foot (Print *print, GtkPrintContext *context, int page)
{
  cairo_t *cr = gtk_print_context_get_cairo_context (context);
  g_autofree char *text = g_strdup_printf (_ ("Page %d of %d"), page + 1, (int) print->tops->len);
  g_autofree char *markup = g_strdup_printf ("<span size='9pt'>%s</span>", text);
  g_autoptr (PangoLayout) foot = new_text (context, markup);

  cairo_move_to (cr, MARGIN, gtk_print_context_get_height (context) - MARGIN - FOOT / 2);
  pango_cairo_show_layout (cr, foot);
}

static void
draw_cb (GtkPrintOperation *operation, GtkPrintContext *context, int page, gpointer user_data)
{
  Print *print = user_data;
  cairo_t *cr = gtk_print_context_get_cairo_context (context);
  PangoLayoutIter *iter = pango_layout_get_iter (print->text);
  int top = g_array_index (print->tops, int, page);
  int end =
      page + 1 < (int) print->tops->len ? g_array_index (print->tops, int, page + 1) : G_MAXINT;

  cairo_set_source_rgb (cr, 0, 0, 0);
  do
    {
      PangoRectangle line;
      int begin;

      pango_layout_iter_get_line_yrange (iter, &begin, NULL);
      if (begin < top || begin >= end)
        continue;
      pango_layout_iter_get_line_extents (iter, NULL, &line);
      cairo_move_to (cr, MARGIN + pango_units_to_double (line.x),
                     MARGIN + pango_units_to_double (pango_layout_iter_get_baseline (iter) - top));
      pango_cairo_show_layout_line (cr, pango_layout_iter_get_line_readonly (iter));
    }
  while (pango_layout_iter_next_line (iter));
  pango_layout_iter_free (iter);
  draw_foot (print, context, page);
}

GtkPrintOperation *
cr_looks_sheet_operation_new (CrLooksSheet *sheet)
{
  GtkPrintOperation *operation = gtk_print_operation_new ();
  Print *print = g_new0 (Print, 1);

  print->sheet = sheet;
  print->tops = g_array_new (FALSE, FALSE, sizeof (int));
  gtk_print_operation_set_unit (operation, GTK_UNIT_POINTS);
  gtk_print_operation_set_use_full_page (operation, TRUE);
  gtk_print_operation_set_embed_page_setup (operation, TRUE);
  /* The name a printer's queue shows: it must not say who the patient is. */
  gtk_print_operation_set_job_name (operation, _ ("Who Looked"));
  g_signal_connect (operation, "begin-print", G_CALLBACK (begin_cb), print);
  g_signal_connect_data (operation, "draw-page", G_CALLBACK (draw_cb), print, print_free, 0);
  return operation;
}
