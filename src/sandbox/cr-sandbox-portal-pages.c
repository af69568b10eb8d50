/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sandbox/cr-sandbox-portal.h"
#include "sandbox/cr-sandbox-text.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
    "<meta name=\"color-scheme\" content=\"light dark\">"
    "<style>"
    ":root{--bg:#f3f6f5;--card:#fff;--ink:#16232b;--soft:#55646d;--line:#cfd8d8;--key:#0b6e69;"
    "--on:#fff;--warn:#8a4b00;--warnbg:#fff3dc;--bad:#a4262c}"
    "@media(prefers-color-scheme:dark){:root{--bg:#10181b;--card:#1a2529;--ink:#e8eeee;--soft:#"
    "a4b3b5;"
    "--line:#38474c;--key:#5ec8bf;--on:#06201e;--warn:#ffd591;--warnbg:#3a2c10;--bad:#ff9c9c}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);"
    "font:1rem/1.5 system-ui,sans-serif}"
    ".band{background:var(--warnbg);color:var(--warn);text-align:center;padding:.5rem 1rem;"
    "font-weight:600}main{max-width:28rem;margin:1.5rem auto;padding:0 1rem}"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem}"
    ".org{color:var(--key);font-weight:700;margin:0 0 .75rem}h1{font-size:1.4rem;line-height:1.25;"
    "margin:0 0 .5rem}p{margin:.5rem 0}.soft{color:var(--soft)}"
    "label{display:block;font-weight:600;margin:.9rem 0 .25rem}"
    "input{width:100%;min-height:2.9rem;font:inherit;padding:.65rem .75rem;border:1px solid "
    "var(--soft);border-radius:9px;"
    "background:var(--bg);color:inherit}button{font:inherit;font-weight:600;width:100%;padding:."
    "75rem;"
    "border-radius:9px;border:1px solid var(--key);background:var(--key);color:var(--on);"
    "margin-top:1rem;cursor:pointer}button.plain{background:transparent;color:var(--key);"
    "margin-top:.6rem}:focus-visible{outline:3px solid var(--key);outline-offset:2px}"
    ".bad{color:var(--bad);font-weight:600}ul{padding-left:1.2rem;margin:.5rem 0}li{margin:.3rem 0}"
    "details{margin-top:1rem;color:var(--soft)}summary{cursor:pointer;padding:.65rem 0}"
    "table{width:100%;border-collapse:collapse;font-size:.85rem}td,th{text-align:left;"
    "padding:.3rem .3rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}"
    "</style>";

static GString *
page_begin (const char *title)
{
  GString *page = g_string_new (head);

  g_string_append (page, "<title>");
  cr_sandbox_text_add_html (page, title);
  g_string_append (
      page, " – " CR_SANDBOX_PORTAL_NAME "</title></head><body>"
            "<div class=\"band\" role=\"note\">Sandbox – made-up people, no real records"
            "</div><main><div class=\"card\"><p class=\"org\">" CR_SANDBOX_PORTAL_NAME "</p><h1>");
  cr_sandbox_text_add_html (page, title);
  g_string_append (page, "</h1>");
  return page;
}

static char *
page_end (GString *page)
{
  g_string_append (page, "</div></main></body></html>\n");
  return g_string_free (page, FALSE);
}

static void
add_hidden (GString *page, const char *trip, const char *csrf)
{
  g_string_append_printf (page,
                          "<input type=\"hidden\" name=\"trip\" value=\"%s\">"
                          "<input type=\"hidden\" name=\"csrf\" value=\"%s\">",
                          trip, csrf);
}

static void
add_people (GString *page, CrPeople *people)
{
  g_string_append (page,
                   "<details><summary>Who can sign in here?</summary><table><thead><tr>"
                   "<th scope=\"col\">User name</th><th scope=\"col\">Password</th></tr></thead>"
                   "<tbody>");
  for (guint i = 0; i < MIN (cr_people_count (people), 24); i++)
    g_string_append_printf (page, "<tr><td>%s</td><td>%s</td></tr>",
                            cr_people_get (people, i)->username,
                            cr_people_get (people, i)->password);
  g_string_append (page, "</tbody></table></details>");
}

