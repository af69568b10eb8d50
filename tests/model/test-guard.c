/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-first.h"
#include "model/cr-hold.h"

#define MATCH CR_GUARD_MATCH
#define UNVERIFIED CR_GUARD_UNVERIFIED
#define SEX CR_GUARD_SEX_DIFFERS
#define DATE CR_GUARD_BIRTH_DATE_DIFFERS
#define NAME CR_GUARD_NAME_DIFFERS

static const struct
{
  const char *clinic[3]; /* name, birth date, sex */
  const char *names;     /* of the portal, `|` between them */
  const char *portal[2]; /* birth date, sex */
  CrGuardResult result;
} rows[] = {
  { { NULL, NULL, NULL }, NULL, { NULL, NULL }, UNVERIFIED },
  { { "Ana Ruiz", NULL, NULL }, NULL, { "1980-01-02", "female" }, UNVERIFIED },
  { { NULL, NULL, "female" }, "Ana Ruiz", { "1980-01-02", "female" }, UNVERIFIED },
  { { "Ana Ruiz", "1980-01-02", "female" }, "Ana Ruiz", { "1980-01-02", "female" }, MATCH },

  /* Birth dates at the precision both have. */
  { { NULL, "1980", NULL }, NULL, { "1980-01-02", NULL }, MATCH },
  { { NULL, "1980-01-02", NULL }, NULL, { "1980-01", NULL }, MATCH },
  { { NULL, "1980-02", NULL }, NULL, { "1980-01-02", NULL }, DATE },
  { { NULL, "1980-01-03", NULL }, NULL, { "1980-01-02", NULL }, DATE },
  { { NULL, "1981", NULL }, NULL, { "1980", NULL }, DATE },
  { { "Ana Ruiz", "1981", NULL }, "Ana Ruiz", { "1980", NULL }, DATE },
  { { NULL, "1980-01", NULL }, NULL, { "1980", NULL }, MATCH },
  { { NULL, "1980-01-02", NULL }, NULL, { "1980", NULL }, MATCH },
  { { NULL, "1980-02-29", NULL }, NULL, { "1980-02-29", NULL }, MATCH },
  { { NULL, "1981-02-29", NULL }, NULL, { "1980-02-29", NULL }, UNVERIFIED },
  { { "Ana Ruiz", "1980-01-02", NULL }, "Ana Ruiz", { "1980-02-01", NULL }, DATE },
  { { NULL, "unknown", NULL }, NULL, { "1980-01-02", NULL }, UNVERIFIED },
  { { NULL, "1980-13-02", NULL }, NULL, { "1980-01-02", NULL }, UNVERIFIED },
  { { NULL, "", NULL }, NULL, { "1980-01-02", NULL }, UNVERIFIED },

  /* One shared word of the name is enough; case and accents do not count. */
  { { "Ana Ruiz", NULL, NULL }, "RUIZ, Maria", { NULL, NULL }, MATCH },
  { { "José García", NULL, NULL }, "jose x", { NULL, NULL }, MATCH },
  { { "Zoe Muller", NULL, NULL }, "Müller", { NULL, NULL }, MATCH },
  { { "Ana Ruiz", NULL, NULL }, "Nobody|Ana Lopez", { NULL, NULL }, MATCH },
  { { "王小明", NULL, NULL }, "王小明", { NULL, NULL }, MATCH },
  { { "Ana Ruiz", NULL, NULL }, "Bob Stone", { NULL, NULL }, NAME },
  { { "Ana Ruiz", "1980", NULL }, "Bob Stone", { "1980-01-02", NULL }, NAME },
  { { "Ana Ruiz", NULL, NULL }, "Anabel Ruizo", { NULL, NULL }, NAME },

  { { "Ruiz Ana", NULL, NULL }, "Ana Ruiz", { NULL, NULL }, MATCH },
  { { "ruiz, ana maria", NULL, NULL }, "ANA RUIZ", { NULL, NULL }, MATCH },

  /* Hyphens and apostrophes part words: a name that was joined by marriage is still shared. */
  { { "Ana Ruiz-Lopez", NULL, NULL }, "Eva Lopez", { NULL, NULL }, MATCH },
  { { "Ana Lopez", NULL, NULL }, "Ruiz-Lopez", { NULL, NULL }, MATCH },
  { { "Jean-Luc Picard", NULL, NULL }, "Jean Luc", { NULL, NULL }, MATCH },
  { { "Sean O'Brien", NULL, NULL }, "BRIEN, MARY", { NULL, NULL }, MATCH },
  { { "Ruiz - Lopez", NULL, NULL }, "Ana Stone", { NULL, NULL }, NAME },

  /* Letters that fold into others; where a script or a spelling is another one, a person decides.
   */
  { { "Łukasz Żak", NULL, NULL }, "Zak", { NULL, NULL }, MATCH },
  { { "Straße", NULL, NULL }, "STRASSE", { NULL, NULL }, MATCH },
  { { "Søren Ærø", NULL, NULL }, "Søren", { NULL, NULL }, MATCH },
  { { "Søren Ærø", NULL, NULL }, "soren", { NULL, NULL }, NAME },
  { { "Müller", NULL, NULL }, "Mueller", { NULL, NULL }, NAME },
  { { "Иван Петров", NULL, NULL }, "Ivan Petrov", { NULL, NULL }, NAME },
  { { "Иван Петров", NULL, NULL }, "иван ПЕТРОВ", { NULL, NULL }, MATCH },
  { { "王小明", NULL, NULL }, "Wang Xiaoming", { NULL, NULL }, NAME },
  { { "Nguyễn Văn", NULL, NULL }, "NGUYEN", { NULL, NULL }, MATCH },

  /* Titles and initials are shared by strangers. */
  { { "Dr. Ana Ruiz", NULL, NULL }, "Dr. Bob Stone", { NULL, NULL }, NAME },
  { { "A. Ruiz", NULL, NULL }, "A. Stone", { NULL, NULL }, NAME },
  { { "A.", NULL, NULL }, "A. Stone", { NULL, NULL }, UNVERIFIED },
  { { "", NULL, NULL }, "Bob Stone", { NULL, NULL }, UNVERIFIED },

  { { "Herr Prof. Ruiz", NULL, NULL }, "Herr Prof. Stone", { NULL, NULL }, NAME },
  { { "Ana Ruiz Jr.", NULL, NULL }, "Bob Stone Jr.", { NULL, NULL }, NAME },
  { { "Ana Ruiz III", NULL, NULL }, "Bob Stone III", { NULL, NULL }, NAME },
  { { "Mrs Dr", NULL, NULL }, "Bob Stone", { NULL, NULL }, UNVERIFIED },

  /* The sex alone warns. */
  { { "Ana Ruiz", NULL, "female" }, "Ana Ruiz", { NULL, "male" }, SEX },
  { { NULL, NULL, "female" }, NULL, { NULL, "male" }, SEX },
  { { NULL, NULL, "unknown" }, NULL, { NULL, "male" }, UNVERIFIED },
  { { "Ana Ruiz", "1980", "female" }, "Ana Ruiz", { "1981", "male" }, DATE },
};

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) names = rows[i].names != NULL ? g_strsplit (rows[i].names, "|", -1) : NULL;
      CrGuardResult result =
          cr_guard_compare (rows[i].clinic[0], rows[i].clinic[1], rows[i].clinic[2],
                            (const char *const *) names, rows[i].portal[0], rows[i].portal[1]);

      g_test_message ("row %u", i);
      g_assert_cmpstr (cr_enum_to_string (CR_TYPE_GUARD_RESULT, (int) result), ==,
                       cr_enum_to_string (CR_TYPE_GUARD_RESULT, (int) rows[i].result));
    }
}

static void
test_holds (void)
{
  g_assert_false (cr_guard_result_holds (MATCH));
  g_assert_false (cr_guard_result_holds (UNVERIFIED));
  g_assert_false (cr_guard_result_holds (SEX));
  g_assert_true (cr_guard_result_holds (DATE));
  g_assert_true (cr_guard_result_holds (NAME));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/model/guard/table", test_table);
  g_test_add_func ("/model/guard/holds", test_holds);

  return g_test_run ();
}
