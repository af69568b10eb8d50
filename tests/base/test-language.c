/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-language.h"
#include "base/cr-plural.h"

#include <string.h>

typedef struct
{
  const char *text;
  const char *said;
  gsize text_length;
  gsize said_length;
} Entry;

#define ENTRY(text, said)                                                                          \
  {                                                                                                \
    text, said, sizeof (text) - 1, sizeof (said) - 1                                               \
  }

static void
append_number (GByteArray *array, gsize number)
{
  guint32 little = GUINT32_TO_LE ((guint32) number);

  g_byte_array_append (array, (const guint8 *) &little, sizeof little);
}

/* What msgfmt would make of these. */
static GBytes *
catalog (const Entry *entries, guint n)
{
  GByteArray *array = g_byte_array_new ();
  gsize offset = 28 + n * 16;

  append_number (array, 0x950412de);
  append_number (array, 0);
  append_number (array, n);
  append_number (array, 28);
  append_number (array, 28 + n * 8);
  append_number (array, 0);
  append_number (array, 0);
  for (guint i = 0; i < n; i++)
    {
      append_number (array, entries[i].text_length);
      append_number (array, offset);
      offset += entries[i].text_length + 1;
    }
  for (guint i = 0; i < n; i++)
    {
      append_number (array, entries[i].said_length);
      append_number (array, offset);
      offset += entries[i].said_length + 1;
    }
  for (guint i = 0; i < n; i++)
    g_byte_array_append (array, (const guint8 *) entries[i].text, entries[i].text_length + 1);
  for (guint i = 0; i < n; i++)
    g_byte_array_append (array, (const guint8 *) entries[i].said, entries[i].said_length + 1);

  return g_byte_array_free_to_bytes (array);
}

static const Entry polish[] = {
  ENTRY ("",
         "Language: pl\nPlural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && "
         "(n%100<12 || n%100>14) ? 1 : 2);\n"),
  ENTRY ("%u portal\0%u portals", "%u portal\0%u portale\0%u portali"),
  ENTRY ("Empty", ""),
  ENTRY ("Search", "Szukaj"),
  ENTRY ("language\004en", "pl"),
};

static void
test_words (void)
{
  g_autoptr (GBytes) bytes = catalog (polish, G_N_ELEMENTS (polish));
  g_autoptr (CrLanguage) language = cr_language_new (bytes, NULL);

  g_assert_nonnull (language);
  g_assert_cmpstr (cr_language_get (language, "Search"), ==, "Szukaj");
  g_assert_cmpstr (cr_language_get (language, "Unheard"), ==, "Unheard");
  g_assert_cmpstr (cr_language_get (language, "Empty"), ==, "Empty");
  g_assert_cmpstr (cr_language_get (language, ""), ==, "");
  g_assert_true (cr_language_knows (language, "Search"));
  g_assert_false (cr_language_knows (language, "Empty"));
  g_assert_cmpstr (cr_language_get_of (language, "language", "en"), ==, "pl");
  g_assert_cmpstr (cr_language_get_of (language, "elsewhere", "en"), ==, "en");
}

static void
test_as_written (void)
{
  g_assert_cmpstr (cr_language_get (NULL, "Search"), ==, "Search");
  g_assert_cmpstr (cr_language_get_of (NULL, "language", "en"), ==, "en");
  g_assert_cmpstr (cr_language_get_n (NULL, "%u portal", "%u portals", 1), ==, "%u portal");
  g_assert_cmpstr (cr_language_get_n (NULL, "%u portal", "%u portals", 0), ==, "%u portals");
}

static void
test_plural (void)
{
  static const char *const said[] = { "%u portali", "%u portal",  "%u portale",
                                      "%u portale", "%u portale", "%u portali" };
  g_autoptr (GBytes) bytes = catalog (polish, G_N_ELEMENTS (polish));
  g_autoptr (CrLanguage) language = cr_language_new (bytes, NULL);

  for (guint n = 0; n < G_N_ELEMENTS (said); n++)
    g_assert_cmpstr (cr_language_get_n (language, "%u portal", "%u portals", n), ==, said[n]);
  g_assert_cmpstr (cr_language_get_n (language, "%u portal", "%u portals", 12), ==, "%u portali");
  g_assert_cmpstr (cr_language_get_n (language, "%u portal", "%u portals", 22), ==, "%u portale");
  g_assert_cmpstr (cr_language_get_n (language, "%u other", "%u others", 2), ==, "%u others");
}

/* Each rule is one that a language really has. */
static void
test_rules (void)
{
  static const struct
  {
    const char *rule;
    gulong forms[12]; /* for 0, 1, 2 … */
  } rules[] = {
    { "0", { 0 } },
    { "(n != 1)", { 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    { "n>1", { 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    { "n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2", { 2, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    { "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)",
      { 0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4 } },
    { "!(n < 2) * 2 + n / 10 - 0", { 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3 } },
  };
  static const char *const bad[] = { "",  "n n", "(n",    "n ?", "n ? 1",
                                     "m", "n %", "n / 0", "&&",  "1 +" };
  g_autoptr (GString) deep = g_string_new (NULL);
  gulong form;

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    for (guint n = 0; n < G_N_ELEMENTS (rules[i].forms); n++)
      {
        g_assert_true (cr_plural_pick (rules[i].rule, n, &form));
        g_assert_cmpuint (form, ==, rules[i].forms[n]);
      }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (cr_plural_pick (bad[i], 1, &form));
  for (guint i = 0; i < 100000; i++)
    g_string_append (deep, "(");
  g_assert_false (cr_plural_pick (deep->str, 1, &form));
}

/* Cut anywhere and changed anywhere, it is refused or read, and never read past its end. */
static void
test_damaged (void)
{
  g_autoptr (GBytes) whole = catalog (polish, G_N_ELEMENTS (polish));
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (whole, &n_bytes);

  for (gsize n = 0; n < n_bytes; n++)
    {
      g_autofree guint8 *copy = g_memdup2 (data, n);
      g_autoptr (GBytes) bytes = g_bytes_new_static (copy, n);
      g_autoptr (GError) error = NULL;

      g_assert_null (cr_language_new (bytes, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
    }

  for (gsize n = 0; n < 28 + G_N_ELEMENTS (polish) * 16; n++)
    {
      g_autofree guint8 *copy = g_memdup2 (data, n_bytes);
      g_autoptr (GBytes) bytes = g_bytes_new_static (copy, n_bytes);
      g_autoptr (CrLanguage) language = NULL;

      copy[n] ^= 0xff;
      language = cr_language_new (bytes, NULL);
      g_assert_nonnull (cr_language_get (language, "Search"));
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/base/language/words", test_words);
  g_test_add_func ("/base/language/as-written", test_as_written);
  g_test_add_func ("/base/language/plural", test_plural);
  g_test_add_func ("/base/language/rules", test_rules);
  g_test_add_func ("/base/language/damaged", test_damaged);

  return g_test_run ();
}
