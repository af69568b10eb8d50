/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-first.h"

static void
test_every_value_returns (void)
{
  GEnumClass *klass = g_type_class_ref (CR_TYPE_ERROR_CODE);

  g_assert_cmpuint (klass->n_values, >, 0);
  for (guint i = 0; i < klass->n_values; i++)
    {
      int value = -1;
      const char *nick = cr_enum_to_string (CR_TYPE_ERROR_CODE, klass->values[i].value);

      g_assert_cmpstr (nick, ==, klass->values[i].value_nick);
      g_assert_true (cr_enum_from_string (CR_TYPE_ERROR_CODE, nick, &value));
      g_assert_cmpint (value, ==, klass->values[i].value);
    }
  g_type_class_unref (klass);
}

static void
test_unknown_leaves_value (void)
{
  const char *unknown[] = { NULL, "", "Offline", "offline ", "CR_ERROR_OFFLINE" };
  int value = 42;

  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++)
    g_assert_false (cr_enum_from_string (CR_TYPE_ERROR_CODE, unknown[i], &value));
  g_assert_cmpint (value, ==, 42);
}

static void
test_bad_value_is_critical (void)
{
  if (g_test_subprocess ())
    {
      cr_enum_to_string (CR_TYPE_ERROR_CODE, 9999);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*cr_enum_to_string*");
}

int
main (int argc, char *argv[])
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/enum/every-value-returns", test_every_value_returns);
  g_test_add_func ("/base/enum/unknown-leaves-value", test_unknown_leaves_value);
  g_test_add_func ("/base/enum/bad-value-is-critical", test_bad_value_is_critical);
  return g_test_run ();
}
