/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-said.h"
#include "connect/cr-languages.h"
#include "connect/cr-pages.h"
#include "cr-rig.h"
#include "model/cr-explain.h"

#include <string.h>

static const char *
code_of (const CrLanguage *language)
{
  for (gsize n = 0; n < cr_languages_count (); n++)
    if (cr_languages_get (n) == language)
      return cr_languages_get_code (n);

  g_assert_not_reached ();
}

static void
test_choose (void)
{
  static const char *const german_clinic[] = { "de_AT.UTF-8", "de_AT", "de", "C", NULL };
  static const char *const plain[] = { "C.UTF-8", "C", NULL };
  static const struct
  {
    const char *accept;
    const char *at_plain;
    const char *at_german; /* (nullable): the same */
  } cases[] = {
    { NULL, "en", "de" },
    { "", "en", "de" },
    { "de", "de", NULL },
    { "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de", NULL },
    { "DE-ch-1996", "de", NULL },
    { "es-419,es;q=0.9", "es", NULL },
    { "en-GB", "en", NULL },
    { "en", "en", NULL },
    { "tlh", "en", "de" },
    { "tlh, es;q=0.1", "es", NULL },
    { "es;q=0.2, de;q=0.7, en;q=0.5", "de", NULL },
    { "es, de", "es", NULL },
    { "de;q=0, es;q=0.1", "es", NULL },
    { "de;q=0", "en", "de" },
    { "*", "en", "de" },
    { "tlh, *;q=0.5, es;q=0.1", "en", "de" },
    { " es ; q = 0.9 , de ; q=0.3", "es", NULL },
    { "de_DE", "de", NULL },
    { "deu", "en", "de" },
    { "d", "en", "de" },
    { "-", "en", "de" },
    { "de;q=nan, es;q=0.1", "es", NULL },
    { "de;q=", "en", "de" },
    { ",,;;==,q=1,\x80\xff,es", "es", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *german = cases[i].at_german != NULL ? cases[i].at_german : cases[i].at_plain;

      g_test_message ("%s", cases[i].accept != NULL ? cases[i].accept : "none");
      g_assert_cmpstr (code_of (cr_languages_choose (cases[i].accept, NULL)), ==,
                       cases[i].at_plain);
      g_assert_cmpstr (code_of (cr_languages_choose (cases[i].accept, plain)), ==,
                       cases[i].at_plain);
      g_assert_cmpstr (code_of (cr_languages_choose (cases[i].accept, german_clinic)), ==, german);
    }
}

/* A header of any length is answered, and at once. */
static void
test_long (void)
{
  g_autoptr (GString) accept = g_string_new (NULL);

  for (guint i = 0; i < 200000; i++)
    g_string_append (accept, "tlh-a-b-c-d;q=0.5,");
  g_string_append (accept, "es");
  g_assert_cmpstr (code_of (cr_languages_choose (accept->str, NULL)), ==, "en");
}

/* What may be said to a patient is said in every language there is; check-patient-words sees to the
 * pages' own words. */
static void
test_every_reason (void)
{
  g_assert_cmpuint (cr_languages_count (), >=, 3);
  for (gsize n = 1; n < cr_languages_count (); n++)
    for (CrFailureCode code = CR_FAILURE_NONE; code <= CR_FAILURE_SCOPES_REDUCED; code++)
      {
        const char *text = cr_explain_failure (code)->patient;

        if (text == NULL)
          continue;
        g_test_message ("%s: %s", cr_languages_get_code (n), text);
        g_assert_true (cr_language_knows (cr_languages_get (n), text));
        g_assert_cmpstr (cr_page_failure_text (cr_languages_get (n), code), !=, text);
      }
}

static void
test_pages (void)
{
  static const struct
  {
    const char *language;
    const char *tag;
    const char *picker;
    const char *unready;
  } cases[] = {
    { "de-AT", "<html lang=\"de\" dir=\"ltr\">", "Ihre Gesundheitsdaten verbinden",
      "nicht eingerichtet" },
    { "es", "<html lang=\"es\" dir=\"ltr\">", "Conecte sus datos", "no ha configurado" },
    { "tlh", "<html lang=\"en\" dir=\"ltr\">", "Connect your records", "has not set up" },
  };
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  CrSessionRequest request = { .patient_id = "p-1", .return_url = "https://app.example/" };
  g_autoptr (CrSession) session = NULL;
  g_autofree char *url = NULL;
  g_autofree char *search = NULL;
  g_autofree char *source = cr_rig_add_source (rig, "Unready", "https://fhir.example/r4", NULL);

  session = cr_rig_session (rig, &request, NULL);
  url = cr_connect_get_session_url (rig->connect, session);
  search = g_strconcat (url, "?q=unready", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CrAnswer) picker = NULL;
      g_autoptr (CrAnswer) found = NULL;

      rig->accept_language = cases[i].language;
      picker = cr_rig_get (rig, url);
      g_assert_nonnull (strstr (picker->body, cases[i].tag));
      g_assert_nonnull (strstr (picker->body, cases[i].picker));
      /* why it cannot be chosen is written on another thread */
      found = cr_rig_get (rig, search);
      g_assert_nonnull (strstr (found->body, cases[i].unready));
    }
}

