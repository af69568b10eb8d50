/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-secret.h"

static void
test_wipe (void)
{
  char text[] = "a secret";

  cr_secret_wipe (text);
  for (guint i = 0; i < sizeof text; i++)
    g_assert_cmpint (text[i], ==, 0);
}

static void
test_nothing (void)
{
  cr_secret_wipe (NULL);
  cr_secret_free (NULL);
  cr_secret_free (g_strdup (""));
}

static void
test_hide (void)
{
  char *text = g_strdup ("Invalid code: SplxlOBeZQ, SplxlOBeZQ");

  text = cr_secret_hide (text, "code");
  text = cr_secret_hide (text, NULL);
  text = cr_secret_hide (text, "SplxlOBeZQ");
  g_assert_cmpstr (text, ==, "Invalid code: …, …");
  g_free (text);
  g_assert_null (cr_secret_hide (NULL, "SplxlOBeZQ"));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/wipe", test_wipe);
  g_test_add_func ("/secret/nothing", test_nothing);
  g_test_add_func ("/secret/hide", test_hide);
  return g_test_run ();
}
