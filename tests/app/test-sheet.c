/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-looks-sheet.h"
#include "app/cr-sheet.h"

#include <glib/gstdio.h>
#include <string.h>

#define LINK "https://clinic.example/c/0123456789abcdef0123456789abcdef"

/* Printed to a file, as a person may. */
static char *
print_sheet (gboolean is_reachable, char **folder)
{
  CrSheet *sheet = cr_sheet_new ();
  g_autoptr (GtkPrintOperation) operation = NULL;
  g_autoptr (GError) error = NULL;
  char *path;

  *sheet = (CrSheet){ g_strdup ("Riverside Clinic"),
                      g_strdup ("Ana Ruiz"),
                      g_strdup ("Mercy Portal"),
                      g_strdup (LINK),
                      g_strdup ("Friday, 27 November 2026, 10:20"),
                      is_reachable };
  *folder = g_dir_make_tmp ("chartroom-sheet-XXXXXX", NULL);
  path = g_build_filename (*folder, "sheet.pdf", NULL);
  operation = cr_sheet_operation_new (sheet);
  gtk_print_operation_set_export_filename (operation, path);
  g_assert_cmpint (
      gtk_print_operation_run (operation, GTK_PRINT_OPERATION_ACTION_EXPORT, NULL, &error), ==,
      GTK_PRINT_OPERATION_RESULT_APPLY);
  g_assert_no_error (error);
  return path;
}

/* (nullable): the program is not here */
static char *
run_program (const char *name, const char *const *arguments)
{
  g_autofree char *program = g_find_program_in_path (name);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  char *output = NULL;

  if (program == NULL)
    return NULL;

  g_ptr_array_add (argv, program);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (char *) arguments[i]);
  g_ptr_array_add (argv, NULL);
  g_assert_true (g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                               &output, NULL, NULL, NULL));
  return output;
}

static void
remove_all (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

/* Lines are broken where the page ends: the words are compared without spaces. */
static char *
squeeze (const char *text)
{
  GString *plain = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      g_string_append_unichar (plain, g_utf8_get_char (p));
  return g_string_free (plain, FALSE);
}

static void
test_words (void)
{
  static const char *const said[] = { "Riverside Clinic",
                                      "For Ana Ruiz",
                                      "Portal: Mercy Portal",
                                      LINK,
                                      "The address works until Friday, 27 November 2026, 10:20",
                                      "1.",
                                      "2.",
                                      "3.",
                                      "Sign in at Mercy Portal",
                                      NULL };
  for (int is_reachable = 0; is_reachable < 2; is_reachable++)
    {
      g_autofree char *folder = NULL;
      g_autofree char *path = print_sheet (is_reachable, &folder);
      g_autofree char *text =
          run_program ("pdftotext", (const char *const[]){ "-layout", path, "-", NULL });
      g_autofree char *plain = text != NULL ? squeeze (text) : NULL;

      remove_all (folder);
      if (text == NULL)
        {
          g_test_skip ("pdftotext is not installed");
          return;
        }
      for (guint i = 0; said[i] != NULL; i++)
        {
          g_autofree char *wanted = squeeze (said[i]);

          g_test_message ("%s", said[i]);
          g_assert_nonnull (strstr (plain, wanted));
        }
      g_assert_true ((strstr (plain, "frontdesk") == NULL) == is_reachable);
      g_assert_true ((strstr (plain, "camera") != NULL) == is_reachable);
      g_assert_null (strstr (text, "\f\f"));
    }
}

/* A phone reads the link off the paper; where a phone could not open it there is no code. */
static void
test_code (void)
{
  for (int is_reachable = 0; is_reachable < 2; is_reachable++)
    {
      g_autofree char *folder = NULL;
      g_autofree char *path = print_sheet (is_reachable, &folder);
      g_autofree char *base = g_build_filename (folder, "page", NULL);
      g_autofree char *image = g_build_filename (folder, "page.png", NULL);
      g_autofree char *made =
          run_program ("pdftoppm", (const char *const[]){ "-r", "150", "-png", "-singlefile", path,
                                                          base, NULL });
      g_autofree char *read =
          run_program ("zbarimg", (const char *const[]){ "-q", "--nodbus", "--raw", image, NULL });

      remove_all (folder);
      if (made == NULL || read == NULL)
        {
          g_test_skip ("pdftoppm or zbarimg is not installed");
          return;
        }
      g_assert_cmpstr (g_strchomp (read), ==, is_reachable ? LINK : "");
    }
}

/* More than one page has room for: every one of them stands on one, and nobody else. */
static void
test_looks (void)
{
  CrLooksSheet *sheet = cr_looks_sheet_new ();
  g_autofree char *folder = g_dir_make_tmp ("chartroom-sheet-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "looks.pdf", NULL);
  g_autoptr (GtkPrintOperation) operation = NULL;
  g_autofree char *text = NULL;
  g_autofree char *plain = NULL;
  g_autoptr (GError) error = NULL;

  sheet->clinic = g_strdup ("Riverside <Clinic>");
  sheet->patient = g_strdup ("Ana & Ruiz");
  sheet->about = g_strdup ("user_42");
  sheet->now_ms = 1700000000000;
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *person = g_strdup_printf ("Person-%02u", i);
      CrLook *look = cr_look_new ("user_42", CR_LOOK_RECORD, person, 1700000000000);

      look->last_ms += (gint64) i * 60 * 1000;
      g_ptr_array_add (sheet->looks, look);
    }
  operation = cr_looks_sheet_operation_new (sheet);
  gtk_print_operation_set_export_filename (operation, path);
  g_assert_cmpint (
      gtk_print_operation_run (operation, GTK_PRINT_OPERATION_ACTION_EXPORT, NULL, &error), ==,
      GTK_PRINT_OPERATION_RESULT_APPLY);
  g_assert_no_error (error);
  text = run_program ("pdftotext", (const char *const[]){ "-layout", path, "-", NULL });
  remove_all (folder);
  if (text == NULL)
    {
      g_test_skip ("pdftotext is not installed");
      return;
    }

  plain = squeeze (text);
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *person = g_strdup_printf ("Person-%02u·Readrecords", i);

      g_assert_nonnull (strstr (plain, person));
    }
  g_assert_nonnull (strstr (plain, "Riverside<Clinic>Wholookedatyourrecords"));
  g_assert_nonnull (strstr (plain, "ForAna&Ruizuser_42"));
  g_assert_nonnull (strstr (plain, "2023,22:13Person-00·"));
  g_assert_nonnull (strstr (plain, "2023,22:13–22:14Person-01·"));
  g_assert_nonnull (strstr (plain, "Page1of"));
  g_assert_nonnull (strstr (text, "\f"));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add_func ("/app/sheet/words", test_words);
  g_test_add_func ("/app/sheet/code", test_code);
  g_test_add_func ("/app/sheet/looks", test_looks);
  return g_test_run ();
}
