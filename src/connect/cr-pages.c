/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "connect/cr-pages-private.h"

#include "model/cr-explain.h"

void
cr_page_outcome_free (CrPageOutcome *self)
{
  g_free (self->name);
  g_free (self);
}

void
cr_html_add (GString *html, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (html, text);
}

/* The style is asked for by version, because browsers keep it. */
void
cr_html_begin (GString *html, const CrLanguage *in, const char *title, const char *caller)
{
  cr_html_add (
      html,
      "<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\" />\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
      "<meta name=\"robots\" content=\"noindex\" />\n<title>%s</title>\n"
      "<link rel=\"icon\" href=\"data:,\" />\n"
      "<link rel=\"stylesheet\" href=\"/c/style.css?v=" PACKAGE_VERSION "\" />\n</head>\n<body>\n"
      "<header><p><svg class=\"sign\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"
      "<path d=\"M12 2.5 4 5.5v6c0 5 3.4 8.6 8 10 4.6-1.4 8-5 8-10v-6z\" />"
      "<path d=\"m8.5 12 2.5 2.5 4.5-5\" /></svg><span>%s</span></p></header>\n<main>\n",
      /* Translators: the code of your language, as in <html lang="…">, such as pt-BR */
      C_ ("language of these words", "en"),
      /* Translators: ltr, or rtl where one writes from right to left */
      C_ ("direction of writing", "ltr"), title,
      caller != NULL ? caller : _ ("Your health records"));
}

char *
cr_html_end (GString *html, gboolean has_script)
{
  g_string_append (html, "</main>\n");
  if (has_script)
    g_string_append (html, "<script src=\"/c/pages.js?v=" PACKAGE_VERSION "\"></script>\n");
  g_string_append (html, "</body>\n</html>\n");
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
 * Returns: what a patient is told about @code
 */
const char *
cr_page_failure_text (const CrLanguage *in, CrFailureCode code)
{
  const CrExplanation *words = cr_explain_failure (code);

  return words != NULL && words->patient != NULL
           ? _ (words->patient)
           : _ ("The connection could not be made. Please try again, or ask the clinic.");
}

char *
cr_page_done_label (const CrLanguage *in, const char *label)
{
  return label != NULL ? g_strdup_printf (_ ("Done — return to %s"), label) : g_strdup (_ ("Done"));
}

static const char *
outcome_text (const CrLanguage *in, const CrPageOutcome *outcome)
{
  if (outcome->is_waiting)
    return _ ("No answer from this portal yet. If it showed an error, or you closed its page, try "
              "again.");
  if (outcome->code == CR_FAILURE_NONE)
    return _ ("Connected. Your records will be brought in now.");

  return cr_page_failure_text (in, outcome->code);
}

void
cr_html_add_outcomes (GString *html, const CrLanguage *in, GPtrArray *outcomes)
{
  if (outcomes == NULL || outcomes->len == 0)
    return;

  g_string_append (html, "<ul>\n");
  for (guint i = 0; i < outcomes->len; i++)
    {
      CrPageOutcome *outcome = g_ptr_array_index (outcomes, i);
      gboolean is_open = outcome->is_waiting || outcome->code == CR_FAILURE_NO_ANSWER;
      gboolean is_good = !is_open && outcome->code == CR_FAILURE_NONE;

      cr_html_add (html,
                   "<li class=\"outcome\"><span class=\"mark %s\" aria-hidden=\"true\">%s</span>"
                   "<span><b>%s</b> %s</span></li>\n",
                   is_open   ? "wait"
                   : is_good ? "good"
                             : "bad",
                   is_open   ? "?"
                   : is_good ? "✓"
                             : "!",
                   outcome->name, outcome_text (in, outcome));
    }
  g_string_append (html, "</ul>\n");
}

static void
add_actions (GString *html, const CrPage *page)
{
  const CrLanguage *in = page->in;
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
    cr_html_add (html, "<a class=\"button main\" href=\"%s\">%s</a>\n", page->again_url,
                 _ ("Try again"));
  if (page->leave_url != NULL)
    cr_html_add (html, "<a class=\"button main\" href=\"%s\">%s</a>\n", page->leave_url, back);
  if (page->leave_post != NULL)
    cr_html_add (html,
                 "<form method=\"post\" action=\"%s\"><button type=\"submit\">%s</button></form>\n",
                 page->leave_post, stop);
  g_string_append (html, "</div>\n");
}

char *
cr_page_to_html (const CrPage *page)
{
  const CrLanguage *in = page->in;
  GString *html = g_string_new (NULL);

  cr_html_begin (html, in, page->title, page->leave_label);
  cr_html_add (html,
               "<div class=\"card\">\n<span class=\"mark %s\" aria-hidden=\"true\">%s</span>\n"
               "<h1>%s</h1>\n<p>%s</p>\n",
               tone_class (page->tone), tone_mark (page->tone), page->title, page->text);
  cr_html_add_outcomes (html, in, page->outcomes);
  if (page->hint != NULL)
    cr_html_add (html, "<p class=\"soft\">%s</p>\n", page->hint);
  if (page->code != NULL)
    cr_html_add (html, "<p class=\"soft\">%s <code>%s</code></p>\n", _ ("For the clinic:"),
                 page->code);
  add_actions (html, page);
  g_string_append (html, "</div>\n");
  return cr_html_end (html, FALSE);
}