/* @problem: (nullable): what went wrong last time */
char *
cr_sandbox_pages_login (CrPeople *people, const char *trip, const char *csrf, const char *problem)
{
  GString *page = page_begin ("Sign in");

  if (problem != NULL)
    g_string_append_printf (page, "<p class=\"bad\" role=\"alert\" id=\"problem\">%s</p>", problem);
  g_string_append (page, "<p class=\"soft\">Sign in to your patient portal to continue.</p>"
                         "<form method=\"post\" action=\"/portal/login\">");
  add_hidden (page, trip, csrf);
  g_string_append (page,
                   "<label for=\"username\">User name</label><input id=\"username\" "
                   "name=\"username\" autocomplete=\"username\" autocapitalize=\"none\" "
                   "spellcheck=\"false\" required autofocus>"
                   "<label for=\"password\">Password</label><input id=\"password\" "
                   "name=\"password\" type=\"password\" autocomplete=\"current-password\" required>"
                   "<button>Sign in</button></form>");
  add_people (page, people);
  return page_end (page);
}

/* Splits a type's name where its words begin. */
static void
add_type_words (GString *page, const char *type, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && g_ascii_isupper (type[i]))
        g_string_append_c (page, ' ');
      g_string_append_c (page, i > 0 ? g_ascii_tolower (type[i]) : type[i]);
    }
}

static void
add_scope (GString *page, const char *scope)
{
  const char *dot = strrchr (scope, '.');

  if (strcmp (scope, "offline_access") == 0)
    g_string_append (
        page, "<li>Keep this access until you take it back, also when you are not here</li>");
  else if (strcmp (scope, "fhirUser") == 0)
    g_string_append (page, "<li>Know which record in this portal is yours</li>");
  else if (g_str_has_prefix (scope, "patient/*") && dot != NULL)
    g_string_append (page, "<li>Read all of your health records: conditions, medications, results, "
                           "notes, visits and more</li>");
  else if (g_str_has_prefix (scope, "patient/") && dot != NULL)
    {
      g_string_append (page, "<li>Read your records of the kind “");
      add_type_words (page, scope + strlen ("patient/"),
                      (gsize) (dot - scope) - strlen ("patient/"));
      g_string_append (page, "”</li>");
    }
}

char *
cr_sandbox_pages_consent (const CrPerson *person,
                          const char *trip,
                          const char *csrf,
                          const char *client_name,
                          const char *scope)
{
  g_auto (GStrv) scopes = g_strsplit (scope, " ", -1);
  GString *page = page_begin ("Share your records?");

  g_string_append (page, "<p>You are signed in as <strong>");
  cr_sandbox_text_add_html (page, person->portal_given);
  g_string_append_c (page, ' ');
  cr_sandbox_text_add_html (page, person->portal_family);
  g_string_append (page, "</strong>.</p><p><strong>");
  cr_sandbox_text_add_html (page, client_name);
  g_string_append (page, "</strong> asks to:</p><ul>");
  for (guint i = 0; scopes[i] != NULL; i++)
    add_scope (page, scopes[i]);
  g_string_append (page, "</ul><p class=\"soft\">It cannot change anything here.</p>"
                         "<form method=\"post\" action=\"/portal/consent\">");
  add_hidden (page, trip, csrf);
  g_string_append (page,
                   "<button name=\"decision\" value=\"allow\">Allow</button>"
                   "<button class=\"plain\" name=\"decision\" value=\"deny\">Deny</button></form>");
  return page_end (page);
}

char *
cr_sandbox_pages_error (const char *title, const char *text)
{
  GString *page = page_begin (title);

  g_string_append (page, "<p role=\"alert\">");
  cr_sandbox_text_add_html (page, text);
  g_string_append (page, "</p>");
  return page_end (page);
}
