/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-address.h"

#include <string.h>

static gboolean
starts_with (const guint8 *bytes, guint8 first, guint8 second, guint8 mask)
{
  return bytes[0] == first && (bytes[1] & mask) == second;
}

/* Without those that GInetAddress knows: shared (carrier-grade) addresses, 0.0.0.0/8, the block for
 * measuring and what is reserved. */
static gboolean
is_special_v4 (const guint8 *bytes)
{
  return bytes[0] == 0 || starts_with (bytes, 100, 64, 0xc0) ||
         starts_with (bytes, 198, 18, 0xfe) || bytes[0] >= 240;
}

/* An IPv4 address inside of an IPv6 one: mapped, or behind a translator. */
static const guint8 *
find_v4 (const guint8 *bytes)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  static const guint8 translated[12] = { 0x00, 0x64, 0xff, 0x9b };

  return memcmp (bytes, mapped, 12) == 0 || memcmp (bytes, translated, 12) == 0 ? bytes + 12 : NULL;
}

/**
 * cr_address_is_private:
 *
 * Returns: whether @address is of this computer, its local network or any other that is not the
 *   public internet: loopback, link-local (with the address where clouds tell machines their
 *   secrets), private use, shared, unspecified, multicast, reserved
 *
 * Source: the IANA special-purpose address registries (RFC 6890); RFC 4193; RFC 6052
 */
gboolean
cr_address_is_private (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);
  const guint8 *inner;

  if (g_inet_address_get_is_any (address) || g_inet_address_get_is_loopback (address) ||
      g_inet_address_get_is_link_local (address) || g_inet_address_get_is_site_local (address) ||
      g_inet_address_get_is_multicast (address))
    return TRUE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return is_special_v4 (bytes);
  if ((bytes[0] & 0xfe) == 0xfc)
    return TRUE;

  inner = find_v4 (bytes);
  if (inner != NULL)
    {
      g_autoptr (GInetAddress) v4 = g_inet_address_new_from_bytes (inner, G_SOCKET_FAMILY_IPV4);

      return cr_address_is_private (v4);
    }
  return FALSE;
}
