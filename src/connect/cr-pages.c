/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "connect/cr-pages.h"

#include "model/cr-explain.h"
#include "model/cr-source.h"

#include <glib/gi18n-lib.h>

void
cr_page_outcome_free (CrPageOutcome *self)
{
  g_free (self->name);
  g_free (self);
}

/* Every %s is escaped. */
static void G_GNUC_PRINTF (2, 3) add (GString *html, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (html, text);
}

static void
begin (GString *html, const char *title)
{
  add (html,
       "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n"
       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
       "<meta name=\"robots\" content=\"noindex\" />\n<title>%s</title>\n"
       "<link rel=\"stylesheet\" href=\"/c/style.css\" />\n</head>\n<body>\n<main>\n",
       title);
}

static char *
end (GString *html)
{
  g_string_append (html, "</main>\n</body>\n</html>\n");
  return g_string_free (html, FALSE);
}

static const char *
tone_class (CrPageTone tone)
{
  return tone == CR_PAGE_GOOD ? "good" : tone == CR_PAGE_BAD ? "bad" : "info";
}

static const char *
tone_mark (CrPageTone tone)
{
  return tone == CR_PAGE_GOOD ? "✓" : tone == CR_PAGE_BAD ? "!" : "i";
}

/**
 * cr_page_failure_text:
 *
 * Returns: what a patient is told about @code, translated
 */
const char *
cr_page_failure_text (CrFailureCode code)
{
  const CrExplanation *words = cr_explain_failure (code);

  return words != NULL && words->patient != NULL
           ? _ (words->patient)
           : _ ("The connection could not be made. Please try again, or ask the clinic.");
}

char *
cr_page_done_label (const char *label)
{
  return label != NULL ? g_strdup_printf (_ ("Done — return to %s"), label) : g_strdup (_ ("Done"));
}

static void
add_outcomes (GString *html, GPtrArray *outcomes)
{
  if (outcomes == NULL || outcomes->len == 0)
    return;

  g_string_append (html, "<ul>\n");
  for (guint i = 0; i < outcomes->len; i++)
    {
      CrPageOutcome *outcome = g_ptr_array_index (outcomes, i);
      gboolean good = outcome->code == CR_FAILURE_NONE;

      add (html,
           "<li class=\"outcome\"><span class=\"%s\" aria-hidden=\"true\">%s</span>"
           "<span><b>%s</b><br />%s</span></li>\n",
           good ? "good" : "bad", good ? "✓" : "!", outcome->name,
           good ? _ ("Connected. Your records will be brought in now.")
                : cr_page_failure_text (outcome->code));
    }
  g_string_append (html, "</ul>\n");
}

static void
add_actions (GString *html, const CrPage *page)
{
  g_autofree char *back = page->leave_label != NULL
                            ? g_strdup_printf (_ ("Return to %s"), page->leave_label)
                            : g_strdup (_ ("Return"));
  g_autofree char *stop = page->leave_label != NULL
                            ? g_strdup_printf (_ ("Stop and return to %s"), page->leave_label)
                            : g_strdup (_ ("Stop here"));

  if (page->again_url == NULL && page->leave_url == NULL && page->leave_post == NULL)
    return;

  g_string_append (html, "<div class=\"actions\">\n");
  if (page->again_url != NULL)
    add (html, "<a class=\"button main\" href=\"%s\">%s</a>\n", page->again_url, _ ("Try again"));
  if (page->leave_url != NULL)
    add (html, "<a class=\"button main\" href=\"%s\">%s</a>\n", page->leave_url, back);
  if (page->leave_post != NULL)
    add (html, "<form method=\"post\" action=\"%s\"><button type=\"submit\">%s</button></form>\n",
         page->leave_post, stop);
  g_string_append (html, "</div>\n");
}

char *
cr_page_to_html (const CrPage *page)
{
  GString *html = g_string_new (NULL);

  begin (html, page->title);
  add (html,
       "<div class=\"card\">\n<span class=\"mark %s\" aria-hidden=\"true\">%s</span>\n"
       "<h1>%s</h1>\n<p>%s</p>\n",
       tone_class (page->tone), tone_mark (page->tone), page->title, page->text);
  add_outcomes (html, page->outcomes);
  if (page->hint != NULL)
    add (html, "<p class=\"soft\">%s</p>\n", page->hint);
  if (page->code != NULL)
    add (html, "<p class=\"soft\">%s <code>%s</code></p>\n", _ ("For the clinic:"), page->code);
  add_actions (html, page);
  g_string_append (html, "</div>\n");
  return end (html);
}

