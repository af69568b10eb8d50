/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-said.h"
#include "catalog.h"

static const CatalogWords german[] = {
  { "", "Language: de\n" },
  { "said\004%d May %d", "%d. Mai %d" },
  { "said\004%s", "%s!" },
  { "said\004%s answered %u %s%s%s", "%s antwortete %u %s%s%s" },
  { "said\004%s could not be reached", "%s war nicht zu erreichen" },
  { "said\004%s is empty", "%s ist leer" },
  { "said\004%s: %s", "%s: %s" },
  { "said\004%u %s", "%u %s" },
  { "said\004100 %% of %s is %s", "%2$s: 100 %% von %1$s" },
  { "said\004; check the address", "; prüfen Sie die Adresse" },
  { "said\004Nobody answers.", "Niemand antwortet." },
  { "said\004The answer of %s", "Die Antwort von %s" },
  { "said\004The portal took it back.", "Das Portal nahm es zurück." },
  { "said\004The link went.", "" },
  { "said\004switched off", "abgeschaltet" },
  { "said\004try again later", "versuchen Sie es später" },
  { "said\004without a name", "ohne Namen" },
  { "try now", "jetzt" },
};

static CrSaid *
said_new (void)
{
  g_autoptr (CrLanguage) language = catalog_new (german, G_N_ELEMENTS (german));

  return cr_said_new (language);
}

static void
test_known (void)
{
  static const CatalogWords rows[] = {
    { "Nobody answers.", "Niemand antwortet." },
    { "fhir.example.org could not be reached", "fhir.example.org war nicht zu erreichen" },
    { "The answer of fhir.example.org is empty", "Die Antwort von fhir.example.org ist leer" },
    { "a.org answered 503 Service Unavailable; try again later",
      "a.org antwortete 503 Service Unavailable; versuchen Sie es später" },
    { "a.org answered 404 Not Found", "a.org antwortete 404 Not Found" },
    { "100 % of this is that", "that: 100 % von this" },
    { "a.org could not be reached; check the address",
      "a.org war nicht zu erreichen; prüfen Sie die Adresse" },
    { "Nobody answers. The portal took it back.", "Niemand antwortet. Das Portal nahm es zurück." },
    { "Nobody answers. OperationOutcome: gone. The portal took it back.",
      "Niemand antwortet. OperationOutcome: gone. Das Portal nahm es zurück." },
    { "Nobody answers.\nNobody answers.", "Niemand antwortet.\nNiemand antwortet." },
    { "3 switched off, 12 without a name", "3 abgeschaltet, 12 ohne Namen" },
    { "3 May 2026", "3. Mai 2026" },
    { "Ana: 3 May 2026", "Ana: 3. Mai 2026" },
    { "Ana: Nobody answers.", "Ana: Niemand antwortet." },
  };
  g_autoptr (CrSaid) said = said_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *told = cr_said_tell (said, rows[i].text);

      g_assert_cmpstr (told, ==, rows[i].said);
    }
}

/* A portal's own words, a name, and what no translator has said yet, stay as they are. */
static void
test_not_ours (void)
{
  static const char *const rows[] = {
    "",
    "Ana",
    "Ana: Ben",
    "try now",
    "The link went.",
    "12 of them",
    "3 May 2026 or so",
    "switched on, without a word",
    "a.org answered many times",
  };
  g_autoptr (CrSaid) said = said_new ();
  g_autoptr (CrSaid) english = cr_said_new (NULL);
  g_autofree char *told = cr_said_tell (english, "Nobody answers.");

  g_assert_cmpstr (told, ==, "Nobody answers.");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *same = cr_said_tell (said, rows[i]);

      g_assert_cmpstr (same, ==, rows[i]);
    }
}

/* In no locale but its own. */
static void
test_day (void)
{
  for (int month = 1; month <= 12; month++)
    {
      static const char *const names[] = { "January",   "February", "March",    "April",
                                           "May",       "June",     "July",     "August",
                                           "September", "October",  "November", "December" };
      g_autoptr (GDateTime) day = g_date_time_new_utc (2026, month, 3, 0, 0, 0);
      g_autofree char *text = cr_said_day (day);
      g_autofree char *wanted = g_strdup_printf ("3 %s 2026", names[month - 1]);

      g_assert_cmpstr (text, ==, wanted);
    }
}

/* Whatever a portal sends is looked at once and soon done with. */
static void
test_long (void)
{
  g_autoptr (CrSaid) said = said_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 begun_us = g_get_monotonic_time ();

  while (text->len < 3500)
    {
      g_autofree char *told = NULL;

      g_string_append (text, "is empty answered 1 : ; , . ");
      told = cr_said_tell (said, text->str);
      g_assert_nonnull (told);
    }
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 20 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/base/said/known", test_known);
  g_test_add_func ("/base/said/not-ours", test_not_ours);
  g_test_add_func ("/base/said/long", test_long);

  g_test_add_func ("/base/said/day", test_day);
  return g_test_run ();
}
