/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-id.h"
#include "vault/cr-vault.h"

static CrSealer *
new_sealer (void)
{
  guint8 key[32];

  cr_random_bytes (key, sizeof key);
  return cr_sealer_new (key);
}

static void
test_round_trip (void)
{
  static const gsize sizes[] = { 0, 1, 15, 16, 17, 2000, 100000 };
  g_autoptr (CrSealer) sealer = new_sealer ();

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree guint8 *data = g_malloc (sizes[i] + 1);
      g_autoptr (GBytes) plain = NULL;
      g_autoptr (GBytes) sealed = NULL;
      g_autoptr (GBytes) again = NULL;
      g_autoptr (GBytes) opened = NULL;
      g_autoptr (GError) error = NULL;

      cr_random_bytes (data, sizes[i]);
      plain = g_bytes_new (data, sizes[i]);
      sealed = cr_sealer_seal (sealer, plain, "conn_1");
      again = cr_sealer_seal (sealer, plain, "conn_1");
      g_assert_false (g_bytes_equal (sealed, again));
      g_assert_cmpuint (g_bytes_get_size (sealed), ==, sizes[i] + 29);
      if (sizes[i] > 8)
        g_assert_null (
            memmem (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed), data, sizes[i]));
      opened = cr_sealer_open (sealer, sealed, "conn_1", &error);
      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (opened, plain));
    }
}

static void
expect_corrupt (CrSealer *sealer, GBytes *sealed, const char *bound_to)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (cr_sealer_open (sealer, sealed, bound_to, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CORRUPT);
}

static void
test_moved (void)
{
  g_autoptr (CrSealer) sealer = new_sealer ();
  g_autoptr (CrSealer) other = new_sealer ();
  g_autoptr (GBytes) plain = g_bytes_new_static ("token", 5);
  g_autoptr (GBytes) sealed = cr_sealer_seal (sealer, plain, "conn_1");

  expect_corrupt (sealer, sealed, "conn_2");
  expect_corrupt (sealer, sealed, "");
  expect_corrupt (other, sealed, "conn_1");
}

/* Each bit, and each length. */
static void
test_damaged (void)
{
  g_autoptr (CrSealer) sealer = new_sealer ();
  g_autoptr (GBytes) plain = g_bytes_new_static ("token", 5);
  g_autoptr (GBytes) sealed = cr_sealer_seal (sealer, plain, "conn_1");
  gsize n_bytes = g_bytes_get_size (sealed);

  for (gsize bit = 0; bit < n_bytes * 8; bit++)
    {
      guint8 *copy = g_memdup2 (g_bytes_get_data (sealed, NULL), n_bytes);
      g_autoptr (GBytes) damaged = NULL;

      copy[bit / 8] ^= (guint8) (1u << (bit % 8));
      damaged = g_bytes_new_take (copy, n_bytes);
      expect_corrupt (sealer, damaged, "conn_1");
    }
  for (gsize length = 0; length < n_bytes; length++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (g_bytes_get_data (sealed, NULL), length);

      expect_corrupt (sealer, cut, "conn_1");
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vault/sealer/round-trip", test_round_trip);
  g_test_add_func ("/vault/sealer/moved", test_moved);
  g_test_add_func ("/vault/sealer/damaged", test_damaged);
  return g_test_run ();
}
