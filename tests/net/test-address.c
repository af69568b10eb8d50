/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "net/cr-address.h"

/* W05. The edges of each block: the last that is public, the first and the last that are not. */
static const struct
{
  const char *text;
  gboolean is_private;
} addresses[] = {
  { "9.255.255.255", FALSE },
  { "10.0.0.0", TRUE },
  { "10.255.255.255", TRUE },
  { "11.0.0.0", FALSE },
  { "100.63.255.255", FALSE },
  { "100.64.0.0", TRUE },
  { "100.127.255.255", TRUE },
  { "100.128.0.0", FALSE },
  { "127.0.0.1", TRUE },
  { "127.255.255.255", TRUE },
  { "169.254.169.254", TRUE },
  { "172.15.255.255", FALSE },
  { "172.16.0.0", TRUE },
  { "172.31.255.255", TRUE },
  { "172.32.0.0", FALSE },
  { "192.168.0.0", TRUE },
  { "192.169.0.0", FALSE },
  { "198.17.255.255", FALSE },
  { "198.18.0.0", TRUE },
  { "198.19.255.255", TRUE },
  { "198.20.0.0", FALSE },
  { "223.255.255.255", FALSE },
  { "224.0.0.1", TRUE },
  { "240.0.0.1", TRUE },
  { "255.255.255.255", TRUE },
  { "0.0.0.0", TRUE },
  { "0.1.2.3", TRUE },
  { "8.8.8.8", FALSE },
  { "::", TRUE },
  { "::1", TRUE },
  { "fe80::1", TRUE },
  { "fec0::1", TRUE },
  { "fc00::1", TRUE },
  { "fdff::1", TRUE },
  { "fe00::1", FALSE },
  { "ff02::1", TRUE },
  { "2606:4700::1111", FALSE },
  { "::ffff:10.0.0.1", TRUE },
  { "::ffff:8.8.8.8", FALSE },
  { "64:ff9b::7f00:1", TRUE },
  { "64:ff9b::808:808", FALSE },
};

static void
test_blocks (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (addresses[i].text);

      g_test_message ("%s", addresses[i].text);
      g_assert_nonnull (address);
      g_assert_cmpint (cr_address_is_private (address), ==, addresses[i].is_private);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/net/address/blocks", test_blocks);
  return g_test_run ();
}
