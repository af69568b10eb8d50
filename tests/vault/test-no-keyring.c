/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "keyring-house.h"
#include "vault/cr-keyring.h"

#define WORKSPACE "no-keyring-test"

/* A service that answers and has nothing to keep a secret in, where it can show no question. */
static void
test_cannot_ask (void)
{
  House house = { .is_empty = TRUE };
  g_autofree char *secret = NULL;
  g_autoptr (GError) error = NULL;

  if (!house_open (&house))
    return;

  g_assert_false (cr_keyring_set (WORKSPACE, "source/1", "Test", "the secret", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_KEYRING_REFUSED);
  g_assert_nonnull (strstr (error->message, "no keyring to put a secret into"));
  g_assert_nonnull (strstr (error->message, "gnome-keyring-daemon --unlock"));
  g_assert_null (strstr (error->message, "quark"));
  g_clear_error (&error);

  secret = cr_keyring_get (WORKSPACE, "source/1", TRUE, NULL, &error);
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_assert_null (secret);
  house_close (&house);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vault/no-keyring/cannot-ask", test_cannot_ask);
  return g_test_run ();
}
