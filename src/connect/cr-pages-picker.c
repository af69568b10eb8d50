/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "connect/cr-pages-private.h"

/* Returns: (transfer full) (nullable): for the patient, why @source cannot be chosen */
static char *
why_not (CrSource *source, const CrLanguage *in, gint64 now_ms)
{
  switch (cr_source_status_at (source, now_ms))
    {
    case CR_SOURCE_SUSPENDED:
      /* staff's reason is for staff */
      return g_strdup (_ ("Cannot be used just now. Ask the clinic about it."));
    case CR_SOURCE_NOT_ENABLED:
      return g_strdup (_ ("This place does not let patients share their records this way yet."));
    case CR_SOURCE_GONE:
      return g_strdup (_ ("This portal is no longer there. Ask the clinic which one to use."));
    case CR_SOURCE_WORKING:
    case CR_SOURCE_MOVED:
    default:
      break;
    }

  if (!cr_source_can_be_chosen (source, now_ms))
    return g_strdup (_ ("Your clinic has not set up this portal yet. Ask the clinic about it."));

  return NULL;
}

/* “Boston, MA · login.example.org”: the place, and the sign-in page. */
static char *
dup_below (CrSource *source)
{
  g_autofree char *place = cr_source_dup_place (source);
  g_autofree char *login = cr_source_dup_login (source);

  if (place == NULL || login == NULL)
    return g_strdup (place != NULL ? place : login);

  return g_strdup_printf ("%s · %s", place, login);
}

CrPageSource *
cr_page_source_new (CrSource *source, const CrLanguage *in, gint64 now_ms)
{
  CrPageSource *self = g_new0 (CrPageSource, 1);
  const char *url = source->portal_url != NULL ? source->portal_url : source->fhir_base_url;
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);

  self->source = g_object_ref (source);
  self->host = uri != NULL ? g_strdup (g_uri_get_host (uri)) : NULL;
  self->below = dup_below (source);
  self->logo_url = source->has_logo ? g_strconcat ("/logos/", source->id, NULL) : NULL;
  self->why_not = why_not (source, in, now_ms);
  return self;
}

void
cr_page_source_free (CrPageSource *self)
{
  g_object_unref (self->source);
  g_free (self->host);
  g_free (self->below);
  g_free (self->why_not);
  g_free (self->logo_url);
  g_free (self);
}

/* The first letter or digit stands where there is no logo. */
static void
add_logo (GString *html, const CrPageSource *source)
{
  const char *p = source->source->name;
  char letter[7] = "";

  if (source->logo_url != NULL)
    {
      cr_html_add (html, "<img class=\"logo\" src=\"%s\" alt=\"\" width=\"44\" height=\"44\" />",
                   source->logo_url);
      return;
    }

  while (*p != '\0' && !g_unichar_isalnum (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  if (*p != '\0')
    letter[g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (p)), letter)] = '\0';
  cr_html_add (html, "<span class=\"logo tile\" aria-hidden=\"true\">%s</span>", letter);
}

static void
add_source (GString *html, const CrPicker *picker, const CrPageSource *source)
{
  const CrLanguage *in = picker->in;
  const char *below = source->why_not != NULL ? source->why_not : source->below;

  g_string_append (html, "<li>");
  if (source->why_not == NULL)
    cr_html_add (html, "<a class=\"source\" href=\"/c/%s/choose?source=%s\">", picker->key,
                 source->source->id);
  else
    g_string_append (html, "<div class=\"source off\">");
  add_logo (html, source);
  cr_html_add (html, "<span><b>%s</b> <small>%s%s</small></span>", source->source->name,
               source->is_connected ? _ ("✓ Connected. ") : "", below != NULL ? below : "");
  g_string_append (html, source->why_not == NULL ? "</a></li>\n" : "</div></li>\n");
}

static void
add_sources (GString *html, const CrPicker *picker, const char *heading, GPtrArray *sources)
{
  if (sources->len == 0)
    return;

  cr_html_add (html, "<h2>%s</h2>\n<ul>\n", heading);
  for (guint i = 0; i < sources->len; i++)
    add_source (html, picker, g_ptr_array_index (sources, i));
  g_string_append (html, "</ul>\n");
}

