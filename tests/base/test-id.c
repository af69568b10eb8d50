/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-id.h"

#include <string.h>

#define ALPHABET "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

static void
test_shape (void)
{
  g_autofree char *id = cr_id_new ("ps_", 1469918176385);

  /* The time of the example in the ULID specification. */
  g_assert_true (g_str_has_prefix (id, "ps_01ARYZ6S41"));
  g_assert_cmpuint (strlen (id), ==, 3 + 26);
  g_assert_cmpuint (strspn (id + 3, ALPHABET), ==, 26);
}

static void
test_sorts_by_time (void)
{
  const gint64 times[] = { 0, 1, 31, 32, 1023, 1700000000000, 1700000000001, 281474976710655 };
  g_autofree char *before = g_strdup ("");

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      char *id = cr_id_new ("", times[i]);

      g_assert_cmpstr (before, <, id);
      g_free (before);
      before = id;
    }
}

static void
test_never_twice (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 20000; i++)
    g_assert_true (g_hash_table_add (seen, cr_id_new ("x", 1700000000000)));
}

static void
test_prefix (void)
{
  g_assert_true (cr_id_has_prefix ("ps_1", "ps_"));
  g_assert_false (cr_id_has_prefix ("ps_", "ps_"));
  g_assert_false (cr_id_has_prefix ("conn_1", "ps_"));
  g_assert_false (cr_id_has_prefix ("", "ps_"));
  g_assert_false (cr_id_has_prefix (NULL, "ps_"));
}

static void
test_random (void)
{
  g_autofree char *hex = cr_random_hex (16);
  g_autofree char *other = cr_random_hex (16);
  g_autofree char *text = cr_random_base64url (32);

  g_assert_cmpuint (strlen (hex), ==, 32);
  g_assert_cmpuint (strspn (hex, "0123456789abcdef"), ==, 32);
  g_assert_cmpstr (hex, !=, other);
  /* RFC 7636 §4.1 asks for 43 characters at least. */
  g_assert_cmpuint (strlen (text), ==, 43);
}

static void
test_base64url_known (void)
{
  /* RFC 7636 appendix B, and the rows of RFC 4648 §10 without their padding. */
  static const guint8 verifier_hash[] = { 19, 211, 30,  150, 26,  26,  216, 236, 47,  22,  177,
                                          12, 76,  152, 46,  8,   118, 168, 120, 173, 109, 241,
                                          68, 86,  110, 225, 137, 74,  203, 112, 249, 195 };
  const char *rows[][2] = {
    { "", "" },           { "f", "Zg" },          { "fo", "Zm8" },         { "foo", "Zm9v" },
    { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }
  };
  g_autofree char *challenge = cr_base64url_encode (verifier_hash, sizeof verifier_hash);

  g_assert_cmpstr (challenge, ==, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
          cr_base64url_encode ((const guint8 *) rows[i][0], strlen (rows[i][0]));

      g_assert_cmpstr (text, ==, rows[i][1]);
    }
}

static void
test_base64url_round_trip (void)
{
  for (gsize length = 0; length < 64; length++)
    {
      guint8 bytes[64];
      gsize n_back = 1000;
      g_autofree guint8 *back = NULL;
      g_autofree char *text = NULL;

      cr_random_bytes (bytes, length);
      text = cr_base64url_encode (bytes, length);
      back = cr_base64url_decode (text, &n_back);
      g_assert_cmpmem (back, n_back, bytes, length);
    }
}

static void
test_base64url_refuses (void)
{
  const char *bad[] = { "Zm9v YmFy", "Zm+v", "Zm/v", "Zm9\n", "Zm9v\303\274",
                        /* of a length that no bytes have; with something behind the padding */
                        "A", "Zm9vY", "A===", "Zg=x", "Zg==Zg" };
  gsize n_bytes;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (cr_base64url_decode (bad[i], &n_bytes));
}

static void
test_base64url_padded (void)
{
  gsize n_bytes = 0;
  g_autofree guint8 *one = cr_base64url_decode ("Zg==", &n_bytes);

  g_assert_cmpmem (one, n_bytes, "f", 1);
}

int
main (int argc, char *argv[])
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/id/shape", test_shape);
  g_test_add_func ("/base/id/sorts-by-time", test_sorts_by_time);
  g_test_add_func ("/base/id/never-twice", test_never_twice);
  g_test_add_func ("/base/id/prefix", test_prefix);
  g_test_add_func ("/base/id/random", test_random);
  g_test_add_func ("/base/id/base64url-known", test_base64url_known);
  g_test_add_func ("/base/id/base64url-round-trip", test_base64url_round_trip);
  g_test_add_func ("/base/id/base64url-refuses", test_base64url_refuses);
  g_test_add_func ("/base/id/base64url-padded", test_base64url_padded);
  return g_test_run ();
}