/* What the server refuses by itself is a page for a browser, and a line for a program. */
static void
test_refusals (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  const char *base = cr_server_get_uri (rig->server);
  g_autofree char *nowhere = g_strconcat (base, "/nowhere", NULL);
  g_autofree char *callback = g_strconcat (base, "/callback", NULL);
  g_autofree char *style = g_strconcat (base, "/c/style.css", NULL);
  g_autoptr (CrAnswer) line = NULL;
  g_autoptr (CrAnswer) page = NULL;
  g_autoptr (CrAnswer) posted = NULL;
  g_autoptr (CrAnswer) busy = NULL;

  rig->accept_language = "de";
  line = cr_rig_get (rig, nowhere);
  g_assert_cmpuint (line->status, ==, 404);
  g_assert_cmpstr (line->body, ==, "There is nothing at this address.\n");

  rig->accept = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
  page = cr_rig_get (rig, nowhere);
  g_assert_cmpuint (page->status, ==, 404);
  g_assert_nonnull (strstr (page->body, "<h1>Dieser Link ist ungültig</h1>"));
  posted = cr_rig_post (rig, callback, "");
  g_assert_cmpuint (posted->status, ==, 405);
  g_assert_nonnull (strstr (posted->body, "Dieser Link ist ungültig"));

  rig->accept_language = "es";
  busy = cr_rig_get (rig, style);
  for (guint i = 0; i < 5000 && busy->status != 429; i++)
    {
      cr_answer_free (busy);
      busy = cr_rig_get (rig, style);
    }
  g_assert_cmpuint (busy->status, ==, 429);
  g_assert_nonnull (strstr (busy->body, "<h1>Espere un momento, por favor</h1>"));
}

/* What printf() would make of it. */
static char *
fill (const char *text, const char *const *fillings)
{
  GString *filled = g_string_new (NULL);
  guint next = 0;

  for (const char *p = text; *p != '\0';)
    {
      const char *kind = *p == '%' ? p + 1 + strspn (p + 1, "0123456789.*lz$") : p;
      guint n = p[1] != '\0' && p[2] == '$' ? (guint) (p[1] - '1') : next;

      if (*p != '%' || *kind == '%')
        g_string_append_c (filled, *p);
      else
        {
          next++;
          if (*kind == 's')
            g_string_append (filled, fillings[n]);
          else
            g_string_append_printf (filled, "%u", n + 12);
        }
      p = kind + 1;
    }

  return g_strstrip (g_string_free (filled, FALSE));
}

static void
check_said (const char *text, const char *said, gpointer user_data)
{
  const char *fillings[] = { "fhir.example.org", "Observation", "ab12", "Quux", "Corge",
                             "Grault",           "Waldo",       NULL };
  g_autofree char *composed = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *told = NULL;
  guint n = 0;

  /* Texts side by side are told as one. */
  for (const char *p = strchr (text, '%'); p != NULL; p = strchr (p + 1, '%'), n++)
    if (g_str_has_prefix (p, "%s%s"))
      fillings[n + 1] = "";

  composed = fill (text, fillings);
  expected = fill (said, fillings);
  told = cr_said_tell (user_data, composed);
  if (g_ascii_isalpha (text[0]) || strlen (text) > 6)
    g_assert_cmpstr (told, ==, expected);
}

/* Each sentence that the engine composes is known for what it is when its gaps are filled: none is
 * taken for another. */
static void
test_said (void)
{
  for (gsize n = 0; n < cr_languages_count (); n++)
    {
      g_autoptr (CrSaid) said = cr_said_new (cr_languages_get (n));

      cr_language_list (cr_languages_get (n), "said", check_said, said);
    }
}

/* What is put together of several is known as well. */
static void
test_composed (void)
{
  static const struct
  {
    const char *text;
    const char *said;
  } rows[] = {
    { "The record breaks a rule of the server (422): Value too long",
      "Der Datensatz bricht eine Regel des Servers (422): Value too long" },
    { "The record breaks a rule of the server (422)",
      "Der Datensatz bricht eine Regel des Servers (422)" },
    { "This computer's clock is about 2 hours behind. Set it right in the system's settings: dates "
      "shown here are off by as much. No patient's access ends because of it.",
      "Die Uhr dieses Computers geht um etwa 2 Stunden nach. Stellen Sie sie in den Einstellungen "
      "des Systems richtig: Die Daten, die hier stehen, sind um ebenso viel falsch. Deswegen endet "
      "der Zugriff keines Patienten." },
    { "Value too long (422): somewhere", "Value too long (422): somewhere" },
  };
  const char *codes[] = { "de", NULL };
  g_autoptr (CrSaid) said = cr_said_new (cr_languages_choose (NULL, codes));

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *told = cr_said_tell (said, rows[i].text);

      g_assert_cmpstr (told, ==, rows[i].said);
    }
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/languages/choose", test_choose);
  g_test_add_func ("/connect/languages/long", test_long);
  g_test_add_func ("/connect/languages/every-reason", test_every_reason);
  g_test_add_func ("/connect/languages/pages", test_pages);
  g_test_add_func ("/connect/languages/refusals", test_refusals);
  g_test_add_func ("/connect/languages/said", test_said);
  g_test_add_func ("/connect/languages/composed", test_composed);

  return g_test_run ();
}
