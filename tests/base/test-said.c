/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-said.h"

#include <string.h>

typedef struct
{
  const char *text;
  const char *said;
} Words;

static const Words german[] = {
  { "", "Language: de\n" },
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

static void
append_number (GByteArray *array, gsize number)
{
  guint32 little = GUINT32_TO_LE ((guint32) number);

  g_byte_array_append (array, (const guint8 *) &little, sizeof little);
}

static void
append_table (GByteArray *array, gsize *offset, gboolean is_said)
{
  for (guint i = 0; i < G_N_ELEMENTS (german); i++)
    {
      gsize length = strlen (is_said ? german[i].said : german[i].text);

      append_number (array, length);
      append_number (array, *offset);
      *offset += length + 1;
    }
}

/* As msgfmt writes it. */
static CrSaid *
said_new (void)
{
  GByteArray *array = g_byte_array_new ();
  gsize offset = 28 + G_N_ELEMENTS (german) * 16;
  const gsize head[] = { 0x950412de, 0, G_N_ELEMENTS (german), 28, 28 + G_N_ELEMENTS (german) * 8,
                         0,          0 };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (CrLanguage) language = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (head); i++)
    append_number (array, head[i]);
  append_table (array, &offset, FALSE);
  append_table (array, &offset, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (german) * 2; i++)
    {
      const char *text =
          i < G_N_ELEMENTS (german) ? german[i].text : german[i - G_N_ELEMENTS (german)].said;

      g_byte_array_append (array, (const guint8 *) text, (guint) strlen (text) + 1);
    }

  bytes = g_byte_array_free_to_bytes (array);
  language = cr_language_new (bytes, NULL);
  g_assert_nonnull (language);
  return cr_said_new (language);
}

static void
test_known (void)
{
  static const Words rows[] = {
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

  return g_test_run ();
}
