/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-first.h"

/* The nicks are stored and sent: this list changes only by growing. */
static const struct
{
  CrErrorCode code;
  const char *nick;
  gboolean retryable;
  gboolean keyring;
} rows[] = {
  { CR_ERROR_OFFLINE, "offline", TRUE, FALSE },
  { CR_ERROR_BUSY, "busy", TRUE, FALSE },
  { CR_ERROR_SIGN_IN, "sign_in", FALSE, FALSE },
  { CR_ERROR_REFUSED, "refused", FALSE, FALSE },
  { CR_ERROR_NOT_FOUND, "not_found", FALSE, FALSE },
  { CR_ERROR_BAD_REPLY, "bad_reply", FALSE, FALSE },
  { CR_ERROR_TOO_LARGE, "too_large", FALSE, FALSE },
  { CR_ERROR_BAD_INPUT, "bad_input", FALSE, FALSE },
  { CR_ERROR_CONFLICT, "conflict", FALSE, FALSE },
  { CR_ERROR_IN_USE, "in_use", FALSE, FALSE },
  { CR_ERROR_NO_SPACE, "no_space", FALSE, FALSE },
  { CR_ERROR_READ_ONLY, "read_only", FALSE, FALSE },
  { CR_ERROR_CORRUPT, "corrupt", FALSE, FALSE },
  { CR_ERROR_TOO_NEW, "too_new", FALSE, FALSE },
  { CR_ERROR_KEYRING_MISSING, "keyring_missing", FALSE, TRUE },
  { CR_ERROR_KEYRING_LOCKED, "keyring_locked", FALSE, TRUE },
  { CR_ERROR_KEYRING_REFUSED, "keyring_refused", FALSE, TRUE },
  { CR_ERROR_CERTIFICATE, "certificate", FALSE, FALSE },
  { CR_ERROR_INTERNAL, "internal", FALSE, FALSE },
};

static void
test_rows (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (CR_ERROR, (int) rows[i].code, "words");

      g_assert_cmpstr (cr_error_nick (error), ==, rows[i].nick);
      g_assert_cmpint (cr_error_is_retryable (error), ==, rows[i].retryable);
      g_assert_cmpint (cr_error_is_keyring (error), ==, rows[i].keyring);
      g_assert_false (cr_error_is_cancelled (error));
    }
}

static void
test_every_code_has_a_row (void)
{
  GEnumClass *klass = g_type_class_ref (CR_TYPE_ERROR_CODE);

  g_assert_cmpuint (klass->n_values, ==, G_N_ELEMENTS (rows));
  g_type_class_unref (klass);
}

static void
test_other_domains (void)
{
  g_autoptr (GError) cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "words");
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "words");

  g_assert_cmpstr (cr_error_nick (cancelled), ==, "cancelled");
  g_assert_true (cr_error_is_cancelled (cancelled));
  g_assert_false (cr_error_is_retryable (cancelled));
  g_assert_cmpstr (cr_error_nick (foreign), ==, "internal");
  g_assert_false (cr_error_is_retryable (foreign));
  g_assert_false (cr_error_is_keyring (foreign));
}

int
main (int argc, char *argv[])
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/error/rows", test_rows);
  g_test_add_func ("/base/error/every-code-has-a-row", test_every_code_has_a_row);
  g_test_add_func ("/base/error/other-domains", test_other_domains);
  return g_test_run ();
}