static void
add_search (GString *html, const CrPicker *picker)
{
  const CrLanguage *in = picker->in;

  cr_html_add (
      html,
      "<form class=\"search\" id=\"search\" method=\"get\" action=\"/c/%s\" role=\"search\" "
      "data-busy=\"%s\" data-trouble=\"%s\"><label for=\"q\">%s</label>\n<div>"
      "<input type=\"search\" id=\"q\" name=\"q\" value=\"%s\" maxlength=\"100\" "
      "autocomplete=\"off\" autocapitalize=\"off\" spellcheck=\"false\" />"
      "<button type=\"submit\">%s</button></div></form>\n",
      picker->key, _ ("Searching…"),
      _ ("The search did not get through. Check the network and try again."),
      _ ("Hospital, clinic or city"), picker->text != NULL ? picker->text : "", _ ("Search"));
}

/* Says in words what the list below shows: it is read aloud when it changes. */
static char *
count_text (const CrPicker *picker)
{
  const CrLanguage *in = picker->in;
  guint n = picker->recommended->len + picker->sources->len;

  if (n == 0 && picker->text != NULL)
    return g_strdup (_ ("No portal was found. Try fewer letters, or ask the clinic which one to "
                        "use."));
  if (n == 0)
    return g_strdup (_ ("There is no portal to choose from yet. Please tell the clinic."));
  if (picker->has_more)
    return g_strdup_printf (
        cr_language_get_n (in, "The first %u portal is shown. Search to see others.",
                           "The first %u portals are shown. Search to see others.", n),
        n);
  if (picker->text == NULL)
    return g_strdup ("");

  return g_strdup_printf (cr_language_get_n (in, "%u portal found", "%u portals found", n), n);
}

static void
add_found (GString *html, const CrPicker *picker)
{
  const CrLanguage *in = picker->in;
  g_autofree char *count = count_text (picker);

  cr_html_add (html, "<p id=\"count\" class=\"soft\" role=\"status\">%s</p>\n<div id=\"found\">\n",
               count);
  add_sources (html, picker, _ ("Suggested by your clinic"), picker->recommended);
  add_sources (html, picker,
               picker->text != NULL            ? _ ("Found")
               : picker->recommended->len == 0 ? _ ("Choose a portal")
                                               : _ ("Other portals"),
               picker->sources);
  g_string_append (html, "</div>\n");
}

static void
add_done (GString *html, const CrPicker *picker, gboolean is_main)
{
  g_autofree char *done = cr_page_done_label (picker->in, picker->leave_label);

  cr_html_add (html,
               "<div class=\"actions\"><form method=\"post\" action=\"/c/%s/done\">"
               "<button class=\"%s\" type=\"submit\">%s</button></form></div>\n",
               picker->key, is_main ? "main" : "", done);
}

static gboolean
is_connected (GPtrArray *outcomes)
{
  for (guint i = 0; i < outcomes->len; i++)
    {
      const CrPageOutcome *outcome = g_ptr_array_index (outcomes, i);

      if (!outcome->is_waiting && outcome->code == CR_FAILURE_NONE)
        return TRUE;
    }

  return FALSE;
}

static void
add_came_of_it (GString *html, const CrPicker *picker, gboolean has_good)
{
  const CrLanguage *in = picker->in;

  cr_html_add (html,
               "<section class=\"card\" aria-labelledby=\"so-far\">\n<h2 id=\"so-far\">%s</h2>\n",
               has_good ? _ ("What is connected") : _ ("How it went"));
  cr_html_add_outcomes (html, in, picker->outcomes);
  if (has_good)
    add_done (html, picker, TRUE);
  g_string_append (html, "</section>\n");
}

