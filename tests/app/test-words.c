/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-auth-words.h"
#include "app/cr-locale-time.h"
#include "app/cr-need-words.h"
#include "app/cr-notice-words.h"
#include "app/cr-words.h"
#include "base/cr-first.h"
#include "base/cr-time.h"

#include <gtk/gtk.h>
#include <locale.h>

#define NOW "2026-10-21T12:00:00Z"

typedef struct
{
  const char *then;
  const char *words;
} Case;

static const Case times[] = {
  { "2026-10-21T11:59:30Z", "just now" },        { "2026-10-21T12:00:30Z", "in a moment" },
  { "2026-10-21T11:59:00Z", "1 minute ago" },    { "2026-10-21T11:15:00Z", "45 minutes ago" },
  { "2026-10-21T12:20:00Z", "in 20 minutes" },   { "2026-10-21T09:14:00Z", "today 09:14" },
  { "2026-10-20T23:50:00Z", "yesterday 23:50" }, { "2026-10-22T02:00:00Z", "tomorrow 02:00" },
  { "2026-10-12T09:00:00Z", "12 Oct" },          { "2025-10-12T09:00:00Z", "12 Oct 2025" },
};

static void
test_time (void)
{
  gint64 now_ms, then_ms;
  g_autofree char *never = NULL;

  g_assert_true (cr_time_from_string (NOW, &now_ms));
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autofree char *words = NULL;

      g_assert_true (cr_time_from_string (times[i].then, &then_ms));
      words = cr_words_time (then_ms, now_ms);
      g_assert_cmpstr (words, ==, times[i].words);
    }
  never = cr_words_time (0, now_ms);
  g_assert_cmpstr (never, ==, "never");
}