static void
add_sources (GString *html, const char *key, const char *heading, GPtrArray *sources)
{
  if (sources->len == 0)
    return;

  add (html, "<h2>%s</h2>\n<ul>\n", heading);
  for (guint i = 0; i < sources->len; i++)
    {
      CrSource *source = g_ptr_array_index (sources, i);
      g_autoptr (GUri) uri =
          g_uri_parse (source->portal_url != NULL ? source->portal_url : source->fhir_base_url,
                       G_URI_FLAGS_ENCODED, NULL);

      add (html,
           "<li><form method=\"post\" action=\"/c/%s/start\">"
           "<input type=\"hidden\" name=\"source\" value=\"%s\" />"
           "<button class=\"source\" type=\"submit\">%s<small>%s</small></button></form></li>\n",
           key, source->id, source->name,
           uri != NULL && g_uri_get_host (uri) != NULL ? g_uri_get_host (uri) : "");
    }
  g_string_append (html, "</ul>\n");
}

static void
add_search (GString *html, const CrPicker *picker)
{
  add (html,
       "<form class=\"search\" method=\"get\" action=\"/c/%s\" role=\"search\">"
       "<input type=\"search\" name=\"q\" value=\"%s\" aria-label=\"%s\" placeholder=\"%s\" "
       "maxlength=\"100\" /><button type=\"submit\">%s</button></form>\n",
       picker->key, picker->text != NULL ? picker->text : "",
       _ ("Search for your clinic or hospital"), _ ("Clinic or hospital"), _ ("Search"));
}

static void
add_done (GString *html, const CrPicker *picker, gboolean is_main)
{
  g_autofree char *done = cr_page_done_label (picker->leave_label);

  add (html,
       "<div class=\"actions\"><form method=\"post\" action=\"/c/%s/done\">"
       "<button class=\"%s\" type=\"submit\">%s</button></form></div>\n",
       picker->key, is_main ? "main" : "", done);
}

static gboolean
is_connected (GPtrArray *outcomes)
{
  for (guint i = 0; i < outcomes->len; i++)
    if (((CrPageOutcome *) g_ptr_array_index (outcomes, i))->code == CR_FAILURE_NONE)
      return TRUE;

  return FALSE;
}

/* Done stands at the end, or, once it is what is probably wanted next, above the choice. */
char *
cr_picker_to_html (const CrPicker *picker)
{
  GString *html = g_string_new (NULL);
  gboolean has_any = picker->outcomes->len > 0;
  gboolean has_good = is_connected (picker->outcomes);
  gboolean is_empty = picker->recommended->len + picker->sources->len == 0;

  begin (html, _ ("Connect your records"));
  add (html, "<h1>%s</h1>\n<p>%s</p>\n", _ ("Connect your records"),
       _ ("Choose where you are treated. You sign in on that portal's own page and say there what "
          "may be shared. Your password is never seen here."));
  if (has_any)
    {
      g_string_append (html, "<div class=\"card\">\n");
      add_outcomes (html, picker->outcomes);
      if (has_good)
        add_done (html, picker, TRUE);
      g_string_append (html, "</div>\n");
    }
  if (has_good)
    add (html, "<h2>%s</h2>\n", _ ("Connect another portal"));
  add_search (html, picker);
  add_sources (html, picker->key, _ ("Suggested"), picker->recommended);
  add_sources (html, picker->key, picker->text != NULL ? _ ("Found") : _ ("All portals"),
               picker->sources);
  if (is_empty)
    add (html, "<p>%s</p>\n",
         _ ("No portal was found. Try fewer letters, or ask the clinic which one to use."));
  if (picker->has_more)
    add (html, "<p class=\"soft\">%s</p>\n", _ ("There are more. Search to see them."));
  if (!has_good)
    add_done (html, picker, FALSE);
  return end (html);
}
