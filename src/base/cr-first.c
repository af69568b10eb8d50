/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"

#include <gio/gio.h>
#include <signal.h>

/**
 * cr_first_of_all:
 *
 * Must be the first call of every main, tests included, before any thread. Two threads that first
 * use these types at the same moment can wait for each other for ever inside GObject's class lock.
 * TLS below 1.2 is turned off for both clients and servers, which GnuTLS reads from the environment
 * at the first connection (RFC 8996). It also takes from the environment the choice of another
 * keyring back end, unless a test asked for it with `CHARTROOM_TEST_KEYRING`. A write beyond a
 * limit on the size of files (setrlimit(2)) fails as on a full disk instead of ending the process.
 * GLib makes its C locale when it reads its first number, and takes the errno of a lock that
 * another thread holds then for “no number”; so it is made here.
 */
void
cr_first_of_all (void)
{
  signal (SIGXFSZ, SIG_IGN);
  (void) g_ascii_strtoull ("0", NULL, 10);
  g_setenv ("G_TLS_GNUTLS_PRIORITY", "NORMAL:%COMPAT:-VERS-TLS1.1:-VERS-TLS1.0", TRUE);
  g_type_ensure (G_TYPE_TASK);
  g_type_ensure (G_TYPE_DBUS_CONNECTION);
  g_type_ensure (G_TYPE_DBUS_PROXY);
  g_type_ensure (G_TYPE_INET_SOCKET_ADDRESS);
  g_type_ensure (G_TYPE_UNIX_SOCKET_ADDRESS);
  g_proxy_resolver_get_default ();
  g_tls_backend_get_default ();

  if (g_getenv ("CHARTROOM_TEST_KEYRING") == NULL)
    {
      g_unsetenv ("SECRET_BACKEND");
      g_unsetenv ("SECRET_FILE_TEST_PATH");
      g_unsetenv ("SECRET_FILE_TEST_PASSWORD");
    }
}