/* Done stands at the end, or, once it is what is probably wanted next, above the choice. */
char *
cr_picker_to_html (const CrPicker *picker)
{
  const CrLanguage *in = picker->in;
  GString *html = g_string_new (NULL);
  gboolean has_good = is_connected (picker->outcomes);
  const char *title = has_good ? _ ("Your records are connected") : _ ("Connect your records");

  cr_html_begin (html, in, title, picker->leave_label);
  cr_html_add (html, "<h1>%s</h1>\n", title);
  if (!has_good)
    cr_html_add (html, "<p>%s</p>\n",
                 _ ("Choose where you are treated. You sign in on that portal's own page and say "
                    "there what may be shared. Your password is never seen here."));
  if (picker->outcomes->len > 0)
    add_came_of_it (html, picker, has_good);
  if (has_good)
    cr_html_add (html, "<h2>%s</h2>\n<p>%s</p>\n", _ ("Are you treated elsewhere too?"),
                 _ ("You can connect another portal now. You need not."));
  add_search (html, picker);
  add_found (html, picker);
  if (!has_good)
    add_done (html, picker, FALSE);
  return cr_html_end (html, TRUE);
}

static void
add_step (GString *html, const char *what, const char *more)
{
  cr_html_add (html, "<li><b>%s</b> %s</li>\n", what, more);
}

static void
add_steps (GString *html, const CrFarewell *farewell)
{
  const CrLanguage *in = farewell->in;
  g_autofree char *there =
      farewell->source->host != NULL
          ? g_strdup_printf (
                _ ("The page is the portal's own (%s). It may look different from this "
                   "one. Check the address before you type your password."),
                farewell->source->host)
          : g_strdup (_ ("The page is the portal's own."));
  g_autofree char *left = g_strdup_printf (
      cr_language_get_n (in, "It takes a few minutes; this link can be used for %u more minute.",
                         "It takes a few minutes; this link can be used for %u more minutes.",
                         farewell->minutes_left),
      farewell->minutes_left);

  g_string_append (html, "<ol class=\"steps\">\n");
  add_step (html, _ ("You go to the portal and sign in"), there);
  add_step (html, _ ("Your password stays there"),
            _ ("You type it on the portal's page only. It is never seen here, and never by the "
               "clinic."));
  add_step (html, _ ("The portal asks what you want to share"),
            _ ("Records such as conditions, medicines, test results, visits and documents, to "
               "read. You choose, and you may say no."));
  add_step (html, _ ("You come back here"), left);
  g_string_append (html, "</ol>\n");
}

char *
cr_farewell_to_html (const CrFarewell *farewell)
{
  const CrLanguage *in = farewell->in;
  const CrPageSource *source = farewell->source;
  g_autofree char *go = g_strdup_printf (_ ("Continue to %s"), source->source->name);
  GString *html = g_string_new (NULL);

  cr_html_begin (html, in, go, farewell->leave_label);
  g_string_append (html, "<div class=\"card\">\n<div class=\"head\">");
  add_logo (html, source);
  cr_html_add (html, "<h1>%s</h1></div>\n", source->source->name);
  if (source->why_not != NULL)
    cr_html_add (html, "<p>%s</p>\n", source->why_not);
  else
    add_steps (html, farewell);
  g_string_append (html, "<div class=\"actions\">\n");
  if (source->why_not == NULL)
    cr_html_add (html,
                 "<form method=\"post\" action=\"/c/%s/start\"><input type=\"hidden\" "
                 "name=\"source\" value=\"%s\" /><button class=\"main\" type=\"submit\">%s</button>"
                 "</form>\n",
                 farewell->key, source->source->id, go);
  cr_html_add (html, "<a class=\"button\" href=\"/c/%s\">%s</a>\n</div>\n</div>\n", farewell->key,
               _ ("Choose another portal"));
  if (source->why_not == NULL)
    cr_html_add (html, "<h2>%s</h2>\n<p>%s</p>\n", _ ("How long it lasts, and how to stop it"),
                 _ ("Your clinic receives your records, and new ones as they come, for as long as "
                    "the portal allows; some portals let you choose. You can end it at any time: "
                    "in the portal, among the apps that have access, or by telling the clinic."));
  return cr_html_end (html, FALSE);
}