static void
test_number (void)
{
  static const struct
  {
    gint64 n;
    const char *words;
  } cases[] = {
    { 0, "0" }, { 999, "999" }, { 1240, "1,240" }, { 1234567, "1,234,567" }, { -1240, "-1,240" }
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = cr_words_number (cases[i].n);

      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

static void
test_type (void)
{
  g_autofree char *known = cr_words_type ("AllergyIntolerance");
  g_autofree char *other = cr_words_type ("SupplyDelivery");

  g_assert_cmpstr (known, ==, "Allergies");
  g_assert_cmpstr (other, ==, "Supply delivery");
}

static void
test_join (void)
{
  g_autofree char *some = cr_words_join ("", "a", "", "b", NULL);
  g_autofree char *none = cr_words_join ("", NULL);
  g_autofree char *mirrored = NULL;

  g_assert_cmpstr (some, ==, "a · b");
  g_assert_cmpstr (none, ==, "");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  mirrored = cr_words_join ("5.3 kB", "", "b", NULL);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  g_assert_cmpstr (mirrored, ==, "\u200f\u20685.3 kB\u2069 · \u2068b\u2069");
}

static void
test_begin (void)
{
  g_autofree char *words = cr_words_begin ("just now");
  g_autofree char *accent = cr_words_begin ("él");
  g_autofree char *number = cr_words_begin ("5 minutes ago");
  g_autofree char *none = cr_words_begin ("");

  g_assert_cmpstr (words, ==, "Just now");
  g_assert_cmpstr (accent, ==, "Él");
  g_assert_cmpstr (number, ==, "5 minutes ago");
  g_assert_cmpstr (none, ==, "");
}

static void
test_duration (void)
{
  g_autofree char *short_one = cr_words_duration (999);
  g_autofree char *minutes = cr_words_duration (61 * 1000);
  g_autofree char *whole_minutes = cr_words_duration (5 * 60 * 1000 + 999);
  g_autofree char *hours = cr_words_duration (2 * 3600 * 1000 + 60 * 1000);
  g_autofree char *whole_hours = cr_words_duration (2 * 3600 * 1000 + 59 * 1000);

  g_assert_cmpstr (short_one, ==, "under 1 s");
  g_assert_cmpstr (minutes, ==, "1 min 1 s");
  g_assert_cmpstr (whole_minutes, ==, "5 min");
  g_assert_cmpstr (hours, ==, "2 h 1 min");
  g_assert_cmpstr (whole_hours, ==, "2 h");
}

static void
test_moment (void)
{
  static const char *const cases[][2] = {
    { "2021-12-05T06:20:00.000Z", "5 Dec 2021, 06:20 UTC" },
    { "2021-12-05T06:20:31-05:00", "5 Dec 2021, 06:20 -05:00" },
    { "2021-12-05T06:20", "5 Dec 2021, 06:20" },
    { "2021-12-05", "5 Dec 2021" },
    { "2021-12", "2021-12" },
    { "2021-12-05T06:20:00 to 07:00", "2021-12-05T06:20:00 to 07:00" },
    { "2021-02-31T06:20:00Z", "2021-02-31T06:20:00Z" },
    { "2021-12-05T01:10:00-05:00 – 2021-12-05T01:40:00-05:00",
      "5 Dec 2021, 01:10 -05:00 – 5 Dec 2021, 01:40 -05:00" },
    { "2021-12-05 – 2021-12-07", "5 Dec 2021 – 7 Dec 2021" },
    { "since 2021-12-05T01:10:00-05:00", "since 5 Dec 2021, 01:10 -05:00" },
    { "until 2021-12-05", "until 5 Dec 2021" },
    { "3.5 – 5.0 mmol/L", "3.5 – 5.0 mmol/L" },
    { "one – two – 2021", "one – two – 2021" },
    { "Take one at 06:20", "Take one at 06:20" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = cr_words_moment (cases[i][0]);

      g_assert_cmpstr (words, ==, cases[i][1]);
    }
}

static void
test_dates (void)
{
  static const char *const cases[][2] = {
    { "Clinic: Ann, born 1970-01-17, female.\nPortal: Bo, born 1961-01-31, male.",
      "Clinic: Ann, born 17 Jan 1970, female.\nPortal: Bo, born 31 Jan 1961, male." },
    { "born 1970-01 or 1970", "born 1970-01 or 1970" },
    { "born 1970-02-31", "born 1970-02-31" },
    { "chart 1-1970-01-17 and 1970-01-17x", "chart 1-1970-01-17 and 1970-01-17x" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = cr_words_dates (cases[i][0]);

      g_assert_cmpstr (words, ==, cases[i][1]);
    }
}

/* → FALSE where this machine neither has the locale nor can make it. Made first: the C library
 * remembers what was not there. */
static gboolean
choose_numbers (const char *folder, const char *locale)
{
  g_auto (GStrv) parts = g_strsplit (locale, ".", 2);
  g_autofree char *path = g_build_filename (folder, locale, NULL);
  const char *argv[] = { "localedef", "-i", parts[0], "-f", parts[1], path, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  return setlocale (LC_NUMERIC, locale) != NULL;
}

/* As the user's locale has them, whatever the language of the words. */
static void
test_numbers (void)
{
  static const char *const cases[][2] = {
    { "de_DE.UTF-8", "1.234.567" },      { "fr_FR.UTF-8", "1\u202f234\u202f567" },
    { "fr_FR.ISO-8859-1", "1,234,567" }, { "en_IN.UTF-8", "12,34,567" },
    { "de_CH.UTF-8", "1’234’567" },
  };
  g_autofree char *folder = g_dir_make_tmp ("locale-XXXXXX", NULL);

  g_setenv ("LOCPATH", folder, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (choose_numbers (folder, cases[i][0]))
      {
        g_autofree char *words = cr_words_number (1234567);
        g_autofree char *small = cr_words_number (999);

        g_assert_cmpstr (words, ==, cases[i][1]);
        g_assert_cmpstr (small, ==, "999");
      }
    else
      g_test_message ("%s is not there", cases[i][0]);
  setlocale (LC_NUMERIC, "C");
  g_unsetenv ("LOCPATH");
}

typedef struct
{
  const char *format;
  const char *time_format;
  const char *day_format;
  const char *words; /* 5 March 2026, 14:07:09, in English */
  const char *elsewhere;
} LocaleCase;

static const LocaleCase locales[] = {
  { "%A, %-d %B %Y, %H:%M:%S", "%r", "%m/%d/%Y", "Thursday, March 5, 2026, 2:07:09 PM",
    "Thursday, 5 March 2026, 2:07:09 PM" },
  { "%A, %-d %B %Y, %H:%M:%S", "%T", "%d/%m/%y", "Thursday, 5 March 2026, 14:07:09",
    "Thursday, 5 March 2026, 14:07:09" },
  { "today %H:%M", "%I:%M:%S %p", "%d/%m/%y", "today 2:07 PM", "today 2:07 PM" },
  { "%-d %b", "%T", "%m/%d/%Y", "Mar 5", "5 Mar" },
  { "%-d %b %Y", "%T", "%m/%d/%Y", "Mar 5, 2026", "5 Mar 2026" },
  { "%A, %-d %B", "%T", "%m/%d/%Y", "Thursday, March 5", "Thursday, 5 March" },
};

/* Hours and the order of day and month as the user's locale has them. */
static void
test_locale (void)
{
  g_autoptr (GDateTime) when = g_date_time_new_utc (2026, 3, 5, 14, 7, 9);

  for (guint i = 0; i < G_N_ELEMENTS (locales); i++)
    for (int is_english = 0; is_english < 2; is_english++)
      {
        const LocaleCase *each = &locales[i];
        g_autofree char *format =
            cr_locale_time_format (each->format, is_english, each->time_format, each->day_format);
        g_autofree char *words = g_date_time_format (when, format);

        g_assert_cmpstr (words, ==, is_english ? each->words : each->elsewhere);
      }
}

static void
assert_webhook (const char *description, gint64 made_ms, const char *title, const char *which)
{
  CrNeed need = { .kind = CR_NEED_WEBHOOK,
                  .id = (char *) "wh_1",
                  .name = (char *) "https://hooks.clinic.example/key-9f2c?token=31ab",
                  .code = (char *) "none",
                  .detail = (char *) description,
                  .since_ms = 1700000000000 - 6 * 60 * 1000,
                  .made_ms = made_ms };
  g_autoptr (CrNeedWords) words = cr_need_words_new (&need, 1700000000000);
  g_autoptr (CrNoticeWords) notice = cr_notice_words_new (&need);
  g_autofree char *all =
      g_strjoin ("\n", words->title, words->about, notice->title, notice->body, NULL);

  g_assert_cmpstr (words->title, ==, title);
  g_assert_cmpstr (notice->title, ==, title);
  g_assert_true (g_str_has_suffix (words->about, which));
  g_assert_null (strstr (all, "key-"));
  g_assert_null (strstr (all, "token"));
}

/* Two at one host are told apart, and not by what may be a key. */
static void
test_webhooks (void)
{
  assert_webhook ("Front desk", 0, "Events do not reach Front desk", "hooks.clinic.example");
  assert_webhook (NULL, 1700000000000 - 20 * 60 * 1000, "Events do not reach hooks.clinic.example",
                  "added 20 minutes ago");
  assert_webhook ("", 0, "Events do not reach hooks.clinic.example", "6 minutes ago");
}

/* Nothing is said twice: not the title, and not that nothing came back. */
static void
test_auth (void)
{
  static const struct
  {
    CrAuthOutcome outcome;
    CrFailureCode code;
    const char *description;
    const char *more;
  } cases[] = {
    { CR_AUTH_OUTCOME_SUCCESS, CR_FAILURE_NONE, "The portal gave access.", "" },
    { CR_AUTH_OUTCOME_SUCCESS, CR_FAILURE_NONE, "The portal gave access for an hour.",
      "The portal gave access for an hour." },
    { CR_AUTH_OUTCOME_SUCCESS, CR_FAILURE_NONE, NULL, "" },
    { CR_AUTH_OUTCOME_FAILURE, CR_FAILURE_NO_ANSWER,
      "The patient was sent to the portal, and within ten minutes nothing came back.",
      "The patient was sent to the portal and nothing came back. The portal may have shown an "
      "error of its own, or the page was closed. Ask the patient to try again." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CrAuthEvent) event = cr_auth_event_new ("ae_1");
      g_autofree char *more = NULL;

      event->step = CR_AUTH_STEP_EXCHANGE;
      event->outcome = cases[i].outcome;
      event->code = cases[i].code;
      event->description = g_strdup (cases[i].description);
      more = cr_auth_words_more (event);
      g_assert_cmpstr (more, ==, cases[i].more);
    }
}

/* What did not change from the one to the other is said once. */
static void
test_span (void)
{
  static const struct
  {
    gint64 first_ms;
    gint64 took_ms;
    const char *words;
  } cases[] = {
    { 1700000000000, 0, "Tuesday, 14 November 2023, 22:13" },
    { 1700000000000, 30000, "Tuesday, 14 November 2023, 22:13" },
    { 1700000000000, 60000, "Tuesday, 14 November 2023, 22:13 – 22:14" },
    { 1700000000000, 7200000,
      "Tuesday, 14 November 2023, 22:13 – Wednesday, 15 November 2023, 00:13" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words =
          cr_words_span (cases[i].first_ms, cases[i].first_ms + cases[i].took_ms);

      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/app/words/time", test_time);
  g_test_add_func ("/app/words/number", test_number);
  g_test_add_func ("/app/words/numbers", test_numbers);
  g_test_add_func ("/app/words/type", test_type);
  g_test_add_func ("/app/words/join", test_join);
  g_test_add_func ("/app/words/begin", test_begin);
  g_test_add_func ("/app/words/duration", test_duration);
  g_test_add_func ("/app/words/span", test_span);
  g_test_add_func ("/app/words/moment", test_moment);
  g_test_add_func ("/app/words/dates", test_dates);
  g_test_add_func ("/app/words/locale", test_locale);
  g_test_add_func ("/app/words/webhooks", test_webhooks);
  g_test_add_func ("/app/words/auth", test_auth);
  return g_test_run ();
}
