/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-id.h"
#include "vault/cr-sealed-file.h"

#define PASSPHRASE "correct horse battery"
#define PIECE (64 * 1024)
#define HEAD 76
#define TAG 16

static GBytes *
seal (GBytes *plain, gboolean is_whole)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GOutputStream) out = cr_sealed_output_new (memory, PASSPHRASE, &error);
  gsize n;
  gconstpointer bytes = g_bytes_get_data (plain, &n);

  g_assert_no_error (error);
  g_assert_true (g_output_stream_write_all (out, bytes, n, NULL, NULL, NULL));
  if (is_whole)
    cr_sealed_output_set_whole (CR_SEALED_OUTPUT (out));
  g_assert_true (g_output_stream_close (out, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static GBytes *
open_with (GBytes *sealed, const char *passphrase, GError **error)
{
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_bytes (sealed);
  g_autoptr (GInputStream) in = cr_sealed_input_new (memory, passphrase, error);
  g_autoptr (GOutputStream) plain = g_memory_output_stream_new_resizable ();

  if (in == NULL ||
      g_output_stream_splice (plain, in, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) < 0)
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (plain));
}

static GBytes *
random_bytes (gsize n)
{
  guint8 *data = g_malloc (n + 1);

  cr_random_bytes (data, n);
  return g_bytes_new_take (data, n);
}

static void
test_round_trip (void)
{
  static const gsize sizes[] = { 0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) plain = random_bytes (sizes[i]);
      g_autoptr (GBytes) sealed = seal (plain, TRUE);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) opened = open_with (sealed, PASSPHRASE, &error);
      gsize n_pieces = MAX (1, (sizes[i] + PIECE - 1) / PIECE);

      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (opened, plain));
      g_assert_cmpuint (g_bytes_get_size (sealed), ==, HEAD + sizes[i] + n_pieces * TAG);
    }
}

static void
expect (GBytes *sealed, const char *passphrase, int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) opened = open_with (sealed, passphrase, &error);

  g_assert_null (opened);
  g_assert_error (error, CR_ERROR, code);
}

static void
test_passphrase (void)
{
  g_autoptr (GBytes) plain = random_bytes (100);
  g_autoptr (GBytes) sealed = seal (plain, TRUE);

  expect (sealed, "correct horse batterx", CR_ERROR_SIGN_IN);
  expect (sealed, "", CR_ERROR_SIGN_IN);
}

static GBytes *
flip (GBytes *sealed, gsize at)
{
  gsize n;
  guint8 *copy = g_memdup2 (g_bytes_get_data (sealed, &n), g_bytes_get_size (sealed));

  copy[at] ^= 1;
  return g_bytes_new_take (copy, n);
}

/* Of the head every byte: none is taken for a wrong passphrase. */
static void
test_flipped (void)
{
  g_autoptr (GBytes) plain = random_bytes (2 * PIECE + 10);
  g_autoptr (GBytes) sealed = seal (plain, TRUE);
  static const gsize places[] = { HEAD, HEAD + PIECE, HEAD + PIECE + TAG, HEAD + 2 * PIECE + 40 };

  for (gsize i = 0; i < HEAD; i++)
    {
      g_autoptr (GBytes) damaged = flip (sealed, i);

      expect (damaged, PASSPHRASE, i < 8 ? CR_ERROR_BAD_INPUT : CR_ERROR_CORRUPT);
    }
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GBytes) damaged = flip (sealed, places[i]);

      expect (damaged, PASSPHRASE, CR_ERROR_CORRUPT);
    }
}

/* Also where a piece ends. */
static void
test_cut_short (void)
{
  g_autoptr (GBytes) plain = random_bytes (2 * PIECE);
  g_autoptr (GBytes) sealed = seal (plain, TRUE);
  gsize n = g_bytes_get_size (sealed);
  const gsize lengths[] = { HEAD, HEAD + TAG, HEAD + PIECE + TAG, n - TAG, n - 1 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (sealed, 0, lengths[i]);

      expect (cut, PASSPHRASE, CR_ERROR_CORRUPT);
    }
}

static void
test_longer (void)
{
  g_autoptr (GBytes) plain = random_bytes (PIECE);
  g_autoptr (GBytes) sealed = seal (plain, TRUE);
  GByteArray *more = g_byte_array_new ();
  g_autoptr (GBytes) longer = NULL;

  g_byte_array_append (more, g_bytes_get_data (sealed, NULL), (guint) g_bytes_get_size (sealed));
  g_byte_array_append (more, (const guint8 *) "x", 1);
  longer = g_byte_array_free_to_bytes (more);
  expect (longer, PASSPHRASE, CR_ERROR_CORRUPT);
}

static void
test_swapped (void)
{
  g_autoptr (GBytes) plain = random_bytes (3 * PIECE);
  g_autoptr (GBytes) sealed = seal (plain, TRUE);
  guint8 *copy = g_memdup2 (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
  const guint8 *bytes = g_bytes_get_data (sealed, NULL);
  g_autoptr (GBytes) swapped = NULL;

  memcpy (copy + HEAD, bytes + HEAD + PIECE + TAG, PIECE + TAG);
  memcpy (copy + HEAD + PIECE + TAG, bytes + HEAD, PIECE + TAG);
  swapped = g_bytes_new_take (copy, g_bytes_get_size (sealed));
  expect (swapped, PASSPHRASE, CR_ERROR_CORRUPT);
}

/* What was left in the middle does not open, though it was closed. */
static void
test_not_whole (void)
{
  g_autoptr (GBytes) plain = random_bytes (2 * PIECE + 5);
  g_autoptr (GBytes) sealed = seal (plain, FALSE);

  expect (sealed, PASSPHRASE, CR_ERROR_CORRUPT);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vault/sealed-file/round-trip", test_round_trip);
  g_test_add_func ("/vault/sealed-file/wrong-passphrase", test_passphrase);
  g_test_add_func ("/vault/sealed-file/flipped", test_flipped);
  g_test_add_func ("/vault/sealed-file/cut-short", test_cut_short);
  g_test_add_func ("/vault/sealed-file/longer", test_longer);
  g_test_add_func ("/vault/sealed-file/swapped", test_swapped);
  g_test_add_func ("/vault/sealed-file/not-whole", test_not_whole);
  return g_test_run ();
}
