/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "model/cr-connection.h"

static void
test_there_and_back (void)
{
  static const char *const pairs[][2] = {
    { "access", "refresh" },
    { "access", NULL },
    { "a\nb“c”", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (CrTokenPair) pair = cr_token_pair_new (pairs[i][0], pairs[i][1]);
      g_autoptr (GBytes) bytes = cr_token_pair_to_bytes (pair);
      g_autoptr (CrTokenPair) back = NULL;
      g_autoptr (GError) error = NULL;

      back = cr_token_pair_from_bytes (bytes, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (back->access_token, ==, pairs[i][0]);
      g_assert_cmpstr (back->refresh_token, ==, pairs[i][1]);
    }
}

/* Every shortened form, and every form with one byte more or another first byte, is refused. */
static void
test_damaged (void)
{
  g_autoptr (CrTokenPair) pair = cr_token_pair_new ("access", "refresh");
  g_autoptr (GBytes) bytes = cr_token_pair_to_bytes (pair);
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (bytes, &n_bytes);
  g_autofree guint8 *copy = g_malloc (n_bytes + 1);

  memcpy (copy, data, n_bytes);
  copy[n_bytes] = 0;
  for (gsize i = 0; i <= n_bytes + 1; i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (copy, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (CrTokenPair) back = NULL;

      if (i == n_bytes)
        continue;
      back = cr_token_pair_from_bytes (cut, &error);
      g_assert_null (back);
      g_assert_error (error, CR_ERROR, CR_ERROR_CORRUPT);
    }

  {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) other = NULL;

    copy[0] = 9;
    other = g_bytes_new (copy, n_bytes);
    g_assert_null (cr_token_pair_from_bytes (other, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_CORRUPT);
  }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/model/token-pair/there-and-back", test_there_and_back);
  g_test_add_func ("/model/token-pair/damaged", test_damaged);

  return g_test_run ();
}
